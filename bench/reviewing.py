"""How soon after finishing the next call is on the screen, and its sound in the ear. Prints Markdown.

    python -m bench.reviewing --calls 40

A real browser on a real page: the clock starts with the key and stops when the next call was drawn.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

TURNS, SECONDS = 24, 60
# the times in milliseconds, as the page itself takes them
WATCH = """
  window.times = { shown: [], heard: [] };
  let finished = 0;
  let played = 0;
  document.addEventListener("keydown", (event) => {
    if (event.code === "Enter" && event.ctrlKey) finished = performance.now();
    if (event.code === "Space") played = performance.now();
  }, true);
  document.addEventListener("review-opened", () => {
    requestAnimationFrame(() => setTimeout(() => window.times.shown.push(performance.now() - finished)));
  });
  document.addEventListener("playing", () => window.times.heard.push(performance.now() - played), true);
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=40)
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as home:
        _set_up(home)
        print(f"{options.calls} calls of {TURNS} turns and {SECONDS} s of sound each way\n")
        print("| | median ms | p95 ms | slowest ms |\n|---|---|---|---|")
        with _server() as url, _browser() as browser:
            times = _review(browser, url, options.calls)
            _print_row("from Ctrl+Enter to the next call", times["shown"])
            _print_row("from Space to the sound", times["heard"])


def _set_up(home: str) -> None:
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    settings.MEDIA_ROOT = f"{home}/recordings"
    call_command("migrate", verbosity=0)
    from config import prepare, translations

    prepare.collect_static()
    translations.compile()


def _plain(application: Any) -> Any:
    """No static handler of Django's own in front: ours knows the hashed names."""
    return application


@contextmanager
def _server() -> Iterator[str]:
    from django.test.testcases import LiveServerThread

    thread = LiveServerThread("localhost", _plain)  # type: ignore[arg-type]
    thread.start()
    thread.is_ready.wait()
    try:
        yield f"http://localhost:{thread.port}"
    finally:
        thread.terminate()


@contextmanager
def _browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--mute-audio"]
        path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()


def _review(browser: Any, url: str, count: int) -> dict[str, list[float]]:
    """All calls of a queue, as fast as somebody could, but not before the next one is here."""
    from tests.browser.conftest import let_in

    context = browser.new_context(viewport={"width": 1366, "height": 768})
    user, first = _work(count)
    let_in(context, url, user)
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(f"{url}/review/{first}/")
    for number in range(count - 1):
        page.wait_for_selector("#review[data-next]")
        for key in ("Space", "f", "2", "Control+Enter"):
            page.keyboard.press(key)
            if key == "Space":
                page.wait_for_function("number => window.times.heard.length > number", arg=number)
        page.wait_for_function("number => window.times.shown.length > number", arg=number)
    times: dict[str, list[float]] = page.evaluate("window.times")
    context.close()
    return times


def _work(count: int) -> tuple[Any, int]:
    """A reviewer and the first item of a queue."""
    from django.contrib.auth.models import Group, User

    from calls.snapshot import TurnSnapshot
    from calls.vocabulary import Speaker
    from tests.builders import make_call
    from tests.reviews.builders import make_queue
    from tests.sounds import make_wav, store_sound

    user = User.objects.create_user("rui")
    user.groups.add(Group.objects.get(name="Reviewer"))
    speakers = (Speaker.AGENT, Speaker.CUSTOMER)
    turns = tuple(TurnSnapshot(speakers[at % 2], f"第{at}句，说的是退款什么时候到账的事情。") for at in range(TURNS))
    sound = make_wav(SECONDS)
    calls = [make_call(turns=turns) for _number in range(count)]
    for call in calls:
        store_sound(call, sound, seconds=SECONDS)
    queue = make_queue(*calls, second_share=0)
    return user, queue.items.order_by("place")[0].pk


def _print_row(title: str, times: list[float]) -> None:
    worst = statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
    print(f"| {title} | {statistics.median(times):.0f} | {worst:.0f} | {max(times):.0f} |")


if __name__ == "__main__":
    main()
