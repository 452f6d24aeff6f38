"""Ticking calls and acting on them, in a real browser; an export with real workers."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from calls.http import PAGE_SIZE
from calls.models import BulkAction
from tests.browser.conftest import let_in
from tests.browser.eyes import DEVICES, assert_accessible, shoot
from tests.builders import make_call
from tests.reviews.builders import make_review
from tests.stories import a_day_of_calls
from tests.workers import broker, workers

pytestmark = pytest.mark.django_db(transaction=True)


def bar(page: Page) -> Locator:
    return page.get_by_role("toolbar", name="Selected calls", include_hidden=True)


def count(page: Page) -> Locator:
    return bar(page).get_by_role("status")


def box(page: Page, number: int) -> Locator:
    return page.locator("[data-select]").nth(number)


def ticked(page: Page) -> Locator:
    return page.locator("[data-select]:checked")


def test_x_ticks_the_row_one_stands_on_and_shift_x_all_up_to_here(reviewer_page):
    a_day_of_calls(6)
    reviewer_page.reload()
    expect(bar(reviewer_page)).to_be_hidden()

    for key in ("j", "x", "j", "j", "Shift+X"):
        reviewer_page.keyboard.press(key)

    expect(ticked(reviewer_page)).to_have_count(3)
    expect(count(reviewer_page)).to_have_text("3 selected")
    reviewer_page.keyboard.press("x")
    expect(count(reviewer_page)).to_have_text("2 selected")
    reviewer_page.keyboard.press("Escape")
    expect(bar(reviewer_page)).to_be_hidden()
    expect(ticked(reviewer_page)).to_have_count(0)


def test_shift_and_a_click_tick_a_range_and_untick_one(reviewer_page):
    a_day_of_calls(6)
    reviewer_page.reload()

    box(reviewer_page, 4).click()
    box(reviewer_page, 1).click(modifiers=["Shift"])
    expect(count(reviewer_page)).to_have_text("4 selected")
    box(reviewer_page, 2).click(modifiers=["Shift"])

    expect(count(reviewer_page)).to_have_text("2 selected")
    expect(reviewer_page).to_have_url(re.compile(r"/$"))


def test_the_box_in_the_head_ticks_the_page(reviewer_page):
    a_day_of_calls(PAGE_SIZE + 4)
    reviewer_page.reload()
    head = reviewer_page.get_by_label("Select every call on this page")

    box(reviewer_page, 0).check()
    assert head.evaluate("box => box.indeterminate")
    head.click()
    expect(count(reviewer_page)).to_have_text("50 selected")
    expect(head).to_be_checked()
    head.click()

    expect(ticked(reviewer_page)).to_have_count(0)


def test_all_that_match_are_selected_also_beside_a_button_that_exports_them(supervisor_page):
    a_day_of_calls(PAGE_SIZE + 4)
    supervisor_page.reload()
    expect(supervisor_page.locator("#export-all")).to_be_visible()
    box(supervisor_page, 0).check()

    bar(supervisor_page).get_by_label("Select all 54 that match").check()
    expect(count(supervisor_page)).to_have_text("All 54 selected")
    expect(ticked(supervisor_page)).to_have_count(PAGE_SIZE)
    box(supervisor_page, 3).uncheck()

    expect(count(supervisor_page)).to_have_text("49 selected")
    expect(bar(supervisor_page).get_by_label("Select all 54 that match")).not_to_be_checked()


def test_ticks_outlive_turning_the_page_and_opening_a_call(reviewer_page):
    a_day_of_calls(PAGE_SIZE + 4)
    reviewer_page.reload()
    box(reviewer_page, 0).check()
    reviewer_page.get_by_role("link", name="Older").click()
    expect(reviewer_page.locator(".call-row")).to_have_count(4)

    box(reviewer_page, 1).check()
    expect(count(reviewer_page)).to_have_text("2 selected")
    reviewer_page.get_by_role("link", name="Newer").click()
    expect(reviewer_page.locator(".call-row")).to_have_count(PAGE_SIZE)
    reviewer_page.locator("[data-row-open]").nth(3).click()
    expect(reviewer_page).to_have_url(re.compile(r"/calls/\d+/"))
    reviewer_page.go_back()

    expect(box(reviewer_page, 0)).to_be_checked()
    expect(count(reviewer_page)).to_have_text("2 selected")


def test_another_question_drops_the_ticks_with_a_word(reviewer_page):
    a_day_of_calls(6)
    reviewer_page.reload()
    box(reviewer_page, 0).check()

    reviewer_page.get_by_role("checkbox", name=re.compile("^Answered")).first.check()

    expect(reviewer_page.locator("[data-selection-dropped]")).to_have_text(
        "Other calls are asked for now, so the selection was cleared."
    )
    expect(bar(reviewer_page)).to_be_hidden()


@pytest.mark.parametrize("member", ["rui", "su"])
def test_all_that_match_are_more_than_the_page(request, sign_in, member):
    a_day_of_calls(PAGE_SIZE + 4)
    page = sign_in(request.getfixturevalue(member))
    box(page, 0).check()

    bar(page).get_by_label("Select all 54 that match").check()
    expect(count(page)).to_have_text("All 54 selected")
    expect(ticked(page)).to_have_count(PAGE_SIZE)
    page.get_by_role("link", name="Older").click()
    expect(ticked(page)).to_have_count(4)
    expect(count(page)).to_have_text("All 54 selected")
    bar(page).get_by_role("button", name="Refresh").click()

    expect(page.get_by_text("About 54 calls that match")).to_be_visible()
    assert BulkAction.objects.get().chosen is None


def test_without_one_call_all_that_match_becomes_the_page(reviewer_page):
    a_day_of_calls(6)
    reviewer_page.reload()
    box(reviewer_page, 0).check()
    bar(reviewer_page).get_by_label("Select all 6 that match").check()

    box(reviewer_page, 2).uncheck()

    expect(count(reviewer_page)).to_have_text("5 selected")


def test_enter_on_a_tick_opens_the_call(browser, live_server, supervisor_page, su):
    a_day_of_calls(3)
    supervisor_page.reload()
    box(supervisor_page, 1).focus()
    supervisor_page.keyboard.press("Enter")
    expect(supervisor_page).to_have_url(re.compile(r"/calls/\d+/"))

    context = browser.new_context(java_script_enabled=False, locale="en")
    let_in(context, live_server.url, su)
    page = context.new_page()
    page.goto(live_server.url)
    box(page, 1).check()
    page.keyboard.press("Enter")

    # Without a script Enter sends the form as its first button does: what is ticked, never all that match.
    expect(page.locator("#bulk")).to_be_visible()
    assert BulkAction.objects.get().chosen is not None
    context.close()


def test_export_above_the_list_takes_all_that_it_asks_for_now(supervisor_page):
    a_day_of_calls(12)
    supervisor_page.reload()
    export = supervisor_page.locator("#export-all")
    supervisor_page.get_by_role("checkbox", name=re.compile("^Answered")).first.check()
    expect(supervisor_page.locator("#total")).to_contain_text("8 calls")
    box(supervisor_page, 0).check()
    export.click()
    expect(supervisor_page.get_by_role("button", name="Export 8 calls")).to_be_visible()

    supervisor_page.get_by_role("link", name="Back to the list").click()
    supervisor_page.get_by_role("link", name="Remove filter: Answered").click()
    expect(supervisor_page.locator("#total")).to_contain_text("12 calls")
    export.click()

    expect(supervisor_page.get_by_role("button", name="Export 12 calls")).to_be_visible()


def test_letters_in_the_search_tick_nothing(reviewer_page):
    a_day_of_calls(3)
    reviewer_page.reload()
    reviewer_page.keyboard.press("j")

    reviewer_page.locator("#q").press_sequentially("xX")

    expect(ticked(reviewer_page)).to_have_count(0)


def test_a_selection_is_made_without_a_script(browser, live_server, su):
    a_day_of_calls(4)
    context = browser.new_context(java_script_enabled=False, locale="en")
    let_in(context, live_server.url, su)
    page = context.new_page()
    page.goto(live_server.url)

    box(page, 0).check()
    box(page, 2).check()
    bar(page).get_by_role("button", name="Export").click()
    expect(page.get_by_text("2 selected calls")).to_be_visible()
    page.get_by_role("button", name="Export 2 calls").click()

    expect(page.get_by_text("0 of 2 written")).to_be_visible()
    assert len(BulkAction.objects.get().chosen or ()) == 2
    context.close()


def test_a_finger_has_room_for_the_box(browser, live_server, rui):
    a_day_of_calls(3)
    context = browser.new_context(**DEVICES["hand"], locale="en")
    let_in(context, live_server.url, rui)
    page = context.new_page()
    page.goto(live_server.url)

    area = page.locator(".call-row .call-row__check").first.bounding_box()
    page.locator(".call-row .call-row__check").first.tap()

    assert area is not None
    assert area["width"] >= 44
    assert area["height"] >= 44
    expect(count(page)).to_have_text("1 selected")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def test_an_export_shows_its_progress_and_is_downloaded(supervisor_page, settings, tmp_path):
    calls = a_day_of_calls(12)
    supervisor_page.reload()
    with broker() as redis, workers(tmp_path, redis_url=redis.url, vendor="http://127.0.0.1:9") as crew:
        settings.EXPORT_ROOT = tmp_path / "exports"
        box(supervisor_page, 0).check()
        bar(supervisor_page).get_by_label("Select all 12 that match").check()
        bar(supervisor_page).get_by_role("button", name="Export").click()
        supervisor_page.get_by_label("CSV, for any program").check()
        supervisor_page.get_by_role("button", name="Export 12 calls").click()
        expect(supervisor_page.locator("#bulk")).to_be_visible()

        expect(supervisor_page.get_by_text("12 calls written"), crew.log()).to_be_visible(timeout=120_000)
        with supervisor_page.expect_download() as download:
            supervisor_page.get_by_role("link", name="Download").click()

    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert len(list(csv.reader(text.splitlines()))) == 1 + len(calls)
    assert re.fullmatch(r"calls-\d{4}-\d\d-\d\d-\d+\.csv", download.value.suggested_filename)
    assert calls[0].callee not in text
    assert_accessible(supervisor_page)
    shoot(supervisor_page, "bulk")


def test_reviews_are_exported_by_a_worker_and_downloaded(supervisor_page, live_server, settings, tmp_path, rui):
    make_review(make_call(), rui)
    supervisor_page.goto(f"{live_server.url}/reviews/")
    with broker() as redis, workers(tmp_path, redis_url=redis.url, vendor="http://127.0.0.1:9") as crew:
        settings.EXPORT_ROOT = tmp_path / "exports"
        supervisor_page.get_by_role("button", name="CSV").click()

        expect(supervisor_page.get_by_role("heading", name="Export reviews")).to_be_visible()
        expect(supervisor_page.get_by_text("1 review written"), crew.log()).to_be_visible(timeout=120_000)
        with supervisor_page.expect_download() as download:
            supervisor_page.get_by_role("link", name="Download").click()

    assert len(Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()) == 2
    assert re.fullmatch(r"reviews-\d{4}-\d\d-\d\d-\d+\.csv", download.value.suggested_filename)
    assert_accessible(supervisor_page)
    shoot(supervisor_page, "bulk-reviews")
    supervisor_page.goto(f"{live_server.url}/bulk/")
    shoot(supervisor_page, "bulk-list")


def test_everything_about_a_selection_is_accessible(supervisor_page, live_server):
    a_day_of_calls(6)
    supervisor_page.reload()
    box(supervisor_page, 0).check()
    expect(bar(supervisor_page)).to_be_visible()
    expect(bar(supervisor_page)).to_have_css("opacity", "1")
    assert_accessible(supervisor_page)

    bar(supervisor_page).get_by_role("button", name="Export").click()
    expect(supervisor_page.get_by_role("heading", name="Export calls")).to_be_visible()
    assert_accessible(supervisor_page)
    supervisor_page.get_by_role("button", name="Export 1 call").click()
    expect(supervisor_page.locator("#bulk")).to_be_visible()
    assert_accessible(supervisor_page)
    for path in ("/bulk/", "/activity/"):
        supervisor_page.goto(live_server.url + path)
        assert_accessible(supervisor_page)
