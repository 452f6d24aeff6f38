"""Planning a queue and starting on it, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from calls.models import Call, SavedView
from reviews.models import Queue
from reviews.queues.sampling import PICKED
from reviews.reviewing.holding import close, skip, take_next
from reviews.vocabulary import SkipReason
from tests.browser.conftest import SignIn
from tests.browser.eyes import assert_accessible, shoot
from tests.reviews.builders import make_item, make_queue, make_review, make_version
from tests.stories import a_day_of_calls
from tests.workers import broker, workers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def day() -> None:
    a_day_of_calls(40)
    make_version()


def test_a_plan_counts_as_it_is_written_and_draws_what_it_promised(day: None, supervisor_page: Page, su: User):
    page = supervisor_page
    SavedView.objects.create(owner=su, name="想退款的", query="q=退款")
    page.goto(f"{page.url.partition('?')[0]}queues/new")

    page.get_by_label("Name").fill("十一月抽检")
    page.get_by_label("Share, %").first.fill("100")
    page.get_by_label("Share, %").first.press("Tab")
    expect(page.locator("#preview")).to_contain_text(f"Would draw {Call.objects.count()} of")
    page.locator("select[name=form-0-view]").select_option(label="想退款的")
    expect(page.locator("#preview")).to_contain_text("想退款的, 100 %")
    promised = re.findall(r"Would draw (\d+)", page.locator("#preview").inner_text())
    expect(page.get_by_label("Name")).to_have_value("十一月抽检")
    assert_accessible(page)
    page.get_by_role("button", name="Save and draw").click()

    expect(page.get_by_role("heading", name="十一月抽检")).to_be_visible()
    assert [str(Queue.objects.get().items.count())] == promised != ["0"]
    assert_accessible(page)


def test_ticked_calls_go_into_a_queue(day: None, supervisor_page: Page):
    make_version("Sales")
    page = supervisor_page

    page.locator("[data-select]").nth(0).check()
    page.locator("[data-select]").nth(1).check()
    page.get_by_role("button", name="Add to queue").click()
    page.get_by_label("Name").fill("Picked")
    assert_accessible(page)
    page.get_by_role("button", name="Add 2 calls").click()

    expect(page.get_by_role("status")).to_contain_text("2 calls were added.")
    expect(page.locator(".rail__link .rail__count:not(#unread)")).to_have_text("2")


def test_a_long_addition_is_watched_cancelled_and_goes_on(
    day: None, supervisor_page: Page, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    for module in ("reviews.queues.picking", "reviews.views.picking"):
        monkeypatch.setattr(f"{module}.AT_ONCE", 10)
    page = supervisor_page
    make_queue(name="十一月抽检")

    page.locator("[data-select]").first.check()
    page.get_by_label(re.compile("Select all .* that match")).check()
    page.get_by_role("button", name="Add to queue").click()
    expect(page.get_by_text("A worker adds them")).to_be_visible()
    page.get_by_role("button", name=re.compile(r"Add \d+ calls")).click()
    expect(page.get_by_text("waiting for a worker")).to_be_visible()
    assert_accessible(page)
    shoot(page, "queue-adding")
    page.get_by_role("button", name="Cancel").press("Enter")
    expect(page.get_by_text("What was added stays in the queue.")).to_be_visible()
    shoot(page, "queue-adding-cancelled")
    page.get_by_role("button", name="Try again").press("Enter")
    expect(page.get_by_text("waiting for a worker")).to_be_visible()
    with broker() as redis, workers(tmp_path, redis_url=redis.url, vendor="http://127.0.0.1:9") as crew:
        expect(page.get_by_text(f"{Call.objects.count()} calls added"), crew.log()).to_be_visible(timeout=120_000)
    assert_accessible(page)
    shoot(page, "queue-added")
    page.get_by_role("link", name="Open the queue").click()

    expect(page.get_by_role("heading", name="十一月抽检")).to_be_visible()
    assert Queue.objects.get().items.count() == Call.objects.count()


STRATA = [("Complaints, 100 %", 1.0), ("Any call, 20 %", 0.2), (PICKED, 1.0)]


def make_a_busy_queue(rui: User) -> Queue:
    queue = make_queue(name="十一月抽检", quota=30, version=make_version("Outbound compliance"))
    for number, call in enumerate(Call.objects.order_by("pk")[:24]):
        stratum = STRATA[number // 6 % 3]
        make_item(queue, call, place=number, stratum=stratum[0], probability=stratum[1])
    queue.plan = [
        {"name": "Complaints, 100 %", "share": 1.0, "question": "q=退款", "task": "", "intents": []},
        {"name": "Any call, 20 %", "share": 0.2, "question": "", "task": "", "intents": []},
    ]
    queue.save()
    for number in range(9):
        item = take_next(rui)
        assert item is not None and item.call is not None
        if number in (2, 5):
            skip(
                item,
                item.token,
                SkipReason.OTHER if number == 2 else SkipReason.NO_SOUND,
                "一直有杂音" * (number == 2),
                rui,
            )
            continue
        make_review(item.call, rui, item=item, seconds=40 + number, passed=number % 3 != 0)
        close(item, item.token)
    return queue


def test_the_pages_are_for_everybody(day: None, page: Page, sign_in: SignIn, su: User, rui: User):
    queue = make_a_busy_queue(rui)
    page = sign_in(su)
    root = page.url.partition("?")[0]

    for name, address in {
        "queues": "queues/",
        "queue": f"queues/{queue.pk}/",
        "queue-plan": "queues/new?question=result%3Danswered%26q%3D%E9%80%80%E6%AC%BE",
        "review-home": "review/",
    }.items():
        page.goto(root + address)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        shoot(page, name)
