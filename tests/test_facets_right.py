"""Every number in the filter column equals what looking at every call gives, on whichever database the tests run."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence

import pytest
from django.db import transaction
from django.http import QueryDict

from calls.facets import Depth, Facets, counting
from calls.filters import CallFilterForm, tag_key
from calls.models import search
from calls.models.judged import label_names
from calls.search import postgres
from tests.builders import ROOT
from tests.search import worlds
from tests.search.looking import World
from tests.test_facets import form, options

QUESTIONS = ["", "", "退款", "退", "agent:微信 -贵", "task:138", "为什么 OR tag:情绪", f"“{'退款' * 20}”"]


def ticks(chance: random.Random, reviews: Sequence[str] = ("yes", "no", "passed", "failed")) -> str:
    """Some conditions that somebody might have ticked together."""
    query = QueryDict(mutable=True)
    query["q"] = chance.choice(QUESTIONS)
    query.setlist("result", chance.sample(["answered", "busy", "no_answer"], chance.choice([0, 0, 1, 2])))
    query.setlist("intent", chance.sample(worlds.INTENTS[:4], chance.choice([0, 0, 1, 2])))
    query.setlist("task", chance.sample(["138", "139"], chance.choice([0, 0, 1])))
    query.setlist("length", chance.sample(["0-10", "60-180", "180-"], chance.choice([0, 0, 1])))
    query.setlist("hung", chance.sample(["customer", "agent"], chance.choice([0, 0, 1])))
    query.setlist("recording", chance.sample(["stored", "coming", "missing"], chance.choice([0, 0, 2])))
    query.setlist("source", chance.sample(["aiccs", "robot"], chance.choice([0, 0, 1])))
    keys = [tag_key(name, value) for name in worlds.TAGS for value in worlds.VALUES]
    query.setlist("tag", chance.sample(keys, chance.choice([0, 0, 1, 2])))
    query["shortest"] = chance.choice(["", "", "5"])
    query["turns_to"] = chance.choice(["", "", "3"])
    query["transcript"] = chance.choice(["", "", "yes", "no"])
    query.setlist("review", chance.sample(reviews, chance.choice([0, 0, 1, 2])))
    labels = list(map(str, label_names()))
    query.setlist("label", chance.sample(labels, min(len(labels), chance.choice([0, 0, 0, 1, 2]))))
    return query.urlencode()


def by_looking(world: World, asked: CallFilterForm, field: str, value: str) -> int:
    """How many calls there are with this one value of the facet and everything else as asked."""
    query = QueryDict(asked.url().partition("?")[2], mutable=True)
    kept = []
    if field == "tag":
        name = value.partition("=")[0]
        kept = [key for key in query.getlist("tag") if key.partition("=")[0] != name]
    if field == "length":
        query.pop("shortest", None)
    query.setlist(field, [*kept, value])
    narrowed = CallFilterForm(query, reader=ROOT)
    return len(world.ask(narrowed.query, narrowed.filters()))


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker) -> Iterator[World]:
    """Calls written once and rolled back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        worlds.make_calls(1_500, with_people=True)
        yield World()
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("depth", "read"), [(Depth.AT_ONCE, 0), (Depth.NEWEST, 0), *((Depth.WHOLE, read) for read in (0, 100, 50_000))]
)
@pytest.mark.parametrize("seed", range(8))
def test_every_count_is_what_ticking_it_would_leave(world, seed, depth, read, monkeypatch):
    monkeypatch.setattr(counting, "MOST_READ", read)
    asked = form(ticks(random.Random(seed)))
    facets = Facets(asked, depth)

    for facet in facets:
        for option in options(facets, facet.field):
            if option.count is not None:
                assert option.count == by_looking(world, asked, option.field, option.value), (asked.url(), option)


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["", "q=退款", *range(8, 12)])
def test_of_the_newest_calls_no_count_is_too_high_and_a_complete_one_is_right(world, query, monkeypatch):
    monkeypatch.setattr(counting, "MOST", 200)
    monkeypatch.setattr(counting, "ORDERED_BY", 100)
    asked = form(query if isinstance(query, str) else ticks(random.Random(query)))
    facets = Facets(asked, Depth.NEWEST)

    for facet in facets:
        for option in options(facets, facet.field):
            if option.count is not None:
                right = by_looking(world, asked, option.field, option.value)
                assert option.count == right if option.is_whole else option.count <= right, (asked.url(), option)


@pytest.mark.django_db
@pytest.mark.parametrize("looked_at", [6_000, 100, 20])
def test_the_newest_calls_are_the_ones_that_are_counted(world, looked_at, monkeypatch):
    monkeypatch.setattr(postgres, "PAGE_WINDOW", 10)
    monkeypatch.setattr(postgres, "LOOKED_AT", looked_at)
    monkeypatch.setattr(counting, "MOST", 300)
    monkeypatch.setattr(counting, "ORDERED_BY", 100)

    facets = Facets(form("q=退款"), Depth.NEWEST)

    assert not facets.is_whole
    assert sum(option.count or 0 for option in options(facets, "source")) == 300
    found = search.find(form("q=退款").query, limit=300).ids
    newest = [one for one in world.documents if one.call_id in set(found)]
    robots = next(option for option in options(facets, "source") if option.value == "robot")
    assert robots.count == sum(one.source == "robot" for one in newest)


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["", "q=退款"])
def test_values_stand_in_the_order_of_the_very_newest_calls(world, query, monkeypatch):
    monkeypatch.setattr(counting, "ORDERED_BY", 50)
    found = search.find(form(query).query, limit=50).ids
    newest = Counter(name for one in world.documents if one.call_id in found for name in {tag for tag, _v in one.tags})

    for depth in Depth:
        tags = next(facet for facet in Facets(form(query), depth) if facet.field == "tag")
        places = [newest[option.label] for option in [*tags.options, *tags.rest]]
        assert places == sorted(places, reverse=True), depth
