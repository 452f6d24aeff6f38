from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import monotonic
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.core.servers.basehttp import WSGIRequestHandler
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

SignIn = Callable[[User], Page]
# seconds for the answers to a page that was closed
PATIENCE = 20
# and for what no page shows
LONG = 30
# As long as an action may take: five seconds, the usual, pass on a machine that runs both databases beside each other.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": {"width": 1366, "height": 768}, "locale": "en"}


@pytest.fixture(scope="session", autouse=True)
def answers_leave_at_once() -> Iterator[None]:
    """Django's server sends head and body apart, and the browser is slow to say that it has the head: 40 ms a file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WSGIRequestHandler, "disable_nagle_algorithm", True)
        yield


@pytest.fixture(autouse=True)
def nothing_under_way(browser: Browser, transactional_db: None) -> Iterator[None]:
    """A page that is closed leaves its last questions behind: the database is emptied only after their answers."""
    yield
    for context in browser.contexts:
        context.close()
    until = monotonic() + PATIENCE
    while monotonic() < until and (answering := _threads_of_the_server()):
        with suppress(RuntimeError):  # it is only about to begin
            answering[0].join(until - monotonic())


def _threads_of_the_server() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.endswith("(process_request_thread)")]


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained about. A test that provokes it reads the list and clears it."""
    return []


@pytest.fixture
def page(page: Page, complaints: list[str]) -> Iterator[Page]:
    """A page that may not complain: no script error, no refused resource, nothing against the security policy."""

    def listen(message: ConsoleMessage) -> None:
        # a page that is left gives up what it was asking for; an answer that is wrong has an error of its own
        is_left = message.text.startswith(("htmx:sendAbort", "htmx:afterRequest"))
        if message.type == "error" and not is_left:
            complaints.append(f"{message.text} ({message.location.get('url', '')})")

    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert complaints == []


@pytest.fixture
def sign_in(page: Page, live_server: Any) -> SignIn:
    """Sign in without typing, and stand on the list."""

    def enter(user: User) -> Page:
        let_in(page.context, live_server.url, user)
        page.goto(live_server.url)
        return page

    return enter


def let_in(context: BrowserContext, url: str, user: User) -> None:
    client = Client()
    client.force_login(user)
    session = client.cookies[django_settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": django_settings.SESSION_COOKIE_NAME, "value": session, "url": url}])


@pytest.fixture
def reviewer_page(sign_in: SignIn, rui: User) -> Page:
    return sign_in(rui)


@pytest.fixture
def supervisor_page(sign_in: SignIn, su: User) -> Page:
    return sign_in(su)


def wait_until(page: Page, is_so: Callable[[], object], what: str) -> None:
    """For what a page shows nowhere; meanwhile its questions are answered."""
    until = monotonic() + LONG
    while not is_so():
        assert monotonic() < until, f"{what} not within {LONG} s"
        page.wait_for_timeout(25)
