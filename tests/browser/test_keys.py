"""Choosing keys, and switching single keys off, in a real browser."""

from __future__ import annotations

import re
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

from calls.models import KeyPreference
from calls.snapshot import TurnSnapshot
from calls.vocabulary import Speaker
from tests.browser.conftest import let_in
from tests.browser.eyes import DEVICES, assert_accessible, shoot
from tests.browser.test_call import HERE, expect_position, stand_on
from tests.builders import make_call
from tests.sounds import store_sound

pytestmark = pytest.mark.django_db(transaction=True)


def on_keys_page(page: Page) -> Page:
    page.goto(urljoin(page.url, "/keys/"))
    return page


def test_a_key_is_chosen_by_pressing_it_and_works(reviewer_page):
    page = on_keys_page(reviewer_page)
    field = page.get_by_role("group", name="In a call").get_by_label("Next turn")

    field.press("Shift+D")
    expect(field).to_have_value("Shift+D")
    page.get_by_role("group", name="In a call").get_by_label("Play, pause").press("Backspace")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Your keys are kept.")
    call = make_call()
    store_sound(call, seconds=5)
    stand_on(page, call)
    page.keyboard.press("j")
    page.keyboard.press("Space")
    expect(page.locator(HERE)).to_have_count(0)
    page.keyboard.press("Shift+D")

    expect(page.locator(HERE)).to_have_attribute("id", "turn-1")
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_two_actions_on_one_key_are_told_beside_both(reviewer_page, complaints):
    page = on_keys_page(reviewer_page)

    page.get_by_role("group", name="In a call").get_by_label("Next turn").press("k")
    page.get_by_role("button", name="Save").click()

    expect(page.locator(".field__error")).to_have_count(2)
    expect(page.get_by_label("Previous turn")).to_have_attribute("aria-invalid", "true")
    assert_accessible(page)
    assert len(complaints) == 1 and "422" in complaints.pop()


def test_one_switch_turns_single_keys_off_without_stopping_the_sound(reviewer_page, rui):
    call = make_call()
    store_sound(call, seconds=60)
    page = stand_on(reviewer_page, call, "?q=退款")
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Keys", exact=True).click()

    page.get_by_role("group", name="Single keys").get_by_role("button", name="Off", exact=True).click()
    expect(page.get_by_role("button", name="Off", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Off", exact=True)).to_be_focused()
    expect(page.locator("html")).to_have_attribute("data-keys", "off")
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.evaluate("document.activeElement.blur()")
    here = page.locator(HERE).get_attribute("id")
    page.keyboard.press("j")
    page.keyboard.press("Shift+Slash")

    expect(page.locator("#keys")).to_be_hidden()
    expect(page.locator(HERE)).to_have_attribute("id", here or "")
    expect(page.locator(".call-page__find kbd")).to_be_hidden()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    assert not KeyPreference.objects.get(user=rui).is_on
    page.reload()
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Keys", exact=True).click()
    page.get_by_role("group", name="Single keys").get_by_role("button", name="On", exact=True).click()
    expect(page.get_by_role("button", name="On", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.locator("html")).to_have_attribute("data-keys", "on")
    expect_position(page, "0:00 / 1:00")
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("ArrowRight")
    expect_position(page, "0:03 / 1:00")


def test_signs_of_an_input_method_and_of_other_layouts_are_understood(reviewer_page):
    call = make_call(turns=tuple(TurnSnapshot(Speaker.AGENT, f"第{number}句") for number in range(3)))
    store_sound(call, seconds=60)
    page = stand_on(reviewer_page, call)
    press = """(member) => document.body.dispatchEvent(
      new KeyboardEvent('keydown', {bubbles: true, cancelable: true, modifierAltGraph: false, ...member}))"""

    for member, speed in [
        ({"key": "】", "code": "BracketRight"}, "1.25"),
        ({"key": "]", "code": "Digit9", "ctrlKey": True, "altKey": True, "modifierAltGraph": True}, "1.5"),
        ({"key": "]", "code": "BracketRight", "ctrlKey": True}, "1.5"),
        ({"key": "、", "code": "Backslash"}, "1"),
    ]:
        page.evaluate(press, member)
        expect(page.get_by_label("Speed")).to_have_value(speed)


def test_without_scripts_keys_are_written_down(browser, live_server, rui):
    context = browser.new_context(java_script_enabled=False, **DEVICES["hand"])
    let_in(context, live_server.url, rui)
    page = context.new_page()
    page.goto(f"{live_server.url}/keys/")

    page.get_by_label("Next call").fill("Shift + N")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Next call")).to_have_value("Shift+N")
    page.get_by_role("button", name="Off", exact=True).click()

    expect(page).to_have_url(re.compile("/keys/$"))
    assert not KeyPreference.objects.get(user=rui).is_on
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_choose_keys(reviewer_page, theme):
    reviewer_page.emulate_media(color_scheme=theme)
    page = on_keys_page(reviewer_page)
    shoot(page, "keys")

    assert_accessible(page)
    page.get_by_role("button", name="Keys", exact=True).click()
    assert_accessible(page)
