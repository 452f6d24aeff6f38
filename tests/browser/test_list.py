from __future__ import annotations

import re
from urllib.parse import urljoin

from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from calls.http import PAGE_SIZE
from tests.browser.conftest import let_in
from tests.browser.eyes import assert_accessible, shoot
from tests.builders import make_call
from tests.stories import a_day_of_calls

HERE = ".call-row--here"


def press(page: Page, **members: str | int | bool) -> None:
    """A key as the browser reports it, where a keyboard cannot be told to: input methods, other layouts."""
    page.evaluate(
        "members => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, ...members}))",
        members,
    )


def box(page: Page, facet: str, label: str) -> Locator:
    """The tick box of one value in the filter column."""
    return page.get_by_role("group", name=facet).get_by_role("checkbox", name=re.compile(rf"^{label}( [\d,]+)?$"))


def test_a_newcomer_signs_in_and_sees_calls(page, live_server, rui):
    a_day_of_calls(3)
    page.goto(live_server.url)
    shoot(page, "login")
    page.get_by_label("Name").fill("rui")
    page.get_by_label("Password").fill("a long enough password")

    page.get_by_role("button", name="Sign in").click()

    expect(page.locator(".call-row")).to_have_count(3)


def test_a_ticked_facet_narrows_the_list_and_the_address(reviewer_page):
    a_day_of_calls(12)
    reviewer_page.reload()

    box(reviewer_page, "Result", "Answered").check()

    expect(reviewer_page).to_have_url(re.compile(r"/\?result=answered$"))
    expect(reviewer_page.get_by_role("status")).to_have_text("8 calls")
    expect(reviewer_page.locator(".call-row")).to_have_count(8)
    expect(reviewer_page.locator(".chip")).to_have_text("Answered")
    expect(box(reviewer_page, "Result", "Answered")).to_be_focused()


def test_two_quick_ticks_both_count(reviewer_page, complaints):
    a_day_of_calls(12)
    reviewer_page.reload()

    box(reviewer_page, "Intent", "A").check()
    box(reviewer_page, "Intent", "B").check()

    expect(reviewer_page).to_have_url(re.compile(r"/\?intent=A&intent=B$"))
    expect(reviewer_page.locator(".chip")).to_have_text(["Intent A", "Intent B"])
    complaints.clear()  # htmx tells when the second tick took the place of the first


def test_the_column_stays_where_it_was_scrolled_to(reviewer_page):
    a_day_of_calls(12)
    reviewer_page.reload()
    option = box(reviewer_page, "Made by", "AI agent")
    option.scroll_into_view_if_needed()
    before = reviewer_page.evaluate("document.getElementById('filters').scrollTop")

    option.check()

    expect(reviewer_page.locator(".chip")).to_have_text("AI agent")
    assert before > 0
    assert reviewer_page.evaluate("document.getElementById('filters').scrollTop") == before


def test_a_chip_takes_its_condition_away(reviewer_page, live_server):
    a_day_of_calls(12)
    reviewer_page.goto(f"{live_server.url}/?result=answered&intent=A")

    reviewer_page.get_by_role("link", name="Remove filter: Answered").click()

    expect(reviewer_page).to_have_url(re.compile(r"/\?intent=A$"))
    expect(box(reviewer_page, "Result", "Answered")).not_to_be_checked()


def test_a_search_that_takes_too_long_can_be_waited_for(reviewer_page, live_server, monkeypatch):
    monkeypatch.setattr("calls.views.list_answer.SECONDS", 0)
    monkeypatch.setattr("calls.models.deadline.STEPS", 1)
    a_day_of_calls(12)
    reviewer_page.goto(f"{live_server.url}/?sort=longest")
    expect(reviewer_page.get_by_role("heading", name="This search takes longer than a second")).to_be_visible()
    assert_accessible(reviewer_page)
    shoot(reviewer_page, "list-late")

    reviewer_page.get_by_role("link", name="Search on").click()

    expect(reviewer_page.locator(".call-row")).to_have_count(12)
    expect(reviewer_page).to_have_url(re.compile(r"/\?sort=longest&wait=yes$"))


def test_going_back_brings_back_the_list_and_its_ticks(reviewer_page):
    a_day_of_calls(12)
    reviewer_page.reload()
    box(reviewer_page, "Result", "Answered").check()
    expect(reviewer_page.locator(".call-row")).to_have_count(8)

    reviewer_page.go_back()

    expect(reviewer_page.locator(".call-row")).to_have_count(12)
    expect(box(reviewer_page, "Result", "Answered")).not_to_be_checked()


def test_a_search_marks_the_word_and_opens_the_call_at_the_turn(reviewer_page):
    a_day_of_calls(12)
    reviewer_page.reload()
    reviewer_page.keyboard.press("/")
    reviewer_page.keyboard.type("退款")
    reviewer_page.keyboard.press("Enter")

    expect(reviewer_page.locator(".search__reading")).to_have_text("Calls that mention 退款")
    expect(reviewer_page.locator("mark").first).to_have_text("退款")

    reviewer_page.locator(".hit").nth(1).click()

    expect(reviewer_page).to_have_url(re.compile(r"/calls/\d+/\?q=%E9%80%80%E6%AC%BE#turn-3$"))


def test_older_and_newer_turn_the_page(reviewer_page):
    a_day_of_calls(PAGE_SIZE + 4)
    reviewer_page.reload()

    reviewer_page.get_by_role("link", name="Older").click()
    expect(reviewer_page.locator(".call-row")).to_have_count(4)
    expect(reviewer_page).to_have_url(re.compile(r"/\?after="))

    reviewer_page.get_by_role("link", name="Newer").click()
    expect(reviewer_page.locator(".call-row")).to_have_count(PAGE_SIZE)


def test_j_and_k_walk_and_enter_opens(reviewer_page):
    first, second, *_ = a_day_of_calls(5)
    reviewer_page.reload()

    reviewer_page.keyboard.press("j")
    expect(reviewer_page.locator(f"{HERE} a").first).to_have_attribute("href", first.get_absolute_url())
    reviewer_page.keyboard.press("j")
    reviewer_page.keyboard.press("j")
    reviewer_page.keyboard.press("k")
    expect(reviewer_page.locator(f"{HERE} a").first).to_be_focused()
    reviewer_page.keyboard.press("Enter")

    expect(reviewer_page).to_have_url(re.compile(f"{second.get_absolute_url()}$"))


def test_whoever_comes_back_from_a_call_stands_on_its_row(reviewer_page):
    a_day_of_calls(40)
    reviewer_page.reload()
    for _row in range(30):
        reviewer_page.keyboard.press("j")
    here = reviewer_page.locator(".call-row--here [data-row-open]")
    opened = here.get_attribute("href") or ""

    reviewer_page.keyboard.press("Enter")
    reviewer_page.wait_for_url(re.compile(r"/calls/"))
    reviewer_page.go_back()
    expect(here).to_have_attribute("href", opened)
    expect(here).to_be_in_viewport()

    reviewer_page.keyboard.press("j")
    expect(reviewer_page.locator("[data-row-open]").nth(30)).to_be_focused()
    reviewer_page.keyboard.press("Enter")
    reviewer_page.get_by_role("link", name="Back to the list").click()
    expect(reviewer_page.locator("[data-row]").nth(30)).to_have_class(re.compile("call-row--here"))


def test_a_heading_that_orders_the_list_keeps_the_focus(reviewer_page):
    a_day_of_calls(4)
    reviewer_page.reload()

    reviewer_page.get_by_role("link", name="Length").press("Enter")

    expect(reviewer_page.locator("[aria-sort=descending]")).to_have_text("Length ↓")
    expect(reviewer_page.get_by_role("link", name="Length")).to_be_focused()


def test_keys_still_walk_after_the_list_was_swapped(reviewer_page):
    a_day_of_calls(6)
    reviewer_page.reload()
    box(reviewer_page, "Result", "Answered").check()
    expect(reviewer_page.locator(".call-row")).to_have_count(4)

    reviewer_page.keyboard.press("j")

    expect(reviewer_page.locator(HERE)).to_have_count(1)


def test_a_key_that_belongs_to_an_input_method_does_nothing(reviewer_page):
    a_day_of_calls(3)
    reviewer_page.reload()

    press(reviewer_page, key="j", code="KeyJ", isComposing=True)
    press(reviewer_page, key="j", code="KeyJ", keyCode=229)
    press(reviewer_page, key="Process", code="Slash", isComposing=True)

    expect(reviewer_page.locator(HERE)).to_have_count(0)
    expect(reviewer_page.locator("#q")).not_to_be_focused()


def test_keys_are_found_in_every_layout(reviewer_page):
    a_day_of_calls(3)
    reviewer_page.reload()

    press(reviewer_page, key="-", code="Slash")  # a German minus
    expect(reviewer_page.locator("#q")).not_to_be_focused()
    press(reviewer_page, key="、", code="Slash")  # / under a Chinese input method
    expect(reviewer_page.locator("#q")).to_be_focused()
    reviewer_page.keyboard.press("Escape")
    press(reviewer_page, key="j", code="KeyC")  # Dvorak
    expect(reviewer_page.locator(HERE)).to_have_count(1)


def test_letters_typed_into_the_search_stay_letters(reviewer_page):
    a_day_of_calls(3)
    reviewer_page.reload()

    reviewer_page.locator("#q").press_sequentially("jk?/")

    expect(reviewer_page.locator("#q")).to_have_value("jk?/")
    expect(reviewer_page.locator(HERE)).to_have_count(0)
    expect(reviewer_page.locator("#keys")).to_be_hidden()


def test_escape_leaves_the_search_and_what_was_typed(reviewer_page):
    reviewer_page.goto(f"{reviewer_page.url}?q=退款")
    reviewer_page.keyboard.press("/")

    reviewer_page.keyboard.press("Escape")

    expect(reviewer_page.locator("#q")).not_to_be_focused()
    expect(reviewer_page.locator("#q")).to_have_value("退款")


def test_a_question_mark_lists_the_keys_and_escape_closes_them(reviewer_page):
    reviewer_page.keyboard.press("?")
    expect(reviewer_page.locator("#keys")).to_be_visible()

    reviewer_page.keyboard.press("Escape")
    expect(reviewer_page.locator("#keys")).to_be_hidden()


def test_the_list_works_without_a_script(browser, live_server, rui):
    a_day_of_calls(PAGE_SIZE + 4)
    context = browser.new_context(java_script_enabled=False, locale="en")
    let_in(context, live_server.url, rui)
    page = context.new_page()
    page.goto(live_server.url)

    box(page, "Result", "Answered").check()
    page.get_by_role("button", name="Show calls").click()
    expect(page.locator(".chip")).to_have_text("Answered")
    page.get_by_role("link", name="Remove filter: Answered").click()
    page.get_by_role("link", name="Older").click()

    expect(page.locator(".call-row")).to_have_count(4)
    page.get_by_role("button", name="rui, your account").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    context.close()


def test_in_a_hand_the_filters_are_a_sheet_of_their_own(reviewer_page):
    a_day_of_calls(12)
    reviewer_page.set_viewport_size({"width": 390, "height": 844})
    reviewer_page.reload()
    expect(box(reviewer_page, "Result", "Answered")).to_be_hidden()

    reviewer_page.get_by_role("link", name="Filters").click()
    box(reviewer_page, "Result", "Answered").check()
    reviewer_page.get_by_role("link", name="Show 8 calls").click()

    expect(box(reviewer_page, "Result", "Answered")).to_be_hidden()
    expect(reviewer_page.locator(".call-row")).to_have_count(8)
    assert reviewer_page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_look_is_chosen_in_the_account_menu(reviewer_page):
    reviewer_page.get_by_role("button", name="rui, your account").click()
    reviewer_page.get_by_role("button", name="Dark").click()

    expect(reviewer_page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_server_that_does_not_answer_is_said(reviewer_page, complaints):
    a_day_of_calls(3)
    reviewer_page.reload()
    reviewer_page.wait_for_load_state("networkidle")
    reviewer_page.context.set_offline(True)

    box(reviewer_page, "Result", "Answered").check()

    expect(reviewer_page.get_by_role("alert")).to_have_text(
        "No answer from the server. Check the connection and try again."
    )
    complaints.clear()  # the browser names the lost connection, and rightly so


def test_the_list_and_its_states_are_readable_for_everyone(reviewer_page, live_server):
    assert_accessible(reviewer_page)  # the first day
    a_day_of_calls(60)
    for theme in ("light", "dark"):
        reviewer_page.emulate_media(color_scheme=theme)
        for address in ("/?q=退款&result=answered", "/?when=ever&since=1&q=%00", "/?intent=none"):
            reviewer_page.goto(live_server.url + address)
            assert_accessible(reviewer_page)
    reviewer_page.goto(f"{live_server.url}/?q=退款&result=answered")
    shoot(reviewer_page, "list")
    reviewer_page.goto(f"{live_server.url}/#filters")
    shoot(reviewer_page, "filters")


def test_signing_in_is_readable_for_everyone(page, live_server, rui):
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.goto(f"{live_server.url}/login/")
        assert_accessible(page)
        page.get_by_label("Name").fill("rui")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_have_text("Name and password do not match.")
        assert_accessible(page)


def test_in_a_hand_chips_have_a_row_of_their_own(reviewer_page, live_server):
    a_day_of_calls(6)
    reviewer_page.set_viewport_size({"width": 390, "height": 844})

    reviewer_page.goto(f"{live_server.url}/?result=answered&intent=B")

    expect(reviewer_page.locator(".chip")).to_have_text(["Answered", "Intent B"])
    for chip in reviewer_page.locator(".chip").all():
        expect(chip).to_be_in_viewport(ratio=1)


def look_again(page: Page) -> None:
    """What twenty seconds do."""
    page.locator("#news").evaluate("place => place.dispatchEvent(new Event('seen'))")


def test_new_calls_wait_in_a_pill_and_move_nothing(reviewer_page):
    a_day_of_calls(3)
    page = reviewer_page
    page.reload()
    first = page.locator("[data-row]").first
    before, place = first.inner_text(), first.bounding_box()
    make_call(started_at=timezone.now(), answered_at=None, ended_at=None)

    look_again(page)
    pill = page.get_by_role("link", name="1 new")
    expect(pill).to_be_visible()
    assert first.inner_text() == before
    assert first.bounding_box() == place
    pill.click()

    expect(page.locator("[data-row]")).to_have_count(4)
    expect(pill).to_have_count(0)


def test_a_list_that_nobody_sees_asks_nothing(reviewer_page):
    page = reviewer_page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/new/" in request.url else None)
    page.evaluate("Object.defineProperty(document, 'hidden', {get: () => window.isAway, configurable: true})")

    page.evaluate("window.isAway = true")
    look_again(page)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert asked == []
    page.evaluate("window.isAway = false")
    with page.expect_response(lambda answer: "/new/" in answer.url):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    assert len(asked) == 1


def test_a_key_lists_every_call_to_the_number(reviewer_page):
    call = make_call(callee="13800005678")
    make_call(callee="13800005678")
    page = reviewer_page
    page.goto(urljoin(page.url, call.get_absolute_url()))

    page.keyboard.press("a")

    expect(page.get_by_role("heading", level=1)).to_have_text("All calls to 138****5678")
    assert_accessible(page)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/calls/\d+/$"))
