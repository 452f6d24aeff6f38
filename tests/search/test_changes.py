"""The index follows every change, whatever makes it and in whatever order."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from django.db import connection

from calls.models import Call, CallTask, Transcript, indexing, search
from calls.search.grammar import parse
from calls.search.tokens import entry_of
from calls.snapshot import TagSnapshot, TurnSnapshot
from calls.vocabulary import Speaker
from tests.builders import make_call
from tests.search import worlds
from tests.search.changes import change_at_random
from tests.search.looking import World, check

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", range(3))
def test_answers_stay_right_through_inserts_updates_and_deletes_in_any_order(seed):
    chance = random.Random(seed)
    worlds.make_calls(150, seed=seed)
    change_at_random(chance, 80)

    world = World()
    for text in worlds.questions(60, seed=seed):
        check(world, text)
    assert {entry_of(document) for document in world.documents} == set(
        search.index().entries([document.call_id for document in world.documents])
    )


def test_a_task_is_found_by_its_id_and_by_a_part_of_its_name():
    CallTask.objects.create(source="aiccs", task_id="138", name="春季回访（ＶＩＰ）")
    worlds.make_calls(60)
    of_task = set(Call.objects.filter(task_id="138", source="aiccs").values_list("pk", flat=True))

    assert set(search.find(parse("task:回访"), limit=100).ids) == of_task
    assert set(search.find(parse("task:vip source:aiccs"), limit=100).ids) == of_task
    assert set(search.find(parse("task:138 source:aiccs"), limit=100).ids) == of_task
    assert search.find(parse("task:nobody"), limit=100).ids == []


def test_a_transcript_longer_than_any_call_is_searched_up_to_its_limit():
    [call] = worlds.make_calls(1)
    letters = [chr(0x4E00 + number) for number in range(20_000)]
    text = "".join(letters) + "".join(reversed(letters)) + "最后"
    with indexing.changing([call.pk]):
        Transcript.objects.filter(call=call).update(turns=[{"speaker": Speaker.CUSTOMER, "text": text}])

    assert search.find(parse(text[39_000:39_030])).ids == [call.pk]
    assert search.find(parse("最后")).ids == []


def test_a_long_text_is_found_whole_only():
    [call, other] = worlds.make_calls(2)
    text = "".join(chr(0x4E00 + number) for number in range(60))
    for one, said in ((call, text), (other, text[:50] + "而" + text[50:])):
        with indexing.changing([one.pk]):
            Transcript.objects.filter(call=one).update(turns=[{"speaker": Speaker.AGENT, "text": said}])

    assert search.find(parse(text)).ids == [call.pk]
    assert search.find(parse(f"{text[0]} -{text}")).ids == [other.pk]
    assert search.count(parse(text)) == 1


def test_a_document_changes_with_the_words_it_is_looked_up_by():
    [call] = worlds.make_calls(1)
    [document] = indexing.documents([call.pk])

    assert entry_of(replace(document, is_reviewed=True)) != entry_of(document)


def test_a_call_with_thousands_of_tags_is_kept_and_found_by_the_first_of_them():
    tags = tuple(TagSnapshot(f"{number} {'名' * 120}", "值" * 250) for number in range(2_000))
    call = make_call(tags=tags)

    assert search.find(parse(f'tag:"{tags[7].name}"')).ids == [call.pk]
    assert call.tags.count() == 2_000


def test_a_change_leaves_nothing_for_the_next_search_to_sort_in():
    call = make_call(turns=(TurnSnapshot(Speaker.CUSTOMER, "我要退款"),))

    assert _pages_left() == 0
    assert search.find(parse("退款")).ids == [call.pk]


def test_calls_take_each_others_places_at_once():
    one, other = worlds.make_calls(2)
    free = min(one.position, other.position) - 1
    later, earlier = sorted([one, other], key=lambda call: -call.position)
    with indexing.changing([one.pk, other.pk]):
        Call.objects.filter(pk=later.pk).update(position=free)
        Call.objects.filter(pk=earlier.pk).update(position=later.position)

    assert search.find(limit=2).ids == search.find(parse("-退退退")).ids == [earlier.pk, later.pk]
    assert {entry.call_id: entry.position for entry in search.index().entries([one.pk, other.pk])} == {
        earlier.pk: later.position,
        later.pk: free,
    }


def _pages_left() -> int:
    """Of PostgreSQL's list of what is not sorted in; SQLite has none."""
    if connection.vendor == "sqlite":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT gin_clean_pending_list('calls_searchentry_vector')")
        return int(cursor.fetchone()[0])
