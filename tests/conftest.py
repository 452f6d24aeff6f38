from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as examples
from whitenoise import WhiteNoise

from calls.account import the_account
from calls.pacing import the_pacer
from config.broker import client_url
from tests import builders
from tests.sandboxes import NOON, RunningSandbox, sandbox

pytest_plugins = ["tests.no_skips", "tests.file_host", "tests.far_storage"]
ROWS = {"db", "transactional_db", "live_server"}
# How fast a machine is says nothing about an example, and no fixture of these tests changes with one. The rest is as
# Hypothesis has it: in CI the same examples every time, elsewhere new ones.
examples.register_profile(
    "earshot",
    examples(),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
examples.load_profile("earshot")
LIMITS = (
    "calls.views.list_answer.SECONDS",
    "calls.views.list_answer.SECONDS_WAITED",
    "calls.views.call_facets.SECONDS_WAITED",
    "calls.facets.counting.EXACT_SECONDS",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rows-only", action="store_true", help="only tests that touch the database")


def pytest_configure() -> None:
    """What a script starts in the background ignores Ctrl+C, and so would each process that a test ends with it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A second run on another database has nothing to learn from tests that touch none."""
    if config.getoption("--rows-only"):
        others = [item for item in items if not _touches_rows(item)]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if _touches_rows(item)]


def _touches_rows(item: pytest.Item) -> bool:
    return bool(item.get_closest_marker("django_db") or ROWS.intersection(getattr(item, "fixturenames", ())))


@pytest.fixture(scope="session", autouse=True)
def collected_static() -> None:
    """Hashed static files, as in production: every template that names one needs the manifest."""
    from config import prepare, translations

    prepare.collect_static()
    translations.compile()


@pytest.fixture(scope="session", autouse=True)
def whitenoise_serves_static() -> Iterator[None]:
    """pytest-django's live_server puts its own static handler in front, which knows no hashed names."""
    from django.contrib.staticfiles import handlers

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handlers, "StaticFilesHandler", lambda application: application)
        yield


@pytest.fixture(scope="session", autouse=True)
def static_files_are_looked_up_once(collected_static: None) -> Iterator[None]:
    """Each test client makes the middleware anew, which reads the name and size of a thousand files."""
    known: dict[tuple[str, str], dict[str, Any]] = {}
    look = WhiteNoise.update_files_dictionary

    def look_once(self: WhiteNoise, root: str, prefix: str) -> None:
        if (root, prefix) in known:
            self.files.update(known[root, prefix])
        else:
            look(self, root, prefix)
            known[root, prefix] = dict(self.files)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoise, "update_files_dictionary", look_once)
        yield


@pytest.fixture(autouse=True)
def calls_from_noon() -> None:
    builders.start_at_noon()


@pytest.fixture(autouse=True)
def recordings_apart(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "recordings"
    settings.EXPORT_ROOT = tmp_path / "exports"


@pytest.fixture(autouse=True)
def time_for_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine gives no list late: how long a question may take is for its own tests to say."""
    for limit in LIMITS:
        monkeypatch.setattr(limit, 60)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    if reason := os.environ.get("NO_CHROMIUM"):
        pytest.skip(reason)
    flags = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--autoplay-policy=no-user-gesture-required",
        "--mute-audio",
    ]
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    return {**browser_type_launch_args, "executable_path": chromium, "args": flags}


@pytest.fixture
def vendor(settings: Any) -> Iterator[RunningSandbox]:
    """The sandbox, and an account of this process that asks it; as often as a test likes."""
    with sandbox(clock=NOON) as stand_in:
        settings.AICCS_ENDPOINT = settings.DYVMSAPI_ENDPOINT = stand_in.url
        settings.AICCS_RATE = settings.DYVMSAPI_RATE = 10_000
        _forget_vendor()
        yield stand_in
    _forget_vendor()


def _forget_vendor() -> None:
    the_account.cache_clear()
    the_pacer.cache_clear()
    # Not by the pacer's own client, which waits no longer than a second: a disk may take that long.
    with redis.Redis.from_url(client_url(settings.REDIS_URL, settings.DATA_DIR)) as client:
        client.flushdb()


# The cast: Rui reviews, Su supervises, Ada administrates; Otto has an account and no group.


@pytest.fixture
def rui(db: None) -> User:
    return _member("rui", "Reviewer")


@pytest.fixture
def su(db: None) -> User:
    return _member("su", "Supervisor")


@pytest.fixture
def ada(db: None) -> User:
    user = _member("ada", "Administrator")
    user.is_staff = True
    user.save()
    return user


@pytest.fixture
def otto(db: None) -> User:
    return User.objects.create_user("otto", password="a long enough password")


@pytest.fixture
def reviewer_client(rui: User) -> Client:
    return _client(rui)


@pytest.fixture
def supervisor_client(su: User) -> Client:
    return _client(su)


@pytest.fixture
def admin_client(ada: User) -> Client:
    return _client(ada)


def _member(name: str, group: str) -> User:
    user = User.objects.create_user(name, password="a long enough password")
    user.groups.add(Group.objects.get(name=group))
    return user


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
