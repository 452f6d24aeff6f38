"""The turns of a call by Tab: one stop each, and the buttons of the one that somebody chose."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from calls.snapshot import TurnSnapshot
from calls.vocabulary import Speaker
from tests.browser.eyes import assert_accessible, shoot_as_it_is
from tests.browser.test_call import HERE, stand_on
from tests.browser.test_player import play_slowly, turn_time
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
    choose_second(page)
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
    choose_second(page)
    play_slowly(page)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#turn-2 button").first).to_be_focused()
    play_into(page, 3)

    expect(page.locator(HERE)).to_have_attribute("id", "turn-2")
    page.keyboard.press("Tab")
    expect(page.locator("#turn-2 button[data-copy]")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator(HERE)).to_have_attribute("id", "turn-3")


def test_after_a_button_was_used_a_key_means_the_turn_being_heard_again(reviewer_page, live_server):
    page = at_its_buttons(reviewer_page, live_server)
    page.keyboard.press("Enter")

    play_into(page, 3)
    expect(page.locator(HERE)).to_have_attribute("id", "turn-3")
    # whoever goes on by Tab goes on where they were
    expect(page.locator("#turn-2 .turn__time")).to_be_focused()
    page.keyboard.press("e")

    pinned = page.locator(".criterion--here [data-pinned]")
    expect(pinned).to_have_count(2)
    assert pinned.evaluate_all("all => all.map(({ dataset }) => dataset.pinned)") == ["2", "3"]


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_button_is_used_after_the_sound_has_gone_on(reviewer_page, live_server, key):
    page = at_its_buttons(reviewer_page, live_server)
    play_into(page, 3)
    expect(page.locator(HERE)).to_have_attribute("id", "turn-2")

    page.keyboard.press(key)

    expect(page.locator(".criterion--here [data-pinned='2']")).to_have_count(1)
    expect(page.locator(HERE)).to_have_attribute("id", "turn-3")


def test_the_next_button_of_a_turn_holds_it_no_more_once_one_was_used(reviewer_page, live_server):
    page = at_its_buttons(reviewer_page, live_server)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#turn-2").get_by_role("button", name="Comment")).to_be_focused()

    play_into(page, 3)
    expect(page.locator(HERE)).to_have_attribute("id", "turn-3")
    page.keyboard.press("e")

    expect(page.locator(".criterion--here [data-pinned]")).to_have_count(2)


def test_whoever_writes_a_comment_by_keyboard_comes_back_to_its_turn(reviewer_page, live_server):
    page = at_its_buttons(reviewer_page, live_server)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("textbox").first).to_be_focused()
    play_into(page, 3)
    expect(page.locator(HERE)).to_have_attribute("id", "turn-3")

    page.keyboard.press("Escape")

    expect(page.locator("#turn-2 .turn__time")).to_be_focused()


@pytest.mark.parametrize("width", [1000, 1093, 1217, 1281, 1366])
def test_the_buttons_of_a_turn_are_in_sight_beside_a_scorecard(reviewer_page, live_server, width):
    page = reviewer_page
    page.set_viewport_size({"width": width, "height": 768})
    # of one line that ends anywhere, and of several
    turns = tuple(TurnSnapshot(Speaker.CUSTOMER, "退" * size) for size in (*range(8, 40, 4), 90))
    open_item(page, live_server, item_of(queue_of(heard_call(turns=turns))))
    talk = bounds(page, "#talk")

    for number in range(1, len(turns) + 1):
        page.locator(f"#turn-{number} .bubble").click(modifiers=["Shift"])
        buttons = page.locator(f"#turn-{number} .turn__tools button")
        expect(buttons).to_have_count(4)
        places = [bounds(page, button) for button in buttons.all()]
        assert min(left for left, _right in places) >= talk[0]
        assert max(right for _left, right in places) <= talk[1]


def bounds(page: Page, part: str | Locator) -> tuple[float, float]:
    box = (page.locator(part) if isinstance(part, str) else part).bounding_box()
    assert box is not None
    return box["x"], box["x"] + box["width"]


def at_its_buttons(page: Page, live_server: Any) -> Page:
    """A review whose second turn sounds, with the focus on the first of its buttons."""
    open_item(page, live_server, item_of(queue_of(heard_call())))
    choose_second(page)
    play_slowly(page)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#turn-2").get_by_role("button", name="Pin as evidence")).to_be_focused()
    return page


def choose_second(page: Page) -> None:
    to_first_turn(page)
    page.keyboard.press("Tab")
    expect(page.locator("#turn-2 .turn__time")).to_be_focused()


def play_into(page: Page, number: int) -> None:
    start = turn_time(page, number)
    page.evaluate("at => { document.querySelector('audio').currentTime = at }", start - 0.3)
    page.wait_for_function("at => document.querySelector('audio').currentTime > at + 0.1", arg=start)
