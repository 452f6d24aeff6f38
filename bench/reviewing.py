"""How soon after finishing the next call is on the screen, and its sound in the ear. Prints Markdown.

    python -m bench.reviewing --calls 40

A real browser on a real page: the clock starts with the key and stops when the next call was drawn.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from typing import Any

from bench.browsing import HEARD, browser, press_space, print_head, print_row, server

TURNS, SECONDS = 24, 60
# the times in milliseconds, as the page itself takes them
WATCH = """
  window.shown = [];
  let finished = 0;
  document.addEventListener("keydown", (event) => {
    if (event.code === "Enter" && event.ctrlKey) finished = performance.now();
  }, true);
  document.addEventListener("review-opened", () => {
    requestAnimationFrame(() => setTimeout(() => window.shown.push(performance.now() - finished)));
  });
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=40)
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as home:
        _set_up(home)
        print(f"{options.calls} calls of {TURNS} turns and {SECONDS} s of sound each way\n")
        print_head()
        with server() as url, browser() as chromium:
            times = _review(chromium, url, options.calls)
            print_row("from Ctrl+Enter to the next call", times["shown"])
            print_row("from Space to the sound", times["heard"])


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


def _review(chromium: Any, url: str, count: int) -> dict[str, list[float]]:
    """All calls of a queue, as fast as somebody could, but not before the next one is here."""
    from tests.browser.conftest import let_in

    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    user, first = _work(count)
    let_in(context, url, user)
    page = context.new_page()
    page.add_init_script(WATCH)
    page.add_init_script(HEARD)
    page.goto(f"{url}/review/{first}/")
    for number in range(count - 1):
        page.wait_for_selector("#review[data-next]")
        press_space(page)
        for key in ("f", "2", "Control+Enter"):
            page.keyboard.press(key)
        page.wait_for_function("number => window.shown.length > number", arg=number)
    times: dict[str, list[float]] = page.evaluate("({ shown: window.shown, heard: window.heard })")
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


if __name__ == "__main__":
    main()
