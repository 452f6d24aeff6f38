"""No answer stays in a browser: people share machines. Every address of the project is asked, also those to come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests import test_permissions
from tests.reviews import (
    test_rights_board,
    test_rights_opinions,
    test_rights_queues,
    test_rights_review,
    test_rights_scorecards,
)

# a route's name and its answer
Answers = Iterator[tuple[str, Any]]
OUR_OWN = {
    "favicon": "get",
    "healthz": "get",
    "readyz": "get",
    "login": "get",
    "logout": "post",
    "password_change": "get",
    "choose_language": "post",
    "choose_theme": "post",
}

# what these worlds have none of, or which wants more than an empty form; a longer list would be a test that looks at
# nothing but refusals
REFUSED = {
    "add_calls_confirm",
    "add_calls_done",
    "add_calls_plan",
    "call_labels",
    "listening_keep",
    "payload_compare",
    "recording_view",
    "review_export_file",
    "review_finish",
    "review_hold",
    "scorecard_edit",
}


def of_our_own(client: Client, user: User, stranger: User) -> Answers:
    # signing out comes last
    for name, method in sorted(OUR_OWN.items(), key=lambda one: one[0] == "logout"):
        yield name, getattr(client, method)(reverse(name))


def of_calls(client: Client, user: User, stranger: User) -> Answers:
    """But for sound, of which this world has none."""
    world = test_permissions.make_world(user)
    return ((name, world.answer(client, name)) for name in test_permissions.ROUTES)


def of_reviewing(client: Client, user: User, stranger: User) -> Answers:
    about = test_rights_review.made_for(user)
    for route, (method, _least) in test_rights_review.ROUTES.items():
        yield route[0], getattr(client, method)(test_rights_review.address(route, about))


def of_opinions(client: Client, user: User, stranger: User) -> Answers:
    world = test_rights_opinions.World(user, stranger)
    return ((name, world.answer(client, name)) for name in test_rights_opinions.ROUTES)


def of_queues(client: Client, user: User, stranger: User) -> Answers:
    item = test_rights_queues.make_skipped()
    return ((name, test_rights_queues.answer(client, name, item)) for name in test_rights_queues.ROUTES)


def of_scorecards(client: Client, user: User, stranger: User) -> Answers:
    scorecard = test_rights_scorecards.make_world(user)
    return ((name, test_rights_scorecards.answer(client, name, scorecard)) for name in test_rights_scorecards.ROUTES)


def of_the_board(client: Client, user: User, stranger: User) -> Answers:
    for name in test_rights_board.ROUTES:
        yield name, client.get(reverse(name, args=["days"] if name == "board_csv" else []))


def of_admin(client: Client, user: User, stranger: User) -> Answers:
    test_permissions.make_world(user)
    test_rights_opinions.World(user, stranger)
    for pattern, name in found_in(get_resolver().url_patterns):
        if name.startswith("admin:"):
            values = {
                part: about(name, part) for part in pattern.pattern.converters or pattern.pattern.regex.groupindex
            }
            nameless = name == "admin:"
            yield name, client.get("/admin/nothing/" if nameless else reverse(name, kwargs=values))


def about(name: str, part: str) -> object:
    """A row of the model that an address of the admin names, where there is one; else the admin says so."""
    fixed = {"app_label": "calls", "content_type_id": 1, "url": ""}
    if part in fixed:
        return fixed[part]
    models = {f"{model._meta.app_label}_{model._meta.model_name}": model for model in apps.get_models()}
    model = models.get(name.removeprefix("admin:").rpartition("_")[0])
    found = model._base_manager.first() if model else None
    return found.pk if found else 1


ROOMS: list[Callable[[Client, User, User], Answers]] = [
    of_our_own,
    of_calls,
    of_reviewing,
    of_opinions,
    of_queues,
    of_scorecards,
    of_the_board,
    of_admin,
]


def found_in(patterns: Iterable[URLPattern | URLResolver], space: str = "") -> Iterator[tuple[URLPattern, str]]:
    """Each address with its whole name."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from found_in(pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else space)
        else:
            yield pattern, space + (pattern.name or "")


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root")


def test_no_answer_may_be_kept_by_a_browser(client, root, rui):
    asked: set[str] = set()
    kept: set[str] = set()
    answered: set[str] = set()
    for room in ROOMS:
        # each with a world of its own
        with transaction.atomic():
            client.force_login(root)
            for name, answer in room(client, root, rui):
                asked.add(name)
                if answer.status_code < 400:
                    answered.add(name)
                if not {"private", "no-store"} <= set(answer.headers.get("Cache-Control", "").split(", ")):
                    kept.add(name)
            transaction.set_rollback(True)

    assert kept == set()
    # how ready this machine is, is not asked here
    assert {name for name in asked - answered if not name.startswith("admin:")} - {"readyz"} == REFUSED
    assert asked == {name for _pattern, name in found_in(get_resolver().url_patterns)}
