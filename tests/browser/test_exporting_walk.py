"""From a word to a file: by keyboard alone on a desk, by thumb in a hand, with real workers."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from calls.models import Transcript
from tests.browser.conftest import let_in
from tests.browser.eyes import DEVICES
from tests.stories import a_day_of_calls
from tests.workers import broker, workers

pytestmark = pytest.mark.django_db(transaction=True)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Page, name: str, key: str = "Tab") -> None:
    """As often as it takes, and no oftener than somebody would put up with."""
    for _ in range(40):
        press(page, key)
        focused = page.evaluate("(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim()")
        label = page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''")
        if label == name or focused.startswith(name):
            return
    raise AssertionError(f"{name} cannot be reached")


def rows_of(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))


def test_by_keyboard_alone(supervisor_page, settings, tmp_path):
    a_day_of_calls(24)
    supervisor_page.reload()
    press(supervisor_page, "/")
    supervisor_page.keyboard.insert_text("退款")
    press(supervisor_page, "Enter")
    expect(supervisor_page.locator(".hit").first).to_be_visible()
    press(supervisor_page, "Escape")
    # until it is settled, a link that was swapped in is a plain one
    expect(supervisor_page.locator(".htmx-request, .htmx-settling")).to_have_count(0)

    tab_to(supervisor_page, "Columns", "Shift+Tab")
    press(supervisor_page, "Enter")
    expect(supervisor_page.locator("dialog[data-ask]")).to_be_visible()
    tab_to(supervisor_page, "Turns")
    press(supervisor_page, "Space", "Enter")
    expect(supervisor_page.locator(".call-list__head .cell--turns")).to_be_visible()
    expect(supervisor_page.locator(".hit").first).to_be_visible()
    supervisor_page.wait_for_load_state()  # a new page: its keys come with its scripts

    press(supervisor_page, "j", "j", "x", "j", "j", "Shift+X")
    expect(supervisor_page.locator("[data-selection-count]")).to_have_text("3 selected")
    with broker() as redis, workers(tmp_path, redis_url=redis.url, vendor="http://127.0.0.1:9") as crew:
        settings.EXPORT_ROOT = tmp_path / "exports"
        press(supervisor_page, "a")
        tab_to(supervisor_page, "Export")
        press(supervisor_page, "Enter")
        expect(supervisor_page.get_by_role("heading", name="Export calls")).to_be_visible()
        tab_to(supervisor_page, "Excel workbook")
        press(supervisor_page, "ArrowUp")
        tab_to(supervisor_page, "Export 3 calls")
        press(supervisor_page, "Enter")
        expect(supervisor_page.get_by_text("3 calls written"), crew.log()).to_be_visible(timeout=120_000)
        with supervisor_page.expect_download() as download:
            tab_to(supervisor_page, "Download")
            press(supervisor_page, "Enter")

    head, *body = rows_of(Path(download.value.path()))
    assert head[0] == "Time" and head[-1] == "Turns"
    assert len(body) == 3


def test_by_thumb(browser, live_server, su, settings, tmp_path):
    a_day_of_calls(24)
    context = browser.new_context(**DEVICES["hand"], locale="en")
    let_in(context, live_server.url, su)
    page = context.new_page()
    page.goto(f"{live_server.url}/?q=退款")

    page.locator(".call-row .call-row__check").nth(1).tap()
    page.get_by_text("that match").tap()
    expect(page.locator("[data-selection-count]")).to_contain_text("All")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with broker() as redis, workers(tmp_path, redis_url=redis.url, vendor="http://127.0.0.1:9") as crew:
        settings.EXPORT_ROOT = tmp_path / "exports"
        page.get_by_role("toolbar", name="Selected calls").get_by_role("button", name="Export").tap()
        expect(page.get_by_role("heading", name="Export calls")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.get_by_text("CSV").tap()
        page.get_by_role("button", name="Export").tap()
        expect(page.get_by_text("calls written"), crew.log()).to_be_visible(timeout=120_000)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        with page.expect_download() as download:
            page.get_by_role("link", name="Download").tap()

    spoken = [talk for talk in Transcript.objects.all() if any("退款" in turn.text for turn in talk)]
    assert len(rows_of(Path(download.value.path()))) == 1 + len(spoken)
    context.close()
