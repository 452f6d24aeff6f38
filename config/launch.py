"""The whole house in one terminal: what runs beside what, in which order it starts, stands again and stops."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

import redis
from django.conf import settings

from config import broker, embedded, probes
from config.celery import KEY_PREFIX
from config.child import Child, say
from config.claims import CannotStart

LAUNCHER = "earshot"
# Which queues each worker reads: what a person waits for never stands behind the background.
WORKERS = {"people": "interactive", "background": "bulk,media,maintenance"}
CRASHES, WITHIN = 3, 60.0  # so often, in so many seconds, and starting it again does not help
TICK = 0.05
PYTHON = sys.executable
MEMORY = ("/dev/shm",)  # noqa: S108
# What Celery's workers would tell each other costs two round trips at the start and a channel for good. And a worker
# that stops while Redis is gone waits for ever to say so: it retries the last heartbeat and holds the lock of its end.
ALONE = ("--without-mingle", "--without-gossip", "--without-heartbeat")


class Stopped(Exception):
    """Somebody asked to stop while things were still starting."""


class Launch:
    """The running processes. Leaving the block stops them all."""

    def __init__(self, *, chatty: bool, lock: int) -> None:
        self._lock = lock
        self._chatty = chatty
        self._stages: list[list[Child]] = []
        self._waiting: dict[Child, float] = {}
        # A plain list, never threading.Event: set() in a handler that interrupts wait() waits for itself for ever.
        self._signals: list[int] = []
        hidden = ("ADMIN_PASSWORD", "ADMIN_PASSWORD_FILE")
        self._env = {name: value for name, value in os.environ.items() if name not in hidden}
        self._env |= {"PYTHONUNBUFFERED": "1", "DJANGO_SETTINGS_MODULE": "config.settings"}
        if chatty:
            self._env["LOG_LEVEL"] = "DEBUG" if settings.LOG_LEVEL == "DEBUG" else "INFO"

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._hear)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop()

    # ---- Starting

    def start_redis(self) -> str:
        """The embedded server; what it is, for the log. Nothing to start when REDIS_URL names one."""
        if settings.REDIS_URL:
            self._await(probes.redis_answers, "The Redis that REDIS_URL names does not answer.", seconds=10)
            return "Redis by REDIS_URL"
        try:
            server = embedded.find_redis()
            path = broker.socket_path(settings.DATA_DIR)
            broker.make_private(path.parent)
        except (embedded.NoRedis, OSError) as error:
            raise CannotStart(str(error)) from error
        command = embedded.redis_command(server, path, settings.DATA_DIR / "redis")
        self._start([Child("redis", command, patience=15, keep_open=[self._lock])])
        log = settings.DATA_DIR / "redis" / "redis.log"
        self._await(probes.redis_answers, f"The embedded Redis does not answer; its log is {log}.", seconds=30)
        return server.version.split(" sha")[0]

    def start_sandbox(self) -> None:
        command = [PYTHON, "manage.py", "sandbox", "--port", str(settings.SANDBOX_PORT)]
        self._start([Child("sandbox", command, patience=5)])
        self._await(probes.sandbox_answers, "The sandbox does not answer.", seconds=90)

    def start_workers(self) -> None:
        self._start(
            [
                self._worker("people", processes=1),
                self._worker("background", processes=settings.WORKER_PROCESSES - 1),
            ]
        )

    def start_web_and_beat(self) -> None:
        schedule = str(settings.DATA_DIR / "beat-schedule")
        beat = [*self._celery(), "beat", "--schedule", schedule, *self._level()]
        self._start([Child("web", web_command(chatty=self._chatty), patience=15), Child("beat", beat, patience=10)])

    def start_reindexing(self) -> None:
        """Beside everything else: meanwhile the site answers, and searches find what is indexed already."""
        command = [PYTHON, "manage.py", "reindex_calls", "--if-stale"]
        self._start([Child("reindex", command, patience=5, ends_by_itself=True)])

    def await_web(self) -> None:
        self._await(probes.web_answers, "The web server does not answer.", seconds=180)

    def _worker(self, name: str, *, processes: int) -> Child:
        command = [*self._celery(), "worker", "-Q", WORKERS[name], "-c", str(processes), "-n", f"{name}@%h"]
        # Forking a process that has threads crashes on macOS.
        pool = ["--pool", "threads"] if sys.platform == "darwin" else []
        # One in three warm farewells takes half a minute, and the longest task may have 90 s.
        # An orphan is told to stop at once: its broker is gone, and an unfinished job is only asked for again.
        return Child(name, [*command, *pool, *ALONE, *self._level()], patience=100, orphaned=signal.SIGQUIT)

    def _celery(self) -> list[str]:
        # It warns root at length; whoever runs everything as root on purpose has heard it.
        calm = ["-W", "ignore:You're running the worker with superuser"]
        return [PYTHON, *calm, "-m", "celery", "--quiet", "-A", "config"]

    def _level(self) -> list[str]:
        return ["-l", self._env.get("LOG_LEVEL") or settings.LOG_LEVEL]

    def _start(self, stage: list[Child]) -> None:
        self._stages.append(stage)
        for child in stage:
            child.start(self._env, settings.BASE_DIR)

    def _await(self, answers: Callable[[], bool], sentence: str, *, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not answers():
            self.check()
            if time.monotonic() > deadline:
                raise CannotStart(sentence)
            time.sleep(TICK)

    def check(self) -> None:
        """Whether starting may go on."""
        if self._signals:
            raise Stopped
        for child in self._children():
            if child.has_ended:
                raise CannotStart(f"{child.name} {child.ending} while starting; what it said stands above.")

    # ---- Running

    def watch(self) -> None:
        """Until somebody asks to stop; CannotStart when a process does not stay alive."""
        while not self._signals:
            for child in self._children():
                if child in self._waiting:
                    self._start_again(child)
                elif child.has_ended and not child.ends_by_itself:
                    self._note_crash(child)
            time.sleep(TICK * 2)

    def _note_crash(self, child: Child) -> None:
        crashes = child.crashes_within(WITHIN)
        if crashes >= CRASHES:
            raise CannotStart(
                f"{child.name} {child.ending}, as often as {CRASHES} times within a minute, so everything was stopped. "
                "What it said stands above; nothing that was asked for is lost."
            )
        say(LAUNCHER, f"{child.name} {child.ending}; it starts again in {crashes} s")
        if crashes == CRASHES - 1 and child.name in WORKERS:
            self._set_messages_aside()
        self._waiting[child] = time.monotonic() + crashes

    def _set_messages_aside(self) -> None:
        """The last try: perhaps a message that cannot be read kills whoever reads it."""
        url = broker.client_url(settings.REDIS_URL, settings.DATA_DIR)
        try:
            broker.set_aside(url, KEY_PREFIX, [queue for queues in WORKERS.values() for queue in queues.split(",")])
        except redis.RedisError as error:
            say(LAUNCHER, f"The broker's messages could not be set aside: {error}")
        else:
            say(LAUNCHER, "The broker's messages were set aside, as one may be the cause; jobs are sent again")

    def _start_again(self, child: Child) -> None:
        if time.monotonic() >= self._waiting[child]:
            del self._waiting[child]
            child.start(self._env, settings.BASE_DIR)

    def _children(self) -> list[Child]:
        return [child for stage in self._stages for child in stage]

    # ---- Stopping

    def _stop(self) -> None:
        """The last started first: web and beat, the workers, the sandbox, Redis."""
        if not self._stages:
            return
        say(LAUNCHER, "Stopping; Ctrl+C once more stops at once, and loses nothing either")
        asked = len(self._signals)
        for stage in reversed(self._stages):
            for child in stage:
                child.ask_to_end()
            self._await_end(stage, hurry=lambda: len(self._signals) > asked)
        say(LAUNCHER, "Stopped")

    def _await_end(self, stage: Sequence[Child], hurry: Callable[[], bool]) -> None:
        deadline = time.monotonic() + max(child.patience for child in stage)
        while not all(child.has_ended for child in stage) and time.monotonic() < deadline and not hurry():
            time.sleep(TICK)
        for child in stage:
            child.kill()

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self._signals.append(number)


def web_command(*, chatty: bool = False) -> list[str]:
    """Gunicorn on our address."""
    # Its heartbeat files: on a disk a slow write looks like a hung worker.
    memory = next((path for path in MEMORY if Path(path).is_dir()), str(settings.DATA_DIR))
    options = {
        "--bind": f"{settings.WEB_HOST}:{settings.WEB_PORT}",
        "--worker-class": "gthread",
        "--workers": "2",
        "--threads": "8",
        "--graceful-timeout": "10",
        # As long as it goes: a search in Chinese takes nine characters of the address for one.
        "--limit-request-line": "8190",
        "--worker-tmp-dir": memory,
        "--log-level": "info" if chatty else "warning",
    }
    words = [word for option in options.items() for word in option]
    # Without query and referrer: people search for customers' numbers.
    log = ["--access-logfile", "-", "--access-logformat", "%(m)s %(U)s %(s)s %(B)s"] if chatty else []
    return [PYTHON, "-m", "gunicorn", *words, *log, "--no-control-socket", "config.wsgi:application"]
