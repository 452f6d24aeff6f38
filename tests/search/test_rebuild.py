from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection, connections

from calls.models import Call, SearchState, Transcript, indexing, rebuilding, search
from calls.search.grammar import parse
from calls.search.index import NEXT_TABLE, SORT_COLUMNS, TABLE, index_for
from calls.search.tokens import VERSION
from calls.snapshot import CallSnapshot
from reviews.models import Label
from reviews.opinions import labelling
from tests.builders import NOON, make_answer, make_call, make_snapshot
from tests.search import worlds
from tests.search.looking import World, check


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(rebuilding, "BATCH", 20)
    yield


def reindex(*options: str) -> str:
    out = StringIO()
    call_command("reindex_calls", *options, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_a_rebuild_finds_again_what_the_index_had_lost():
    calls = worlds.make_calls(100, indexed=False)
    assert search.find(parse("退款")).ids == []

    out = reindex()

    assert f"Indexed {len(calls)} calls" in out
    assert "100%" in out
    for text in worlds.questions(30):
        check(World(), text)


@pytest.mark.django_db
def test_changes_during_a_rebuild_reach_both_indexes(small_batches):
    worlds.make_calls(200)
    chance = random.Random(2)
    seen: list[int] = []

    def meddle(done: int, total: int) -> None:
        seen.append(search.count(parse("-zzzz")))
        pks = list(Call.objects.values_list("pk", flat=True))
        first, second, third = chance.sample(pks, 3)
        Call.objects.get(pk=first).delete()
        make_call(started_at=NOON + timedelta(seconds=done))
        with indexing.changing([second, third]):
            Transcript.objects.filter(call=second).update(turns=[{"speaker": "customer", "text": f"新{done}退款"}])
            moved_to = worlds.BEGIN + timedelta(seconds=chance.randrange(8_000))
            position = indexing.take_position(moved_to, "x")
            Call.objects.filter(pk=third).update(placed_at=moved_to, position=position)

    rebuilding.rebuild(meddle)

    assert seen == [200] * len(seen)
    assert not index_for(connection, NEXT_TABLE).exists()
    for text in [*worlds.questions(40), "新 退款"]:
        check(World(), text)


@pytest.mark.django_db
def test_a_rebuild_that_died_is_begun_anew(small_batches):
    worlds.make_calls(60)

    def die(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuilding.rebuild(die)
    call = make_call()
    assert search.find(parse("退款还没到账")).ids == [call.pk]
    assert search.find().ids[0] == call.pk

    assert "Indexed 61 calls" in reindex()
    check(World(), "退款")


@pytest.mark.django_db
def test_of_two_rebuilds_the_later_one_goes_on(small_batches):
    worlds.make_calls(60)
    begun: list[int] = []

    def overtake(done: int, total: int) -> None:
        if not begun:
            begun.append(done)
            rebuilding.rebuild()

    with pytest.raises(rebuilding.Overtaken):
        rebuilding.rebuild(overtake)
    check(World(), "退款")


@pytest.mark.django_db
def test_only_an_index_of_another_version_is_stale():
    make_call()
    assert not rebuilding.is_stale()
    assert reindex("--if-stale") == ""

    SearchState.objects.update_or_create(defaults={"version": VERSION + 1})
    assert rebuilding.is_stale()
    assert "Indexed 1 calls" in reindex("--if-stale")
    assert not rebuilding.is_stale()


@pytest.mark.django_db
def test_an_overtaken_command_says_so(small_batches, monkeypatch):
    worlds.make_calls(5)
    rebuild = rebuilding.rebuild

    def overtake(done: int, total: int) -> None:
        rebuild()

    monkeypatch.setattr(rebuilding, "rebuild", lambda report: rebuild(overtake))

    with pytest.raises(CommandError, match="Another reindex_calls"):
        reindex()


@pytest.mark.django_db(transaction=True)
def test_a_flush_leaves_nothing_to_find():
    make_call()

    call_command("flush", interactive=False, verbosity=0)

    assert search.index().is_empty()
    assert search.find(parse("退款")).ids == []


@pytest.mark.django_db(transaction=True)
def test_workers_that_meet_calls_of_one_second_place_and_index_them_all():
    snapshots = [make_snapshot(started_at=NOON) for _number in range(24)]
    failures: list[Exception] = []

    def absorb(mine: list[CallSnapshot]) -> None:
        try:
            for snapshot in mine:
                Call.objects.absorb(make_answer(snapshot))
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=absorb, args=(snapshots[number::4],)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert failures == []
    assert len(search.find(parse("退款")).ids) == 24
    check(World(), "退款")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("has_calls", [True, False])
def test_a_later_program_finds_which_version_the_index_has(has_calls):
    """From the first start on, whether or not anything was rebuilt since."""
    if has_calls:
        make_call()
    call_command("migrate", "calls", "0025", verbosity=0)

    call_command("migrate", verbosity=0)

    assert [state.version for state in SearchState.objects.all()] == [VERSION]
    assert not rebuilding.is_stale()
    SearchState.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_calls_that_were_there_before_get_places_and_ask_for_a_rebuild():
    """Migrated back and forth, with calls in the cache."""
    worlds.make_calls(30)
    before = list(Call.objects.order_by("placed_at", "pk").values_list("pk", flat=True))
    try:
        call_command("migrate", "calls", "0001", verbosity=0)
    finally:
        call_command("migrate", verbosity=0)

    assert list(Call.objects.order_by("position").values_list("pk", flat=True)) == before
    assert rebuilding.is_stale()
    reindex("--if-stale")
    check(World(), "退款")
    SearchState.objects.all().delete()


@pytest.mark.django_db
def test_an_index_is_rebuilt_again_and_again():
    worlds.make_calls(20)

    for _time in range(3):
        assert "Indexed 20 calls" in reindex()

    check(World(), "退款")


@pytest.mark.django_db(transaction=True)
def test_an_index_without_what_lists_are_sorted_by_is_made_anew():
    """As the migration before this one left it in databases that are older than sorting."""
    worlds.make_calls(30)
    call_command("migrate", "calls", "0002", verbosity=0)
    with connection.cursor() as cursor:
        for column in SORT_COLUMNS.values():
            cursor.execute(f"DROP INDEX IF EXISTS calls_searchentry_{column}")
            cursor.execute(f"DROP INDEX IF EXISTS calls_searchentry_{column}_too")
            cursor.execute(f"ALTER TABLE calls_searchentry DROP COLUMN {column}")

    call_command("migrate", verbosity=0)

    assert rebuilding.is_stale()
    reindex("--if-stale")
    check(World(), "退款")
    assert search.find(sort=search.Sort.LONGEST).ids
    SearchState.objects.all().delete()


def parts_of_the_index() -> int:
    """How many lists hold the calls of one word; PostgreSQL has one."""
    if connection.vendor == "postgresql":
        return 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT segid) FROM calls_searchentry_fts_idx")
        return int(cursor.fetchone()[0])


def vacuums_early(name: str = TABLE) -> bool:
    """Whether PostgreSQL throws away, and out of GIN, what has been written over before a fifth of it has.

    SQLite has `tidy`.
    """
    if connection.vendor == "sqlite":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT reloptions FROM pg_class WHERE relname = %s", [name])
        return {"autovacuum_vacuum_scale_factor=0.01", "vacuum_index_cleanup=on"} <= set(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_what_was_written_over_is_thrown_away_early_however_old_the_index_is():
    assert vacuums_early()
    following = index_for(connection, NEXT_TABLE)
    following.create()
    try:
        call_command("migrate", "calls", "0023", verbosity=0)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                for name in (TABLE, NEXT_TABLE):
                    options = "autovacuum_vacuum_scale_factor, vacuum_index_cleanup"
                    cursor.execute(f"ALTER TABLE {name} RESET ({options})")
                    assert not vacuums_early(name)
        call_command("migrate", verbosity=0)
        assert vacuums_early()
        assert vacuums_early(NEXT_TABLE)
    finally:
        call_command("migrate", verbosity=0)
        following.drop()

    worlds.make_calls(5)
    reindex()
    assert vacuums_early()


@pytest.mark.django_db(transaction=True)
def test_what_was_written_bit_by_bit_is_tidied_and_found_as_before():
    for call in worlds.make_calls(40, indexed=False):
        indexing.index_calls([call.pk])
    assert connection.vendor == "postgresql" or parts_of_the_index() > 2

    is_left = rebuilding.tidy(60)

    assert not is_left
    assert parts_of_the_index() == 1
    for text in worlds.questions(10):
        check(World(), text)


@pytest.mark.django_db(transaction=True)
def test_tidying_stops_when_its_time_is_over():
    worlds.make_calls(20)

    assert rebuilding.tidy(0)


def before_labels_and_scores() -> None:
    """As an installation of that time left its index: without a row that tells of it, since it was never rebuilt."""
    call_command("migrate", "reviews", "0004", verbosity=0)
    call_command("migrate", "calls", "0014", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX IF EXISTS calls_searchentry_score")
        cursor.execute("DROP INDEX IF EXISTS calls_searchentry_score_too")
        cursor.execute("ALTER TABLE calls_searchentry DROP COLUMN score")


@pytest.mark.django_db(transaction=True)
def test_an_index_from_before_labels_and_scores_is_good_where_there_are_none():
    worlds.make_calls(30)
    before_labels_and_scores()

    call_command("migrate", verbosity=0)

    assert not rebuilding.is_stale()
    assert len(search.find(sort=search.Sort.LOWEST_SCORE).ids) == 30
    for text in ["退款", "-score:<60", "-has:label", *worlds.questions(10)]:
        check(World(), text)
    labels = Label.objects.bulk_create([Label(name="回访")])
    call = Call.objects.order_by("pk")[7]
    labelling.put_on(call, labels[0], User.objects.create(username="rui"))
    assert search.find(parse("label:回访")).ids == [call.pk]
    SearchState.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_an_index_from_before_labels_and_scores_is_made_anew_where_there_are_some():
    worlds.make_calls(60, with_people=True)
    before_labels_and_scores()
    index = index_for(connection, NEXT_TABLE)
    index.create()  # of a rebuild that died then
    SearchState.objects.create(version=VERSION - 1, rebuild=3)

    call_command("migrate", verbosity=0)

    assert not index.exists()
    assert rebuilding.is_stale()
    make_call()
    assert "Indexed 61 calls" in reindex("--if-stale")
    for text in ["退款", "score:<60", "has:label", "label:回访"]:
        check(World(), text)
    assert search.count(parse("has:label")) == 15
    SearchState.objects.all().delete()
