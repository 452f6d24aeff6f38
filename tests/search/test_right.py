"""Every answer equals what looking at every call gives, on whichever database the tests run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from calls.models import Call, search
from calls.search.filters import Filters
from calls.search.grammar import parse
from calls.search.query import Query
from calls.vocabulary import RecordingState
from reviews.models import Label
from tests.search import worlds
from tests.search.changes import change_at_random
from tests.search.looking import World, check
from tests.search.plans import check_plans


def all_pages(query: Query, filters: Filters = search.NO_FILTERS, limit: int = 500) -> list[int]:
    found: list[int] = []
    after = ""
    while True:
        page = search.find(query, filters, after=after, limit=limit)
        found += page.ids
        if not page.older:
            return found
        after = page.older


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker) -> Iterator[World]:
    """20,000 calls and what has happened to them since, written once and rolled back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        worlds.make_calls(20_000, with_people=True)
        change_at_random(random.Random(5), 400)
        yield World()
        transaction.set_rollback(True)


pytestmark = pytest.mark.django_db


def test_two_hundred_questions_find_what_looking_at_20000_calls_finds(world):
    for text in worlds.questions(200):
        check(world, text)


def test_filters_find_what_looking_finds(world):
    chance = random.Random(3)
    labels = [str(number) for number in Label.objects.values_list("pk", flat=True)]
    for text in worlds.questions(15, seed=9):
        since = worlds.BEGIN + timedelta(seconds=chance.randrange(10**6))
        filters = Filters(
            sources=tuple(chance.sample(["aiccs", "robot"], chance.randint(0, 2))),
            results=tuple(chance.sample(["answered", "busy", "no_answer"], chance.randint(0, 2))),
            intents=tuple(chance.sample(worlds.INTENTS[:4], chance.randint(0, 1))),
            recordings=tuple(chance.sample(RecordingState.values, chance.choice([0, 3]))),
            tags=tuple((name, None) for name in chance.sample(worlds.TAGS, chance.randint(0, 1))),
            labels=tuple(chance.sample(labels, chance.choice([0, 0, 1, 2]))),
            has_transcript=chance.choice([None, True, False]),
            durations=chance.choice([(), ((5, None),), ((None, 60),), ((5, 255),), ((0, 9), (60, 179))]),
            turns=chance.choice([(None, None), (1, 3)]),
            since=chance.choice([None, since]),
            until=chance.choice([None, since + timedelta(days=chance.randint(0, 9))]),
        )
        check(world, text, filters)
        check(world, "", filters)


@settings(max_examples=60)
@given(seed=st.integers(0, 10**9))
def test_any_question_finds_what_looking_finds(world, seed):
    check(world, worlds.question(random.Random(seed)))


@settings(max_examples=40)
@given(text=st.text(max_size=30))
def test_any_text_at_all_finds_what_looking_finds(world, text):
    check(world, text)


def test_pages_follow_each_other_without_gap_or_repeat_both_ways(world):
    for text in ["退款", "退", "-退款 dur:>60", "", "customer:什么 OR tag:情绪", "为什么"]:
        query = parse(text)
        expected = world.ask(query)
        assert all_pages(query) == expected, text

        page = search.find(query, after=search.find(query, limit=200).older, limit=30)
        back = search.find(query, before=page.newer, limit=30)
        assert page.ids == expected[200:230], text
        assert back.ids == expected[170:200], text


def test_a_narrowed_queryset_holds_the_same_calls(world):
    for text in [*worlds.questions(10, seed=4), "", "退"]:
        found = search.narrow(Call.objects.all(), parse(text)).values_list("pk", flat=True)
        assert sorted(found) == sorted(world.ask(parse(text))), text


def test_every_question_to_20000_calls_goes_by_the_index(world):
    check_plans()
