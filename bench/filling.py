"""Filling a database with the corpus. Needs Django to be set up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

from bench.corpus import Corpus
from calls.models import Call, indexing
from calls.search.index import index_for
from calls.search.postgres import PostgresIndex

TIDY_SECONDS = 60


def fill(size: int, progress: Callable[[str], None]) -> None:
    """So many calls and their index, unless they are there already; tidied as the maintenance worker does."""
    began = time.perf_counter()
    if Call.objects.count() != size:
        _write(size, progress)
        progress(f"filled in {time.perf_counter() - began:,.0f} s")
        began = time.perf_counter()
    while indexing.tidy(TIDY_SECONDS):
        pass
    progress(f"tidied in {time.perf_counter() - began:,.0f} s")


def _write(size: int, progress: Callable[[str], None]) -> None:
    began = time.perf_counter()
    with _vectors_at_the_end():
        for done in Corpus(size).write():
            if done % 10_000 == 0:
                progress(f"{done:,} calls written, {done / (time.perf_counter() - began):,.0f} a second")
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
