"""Who may do what with scorecards and the list of reviews, address by address."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from reviews import urls_scorecards
from reviews.models import Scorecard
from tests.builders import make_call
from tests.reviews.builders import make_card, make_review, make_version
from tests.test_permissions import ADMINISTRATOR, REVIEWER, SUPERVISOR, UP_TO, is_refused

# address -> method, the least who may
ROUTES = {
    "scorecard_list": ("get", REVIEWER),
    "scorecard_view": ("get", REVIEWER),
    "scorecard_export": ("get", REVIEWER),
    "scorecard_new": ("get", ADMINISTRATOR),
    "scorecard_import": ("get", ADMINISTRATOR),
    "scorecard_edit": ("post", ADMINISTRATOR),
    "scorecard_preview": ("get", ADMINISTRATOR),
    "scorecard_publish": ("post", ADMINISTRATOR),
    "scorecard_retire": ("post", ADMINISTRATOR),
    "scorecard_discard": ("post", ADMINISTRATOR),
    "review_list": ("get", REVIEWER),
    "review_export": ("post", SUPERVISOR),
    "review_export_file": ("get", SUPERVISOR),
}
pytestmark = pytest.mark.django_db


def make_world(reviewer: Any) -> Scorecard:
    version = make_version()
    version.scorecard.write_draft(make_card(), None, seen=version.scorecard.stamp)
    make_review(make_call(), reviewer, version=version)
    return version.scorecard


def answer(client: Client, name: str, scorecard: Scorecard) -> Any:
    """What this address says; whatever it did is undone."""
    [pattern] = [one for one in urls_scorecards.urlpatterns if one.name == name]
    keys = {"pk": scorecard.pk} if pattern.pattern.converters else {}
    with transaction.atomic():
        response = getattr(client, ROUTES[name][0])(reverse(name, kwargs=keys))
        if response.streaming:
            response.getvalue()
        transaction.set_rollback(True)
    return response


def test_every_address_has_a_place_in_the_matrix():
    assert {pattern.name for pattern in urls_scorecards.urlpatterns} == ROUTES.keys()


@pytest.mark.parametrize("member", ["rui", "su", "ada"])
def test_a_member_may_what_their_group_may_and_nothing_else(request, client, rui, member):
    scorecard = make_world(rui)
    client.force_login(request.getfixturevalue(member))

    opened = {name for name in ROUTES if not is_refused(answer(client, name, scorecard))}

    assert opened == {name for name, (_method, least) in ROUTES.items() if member in UP_TO[least]}


def test_a_stranger_is_sent_to_sign_in_everywhere(client, rui):
    scorecard = make_world(rui)

    for name in ROUTES:
        assert answer(client, name, scorecard).headers.get("Location", "").startswith("/login/"), name


def test_an_account_without_a_group_may_nothing(client, rui, otto):
    scorecard = make_world(rui)
    client.force_login(otto)

    assert {name for name in ROUTES if answer(client, name, scorecard).status_code != 403} == set()
