"""Who may see the board, address by address."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from reviews import urls_board

SUPERVISOR = "su"
# address -> method, the least who may
ROUTES = {"board": ("get", SUPERVISOR), "board_csv": ("get", SUPERVISOR)}
MAY = {SUPERVISOR: {"su", "ada"}}


def answer_of(client: Client, name: str) -> int:
    address = reverse(name, args=["days"] if name == "board_csv" else [])
    status: int = getattr(client, ROUTES[name][0])(address).status_code
    return status


def test_every_address_of_the_board_has_a_place_in_the_matrix():
    assert {pattern.name for pattern in urls_board.urlpatterns} == ROUTES.keys()


@pytest.mark.parametrize("member", ["rui", "su", "ada", "otto"])
def test_a_member_may_what_their_group_may_and_nothing_else(request, client, member):
    client.force_login(request.getfixturevalue(member))

    answers = {name: answer_of(client, name) for name in ROUTES}

    assert answers == {name: 200 if member in MAY[least] else 403 for name, (_method, least) in ROUTES.items()}


@pytest.mark.django_db
def test_a_stranger_is_sent_to_sign_in(client):
    assert {answer_of(client, name) for name in ROUTES} == {302}
