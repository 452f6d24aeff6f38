"""What the search benchmark times. Needs Django to be set up."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client
from django.test.utils import override_settings
from django.urls import reverse

from bench import corpus
from bench.timing import Times, processor_seconds, spent_on
from calls.models import Call, Tag, indexing, search
from calls.models.search import Sort
from calls.search.filters import Filters
from calls.search.grammar import parse
from calls.search.position import ROOM

FLOOR = "F: newest fifty by primary key, with text"
FIFTY = 50
COLUMNS = "source, task_id, callee, result, intent, duration, placed_at, hung_up_by"
PLAIN_STATIC = "django.contrib.staticfiles.storage.StaticFilesStorage"


def floor() -> None:
    found = rows(f"SELECT id, {COLUMNS} FROM calls_call c ORDER BY id DESC LIMIT {FIFTY}", [])
    _texts([row[0] for row in found])


def page_of(text: str, filters: Filters = search.NO_FILTERS, sort: Sort = Sort.NEWEST) -> Callable[[], None]:
    def ask() -> None:
        ids = search.find(parse(text), filters, sort=sort, limit=FIFTY).ids
        if ids:
            marks = ", ".join(["%s"] * len(ids))
            rows(f"SELECT id, {COLUMNS} FROM calls_call c WHERE id IN ({marks})", ids)
            _texts(ids)

    return ask


def _texts(ids: Sequence[int]) -> None:
    marks = ", ".join(["%s"] * len(ids))
    rows(f"SELECT call_id, turns FROM calls_transcript WHERE call_id IN ({marks})", ids)


def count_of(text: str, filters: Filters = search.NO_FILTERS) -> Callable[[], None]:
    def ask() -> None:
        search.count(parse(text), filters)

    return ask


def upserts() -> Times:
    """Batches of calls from anywhere, each with a changed tag; per call."""
    chance = random.Random(1)
    pks = list(Call.objects.values_list("pk", flat=True))
    times = Times()
    for number in range(22):
        batch = chance.sample(pks, 100)
        with transaction.atomic():
            Tag.objects.bulk_create(Tag(call_id=pk, name=f"批次 {number}") for pk in batch)
            start, before = time.perf_counter(), processor_seconds()
            indexing.index_calls(batch)
            spent, took = processor_seconds() - before, time.perf_counter() - start
            # What was there is there again for the next run.
            transaction.set_rollback(True)
        if number > 1:  # warm
            times.each.append(took / len(batch))
            times.spent.append(spent / len(batch))
            times.floor.append(spent_on(floor))
    return times


def http_of(text: str, sort: Sort = Sort.NEWEST) -> Callable[[], None]:
    """The whole answer of the list page to somebody who is signed in, without the network."""
    answer = _list_page(text, sort)

    def ask() -> None:
        answer()

    return ask


def has_given_up(text: str, sort: Sort = Sort.NEWEST) -> bool:
    """Whether that page says that the search takes too long."""
    return "wait=yes" in _list_page(text, sort)()


def _list_page(text: str, sort: Sort) -> Callable[[], str]:
    # As the server starts: it spares what is loaded from being looked through for garbage.
    import_module("config.wsgi")
    user, _is_new = User.objects.get_or_create(username="bench", is_superuser=True)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    def answer() -> str:
        # Without collecting static files first: no page is about them.
        with override_settings(STORAGES={**settings.STORAGES, "staticfiles": {"BACKEND": PLAIN_STATIC}}):
            response = client.get(reverse("call_list"), {"q": text, "sort": sort.value}, headers={"host": "localhost"})
        assert response.status_code == 200, response
        return response.text

    return answer


def moment(share: float) -> datetime:
    """An instant, as a share of the time in which there are calls."""
    ends = Call.objects.order_by("position")
    first, last = ends[0].position, ends.reverse()[0].position
    return datetime.fromtimestamp(int(first + (last - first) * share) // ROOM, tz=corpus.BEGIN.tzinfo)


def rows(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
