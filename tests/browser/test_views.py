"""Saved views and columns as people use them: tabs, dialogs, keys, and pages where no script runs."""

from __future__ import annotations

import re
from typing import Any

from django.contrib.auth.models import Group, User
from playwright.sync_api import Page, expect

from calls.columns import COLUMNS, DEFAULT
from calls.models import Call, ListPreference, SavedView
from reviews.models.judged import note_judged
from tests.browser.conftest import SignIn, let_in
from tests.browser.eyes import assert_accessible, shoot
from tests.browser.test_list import box
from tests.reviews.builders import FINE, make_review
from tests.stories import a_day_of_calls

DIALOG = "dialog[data-ask]"


def heads(page: Page) -> list[str]:
    return [text.strip() for text in page.locator(".call-list__head .cell").all_inner_texts()]


def test_a_filtered_list_becomes_a_tab(supervisor_page: Page, su: User) -> None:
    a_day_of_calls(12)
    supervisor_page.reload()
    box(supervisor_page, "Result", "Answered").check()

    supervisor_page.get_by_role("link", name="Save view").click()
    expect(supervisor_page.get_by_label("Name", exact=True)).to_be_focused()
    supervisor_page.get_by_role("button", name="Save view").click()
    supervisor_page.get_by_label("Name", exact=True).fill("Spoken with")
    supervisor_page.keyboard.press("Enter")

    tab = supervisor_page.get_by_role("navigation", name="Saved views").get_by_role("link", name="Spoken with")
    expect(tab).to_have_attribute("aria-current", "page")
    expect(tab.locator(".tabs__count")).to_have_text("8")
    expect(supervisor_page).to_have_url(re.compile(rf"/\?result=answered&view={SavedView.objects.get().pk}$"))


def test_a_tick_changes_the_view_and_updating_keeps_it(reviewer_page: Page, rui: User) -> None:
    a_day_of_calls(12)
    view = SavedView.objects.create(owner=rui, name="Spoken with", query="result=answered")
    reviewer_page.reload()
    reviewer_page.get_by_role("link", name="Spoken with").click()
    expect(reviewer_page.locator(f"#count-{view.pk}")).to_have_text("8")
    expect(reviewer_page.locator("#view-changed")).to_have_count(0)

    box(reviewer_page, "Intent", "A").check()
    expect(reviewer_page.locator("#view-changed")).to_be_visible()
    expect(reviewer_page.locator(f"#view-{view.pk}")).to_have_attribute("aria-current", "page")
    expect(reviewer_page.locator(f"#count-{view.pk}")).to_have_text("8")
    reviewer_page.get_by_role("button", name="Update view").click()

    expect(reviewer_page.locator("#view-changed")).to_have_count(0)
    expect(reviewer_page.locator(f"#count-{view.pk}")).not_to_have_text("8")
    assert SavedView.objects.get().query == "result=answered&intent=A"


def test_what_is_saved_is_the_list_that_stands_there_now(reviewer_page: Page, live_server: Any) -> None:
    a_day_of_calls(12)
    reviewer_page.goto(f"{live_server.url}/?result=answered&intent=A")
    save = reviewer_page.get_by_role("link", name="Save view")

    reviewer_page.get_by_role("link", name="Remove filter: Answered").click()
    expect(save).to_have_attribute("href", re.compile(r"\?intent=A$"))
    reviewer_page.get_by_role("columnheader", name="Length").get_by_role("link").click()
    expect(save).to_have_attribute("href", re.compile(r"\?intent=A&sort=longest$"))
    reviewer_page.get_by_role("link", name="Remove filter: Intent A").click()

    expect(save).to_have_attribute("href", re.compile(r"\?sort=longest$"))
    expect(reviewer_page.get_by_role("link", name="Columns")).to_have_attribute("href", re.compile(r"\?sort=longest$"))


def test_what_surrounds_the_list_follows_its_chips_and_its_order(reviewer_page: Page, rui: User) -> None:
    a_day_of_calls(6)
    view = SavedView.objects.create(owner=rui, name="Keen", query="intent=A")
    reviewer_page.goto(f"{reviewer_page.url}?intent=A&result=answered&view={view.pk}")
    changed = reviewer_page.locator("#view-changed")
    expect(changed).to_be_visible()

    reviewer_page.get_by_role("link", name="Remove filter: Answered").click()
    expect(changed).to_have_count(0)
    reviewer_page.locator(".call-list__head").get_by_role("link", name="Length").click()

    expect(changed).to_be_visible()
    expect(reviewer_page.get_by_role("link", name="Columns")).to_have_attribute("href", re.compile("sort=longest"))


def test_a_name_that_is_taken_is_said_in_the_dialog(
    reviewer_page: Page, live_server: Any, rui: User, complaints: list[str]
) -> None:
    a_day_of_calls(3)
    SavedView.objects.create(owner=rui, name="Mine", query="intent=B")
    reviewer_page.goto(f"{live_server.url}/?intent=A")
    reviewer_page.get_by_role("link", name="Save view").click()
    reviewer_page.get_by_label("Name", exact=True).fill("mine")

    reviewer_page.locator(DIALOG).get_by_role("button", name="Save view").click()

    expect(reviewer_page.locator(DIALOG)).to_contain_text("You have a view of this name")
    expect(reviewer_page.get_by_label("Name", exact=True)).to_have_value("mine")
    reviewer_page.keyboard.press("Escape")
    expect(reviewer_page.locator(DIALOG)).to_be_hidden()
    expect(reviewer_page.get_by_role("link", name="Save view")).to_be_focused()
    complaints.clear()  # the browser names the refused answer, and rightly so


def test_columns_are_chosen_and_moved_by_keyboard(reviewer_page: Page, rui: User) -> None:
    a_day_of_calls(6)
    reviewer_page.reload()
    reviewer_page.get_by_role("link", name="Columns").focus()
    reviewer_page.keyboard.press("Enter")
    dialog = reviewer_page.locator(DIALOG)

    dialog.get_by_role("checkbox", name="Tags").focus()
    reviewer_page.keyboard.press("Space")
    dialog.get_by_role("checkbox", name="Turns", exact=True).check()
    up = dialog.get_by_role("button", name="Move Result up")
    up.focus()
    reviewer_page.keyboard.press("Enter")
    expect(dialog.locator(".columns__column").nth(2)).to_contain_text("Result")
    expect(up).to_be_focused()
    expect(dialog.get_by_role("checkbox", name="Tags")).not_to_be_checked()
    dialog.get_by_role("button", name="Apply").click()

    expect(reviewer_page.locator(".call-list__head .cell--turns")).to_be_visible()
    assert heads(reviewer_page) == [
        "Time ↓",
        "Number",
        "Result",
        "Task",
        "Length",
        "Intent",
        "Recording",
        "Review",
        "Turns",
    ]
    assert "tags" not in ListPreference.objects.get(user=rui).columns


def test_every_set_of_columns_stands_under_its_heads(reviewer_page: Page, rui: User) -> None:
    a_day_of_calls(12)
    for names in (list(DEFAULT), ["time", "call_id"], list(COLUMNS)):
        ListPreference.keep(rui, columns=names)
        reviewer_page.reload()

        for name in names:
            left = reviewer_page.eval_on_selector_all(
                f".cell--{name}",
                "cells => [...new Set(cells.map((cell) => Math.round(cell.getBoundingClientRect().left)))]",
            )
            assert len(left) == 1, (name, left)
        assert reviewer_page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_usual_columns_need_no_scrolling(reviewer_page: Page) -> None:
    a_day_of_calls(12)
    for width in (1366, 1024, 390):
        reviewer_page.set_viewport_size({"width": width, "height": 768})
        reviewer_page.goto(reviewer_page.url.partition("?")[0] + "?q=退款")

        assert reviewer_page.evaluate(
            "document.querySelector('.list-page__scroll').scrollWidth"
            " <= document.querySelector('.list-page__scroll').clientWidth"
        ), width


def test_no_score_is_cut(sign_in: SignIn, su: User, rui: User, live_server: Any) -> None:
    """A hundred without its last figure is a ten."""
    a_day_of_calls(2)
    for call in Call.objects.all():
        note_judged(make_review(call, rui, FINE))
    page = sign_in(su)
    for width in (1366, 1024, 390):
        page.set_viewport_size({"width": width, "height": 768})
        page.goto(live_server.url)

        badge = page.locator(".call-row__cells > .cell--review").first
        expect(badge).to_contain_text("Passed 100")
        assert badge.evaluate("cell => cell.scrollWidth <= cell.clientWidth"), width


def test_views_and_columns_work_without_a_script(browser: Any, live_server: Any, rui: User) -> None:
    a_day_of_calls(6)
    context = browser.new_context(java_script_enabled=False, locale="en")
    let_in(context, live_server.url, rui)
    page = context.new_page()
    page.goto(f"{live_server.url}/?intent=A")

    page.get_by_role("link", name="Save view").click()
    page.get_by_label("Name", exact=True).fill("Keen")
    page.get_by_label("Open it first").check()
    page.get_by_role("button", name="Save view").click()
    expect(page.get_by_role("link", name="Keen")).to_have_attribute("aria-current", "page")

    page.get_by_role("link", name="Columns").click()
    page.get_by_role("button", name="Move Task up").click()
    page.get_by_role("checkbox", name="Tags").uncheck()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("link", name="Keen")).to_have_attribute("aria-current", "page")
    expect(page.locator(".call-row").first).to_be_visible()
    assert heads(page)[:3] == ["Time ↓", "Task", "Number"]

    page.get_by_role("link", name="All calls").click()
    expect(page.locator(".call-row")).to_have_count(6)
    page.goto(live_server.url)
    expect(page).to_have_url(re.compile(r"intent=A&view="))
    page.get_by_role("button", name="Views", exact=True).click()
    page.get_by_role("link", name="Manage views").click()
    page.get_by_role("link", name="Delete Keen").click()
    page.get_by_role("button", name="Delete view").click()
    expect(page.locator(".empty")).to_contain_text("No saved views yet")
    context.close()


def test_more_views_than_fit_wait_in_a_menu(reviewer_page: Page, live_server: Any, rui: User) -> None:
    a_day_of_calls(6)
    views = [SavedView.objects.create(owner=rui, name=f"View {number}", query=f"q={number}") for number in range(9)]
    reviewer_page.reload()
    more = reviewer_page.get_by_role("button", name="3 more views")
    expect(reviewer_page.get_by_role("link", name="View 8")).to_be_hidden()

    more.click()
    reviewer_page.get_by_role("link", name="View 8").click()

    expect(reviewer_page).to_have_url(re.compile(rf"view={views[8].pk}$"))
    expect(reviewer_page.get_by_role("link", name="View 8")).to_be_visible()
    expect(reviewer_page.get_by_role("link", name="View 8")).to_have_attribute("aria-current", "page")


def test_views_and_columns_are_readable_for_everyone(supervisor_page: Page, live_server: Any, su: User) -> None:
    a_day_of_calls(30)
    group = Group.objects.get(name="Supervisor")
    names = ["退款相关", "高意向未接听的通话", "Hung up within 10 s", "x" * 80, "续费", "投诉", "更多", "再多"]
    views = [SavedView.objects.create(owner=su, name=name, query="result=answered&q=退款") for name in names]
    SavedView.objects.filter(pk=views[0].pk).update(group=group)
    pages = {
        "views-list": f"/?result=answered&q=退款&intent=A&view={views[0].pk}",
        "views-manage": "/views/",
        "views-save": "/views/new/?result=answered&q=退款",
        "views-delete": f"/views/{views[0].pk}/delete/",
        "views-columns": f"/columns/?view={views[0].pk}",
    }
    for theme in ("light", "dark"):
        supervisor_page.emulate_media(color_scheme=theme)
        for address in pages.values():
            supervisor_page.goto(live_server.url + address)
            assert_accessible(supervisor_page)
        supervisor_page.goto(live_server.url + pages["views-list"])
        supervisor_page.get_by_role("link", name="Columns").click()
        expect(supervisor_page.locator(DIALOG)).to_be_visible()
        assert_accessible(supervisor_page)
    for name, address in pages.items():
        supervisor_page.goto(live_server.url + address)
        shoot(supervisor_page, name)
    ListPreference.keep(su, columns=list(COLUMNS))
    supervisor_page.goto(f"{live_server.url}/?q=退款")
    assert_accessible(supervisor_page)
    shoot(supervisor_page, "views-every-column")
