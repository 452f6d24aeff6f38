"""Who may plan queues and who may review them, address by address."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from calls.models import CallTask
from calls.models.scope import TaskScope
from calls.snapshot import TaskSnapshot
from calls.vocabulary import Source
from reviews import urls_queues
from reviews.models import QueueItem
from reviews.vocabulary import ItemState
from tests.builders import make_call
from tests.reviews.builders import make_queue

pytestmark = pytest.mark.django_db
REVIEWER, SUPERVISOR = "rui", "su"
UP_TO = {REVIEWER: {"rui", "su", "ada"}, SUPERVISOR: {"su", "ada"}}
# address -> method, the least who may
ROUTES = {
    "review_home": ("get", REVIEWER),
    "review_next": ("post", REVIEWER),
    "queue_list": ("get", SUPERVISOR),
    "queue_new": ("get", SUPERVISOR),
    "queue_add": ("post", SUPERVISOR),
    "queue_view": ("get", SUPERVISOR),
    "queue_change": ("get", SUPERVISOR),
    "queue_draw": ("post", SUPERVISOR),
    "queue_state": ("post", SUPERVISOR),
    "item_put_back": ("post", SUPERVISOR),
}


def make_skipped() -> QueueItem:
    item: QueueItem = make_queue(make_call(task_id="138001")).items.get()
    item.state = ItemState.SKIPPED
    item.save()
    return item


def answer(client: Client, name: str, item: QueueItem) -> HttpResponse:
    """What this address says; whatever it did is undone."""
    [pattern] = [one for one in urls_queues.urlpatterns if one.name == name]
    pk = item.pk if name.startswith("item") else item.queue_id
    address = reverse(name, args=[pk] if pattern.pattern.converters else [])
    with transaction.atomic():
        response: HttpResponse = getattr(client, ROUTES[name][0])(address, {"chosen": str(item.call_id)})
        transaction.set_rollback(True)
    return response


def test_every_address_has_a_place_in_the_matrix():
    assert {pattern.name for pattern in urls_queues.urlpatterns} == ROUTES.keys()


@pytest.mark.parametrize("member", ["rui", "su", "ada"])
def test_a_member_may_what_their_group_may_and_nothing_else(request, client, member):
    item = make_skipped()
    client.force_login(request.getfixturevalue(member))

    opened = {name for name in ROUTES if answer(client, name, item).status_code != 403}

    assert opened == {name for name, (_method, least) in ROUTES.items() if member in UP_TO[least]}


def test_a_stranger_is_sent_to_sign_in_and_an_account_without_a_group_may_nothing(client, otto):
    item = make_skipped()

    assert all(answer(client, name, item).headers["Location"].startswith("/login/") for name in ROUTES)
    client.force_login(otto)
    assert {answer(client, name, item).status_code for name in ROUTES} == {403}


def test_what_changes_something_is_never_asked_for_by_a_link(supervisor_client):
    item = make_skipped()

    for name, (method, _least) in ROUTES.items():
        if method == "post":
            [pattern] = [one for one in urls_queues.urlpatterns if one.name == name]
            address = reverse(name, args=[item.pk] if pattern.pattern.converters else [])
            assert supervisor_client.get(address).status_code == 405, name


def test_an_item_outside_of_ones_tasks_is_not_found(supervisor_client, su):
    item = make_skipped()
    CallTask.objects.absorb(TaskSnapshot(Source.AICCS, "138002"))
    TaskScope.objects.create(user=su).tasks.add(CallTask.objects.get())

    assert answer(supervisor_client, "item_put_back", item).status_code == 404
    page = answer(supervisor_client, "queue_view", item).text
    assert "No call in it yet" in page


def test_a_queue_that_is_not_there_is_not_found(supervisor_client):
    for name in ("queue_view", "queue_change"):
        assert supervisor_client.get(reverse(name, args=[987654321])).status_code == 404
    for name in ("queue_draw", "queue_state", "item_put_back"):
        assert supervisor_client.post(reverse(name, args=[987654321])).status_code == 404
