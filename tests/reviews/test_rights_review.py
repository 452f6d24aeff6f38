"""Who may do what while reviewing, address by address."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from calls.models import CallTask, TaskScope
from calls.vocabulary import Source
from reviews import urls_review
from reviews.models import QueueItem, Review
from reviews.vocabulary import ReviewState
from tests.builders import make_call
from tests.reviews.builders import make_queue, make_review

REVIEWER = "rui"
# address -> method, the least who may, what it is about
ROUTES = {
    ("review_view", "item"): ("get", REVIEWER),
    ("review_ahead", "item"): ("post", REVIEWER),
    ("review_draft", "item"): ("post", REVIEWER),
    ("review_finish", "item"): ("post", REVIEWER),
    ("review_settle", "item"): ("post", REVIEWER),
    ("review_skip", "item"): ("get", REVIEWER),
    ("review_hold", "item"): ("post", REVIEWER),
    ("review_release", "item"): ("post", REVIEWER),
    ("review_draft", "review"): ("post", REVIEWER),
    ("review_finish", "review"): ("post", REVIEWER),
    ("review_show", "pk"): ("get", REVIEWER),
    ("review_edit", "pk"): ("get", REVIEWER),
    ("review_undo", "pk"): ("post", REVIEWER),
    ("review_reopen", "pk"): ("post", REVIEWER),
    ("review_call", "pk"): ("post", REVIEWER),
}
PEOPLE = ("otto", "rui", "su", "ada")


@pytest.fixture
def people(rui: User, su: User, ada: User, otto: User) -> dict[str, User]:
    return {user.username: user for user in (rui, su, ada, otto)}


def made_for(user: User) -> dict[str, int]:
    call = make_call()
    item = make_queue(call).items.get()
    review = make_review(make_call(), user, state=ReviewState.DRAFT, finished_at=None)
    return {"call": call.pk, "item": item.pk, "review": review.pk}


def address(route: tuple[str, str], about: dict[str, int]) -> str:
    name, kind = route
    which = "call" if name == "review_call" else "item" if kind == "item" else "review"
    return reverse(name, kwargs={kind: about[which]})


def ask(user: User, method: str, url: str) -> Any:
    client = Client()
    client.force_login(user)
    return getattr(client, method)(url)


def test_every_address_of_reviewing_is_in_the_table():
    named = {(str(path.name), next(iter(path.pattern.converters))) for path in urls_review.urlpatterns}

    assert named == set(ROUTES)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: "-".join(route))
@pytest.mark.parametrize("name", PEOPLE)
def test_only_who_may_gets_in(people, name, route):
    method, _least = ROUTES[route]

    answer = ask(people[name], method, address(route, made_for(people[name])))

    assert (answer.status_code == 403) == (name == "otto")
    assert answer.status_code < 500
    assert answer.status_code != 404


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: "-".join(route))
def test_outside_ones_tasks_there_is_nothing(people, route):
    rui = people["rui"]
    about = made_for(rui)
    task = CallTask.objects.create(source=Source.AICCS, task_id="elsewhere")
    TaskScope.objects.create(user=rui).tasks.add(task)

    assert ask(rui, ROUTES[route][0], address(route, about)).status_code == 404


@pytest.mark.parametrize("route", [route for route in ROUTES if route[1] != "item" and route[0] != "review_call"])
def test_a_review_of_somebody_else_is_none_of_ones_business(people, route):
    about = made_for(people["su"])
    Review.objects.filter(pk=about["review"]).update(state=ReviewState.FINISHED)

    assert ask(people["rui"], ROUTES[route][0], address(route, about)).status_code == 404


def test_an_item_for_somebody_else_alone_is_none_of_ones_business(people):
    about = made_for(people["rui"])
    QueueItem.objects.update(assigned_to=people["su"])

    for route in ROUTES:
        if route[1] == "item":
            assert ask(people["rui"], ROUTES[route][0], address(route, about)).status_code == 404
