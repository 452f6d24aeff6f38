"""Filling a database with the corpus. Needs Django to be set up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from bench import judged
from bench.corpus import Corpus
from calls.models import Call, indexing, rebuilding
from calls.models.search_index import SearchEntry
from calls.search.index import index_for
from calls.search.postgres import PostgresIndex
from reviews.models import Review

TIDY_SECONDS = 60


def fill(size: int, progress: Callable[[str], None], *, reviewed: float = 0.0) -> None:
    """So many calls and their index, and reviews of such a part of them, unless they are there already; all
    tidied as the maintenance worker does.
    """
    began = time.perf_counter()
    if Call.objects.count() != size:
        _write(size, progress)
        progress(f"filled in {time.perf_counter() - began:,.0f} s")
        began = time.perf_counter()
    if reviewed and not SearchEntry.objects.filter(score__isnull=False).exists():
        _review(reviewed)
        _analyze()
        progress(f"{Review.objects.count():,} calls reviewed in {time.perf_counter() - began:,.0f} s")
        began = time.perf_counter()
    while rebuilding.tidy(TIDY_SECONDS):
        pass
    progress(f"tidied in {time.perf_counter() - began:,.0f} s")


def _write(size: int, progress: Callable[[str], None]) -> None:
    began = time.perf_counter()
    with _vectors_at_the_end():
        for done in Corpus(size).write():
            if done % 10_000 == 0:
                progress(f"{done:,} calls written, {done / (time.perf_counter() - began):,.0f} a second")
    _analyze()


@transaction.atomic
def _review(share: float) -> None:
    """And their scores in the index: all, or nothing that the next run would take for all."""
    for _written in judged.fill(share):
        pass
    judged_calls = Call.objects.filter(pk__in=Review.objects.values("call"))
    indexing.index_calls(judged_calls.values_list("pk", flat=True))


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


@contextmanager
def _vectors_at_the_end() -> Iterator[None]:
    """A GIN index that is made of a million rows at once is made in a tenth of the time."""
    index = index_for(connection)
    if not isinstance(index, PostgresIndex):
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET maintenance_work_mem = '1GB'")
        cursor.execute(f"DROP INDEX IF EXISTS {index.name}_vector")
    yield
    index.index_vectors()
