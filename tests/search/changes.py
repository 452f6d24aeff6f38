"""What happens to calls that are there: each change as the program makes it, in any order."""

from __future__ import annotations

import random
from datetime import timedelta

from calls.models import Call, Recording, Tag, Transcript, indexing
from tests.search import worlds


def change_at_random(chance: random.Random, times: int) -> None:
    for _step in range(times):
        chance.choice([_insert, _say_something_else, _move, _retag, _re_record, _delete, _delete_many])(chance)


def _some_call(chance: random.Random) -> Call:
    return Call.objects.order_by("pk")[chance.randrange(Call.objects.count())]


def _insert(chance: random.Random) -> None:
    place = chance.randrange(10**6, 2 * 10**6)
    [call] = Call.objects.bulk_create([worlds.make_row(chance, place)])
    Transcript.objects.create(call=call, turns=worlds.make_turns(chance))
    indexing.index_calls([call.pk])


def _say_something_else(chance: random.Random) -> None:
    call = _some_call(chance)
    with indexing.changing([call.pk]):
        Transcript.objects.filter(call=call).update(turns=worlds.make_turns(chance), unread="")
        Call.objects.filter(pk=call.pk).update(duration=chance.choice(worlds.DURATIONS), result="lost")


def _move(chance: random.Random) -> None:
    call = _some_call(chance)
    with indexing.changing([call.pk]):
        moved_to = _some_call(chance).placed_at + timedelta(seconds=chance.randrange(-99, 99))
        position = indexing.take_position(moved_to, call.key)
        Call.objects.filter(pk=call.pk).update(placed_at=moved_to, position=position)


def _retag(chance: random.Random) -> None:
    call = _some_call(chance)
    with indexing.changing([call.pk]):
        call.tags.all().delete()
        Tag.objects.bulk_create(worlds.make_tags(chance, call))


def _re_record(chance: random.Random) -> None:
    call = _some_call(chance)
    recording, _is_new = Recording.objects.get_or_create(call=call)
    chance.choice([recording.mark_fetching, recording.mark_waiting, lambda: recording.mark_missing("gone")])()


def _delete(chance: random.Random) -> None:
    _some_call(chance).delete()


def _delete_many(chance: random.Random) -> None:
    Call.objects.filter(pk__in=[_some_call(chance).pk for _number in range(3)]).delete()
