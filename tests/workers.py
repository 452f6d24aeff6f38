"""Real Celery processes for tests, as the launcher starts them, over a given database, broker and vendor.

>>> with broker(folder) as redis, workers(folder, redis_url=redis.url, vendor=stand_in.url) as crew:
...     crew.kill(); crew.start()
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.db import connection

from calls.pacing import impatient_client
from config import embedded
from config.launch import ALONE, WORKERS

ROOT = Path(__file__).resolve().parent.parent
# Everything that takes minutes in life takes seconds here.
HASTE = {"JOB_LEASE": "3", "JOB_BACKOFF": "1", "FEED_EVERY": "1", "RECONCILE_EVERY": "1", "TICK_EVERY": "1"}


def until(is_so: Callable[[], object], what: str, *, seconds: float = 120, watch: Crew | None = None) -> None:
    """Waits for a condition; AssertionError with what did not come about, and with the workers' own words."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} not within {seconds} s\n{watch.log() if watch else ''}")
        time.sleep(0.05)


class Broker:
    """A Redis of a test's own, which it may stop, freeze, flush and start again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}?db=0"
        self.client = impatient_client(self.url)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = embedded.redis_command(embedded.find_redis(), self.socket, self.folder / "redis")
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        until(self._answers, "Redis answers", seconds=20)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(20)
            self._process = None

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False


@contextlib.contextmanager
def broker() -> Iterator[Broker]:
    # Directly under /tmp: a socket path holds 108 bytes.
    with tempfile.TemporaryDirectory(prefix="earshot-broker-", dir="/tmp") as folder:
        server = Broker(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()
            server.client.close()


class Crew:
    """The launcher's processes: one worker for people, one with two processes for the background, one beat."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder = folder
        self.env = env
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        self._start("people", "worker", "-Q", WORKERS["people"], "-c", "1", "-n", "people@%h", *ALONE)
        self._start("background", "worker", "-Q", WORKERS["background"], "-c", "2", "-n", "background@%h", *ALONE)
        self._start("beat", "beat", "--schedule", str(self.folder / "beat-schedule"))

    def kill(self) -> None:
        """`kill -9` of the workers and all that they forked, at once; beat as well."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        # At once as well: leases bring back what is lost, and a warm farewell can take half a minute.
        self._end(signal.SIGKILL)

    def log(self) -> str:
        return "\n".join(
            f"--- {path.name}\n{path.read_text(errors='replace')[-30000:]}" for path in self.folder.glob("*.log")
        )

    @property
    def are_alive(self) -> bool:
        return bool(self._processes) and all(process.poll() is None for process in self._processes)

    def _start(self, name: str, *words: str) -> None:
        command = [sys.executable, "-W", "ignore", "-m", "celery", "--quiet", "-A", "config", *words, "-l", "INFO"]
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes.append(
                subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True)
            )

    def _end(self, how: signal.Signals) -> None:
        for process in self._processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, how)
        for process in self._processes:
            process.wait(30)
        self._processes.clear()


@contextlib.contextmanager
def workers(folder: Path, *, redis_url: str, vendor: str, is_demo: bool = False, **changes: str) -> Iterator[Crew]:
    """A running crew; `changes` are more settings. Its recordings lie under `folder`/recordings."""
    # With a key the sandbox is an account like any other, and nobody follows tasks by himself.
    key_id, secret = ("", "") if is_demo else settings.SANDBOX_ACCESS_KEY
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATA_DIR": str(folder),
        "SECRET_KEY": settings.SECRET_KEY,
        "DATABASE_URL": database_url(),
        "REDIS_URL": redis_url,
        "AICCS_ENDPOINT": vendor,
        "DYVMSAPI_ENDPOINT": vendor,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": secret,
        "RECORDING_HOSTS": "127.0.0.1",
        "LOG_LEVEL": "INFO",
        **HASTE,
        **changes,
    }
    crew = Crew(folder, env)
    crew.start()
    try:
        yield crew
    finally:
        crew.stop()


def database_url() -> str:
    """The test database: Django gave it a name of its own."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
