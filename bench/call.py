"""How fast the page of a call opens, its sound starts, and all calls to its number are listed. Prints Markdown.

    make bench-call
    make bench-call CALLS=1000000

Server time of the whole page for a reviewer, with a recording that was listened to: processor time of one process, and
by the clock. F is the smallest answer there is, a redirect: what Django and its middleware take. The sound is heard
when its position has moved in a real browser on a page that was just opened.
"""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import browsing

if TYPE_CHECKING:
    from django.test import Client

    from bench.timing import Times
    from calls.models import Call

SIZES = (12, 200, 2000)
TEXTS = (
    "您好，这里是客服中心，想了解一下您对这次售后服务是否满意？",
    "挺满意的，师傅上门很快，就是等了两天。",
    "非常抱歉给您带来不便。您说的是哪一笔退款？我帮您记录一下。",
    "就是十月份那个口语课，说好七个工作日退款。",
)
# seconds from the start of one turn to the next
PACE = 1.8
# how often Space is pressed, each time on a page opened anew
PRESSES = 20
SOUND_SECONDS = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", action="store_true", help="where the longest page's time goes")
    parser.add_argument("--calls", type=int, default=100_000, help="among which those to one number are found")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as home:
        browsing.set_up(Path(home))
        if options.profile:
            _profile()
        else:
            _print_table(options.calls)
            _print_sound()


def _print_table(calls: int) -> None:
    from bench.timing import timed

    client = _client()
    floor = partial(client.get, "/favicon.ico")
    print("| page | processor, median | clock, p50 | clock, p95 | kB | to F |\n|---|---|---|---|---|---|")
    for size in SIZES:
        address = _make_call(size).get_absolute_url()
        kilobytes = len(client.get(address).content) / 1024
        for name, query in (("", ""), (", 退款 searched", "?q=退款")):
            times = timed(partial(client.get, address + query), floor)
            _print_row(f"{size:,} turns{name}", times, kilobytes)
    for name, address in _same_number(calls).items():
        answer = client.get(address)
        assert answer.status_code == 200, answer
        _print_row(f"{name} of {calls:,} calls", timed(partial(client.get, address), floor), len(answer.content) / 1024)


def _same_number(calls: int) -> dict[str, str]:
    """Its page for a number that was called once, and for one that was called a hundred times."""
    from django.urls import reverse

    from bench.corpus import BUSY_NUMBER, Corpus
    from calls.models import Call

    Corpus(calls).write_bare()
    once, often = Call.objects.exclude(callee=BUSY_NUMBER).order_by("-pk")[0], Call.objects.filter(callee=BUSY_NUMBER)
    return {
        "same number, 1": reverse("same_number", args=[once.pk]),
        f"same number, {often.count()}": reverse("same_number", args=[often[0].pk]),
    }


def _print_sound() -> None:
    from bench.browsing import browser, print_head, print_row, server

    print()
    print_head()
    with server() as url, browser() as chromium:
        print_row(f"from Space to the sound, {SOUND_SECONDS} s of it", _presses(chromium, url))


def _presses(chromium: Any, url: str) -> list[float]:
    from django.contrib.auth.models import User

    from bench.browsing import HEARD, press_space
    from tests.browser.conftest import let_in
    from tests.builders import make_call
    from tests.sounds import store_sound

    call = make_call()
    store_sound(call, seconds=SOUND_SECONDS)
    context = chromium.new_context()
    let_in(context, url, User.objects.get(username="bench"))
    page = context.new_page()
    page.add_init_script(HEARD)
    times: list[float] = []
    for _press in range(PRESSES):
        page.goto(url + call.get_absolute_url())
        press_space(page)
        times += page.evaluate("window.heard")
    context.close()
    return times


def _print_row(name: str, times: Times, kilobytes: float) -> None:
    import statistics

    spent, clock = statistics.median(times.spent) * 1000, (times.p50 * 1000, times.p95 * 1000)
    print(
        f"| {name} | {spent:.0f} ms | {clock[0]:.0f} ms | {clock[1]:.0f} ms | {kilobytes:.0f} | {times.to_floor:.0f} |"
    )


def _client() -> Client:
    from django.contrib.auth.models import Group, User
    from django.test import Client

    reader = User.objects.create_user("bench")
    reader.groups.add(Group.objects.get(name="Reviewer"))
    client = Client()
    client.force_login(reader)
    return client


def _make_call(size: int) -> Call:
    """Heard, with a turn of either voice every `PACE` seconds and an interruption in twenty."""
    from calls.models import Hearing
    from calls.snapshot import TurnSnapshot
    from calls.vocabulary import Speaker
    from tests.builders import make_call
    from tests.sounds import store_sound

    speakers = (Speaker.AGENT, Speaker.CUSTOMER)
    turns = tuple(
        TurnSnapshot(speakers[place % 2], TEXTS[place % len(TEXTS)], interrupted=place % 20 == 3)
        for place in range(size)
    )
    call = make_call(turns=turns, duration=int(size * PACE))
    recording = store_sound(call, b"RIFF", seconds=int(size * PACE))
    starts = [round(1000 * PACE * place) for place in range(size)]
    times = [[at, at + round(900 * PACE), 99 if at % 7 else 40, "aligned"] for at in starts]
    Hearing.objects.create(
        recording=recording, version=1, file=recording.file.name or "", duration=size * PACE, times=times, basis="bench"
    )
    return call


def _profile() -> None:
    import cProfile
    import pstats

    client, address = _client(), _make_call(SIZES[-1]).get_absolute_url()
    client.get(address)
    profile = cProfile.Profile()
    profile.runcall(client.get, address)
    pstats.Stats(profile).sort_stats("tottime").print_stats(30)


if __name__ == "__main__":
    main()
