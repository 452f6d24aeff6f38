from __future__ import annotations

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from calls.facets import counting
from calls.snapshot import TagSnapshot
from tests.browser.conftest import let_in
from tests.browser.eyes import assert_accessible, shoot
from tests.browser.test_list import box, look_again
from tests.builders import make_call
from tests.stories import a_day_of_calls

COUNTED = ".facets__counted"


class Gate:
    """Requests whose address holds `part` wait before it until it opens; those that come later pass."""

    def __init__(self, page: Page, part: str) -> None:
        self._waiting: list[Route] = []
        self._is_open = False
        page.route(lambda url: part in url, self._arrive)

    def open(self) -> None:
        self._is_open = True
        for route in self._waiting:
            route.continue_()

    def _arrive(self, route: Route) -> None:
        if self._is_open:
            route.continue_()
        else:
            self._waiting.append(route)


def many_values() -> None:
    """Twenty tasks and twenty values of one tag."""
    for number in range(20):
        make_call(task_id=f"99{number:02d}", tags=(TagSnapshot("预约时间", f"周{number}"), TagSnapshot("加微信", "是")))


def open_group(page: Page, group: str, words: str) -> None:
    page.get_by_role("group", name=group).get_by_text(words).first.click()


def test_exact_numbers_come_after_the_page_and_leave_it_alone(reviewer_page, monkeypatch):
    a_day_of_calls(30)
    monkeypatch.setattr(counting, "MOST", 10)
    monkeypatch.setattr(counting, "ORDERED_BY", 10)

    reviewer_page.reload()

    expect(reviewer_page.locator(COUNTED)).to_have_text("All matching calls are counted.")
    expect(box(reviewer_page, "Result", "Answered")).to_have_accessible_name("Answered 20")
    expect(reviewer_page).to_have_url(re.compile(r"/$"))
    expect(reviewer_page.locator(".call-row")).to_have_count(30)


def test_what_is_below_a_number_stays_where_it_is_when_numbers_come(reviewer_page, monkeypatch):
    a_day_of_calls(30)
    monkeypatch.setattr(counting, "MOST", 10)
    monkeypatch.setattr(counting, "ORDERED_BY", 10)
    numbers = Gate(reviewer_page, "/facets/")
    places = "() => [...document.querySelectorAll('#facets .facet')].map((one) => one.getBoundingClientRect().top)"

    reviewer_page.reload()
    expect(reviewer_page.locator("#count-all[data-uncounted]")).to_be_visible()
    before = reviewer_page.evaluate(places)
    numbers.open()
    expect(reviewer_page.locator(COUNTED)).to_have_text("All matching calls are counted.")

    assert reviewer_page.evaluate(places) == before


def test_the_last_numbers_stay_until_there_are_new_ones(reviewer_page, monkeypatch):
    a_day_of_calls(30)
    monkeypatch.setattr(counting, "ORDERED_BY", 10)
    reviewer_page.reload()
    expect(box(reviewer_page, "Result", "Answered")).to_have_accessible_name("Answered 20")
    numbers = Gate(reviewer_page, "/facets/")

    box(reviewer_page, "Intent", "A").check()

    expect(reviewer_page.locator(".facet__option", has_text="Answered").locator(".facet__count--last")).to_have_text(
        "20"
    )
    numbers.open()
    expect(reviewer_page.locator(".facet__count--last")).to_have_count(0)


def test_a_tick_during_the_exact_counting_counts(reviewer_page, monkeypatch, complaints):
    a_day_of_calls(30)
    monkeypatch.setattr(counting, "MOST", 10)
    monkeypatch.setattr(counting, "ORDERED_BY", 10)
    numbers = Gate(reviewer_page, "/facets/")
    reviewer_page.reload()
    expect(reviewer_page.locator("#count-all")).to_be_visible()

    reviewer_page.get_by_role("checkbox", name=re.compile("^Answered")).check()
    expect(reviewer_page.locator(".chip")).to_have_text("Answered")
    numbers.open()
    box(reviewer_page, "Intent", "A").check()

    expect(reviewer_page.locator(COUNTED)).to_have_text("All matching calls are counted.")
    expect(box(reviewer_page, "Result", "Answered")).to_be_checked()
    expect(box(reviewer_page, "Intent", "A")).to_be_checked()
    expect(reviewer_page.locator(".chip")).to_have_text(["Answered", "Intent A"])
    complaints.clear()  # htmx tells that a newer question took the place of an older one


def test_what_is_being_typed_is_not_taken_away(reviewer_page, monkeypatch):
    a_day_of_calls(30)
    monkeypatch.setattr(counting, "MOST", 10)
    monkeypatch.setattr(counting, "ORDERED_BY", 10)
    numbers = Gate(reviewer_page, "/facets/")
    reviewer_page.reload()
    open_group(reviewer_page, "Length", "Choose seconds…")
    reviewer_page.get_by_label("At least, seconds").press_sequentially("4")
    expect(reviewer_page.locator("#count-all")).to_contain_class("htmx-request")

    numbers.open()
    expect(reviewer_page.locator("#count-all")).not_to_contain_class("htmx-request")
    reviewer_page.get_by_label("At least, seconds").press_sequentially("0")

    expect(reviewer_page.get_by_label("At least, seconds")).to_have_value("40")


def test_the_second_end_of_a_range_can_be_typed_while_the_first_is_asked(reviewer_page, complaints):
    a_day_of_calls(12)
    reviewer_page.reload()
    calls = Gate(reviewer_page, "/?")
    open_group(reviewer_page, "Length", "Choose seconds…")
    reviewer_page.get_by_label("At least, seconds").press_sequentially("50")
    reviewer_page.keyboard.press("Tab")
    reviewer_page.keyboard.type("6")

    calls.open()
    expect(reviewer_page.locator(".chip")).to_have_text(["50 s and more"])
    reviewer_page.keyboard.type("0")
    reviewer_page.keyboard.press("Enter")

    expect(reviewer_page.locator(".chip")).to_have_text(["50 s and more", "Up to 60 s"])
    expect(reviewer_page.get_by_label("At most, seconds")).to_be_focused()
    complaints.clear()  # htmx tells that Enter took the place of the change before it


def test_a_range_of_seconds_is_typed_and_its_chip_takes_it_away(reviewer_page, complaints):
    a_day_of_calls(12)
    reviewer_page.reload()
    open_group(reviewer_page, "Length", "Choose seconds…")

    reviewer_page.get_by_label("At least, seconds").fill("50")
    reviewer_page.get_by_label("At most, seconds").fill("60")
    reviewer_page.keyboard.press("Enter")

    expect(reviewer_page).to_have_url(re.compile(r"/\?shortest=50&longest=60$"))
    expect(reviewer_page.locator(".chip")).to_have_text(["50 s and more", "Up to 60 s"])
    reviewer_page.get_by_role("link", name="Remove filter: 50 s and more").click()
    expect(reviewer_page.locator(".chip")).to_have_text(["Up to 60 s"])
    expect(reviewer_page.get_by_label("At least, seconds")).to_have_value("")
    complaints.clear()  # htmx tells that Enter took the place of the change before it


def test_a_range_the_wrong_way_round_is_said_beside_it(reviewer_page, complaints):
    open_group(reviewer_page, "Length", "Choose seconds…")
    reviewer_page.get_by_label("At least, seconds").fill("90")
    reviewer_page.get_by_label("At most, seconds").fill("60")
    reviewer_page.keyboard.press("Enter")

    expect(reviewer_page.get_by_role("group", name="Length").get_by_role("alert")).to_have_text(
        "The end lies before the beginning. The range was left out."
    )
    complaints.clear()  # htmx tells that Enter took the place of the change before it


def test_a_named_day_is_chosen_by_keyboard_and_keeps_the_focus(reviewer_page):
    a_day_of_calls(12)
    reviewer_page.reload()
    reviewer_page.get_by_label("Any time").focus()

    reviewer_page.keyboard.press("ArrowDown")

    expect(reviewer_page).to_have_url(re.compile(r"/\?when=today$"))
    expect(reviewer_page.locator(".chip")).to_have_text("Today")
    expect(reviewer_page.get_by_role("radio", name="Today")).to_be_focused()
    reviewer_page.keyboard.press("ArrowDown")
    expect(reviewer_page.locator(".chip")).to_have_text("Yesterday")


def test_removing_a_chip_changes_the_list_only_and_the_next_chip_has_the_focus(reviewer_page, live_server):
    a_day_of_calls(12)
    reviewer_page.goto(f"{live_server.url}/?result=answered&intent=A&source=aiccs")
    reviewer_page.evaluate("window.stayed = true")

    reviewer_page.get_by_role("link", name="Remove filter: Intent A").focus()
    reviewer_page.keyboard.press("Enter")

    expect(reviewer_page.locator(".chip")).to_have_text(["Answered", "AI agent"])
    expect(reviewer_page.get_by_role("link", name="Remove filter: AI agent")).to_be_focused()
    expect(box(reviewer_page, "Intent", "A")).not_to_be_checked()
    assert reviewer_page.evaluate("window.stayed")

    reviewer_page.get_by_role("link", name="Clear all").click()
    expect(reviewer_page.locator(".chip")).to_have_count(0)
    expect(reviewer_page).to_have_url(re.compile(r"/$"))
    expect(box(reviewer_page, "Result", "Answered")).not_to_be_checked()
    assert reviewer_page.evaluate("window.stayed")


def test_a_long_facet_is_opened_searched_and_stays_so_after_a_tick(reviewer_page):
    many_values()
    reviewer_page.reload()
    task = reviewer_page.get_by_role("group", name="Task")
    task.get_by_text("14 more").click()
    task.get_by_label("Find a value").press_sequentially("991")
    expect(task.get_by_role("checkbox", name=re.compile("^9900"))).to_be_hidden()

    task.get_by_role("checkbox", name=re.compile("^9912")).check()

    expect(reviewer_page.locator(".chip")).to_have_text("9912")
    expect(task.get_by_role("checkbox", name=re.compile("^9912"))).to_be_focused()
    expect(task.get_by_label("Find a value")).to_have_value("991")
    expect(task.get_by_role("checkbox", name=re.compile("^9911"))).to_be_visible()

    task.get_by_label("Find a value").fill("nothing")
    expect(task.get_by_text("No value like this")).to_be_visible()
    task.get_by_label("Find a value").press("Enter")
    expect(reviewer_page).to_have_url(re.compile(r"/\?task=9912$"))


def test_without_a_script_the_exact_numbers_are_a_link_away(browser, live_server, rui, monkeypatch):
    a_day_of_calls(30)
    monkeypatch.setattr(counting, "MOST", 10)
    monkeypatch.setattr(counting, "ORDERED_BY", 10)
    context = browser.new_context(java_script_enabled=False, locale="en")
    let_in(context, live_server.url, rui)
    page = context.new_page()
    page.goto(f"{live_server.url}/?result=answered")
    expect(box(page, "Result", "Answered")).to_have_accessible_name("Answered")

    page.get_by_role("link", name="Count all").click()

    expect(page.locator(COUNTED)).to_have_text("All matching calls are counted.")
    expect(box(page, "Result", "Answered")).to_have_accessible_name("Answered 20")
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_column_is_readable_for_everyone(reviewer_page, live_server, monkeypatch, theme):
    many_values()
    a_day_of_calls(30)
    reviewer_page.emulate_media(color_scheme=theme)
    reviewer_page.goto(f"{live_server.url}/?shortest=90&longest=60&turns_to=12&tag=加微信%3D是")
    reviewer_page.get_by_role("group", name="Task").locator("summary").click()
    assert_accessible(reviewer_page)
    if theme == "light":
        shoot(reviewer_page, "facets")
        reviewer_page.goto(f"{reviewer_page.url}#filters")
        shoot(reviewer_page, "facets-sheet")


def test_numbers_that_come_take_no_focus_from_an_opened_facet(reviewer_page, monkeypatch):
    many_values()
    monkeypatch.setattr(counting, "MOST", 19)
    monkeypatch.setattr(counting, "ORDERED_BY", 19)
    late = Gate(reviewer_page, "/facets/?")
    reviewer_page.reload()
    task = reviewer_page.get_by_role("group", name="Task")
    task.get_by_text(re.compile("^[0-9]+ more$")).click()
    task.get_by_label("Find a value").press_sequentially("99")
    expect(reviewer_page.locator("#count-all")).to_contain_class("htmx-request")

    late.open()

    expect(reviewer_page.locator(COUNTED)).to_have_text("All matching calls are counted.")
    expect(task.get_by_label("Find a value")).to_be_focused()
    reviewer_page.keyboard.type("12")
    expect(task.get_by_label("Find a value")).to_have_value("9912")
    expect(task.get_by_role("checkbox", name=re.compile("^9911"))).to_be_hidden()


def test_news_that_come_first_leave_the_focus_to_the_next_chip(reviewer_page, live_server):
    a_day_of_calls(12)
    reviewer_page.goto(f"{live_server.url}/?result=answered&intent=A&source=aiccs")
    expect(reviewer_page.locator(COUNTED)).to_have_text("All matching calls are counted.")
    news = Gate(reviewer_page, "/new/")
    answers = Gate(reviewer_page, "/?result=answered&source=aiccs")
    make_call(intent="A", started_at=timezone.now())
    look_again(reviewer_page)
    expect(reviewer_page.locator("#news")).to_contain_class("htmx-request")

    reviewer_page.get_by_role("link", name="Remove filter: Intent A").focus()
    reviewer_page.keyboard.press("Enter")
    news.open()
    expect(reviewer_page.get_by_role("link", name="1 new")).to_be_visible()
    answers.open()

    expect(reviewer_page.locator(".chip")).to_have_text(["Answered", "AI agent"])
    expect(reviewer_page.get_by_role("link", name="Remove filter: AI agent")).to_be_focused()


def test_in_a_hand_every_tick_has_room_for_a_thumb(browser, live_server, rui):
    many_values()
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, locale="en")
    let_in(context, live_server.url, rui)
    page = context.new_page()
    page.goto(live_server.url)

    page.get_by_role("link", name="Filters").click()
    page.get_by_role("group", name="Length").get_by_text("Choose seconds…").click()
    page.get_by_label("At least, seconds").fill("86")
    page.get_by_role("group", name="Tag").locator("label").filter(has_text="加微信").tap()
    expect(page.locator(".chip")).to_have_count(2)
    expect(page.locator(COUNTED)).to_have_text("All matching calls are counted.")

    boxes = page.locator("#facets label:visible, #facets summary:visible").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
    )
    assert min(boxes) >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("link", name=re.compile("^Show 20 calls")).tap()
    expect(page.locator(".call-row")).to_have_count(20)
    context.close()
