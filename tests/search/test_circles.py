"""Who changes whole tables of the index waits for who uses them, and never in a circle that ends one of the two."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic, sleep

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction

from calls.models import Call, Recording, SearchState, indexing, rebuilding, search
from calls.search.grammar import parse
from calls.search.index import NEXT_TABLE, index_for
from calls.vocabulary import RecordingState
from tests.search import worlds
from tests.search.looking import World, check

# SQLite has one writer at a time, and its readers keep what they have begun with: nothing to wait for.
WAITED_FOR = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = ANY(%s::regclass[])"
CALLS = 60
# seconds: whoever is waited for has all migrations before it
PATIENCE = 100


class Other(threading.Thread):
    """In one transaction: does `first`, and when somebody waits for these tables it goes on to `then`."""

    def __init__(self, first: Callable[[], object], tables: list[str], then: Callable[[], object]) -> None:
        super().__init__()
        self.first, self.tables, self.then = first, tables, then
        self.has_begun = threading.Event()
        self.failure: Exception | None = None

    def begin(self) -> None:
        self.start()
        assert self.has_begun.wait(PATIENCE)

    def run(self) -> None:
        try:
            with transaction.atomic():
                self.first()
                self.has_begun.set()
                self._until_waited_for()
                self.then()
        except Exception as error:
            self.failure = error
        finally:
            self.has_begun.set()
            connections.close_all()

    def _until_waited_for(self) -> None:
        until = monotonic() + PATIENCE
        with connection.cursor() as cursor:
            while connection.vendor == "postgresql":
                cursor.execute(WAITED_FOR, [self.tables])
                if cursor.fetchone():
                    return
                assert monotonic() < until, f"nobody asked for {self.tables}"
                sleep(0.01)


def read_rows() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {worlds.beside()}")


def read_a_page() -> None:
    assert len(search.find(parse("-zzzz"), limit=100).ids) == CALLS


def index_a_call() -> None:
    indexing.index_calls([Call.objects.earliest("pk").pk])


@pytest.mark.parametrize("then", [read_a_page, index_a_call])
@pytest.mark.django_db(transaction=True)
def test_neither_a_rebuild_nor_who_uses_the_index_is_ended(then):
    worlds.make_calls(CALLS)
    other = Other(read_rows, [search.index().name, worlds.beside()], then)

    done = rebuilding.rebuild(lambda done, total: other.begin())
    other.join(PATIENCE)

    assert other.failure is None
    assert done == CALLS
    assert not index_for(connection, NEXT_TABLE).exists()
    check(World(), "退款")
    SearchState.objects.all().delete()


def write_recordings() -> None:
    Recording.objects.update(state=RecordingState.FETCHING)


@pytest.mark.django_db(transaction=True)
def test_neither_a_migration_nor_who_writes_a_recording_is_ended():
    worlds.make_calls(CALLS)
    # what indexing begins with, before it asks for what only the last migration makes
    other = Other(write_recordings, ["calls_recording"], search.index().hold)
    try:
        call_command("migrate", "calls", "0017", verbosity=0)
        other.begin()
    finally:
        call_command("migrate", verbosity=0)
    other.join(PATIENCE)

    assert other.failure is None
    check(World(), "退款")
