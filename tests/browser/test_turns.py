"""The turns of a call by Tab: one stop each, and the buttons of the one that somebody chose."""

from __future__ import annotations

from collections import Counter

import pytest
from playwright.sync_api import Page, expect

from tests.browser.eyes import assert_accessible, shoot_as_it_is
from tests.browser.test_call import HERE, stand_on
from tests.browser.test_review import item_of, open_item, queue_of
from tests.test_call_hearing import heard_call

pytestmark = pytest.mark.django_db(transaction=True)
FOCUSED = "document.activeElement.closest('[data-turn]')?.id ?? ''"


def to_first_turn(page: Page) -> None:
    page.locator("#talk").focus()
    page.keyboard.press("Tab")
    expect(page.locator("#turn-1 .turn__time")).to_be_focused()


def stops(page: Page) -> Counter[str]:
    """Turn -> how often Tab stops there, from the first turn to the end of the transcript."""
    to_first_turn(page)
    found: Counter[str] = Counter()
    while turn := page.evaluate(FOCUSED):
        found[turn] += 1
        page.keyboard.press("Tab")
    return found


def test_a_turn_is_one_stop_on_the_page_of_a_call(reviewer_page):
    page = stand_on(reviewer_page, heard_call())
    turns = page.locator("[data-turn]").evaluate_all("all => all.map(({ id }) => id)")

    assert stops(page) == dict.fromkeys(turns, 1)
    # whoever listens to the page finds them by name
    page.locator("#turn-2 .turn__time").focus()
    expect(page.locator("#turn-2").get_by_role("button", name="Copy this turn")).to_be_visible()
    # and Tab in the turn that one stands on
    page.keyboard.press("j")
    assert stops(page) == dict.fromkeys(turns, 1) | {"turn-1": 3}


def test_a_turn_is_one_stop_on_the_page_of_a_review(reviewer_page, live_server):
    open_item(reviewer_page, live_server, item_of(queue_of(heard_call())))
    turns = reviewer_page.locator("[data-turn]").evaluate_all("all => all.map(({ id }) => id)")

    assert stops(reviewer_page) == dict.fromkeys(turns, 1)


def test_the_buttons_of_a_turn_are_used_by_keyboard_alone(reviewer_page, live_server):
    page = reviewer_page
    open_item(page, live_server, item_of(queue_of(heard_call())))
    to_first_turn(page)
    page.keyboard.press("Tab")
    expect(page.locator("#turn-2 .turn__time")).to_be_focused()
    shoot_as_it_is(page, "turn-focused", "#turn-2")

    page.keyboard.press("Shift+Enter")
    expect(page.locator(HERE)).to_have_attribute("id", "turn-2")
    names = []
    for _button in range(4):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
        if names[-1] == "Pin as evidence":
            shoot_as_it_is(page, "turn-button-focused", "#turn-2")
            page.keyboard.press("Enter")

    assert names == ["Pin as evidence", "Comment", "This turn starts here", "Copy this turn"]
    # in one row, none over another
    places = page.locator("#turn-2 .turn__tools button").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect().x)"
    )
    assert len(set(places)) == 4
    expect(page.locator(".criterion--here [data-pinned='2']")).to_have_count(1)
    assert_accessible(page)


def test_whoever_is_at_the_buttons_of_a_turn_stays_there_while_the_sound_goes_on(reviewer_page):
    page = stand_on(reviewer_page, heard_call())
    to_first_turn(page)
    page.keyboard.press("Tab")

    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#turn-2 button").first).to_be_focused()
    third = float(page.locator("#turn-3").get_attribute("data-at") or "nan")
    page.wait_for_function("third => document.querySelector('audio').currentTime > third + 0.5", arg=third)

    expect(page.locator(HERE)).to_have_attribute("id", "turn-2")
    page.keyboard.press("Tab")
    expect(page.locator("#turn-2 button[data-copy]")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator(HERE)).to_have_attribute("id", "turn-3")
