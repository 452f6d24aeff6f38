from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from playwright.sync_api import Page, expect

from calls.models import Call
from tests.browser.conftest import SignIn
from tests.browser.eyes import assert_accessible, shoot
from tests.browser.test_screenshots import a_still_clock, picture
from tests.reviews.stories import a_fortnight_of_calls, reviews_of
from tests.stories import a_day_of_calls

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["a_still_clock"]


@pytest.fixture
def board(supervisor_page: Page, su: User, rui: User, live_server: Any) -> Page:
    cache.clear()
    reviews_of(a_day_of_calls(240), su, rui)
    supervisor_page.goto(f"{live_server.url}/board/")
    return supervisor_page


def test_the_board_is_accessible_with_its_tables_open(board):
    board.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")

    assert_accessible(board)
    shoot(board, "board")


def test_a_bar_is_reached_by_keys_and_leads_to_its_calls(board):
    bar = board.locator(".chart__bar", has=board.locator(".chart__strong")).first
    expected = Call.objects.count()

    board.get_by_role("link", name="90 days").focus()
    for _key in range(80):
        board.keyboard.press("Tab")
        if bar.evaluate("bar => bar === document.activeElement"):
            break
    name = bar.get_attribute("aria-label") or ""
    board.keyboard.press("Enter")

    board.wait_for_url(re.compile(r"/\?since="))
    dialled = int("".join(re.findall(r": (\d+) dialled", name)))
    assert 0 < dialled <= expected
    expect(board.locator("#total")).to_contain_text(str(dialled))


def test_another_period_comes_without_a_new_page(board):
    board.evaluate("window.stays = true")

    board.get_by_role("link", name="30 days").click()

    expect(board.locator(".tabs [aria-current]")).to_have_text("30 days")
    expect(board.locator(".tabs [aria-current]")).to_be_focused()
    expect(board).to_have_url(re.compile(r"when=30d$"))
    assert board.evaluate("window.stays")


def test_the_sheet_of_keys_promises_no_search_where_there_is_none(board, live_server):
    board.keyboard.press("?")
    expect(board.get_by_text("This list", exact=True)).to_be_visible()
    expect(board.get_by_text("Search, also in a call", exact=True)).to_be_hidden()

    board.goto(live_server.url)
    board.keyboard.press("?")
    expect(board.get_by_text("Search, also in a call", exact=True)).to_be_visible()


def test_one_task_is_chosen_in_the_head(board):
    others = board.locator("table tbody tr th[scope=row]").filter(has_text="秋季")
    expect(others).not_to_have_count(0)

    board.get_by_role("button", name="All tasks").click()
    board.get_by_label("Task", exact=True).select_option(label="4S 店保养邀约")
    board.get_by_role("button", name="Show").click()

    expect(board.get_by_role("button", name="4S 店保养邀约")).to_be_visible()
    expect(board).to_have_url(re.compile(r"when=7d"))
    expect(others).to_have_count(0)


def test_the_board_fits_a_hand(board):
    board.set_viewport_size({"width": 390, "height": 844})

    assert board.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_screenshot_of_the_board(sign_in: SignIn, su: User, rui: User, live_server: Any) -> None:
    cache.clear()
    reviews_of(a_fortnight_of_calls(), su, rui)
    page = sign_in(su)

    page.goto(f"{live_server.url}/board/")

    picture(page, "board", (".board__tiles", "Connect rate"), (".chart__strong", "20"))
