"""Within some tasks every answer equals what looking at every call of those tasks gives, on whichever database."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.http import QueryDict

from calls.facets import Depth, Facets
from calls.filters import CallFilterForm, tag_key
from calls.models import Call, CallTask, TaskScope, search
from calls.models.search import Sort
from calls.models.tallying import TAG
from calls.search.filters import Filters
from calls.search.grammar import parse
from calls.vocabulary import Source
from tests.builders import ROOT, make_call
from tests.search import worlds
from tests.search.looking import World
from tests.test_facets import options
from tests.test_facets_right import ticks

pytestmark = pytest.mark.django_db

EVERY_TASK = [(source, task_id) for source in Source.values for task_id in ("138", "139")]
SCOPES = [EVERY_TASK, EVERY_TASK[:1], EVERY_TASK[1:3], [("robot", "138"), ("robot", "absent")], []]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker) -> Iterator[World]:
    with django_db_blocker.unblock(), transaction.atomic():
        worlds.make_calls(2_000)
        for source, task_id in [*EVERY_TASK, ("robot", "absent")]:
            CallTask.objects.create(source=source, task_id=task_id, name=f"回访 {task_id}")
        yield World()
        transaction.set_rollback(True)


def limited_to(tasks: Collection[tuple[str, str]]) -> User:
    user = User.objects.create_user("lina")
    scope = TaskScope.objects.create(user=user)
    scope.tasks.set(task for task in CallTask.objects.all() if (task.source, task.task_id) in tasks)
    return User.objects.get(pk=user.pk)


def seen(world: World, tasks: Collection[tuple[str, str]], found: list[int]) -> list[int]:
    """Those of the tasks, by looking at the calls and not at the filter."""
    permitted = {each.call_id for each in world.documents if tuple(each.task.split("/")) in tasks}
    return [pk for pk in found if pk in permitted]


@pytest.mark.parametrize("tasks", SCOPES)
def test_questions_find_what_looking_finds(world, tasks):
    reader = limited_to(tasks)
    for text in [*worlds.questions(60, seed=21), "", "task:回访", "-task:138", "task:139 OR 退款"]:
        form = CallFilterForm({"q": text}, reader=reader)
        expected = seen(world, tasks, world.ask(form.query))

        page = search.find(form.query, form.filters())

        assert page.ids == expected[:50], text
        assert search.count(form.query, form.filters(), cap=None) == len(expected), text
        assert sorted(form.narrow(Call.objects.all()).values_list("pk", flat=True)) == sorted(expected), text


@pytest.mark.parametrize("sort", Sort)
def test_every_order_and_page_keeps_within(world, sort):
    tasks = SCOPES[2]
    within = Filters(within=tuple("/".join(task) for task in tasks))

    found = [pk for page in search.pages(parse("退"), within, sort=sort, size=40) for pk in page.ids]

    assert sorted(found) == sorted(seen(world, tasks, world.ask(parse("退"))))
    everything = [pk for page in search.pages(parse("退"), sort=sort) for pk in page.ids]
    assert found == seen(world, tasks, everything)


@pytest.mark.parametrize("wants_whole", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_the_filter_column_offers_and_counts_only_what_is_within(world, seed, wants_whole):
    tasks = SCOPES[seed]
    reader = limited_to(tasks)
    # who may not see scores is not asked about them
    asked = QueryDict(ticks(random.Random(seed), reviews=["yes", "no"]))
    form, everybodys = CallFilterForm(asked, reader=reader), CallFilterForm(asked, reader=ROOT)
    values = values_within(world, tasks)

    facets = Facets(form, Depth.WHOLE if wants_whole else Depth.NEWEST)

    for name, offered in values.items():
        chosen = set(form.chosen.get(name, ()))
        assert {option.value for option in options(facets, name)} <= offered | chosen, name
    for facet in facets:
        for option in options(facets, facet.field):
            if option.count is not None and facet.field not in everybodys.chosen:
                ticked = seen(world, tasks, with_value(world, everybodys, facet.field, option.value))
                assert option.count == len(ticked), option


@pytest.mark.parametrize("depth", [Depth.NEWEST, Depth.WHOLE])
def test_a_task_is_named_for_the_filter_column_among_those_within(depth, monkeypatch):
    monkeypatch.setattr("calls.models.meaning.MOST_TASKS", 1)
    for task_id in ("700", "701"):
        CallTask.objects.create(source=Source.AICCS, task_id=task_id, name="冬季")
        make_call(task_id=task_id)
    form = CallFilterForm({"q": "task:冬季"}, reader=limited_to([("aiccs", "700")]))

    facets = Facets(form, depth)

    assert [(one.value, one.count) for one in options(facets, "task")] == [("700", 1)]


def values_within(world: World, tasks: Collection[tuple[str, str]]) -> dict[str, set[str]]:
    calls = [each for each in world.documents if tuple(each.task.split("/")) in tasks]
    tags = {tag for each in calls for tag in each.tags}
    return {
        "intent": {each.intent for each in calls},
        "task": {each.task.split("/")[1] for each in calls},
        TAG: {tag_key(*tag) for tag in tags} | {tag_key(name) for name, _value in tags},
    }


def with_value(world: World, form: CallFilterForm, field: str, value: str) -> list[int]:
    query = QueryDict(form.url().partition("?")[2], mutable=True)
    if field == "length":
        query.pop("shortest", None)
    query.setlist(field, [value])
    ticked = CallFilterForm(query, reader=form.reader)
    return world.ask(ticked.query, ticked.filters())
