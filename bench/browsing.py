"""A real browser on our own pages, for what only an eye or an ear can tell. Needs Django to be set up."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from bench.timing import ninety_five

# for `page.add_init_script`: milliseconds from the Space that plays until the sound has moved on
HEARD = """
  window.heard = [];
  document.addEventListener("keydown", (event) => {
    const audio = document.querySelector("call-player audio");
    if (event.code !== "Space" || !audio) return;
    const pressed = performance.now();
    const from = audio.currentTime;
    const look = () => (audio.currentTime > from ? window.heard.push(performance.now() - pressed) : setTimeout(look));
    setTimeout(look);
  }, true);
"""
PATIENCE = 60


def set_up(home: Path) -> None:
    """Django with a migrated database and all that pages are made of, for `server`."""
    os.environ["ALLOWED_HOSTS"] = "testserver,localhost"
    os.environ["WEB_HOST"], os.environ["WEB_PORT"] = "localhost", str(_free_port())
    # Playwright's synchronous interface keeps an event loop on this thread.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    from bench import search

    search.set_up(home)
    from config import prepare, translations

    prepare.collect_static()
    translations.compile()


@contextmanager
def server(log: Path | None = None) -> Iterator[str]:
    """Its address. What `manage.py up` serves pages with, in processes of its own; its lines in `log` are an address
    and the microseconds that its answer took.
    """
    from django.conf import settings

    from config import broker, embedded, probes
    from config.launch import web_command

    path = broker.socket_path(settings.DATA_DIR)
    broker.make_private(path.parent)
    told = ["--access-logfile", str(log), "--access-logformat", "%(U)s %(D)s"] if log else []
    with ExitStack() as running:
        redis = embedded.redis_command(embedded.find_redis(), path, settings.DATA_DIR / "redis")
        running.enter_context(_process(redis, probes.redis_answers))
        running.enter_context(_process([*web_command(), *told], probes.web_answers))
        yield f"http://{settings.WEB_HOST}:{settings.WEB_PORT}"


@contextmanager
def _process(command: Sequence[str], answers: Callable[[], bool]) -> Iterator[None]:
    process = subprocess.Popen(command)
    try:
        until = monotonic() + PATIENCE
        while not answers():
            assert process.poll() is None and monotonic() < until, command
            sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--mute-audio"]
        path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        chromium = playwright.chromium.launch(executable_path=path, args=flags)
        yield chromium
        chromium.close()


def press_space(page: Any) -> None:
    """Until it is heard; `HEARD` must watch the page."""
    known = page.evaluate("window.heard.length")
    page.keyboard.press("Space")
    page.wait_for_function("known => window.heard.length > known", arg=known)


def print_head() -> None:
    print("| | median ms | p95 ms | slowest ms |\n|---|---|---|---|")


def print_row(title: str, times: list[float]) -> None:
    print(f"| {title} | {statistics.median(times):.0f} | {ninety_five(times):.0f} | {max(times):.0f} |", flush=True)
