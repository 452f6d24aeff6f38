"""Finding calls by what was said, by hand and by keyboard."""

from __future__ import annotations

import os
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import let_in
from tests.browser.eyes import DEVICES, assert_accessible, shoot
from tests.builders import make_call
from tests.stories import a_day_of_calls

SAYING = "退款"


def search(page: Page, asked: str) -> None:
    page.keyboard.press("/")
    page.keyboard.type(asked)
    page.keyboard.press("Enter")


def test_a_word_is_typed_and_its_first_hit_opened_by_keyboard(reviewer_page):
    first, *_ = a_day_of_calls(12)
    reviewer_page.reload()

    search(reviewer_page, SAYING)
    expect(reviewer_page.locator("mark").first).to_have_text(SAYING)
    reviewer_page.keyboard.press("Escape")
    reviewer_page.keyboard.press("j")
    reviewer_page.keyboard.press("Enter")

    expect(reviewer_page).to_have_url(re.compile(rf"{first.get_absolute_url()}\?q=%E9%80%80%E6%AC%BE#turn-2$"))
    expect(reviewer_page.locator(".turn--current mark[aria-current]")).to_have_text(SAYING)
    expect(reviewer_page.locator("#hits")).to_have_text("1 / 5")
    for keys, told, turn in [("n", "2 / 5", 3), ("n", "3 / 5", 4), ("Shift+N", "2 / 5", 3), ("Shift+N", "1 / 5", 2)]:
        reviewer_page.keyboard.press(keys)
        expect(reviewer_page.locator("#hits")).to_have_text(told)
        expect(reviewer_page.locator(".turn--current")).to_have_attribute("id", f"turn-{turn}")
    reviewer_page.keyboard.press("Shift+N")
    expect(reviewer_page.locator("#hits")).to_have_text("5 / 5")


def test_only_what_the_asked_one_said_is_marked_on_the_page_of_the_call(reviewer_page, live_server):
    a_day_of_calls(1)
    reviewer_page.goto(f"{live_server.url}/?q=customer:{SAYING} -投诉 dur:>30")

    reviewer_page.locator(".call-row__open").click()

    expect(reviewer_page.locator("#hits")).to_have_text("1 / 3")
    expect(reviewer_page.locator(".turn--agent mark")).to_have_count(0)


def test_keys_of_an_input_method_walk_no_hits(reviewer_page, live_server):
    [call] = a_day_of_calls(1)
    reviewer_page.goto(f"{live_server.url}{call.get_absolute_url()}?q={SAYING}")
    expect(reviewer_page.locator("#hits")).to_have_text("1 / 5")

    for member in ({"isComposing": True}, {"keyCode": 229}):
        reviewer_page.evaluate(
            "member => document.body.dispatchEvent("
            "new KeyboardEvent('keydown', {key: 'n', code: 'KeyN', bubbles: true, ...member}))",
            member,
        )

    expect(reviewer_page.locator("#hits")).to_have_text("1 / 5")


def test_enter_that_ends_a_composition_does_not_search(reviewer_page):
    a_day_of_calls(3)
    reviewer_page.reload()
    before = reviewer_page.url
    reviewer_page.locator("#q").focus()
    devtools = reviewer_page.context.new_cdp_session(reviewer_page)

    devtools.send("Input.imeSetComposition", {"text": "tuikuan", "selectionStart": 7, "selectionEnd": 7})
    devtools.send(
        "Input.dispatchKeyEvent",
        {"type": "rawKeyDown", "key": "Process", "code": "Enter", "windowsVirtualKeyCode": 229},
    )
    devtools.send("Input.insertText", {"text": SAYING})
    expect(reviewer_page.locator("#q")).to_have_value(SAYING)
    assert reviewer_page.url == before

    reviewer_page.keyboard.press("Enter")
    expect(reviewer_page.locator("#reading")).to_have_text(f"Calls that mention {SAYING}")


def test_the_help_shows_the_grammar_and_its_examples_search(reviewer_page):
    a_day_of_calls(12)
    reviewer_page.reload()
    help_ = reviewer_page.get_by_role("dialog", name="Search help")

    reviewer_page.get_by_role("button", name="Search help").click()
    expect(help_).to_be_visible()
    assert_accessible(reviewer_page)
    reviewer_page.keyboard.press("Escape")
    expect(help_).to_be_hidden()
    reviewer_page.get_by_role("button", name="Search help").click()
    help_.get_by_role("link", name=f"客户:{SAYING}").click()

    expect(reviewer_page.locator("#q")).to_have_value(f"客户:{SAYING}")
    expect(reviewer_page.locator("#reading")).to_have_text(f"Calls in which the customer says {SAYING}")
    expect(reviewer_page.locator(".hit--customer").first).to_be_visible()


def test_the_help_fits_in_a_hand_and_on_a_desk(browser, live_server, rui):
    for device, options in DEVICES.items():
        context = browser.new_context(**options)
        let_in(context, live_server.url, rui)
        page = context.new_page()
        page.goto(live_server.url)
        page.get_by_role("button", name="Search help").click()

        frame = page.get_by_role("dialog", name="Search help").bounding_box()

        screen = options["viewport"]
        assert frame and frame["x"] >= 0 and frame["x"] + frame["width"] <= screen["width"], device
        assert frame["y"] >= 0 and frame["y"] + frame["height"] <= screen["height"], device
        box = page.locator(".search__box").bounding_box()
        assert box and box["x"] + box["width"] <= screen["width"], device
        if directory := os.environ.get("EARSHOT_SHOTS"):
            page.screenshot(path=Path(directory) / f"search-help-{device}.png")
        context.close()


def test_what_was_not_understood_is_said_and_the_rest_is_listed(reviewer_page):
    a_day_of_calls(12)
    reviewer_page.reload()

    search(reviewer_page, f'{SAYING} dur:long "')

    expect(reviewer_page.locator(".search__reading--wrong")).to_have_count(2)
    expect(reviewer_page.locator(".search__reading--wrong").first).to_contain_text("“dur:long” needs a number")
    expect(reviewer_page.locator("#reading")).to_have_text(f"Calls that mention {SAYING}")
    expect(reviewer_page.locator("mark").first).to_have_text(SAYING)
    expect(reviewer_page.locator("#q")).to_have_value(f'{SAYING} dur:long "')


def test_a_pasted_id_opens_its_call(reviewer_page):
    call = make_call(call_id="1012993847281^10198273645")
    make_call()
    reviewer_page.reload()

    search(reviewer_page, "1012993847281^10198273645")

    expect(reviewer_page).to_have_url(re.compile(f"{call.get_absolute_url()}$"))


def test_a_heading_orders_the_list_and_a_filter_keeps_the_order(reviewer_page):
    a_day_of_calls(12)
    reviewer_page.reload()
    length = reviewer_page.get_by_role("columnheader", name="Length")
    expect(length).to_have_attribute("aria-sort", "none")

    length.get_by_role("link").click()
    expect(reviewer_page).to_have_url(re.compile(r"/\?sort=longest$"))
    expect(length).to_have_attribute("aria-sort", "descending")
    reviewer_page.get_by_role("group", name="Result").get_by_role("checkbox", name="Answered").check()
    expect(reviewer_page).to_have_url(re.compile(r"result=answered&sort=longest$"))
    reviewer_page.get_by_role("link", name="Remove filter: Answered").click()
    expect(reviewer_page).to_have_url(re.compile(r"/\?sort=longest$"))
    length.get_by_role("link").click()

    expect(reviewer_page).to_have_url(re.compile(r"/\?sort=shortest$"))
    expect(length).to_have_attribute("aria-sort", "ascending")
    assert_accessible(reviewer_page)


def test_in_a_hand_the_order_is_chosen_from_a_list(reviewer_page):
    a_day_of_calls(3)
    reviewer_page.set_viewport_size({"width": 390, "height": 844})
    reviewer_page.reload()

    reviewer_page.get_by_role("combobox", name="Order").select_option("Longest first")

    expect(reviewer_page).to_have_url(re.compile(r"/\?sort=longest$"))
    expect(reviewer_page.locator("#reading")).to_have_text("All calls · Longest first")


def test_past_the_cap_all_are_counted_when_asked(reviewer_page, monkeypatch):
    monkeypatch.setattr("calls.models.search.COUNTED", 5)
    a_day_of_calls(8)
    reviewer_page.reload()
    expect(reviewer_page.locator("#total")).to_contain_text("5+ calls")

    reviewer_page.get_by_role("link", name="Count them all").click()

    expect(reviewer_page.locator("#total")).to_have_text("8 calls")
    assert "total" not in reviewer_page.url


def test_searching_in_chinese_keeps_its_layout(reviewer_page, live_server):
    a_day_of_calls(12)
    reviewer_page.context.add_cookies([{"name": "django_language", "value": "zh-hans", "url": live_server.url}])
    reviewer_page.goto(live_server.url)

    search(reviewer_page, f"客户:{SAYING} OR 机器人:退钱 时长:长")

    expect(reviewer_page.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(reviewer_page.locator("#reading b")).to_have_text([SAYING, "退钱"])
    expect(reviewer_page.locator(".search__reading--wrong")).to_have_count(1)
    expect(reviewer_page.locator(".hit mark").first).to_have_text(SAYING)
    reviewer_page.reload()  # at rest: the old rows fade while the new ones come
    assert_accessible(reviewer_page)


def test_every_state_of_the_search_is_readable_for_everyone(reviewer_page, live_server):
    a_day_of_calls(30)
    for name, query in {
        "search": f"q={SAYING} -投诉 dur:>30 customer:到账",
        "search-wrong": f'q={SAYING} dur:long colour:red "&sort=longest',
        "search-order": "sort=longest",
        "search-empty": "q=龘龘&intent=A",
    }.items():
        for theme in ("light", "dark"):
            reviewer_page.emulate_media(color_scheme=theme)
            reviewer_page.goto(f"{live_server.url}/?{query}")
            assert_accessible(reviewer_page)
        shoot(reviewer_page, name)


def test_a_search_that_no_address_can_hold_says_so_and_stays(reviewer_page, complaints):
    a_day_of_calls(3)
    reviewer_page.reload()
    reviewer_page.locator("#q").fill("长" * 10_000)

    reviewer_page.locator("#q").press("Enter")

    expect(reviewer_page.get_by_role("alert")).to_have_text(
        "This is too long to be asked at once. Shorten the search and try again."
    )
    expect(reviewer_page.locator("#q")).to_have_value("长" * 10_000)
    complaints.clear()  # the browser names the refused address, and rightly so
