"""The pictures of the documentation: the same calls on the same day, so that a changed picture is a changed page."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, ViewportSize, expect

from calls.models import Call, CallTask, Job, Recording
from calls.recordings.hearing import hear
from calls.refresh import ask_discovery
from calls.vocabulary import JobState, Source, TaskStatus
from reviews.ready import READY
from reviews.reviewing import beginning, judging
from reviews.scoring import Answer
from tests.browser.conftest import SignIn
from tests.reviews.builders import make_queue, make_version
from tests.stories import a_call_worth_hearing, a_day_of_calls

pytestmark = pytest.mark.django_db(transaction=True)

# 15:08 in Shanghai
CLOCK = datetime(2026, 11, 20, 7, 8, tzinfo=UTC)
HAND: ViewportSize = {"width": 390, "height": 844}
LARGEST = 180_000


@pytest.fixture(autouse=True)
def a_still_clock(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """No demo notice, and ages are hours: the browser does not count them on while we look."""
    monkeypatch.setattr(timezone, "now", lambda: CLOCK)
    settings.DEMO = False


def picture(page: Page, name: str, *signs: tuple[str, str]) -> None:
    """Once every sign shows its words, two looks read the same; the picture is kept under EARSHOT_SHOTS if given."""
    first, second = (_read(page, signs) for _time in range(2))
    assert first == second
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    seen = page.screenshot(animations="disabled")
    if directory := os.environ.get("EARSHOT_SHOTS"):
        assert len(seen) < LARGEST, f"{name}.png has {len(seen)} bytes"
        Path(directory).mkdir(parents=True, exist_ok=True)
        (Path(directory) / f"{name}.png").write_bytes(seen)


def _read(page: Page, signs: tuple[tuple[str, str], ...]) -> str:
    page.reload()
    for selector, words in signs:
        expect(page.locator(selector).first).to_contain_text(words)
    return page.locator("body").inner_text()


def test_screenshot_of_the_list(sign_in: SignIn, rui: User, live_server: Any) -> None:
    a_day_of_calls(6)
    page = sign_in(rui)

    page.goto(f"{live_server.url}/?q=退款")

    picture(page, "list", ("#results mark", "退款"), (".pager", "Newest"))


def the_call() -> Call:
    call = a_call_worth_hearing(CLOCK - timedelta(hours=2, minutes=30))
    hear(Recording.objects.get(pk=call.pk))
    Call.objects.update(checked_at=CLOCK - timedelta(hours=2))
    Recording.objects.update(stored_at=CLOCK - timedelta(hours=2, minutes=28))
    return call


def test_screenshot_of_a_call(sign_in: SignIn, rui: User, live_server: Any) -> None:
    call = the_call()
    page = sign_in(rui)

    page.goto(f"{live_server.url}{call.get_absolute_url()}?q=退款")

    picture(
        page,
        "call",
        ("#freshness", "2 h ago"),
        ("#player", "0:00 / 0:42"),
        ("#wave", "0:30"),
        ("#panel", "不满"),
        ("#people", "Not reviewed"),
        ("#hits", "/ 5"),
    )


def test_screenshot_of_a_call_in_a_hand(sign_in: SignIn, rui: User, live_server: Any) -> None:
    call = the_call()
    page = sign_in(rui)
    page.set_viewport_size(HAND)

    page.goto(live_server.url + call.get_absolute_url())

    signs = (("#player", "0:00 / 0:42"), ("#wave", "0:30"), ("#transcript", "续费"), ("#people", "Not reviewed"))
    picture(page, "call-hand", *signs)


def test_screenshot_of_the_tasks(sign_in: SignIn, su: User, live_server: Any) -> None:
    a_day_of_calls()
    tell_of_tasks(su)
    page = sign_in(su)

    page.goto(f"{live_server.url}/tasks/")

    expect(page.get_by_role("progressbar")).to_have_js_property("value", 38)
    picture(page, "tasks", ("tr:has(progress)", "38 of 91"))


def tell_of_tasks(follower: User) -> None:
    """One is being discovered, two were, and one is left alone."""
    running, paused, done, alone = CallTask.objects.order_by("pk")
    CallTask.objects.update(total_count=480, finished_count=312, answered_rate=64.5)
    CallTask.objects.filter(pk=paused.pk).update(status=TaskStatus.PAUSED, total_count=120, finished_count=74)
    CallTask.objects.filter(pk=alone.pk).update(status=TaskStatus.WAITING, finished_count=0, answered_rate=None)
    CallTask.objects.filter(source=Source.ROBOT).update(answered_rate=None)
    hour_ago = CLOCK - timedelta(hours=1)
    for task in (running, paused, done):
        CallTask.objects.filter(pk=task.pk).update(followed_at=CLOCK - timedelta(hours=3), followed_by=follower)
        job = ask_discovery(task)
        Job.objects.filter(pk=job.pk).update(state=JobState.DONE, done=20, started_at=hour_ago, finished_at=hour_ago)
    Job.objects.filter(call_task=running).update(
        state=JobState.RUNNING, done=38, total=91, started_at=CLOCK - timedelta(seconds=4), finished_at=None
    )


def test_screenshot_of_a_review(sign_in: SignIn, rui: User, live_server: Any) -> None:
    call = a_call_worth_hearing(CLOCK - timedelta(hours=3))
    hear(Recording.objects.get(pk=call.pk))
    version = make_version("Outbound compliance", READY[0].card)
    queue = make_queue(call, *a_day_of_calls(6), version=version)
    item = queue.items.order_by("place")[0]
    answers = {one.key: Answer(one.fine.key) for one in version.card if one.fine}
    answers |= {"answers": Answer("fail", comment="先推销后致歉，未说明退款进度。", turns=(2, 4))}
    review = beginning.start(rui, call, version, item)
    judging.save_draft(review, judging.Draft(answers))
    page = sign_in(rui)

    page.goto(f"{live_server.url}/review/{item.pk}/")

    picture(
        page,
        "review",
        ("#wave", "0:30"),
        (".score__figure", "85"),
        ("#turn-4", "Answers what was asked"),
        (".criterion--here", "Intent"),
    )
