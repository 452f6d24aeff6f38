"""What the filter column counts of a call: it follows every change, and comes to installations that had none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from calls.models import Call, SearchState, Tag, Transcript, indexing, rebuilding, search
from calls.search.index import NEXT_TABLE, TABLE, index_for
from calls.search.tokens import Entry
from calls.search.traits import Traits, read_tags, read_traits
from calls.snapshot import TagSnapshot
from reviews.models import Review
from tests.builders import make_call
from tests.search import worlds


def entries() -> set[Entry]:
    return set(search.index().entries(list(Call.objects.values_list("pk", flat=True))))


def rows() -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {worlds.beside()}")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db
def test_a_tag_that_changes_its_spelling_alone_is_written_again():
    call = make_call(tags=(TagSnapshot("客户", "vip"),))
    [before] = entries()

    with indexing.changing([call.pk]):
        Tag.objects.update(value="VIP")

    [after] = entries()
    assert after.words == before.words
    assert read_tags(after.tags) == [("客户", "VIP")]


@pytest.mark.django_db
def test_a_row_comes_and_goes_with_its_call():
    first, second = make_call(), make_call()
    assert rows() == 2

    first.delete()
    assert rows() == 1

    with indexing.changing([second.pk]):
        Call.objects.update(position=second.position + 1)
    assert rows() == 1
    [entry] = entries()
    assert entry.position == second.position + 1


@pytest.mark.django_db
def test_a_row_that_was_lost_is_written_with_the_next_look():
    call = make_call(intent="A")
    before = entries()
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {worlds.beside()}")

    indexing.index_calls([call.pk])

    assert entries() == before
    assert rows() == 1


@pytest.mark.django_db
def test_a_row_that_was_left_over_gives_way_to_the_call_that_comes():
    """As somebody leaves it who forgets a call and knows of no rows."""
    call = make_call(intent="A")
    [before] = entries()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {worlds.beside()}")
        columns = [column[0] for column in cursor.description]
        old: list[Any] = [call.position + 1, *["old"] * (len(columns) - 1)]
        cursor.execute(f"INSERT INTO {worlds.beside()} VALUES ({', '.join(['%s'] * len(columns))})", old)

    with indexing.changing([call.pk]):
        Call.objects.update(position=call.position + 1)

    [entry] = entries()
    assert entry == replace(before, position=call.position + 1)
    assert rows() == 1


@pytest.mark.django_db
def test_a_rebuilt_index_has_them_all():
    worlds.make_calls(40, with_people=True)
    before = entries()

    rebuilding.rebuild()

    assert entries() == before
    assert rows() == 40


@pytest.mark.django_db(transaction=True)
def test_a_flush_leaves_no_row():
    make_call()

    call_command("flush", interactive=False, verbosity=0)

    assert rows() == 0


@pytest.mark.django_db(transaction=True)
def test_an_installation_without_calls_goes_back_before_rows_and_forth():
    try:
        call_command("migrate", "calls", "0017", verbosity=0)
        assert search.index().exists()
        assert search.index().is_empty()
    finally:
        call_command("migrate", verbosity=0)

    make_call()
    assert rows() == 1


def make_world() -> None:
    """Calls of every kind, with what people made of them and with tags that are hard to write down."""
    calls = worlds.make_calls(120, with_people=True)
    Review.objects.filter(score__gte=60).update(passed=True)
    Review.objects.filter(score__lt=60).update(passed=False)
    Review.objects.filter(pk=Review.objects.earliest("pk").pk).update(passed=None)
    hard = [("a\x1fb", "c\x1e\x1dd"), ("Ｖip", "是"), ("Vip", "否"), ("Z", ""), ("", "z"), ("👍", "\t"), ("a\tb", "é")]
    Tag.objects.bulk_create(
        Tag(call=calls[0], position=place, name=name, value=value) for place, (name, value) in enumerate(hard * 2)
    )
    Tag.objects.bulk_create(Tag(call=calls[1], position=place, name=f"{place}") for place in range(250))
    Call.objects.filter(pk=calls[2].pk).update(intent="x\x1fy")
    Transcript.objects.filter(call=calls[3]).update(turns=[], unread="")
    indexing.index_calls(call.pk for call in calls)


@pytest.mark.django_db(transaction=True)
def test_rows_that_a_migration_wrote_are_those_that_a_change_writes():
    make_world()
    written = entries()
    told = {Traits(*read_traits(entry.traits)) for entry in written}
    assert {each.review for each in told} == {"no", "yes", "passed", "failed"}
    assert {each.transcript for each in told} == {"no", "yes"}
    assert any(" " in each.labels for each in told)

    call_command("migrate", "calls", "0017", verbosity=0)
    call_command("migrate", verbosity=0)

    assert entries() == written
    assert not rebuilding.is_stale()


@pytest.mark.django_db(transaction=True)
def test_a_rebuild_under_way_is_overtaken_by_the_migration_and_begun_again():
    worlds.make_calls(30)
    written = entries()
    call_command("migrate", "calls", "0017", verbosity=0)
    following = index_for(connection, NEXT_TABLE)
    following.create()
    SearchState.objects.create(version=0, rebuild=7)

    call_command("migrate", verbosity=0)

    assert not following.exists()
    assert rebuilding.is_stale()
    make_call()
    rebuilding.rebuild()
    assert not rebuilding.is_stale()
    assert written < entries()
    assert rows() == 31
    SearchState.objects.all().delete()


def numbers_of(table: str) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT position FROM {table}")
        return {position for (position,) in cursor.fetchall()}


@pytest.mark.django_db(transaction=True)
def test_entries_that_nobody_has_counted_yet_are_made_anew_after_what_is_said_was_parted_from_them():
    """As somebody leaves them who knows of no rows. PostgreSQL parts them, and SQLite leaves them as they are."""
    worlds.make_calls(30)
    written, facets = entries(), f"{TABLE}_facets"
    is_parted = connection.vendor == "postgresql"
    try:
        call_command("migrate", "calls", "0022", verbosity=0)
        with connection.cursor() as cursor:
            few = f"SELECT position FROM {facets} ORDER BY position LIMIT 5"
            cursor.execute(f"DELETE FROM {facets} WHERE position IN ({few})")
        counted = numbers_of(facets)

        call_command("migrate", verbosity=0)
        assert len(counted) == 25
        assert numbers_of(worlds.beside()) == counted
        assert len(entries() & written) == 25
        assert rebuilding.is_stale() is is_parted

        # back again every entry that is left has its row
        call_command("migrate", "calls", "0022", verbosity=0)
        assert numbers_of(facets) == counted
    finally:
        call_command("migrate", verbosity=0)

    assert rebuilding.is_stale() is is_parted
    call_command("reindex_calls", if_stale=is_parted)
    assert entries() == written
    assert not rebuilding.is_stale()
    SearchState.objects.all().delete()
