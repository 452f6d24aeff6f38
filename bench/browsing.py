"""A real browser on our own pages, for what only an eye or an ear can tell. Needs Django to be set up."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
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


def _plain(application: Any) -> Any:
    """No static handler of Django's own in front: ours knows the hashed names."""
    return application


@contextmanager
def server() -> Iterator[str]:
    """Its address."""
    from django.test.testcases import LiveServerThread

    thread = LiveServerThread("localhost", _plain)  # type: ignore[arg-type]
    thread.start()
    thread.is_ready.wait()
    try:
        yield f"http://localhost:{thread.port}"
    finally:
        thread.terminate()


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
    print(f"| {title} | {statistics.median(times):.0f} | {ninety_five(times):.0f} | {max(times):.0f} |")
