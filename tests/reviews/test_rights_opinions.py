"""Who may do what with opinions, address by address; and 404 for whatever is outside one's tasks."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from calls.models.scope import TaskScope
from reviews import urls_opinions
from reviews.models import Dispute, Label
from reviews.opinions import talking
from reviews.scoring import Answer
from tests.builders import make_call
from tests.reviews.builders import make_calibration, make_review
from tests.test_permissions import ADMINISTRATOR, REVIEWER, SUPERVISOR, UP_TO, is_refused

# address -> method, the least who may
ROUTES = {
    "call_people": ("get", REVIEWER),
    "comment_list": ("get", REVIEWER),
    "comment_new": ("post", REVIEWER),
    "comment_delete": ("post", REVIEWER),
    "call_labels": ("post", REVIEWER),
    "label_list": ("get", REVIEWER),
    "label_change": ("post", ADMINISTRATOR),
    "inbox": ("get", REVIEWER),
    "inbox_count": ("get", REVIEWER),
    "inbox_read": ("post", REVIEWER),
    "dispute_list": ("get", REVIEWER),
    "dispute_new": ("post", REVIEWER),
    "dispute_view": ("get", REVIEWER),
    "dispute_resolve": ("post", SUPERVISOR),
    "dispute_withdraw": ("post", REVIEWER),
    "calibration_list": ("get", REVIEWER),
    "calibration_new": ("get", SUPERVISOR),
    "calibration_view": ("get", REVIEWER),
    "calibration_end": ("post", SUPERVISOR),
    "agreement": ("get", SUPERVISOR),
}
# about a call or a review: outside one's tasks they are not there
ABOUT = {
    "call_people",
    "comment_list",
    "comment_new",
    "comment_delete",
    "call_labels",
    "dispute_new",
    "dispute_view",
    "dispute_resolve",
    "dispute_withdraw",
    "calibration_view",
    "calibration_end",
}
FIELDS = {"text": "Hm", "reason": "?", "turns": "1", "decision": "rejected", "name": "x"}


class World:
    """Everything belongs to the person who asks, so that only the permission decides; the review is another's."""

    def __init__(self, user: User, stranger: User) -> None:
        call = make_call()
        answers = {"greeting": Answer("pass"), "answer": Answer("fail", turns=(2,))}
        resolving = make_review(call, stranger, answers)
        review = make_review(make_call(), user, answers)
        dispute = Dispute.objects.create(
            mark=review.marks.get(criterion="answer"), raised_by=user, reason="?", due_at=timezone.now()
        )
        resolved = Dispute.objects.create(
            mark=resolving.marks.get(criterion="answer"), raised_by=user, reason="?", due_at=timezone.now()
        )
        comment = talking.say(call, user, "Hm")
        calibration = make_calibration([call], [user], stranger)
        about_call: dict[str, list[object]] = {
            name: [call.pk] for name in ("call_people", "comment_list", "comment_new", "call_labels")
        }
        self.keys = about_call | {
            "comment_delete": [comment.pk],
            "label_change": [Label.objects.create(name="Call back").pk],
            "dispute_new": [review.pk, "greeting"],
            "dispute_view": [dispute.pk],
            "dispute_withdraw": [dispute.pk],
            "dispute_resolve": [resolved.pk],
            "calibration_view": [calibration.pk],
            "calibration_end": [calibration.pk],
        }
        self.call = call

    def answer(self, client: Client, name: str) -> HttpResponse:
        """What this address says; whatever it did is undone."""
        with transaction.atomic():
            fields = FIELDS | {"chosen": str(self.call.pk)}
            ask = getattr(client, ROUTES[name][0])
            response: HttpResponse = ask(reverse(name, args=self.keys.get(name, [])), fields)
            transaction.set_rollback(True)
        return response


@pytest.fixture
def people(rui: User, su: User, ada: User, otto: User) -> dict[str, User]:
    return {"rui": rui, "su": su, "ada": ada, "otto": otto}


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_every_address_of_this_room_is_in_the_matrix():
    assert {pattern.name for pattern in urls_opinions.urlpatterns} == set(ROUTES)


@pytest.mark.parametrize("name", ROUTES)
@pytest.mark.parametrize("person", ["rui", "su", "ada", "otto"])
def test_who_may_do_what(people, rong, name, person):
    world = World(people[person], rong)

    response = world.answer(client_of(people[person]), name)

    assert is_refused(response) is (person not in UP_TO[ROUTES[name][1]])
    assert response.status_code < 500 and response.status_code != 404


@pytest.mark.parametrize("name", ROUTES)
def test_nobody_does_anything_without_signing_in(people, rong, name):
    assert World(people["ada"], rong).answer(Client(), name).status_code == 302


@pytest.mark.parametrize("name", sorted(ABOUT))
def test_what_is_outside_ones_tasks_is_not_there(people, rong, name):
    ada = people["ada"]
    world = World(ada, rong)
    TaskScope.objects.create(user=ada)

    assert world.answer(client_of(ada), name).status_code == 404
