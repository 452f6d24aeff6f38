"""A machine that people share: what one of them saw goes with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urljoin

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import let_in
from tests.builders import make_call
from tests.sounds import store_sound

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def keeping_page(launch_browser: Callable[..., Browser], live_server: Any, rui: User) -> Iterator[Page]:
    """Of a browser as people have it, which keeps whole pages in memory for the way back; the others here do not."""
    browser = launch_browser(ignore_default_args=["--disable-back-forward-cache"])
    page = browser.new_page(locale="en")
    let_in(page.context, live_server.url, rui)
    page.goto(live_server.url)
    yield page
    browser.close()


def open_call(page: Page) -> None:
    """One that waits for nothing: once its late parts are there, its page asks nothing by itself."""
    call = make_call()
    store_sound(call, seconds=5)
    page.goto(urljoin(page.url, call.get_absolute_url()))
    expect(page.locator(".transcript")).to_be_visible()
    page.wait_for_load_state("networkidle")


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Account").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login/")


def without_a_word_on_keeping(route: Route) -> None:
    """As if the browser did not heed it."""
    answer = route.fetch(max_redirects=0)
    route.fulfill(response=answer, headers=answer.headers | {"cache-control": "private"})


@pytest.mark.parametrize("browsing", ["keeping_page", "reviewer_page"])
def test_back_after_signing_out_shows_no_call(browsing, request):
    page = request.getfixturevalue(browsing)
    open_call(page)

    sign_out(page)
    page.go_back()

    expect(page.get_by_label("Password")).to_be_visible()
    expect(page.locator(".transcript")).to_have_count(0)


def test_a_page_that_was_kept_all_the_same_is_hidden_and_asked_for_anew(keeping_page):
    said: list[str] = []
    keeping_page.on("console", lambda message: said.append(message.text))
    keeping_page.route("**/calls/*/", without_a_word_on_keeping)
    open_call(keeping_page)
    keeping_page.evaluate(
        """addEventListener("pageshow", (event) =>
        console.log(`kept ${event.persisted} ${getComputedStyle(document.querySelector(".transcript")).visibility}`))"""
    )

    sign_out(keeping_page)
    keeping_page.go_back()

    expect(keeping_page.get_by_label("Password")).to_be_visible()
    assert "kept true hidden" in said
