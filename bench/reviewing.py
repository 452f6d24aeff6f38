"""How soon after finishing the next call is on the screen, and its sound in the ear. Prints Markdown.

    make bench-review
    python -m bench.reviewing --calls 40
    python -m tests.postgres python -m bench.reviewing

A real browser on what `manage.py up` serves: the clock starts with the key and stops when the next call was painted.
Each call is finished straight after its last answer, and as many again while the draft with that answer is being saved.
The parts of that time stand below it; where a part is longest, other parts need not be.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.browsing import HEARD, browser, press_space, print_head, print_row, server, set_up

TURNS, SECONDS = 24, 60
# when each step of a finish was, in milliseconds, as the page itself takes them
WATCH = """
  window.finishes = [];
  performance.setResourceTimingBufferSize(100000);
  let steps = null;
  const note = (name) => { if (steps) steps[name] ??= performance.now(); };
  document.addEventListener("keydown", (event) => {
    if (event.code === "Enter" && event.ctrlKey) steps = { pressed: performance.now() };
  }, true);
  document.addEventListener("htmx:confirm", () => note("asked"), true);
  document.addEventListener("htmx:beforeSend", () => note("sent"), true);
  document.addEventListener("htmx:beforeOnLoad", () => note("read"), true);
  document.addEventListener("review-opened", () => {
    note("placed");
    requestAnimationFrame(() => setTimeout(() => {
      note("painted");
      const answer = performance.getEntriesByType("resource").findLast(({ name }) => name.endsWith("/finish"));
      window.finishes.push({ ...steps, connected: answer.requestStart, answered: answer.responseStart });
      steps = null;
    }));
  }, true);
"""
STEPS = {
    "the key is understood": ("pressed", "asked"),
    "what is on its way arrives": ("asked", "sent"),
    "a connection is free": ("sent", "connected"),
    "the server answers": ("connected", "answered"),
    "its answer is read": ("answered", "read"),
    "the next call takes the place": ("read", "placed"),
    "it is painted": ("placed", "painted"),
}
STRAIGHT, SAVING = "straight after the last answer", "while the draft is being saved"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as home:
        set_up(Path(home))
        from django.db import connection

        print(f"{options.calls} calls of {TURNS} turns and {SECONDS} s of sound each way, {connection.vendor}\n")
        print_head()
        log = Path(home) / "answers.log"
        with server(log) as url, browser() as chromium:
            heard: list[float] = []
            for number, way in enumerate((STRAIGHT, SAVING)):
                known = len(_answers(log))
                finishes, sounds = _review(chromium, url, options.calls + 1, f"rui{number}", way)
                _print(way, finishes, _answers(log)[known:])
                heard += sounds
            print_row("from Space to the sound", heard)


def _print(way: str, finishes: Sequence[Mapping[str, float]], answers: Sequence[float]) -> None:
    print_row(f"**from Ctrl+Enter to the next call**, {way}", _between(finishes, "pressed", "painted"))
    for part, (start, end) in STEPS.items():
        print_row(f"· {part}", _between(finishes, start, end))
        if end == "answered":
            print_row("· · and has cleared up behind it", list(answers))


def _between(finishes: Sequence[Mapping[str, float]], start: str, end: str) -> list[float]:
    return [steps[end] - steps[start] for steps in finishes]


def _answers(log: Path) -> list[float]:
    """Milliseconds of each finish, as the server counts them."""
    lines = log.read_text().splitlines() if log.exists() else []
    return [int(line.split()[-1]) / 1000 for line in lines if "/finish " in line]


def _review(chromium: Any, url: str, count: int, name: str, way: str) -> tuple[list[dict[str, float]], list[float]]:
    """All calls of a queue but the last, as fast as somebody could, but not before the next one is here."""
    from tests.browser.conftest import let_in

    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    user, first = _work(count, name)
    let_in(context, url, user)
    page = context.new_page()
    page.add_init_script(WATCH)
    page.add_init_script(HEARD)
    page.goto(f"{url}/review/{first}/")
    for number in range(count - 1):
        page.wait_for_selector("#review[data-next]")
        press_space(page)
        page.keyboard.press("f")
        _answer_last(page, way)
        page.keyboard.press("Control+Enter")
        page.wait_for_function("number => window.finishes.length > number", arg=number)
    finishes, heard = page.evaluate("[window.finishes, window.heard]")
    context.close()
    return finishes, heard


def _answer_last(page: Any, way: str) -> None:
    if way == STRAIGHT:
        page.keyboard.press("2")
        return
    with page.expect_request("**/draft"):
        page.keyboard.press("2")


def _work(count: int, name: str) -> tuple[Any, int]:
    """A reviewer and the first item of a queue."""
    from django.contrib.auth.models import Group, User

    from calls.snapshot import TurnSnapshot
    from calls.vocabulary import Speaker
    from tests.builders import make_call
    from tests.reviews.builders import make_queue
    from tests.sounds import make_wav, store_sound

    user = User.objects.create_user(name)
    user.groups.add(Group.objects.get(name="Reviewer"))
    speakers = (Speaker.AGENT, Speaker.CUSTOMER)
    turns = tuple(TurnSnapshot(speakers[at % 2], f"第{at}句，说的是退款什么时候到账的事情。") for at in range(TURNS))
    sound = make_wav(SECONDS)
    calls = [make_call(turns=turns) for _number in range(count)]
    for call in calls:
        store_sound(call, sound, seconds=SECONDS)
    queue = make_queue(*calls, name=name, second_share=0)
    queue.reviewers.add(user)
    return user, queue.items.order_by("place")[0].pk


if __name__ == "__main__":
    main()
