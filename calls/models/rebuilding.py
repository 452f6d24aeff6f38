"""Making the search index anew beside the living one, and keeping it tidy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic, sleep

from django.db import connection, transaction
from django.db.models import Max

from calls.models.indexing import BATCH, all_calls, entries_of, lock
from calls.models.search_index import SearchState
from calls.search.index import NEXT_TABLE, TABLE, Index, InUse, index_for
from calls.search.tokens import VERSION

# Seconds in which others can write, while an index is tidied.
BETWEEN_STEPS = 0.05
# Seconds for those who read the index, before a rebuild asks for it again.
BETWEEN_TRIES = 0.5


class Overtaken(Exception):
    """Another rebuild began after this one, which has nothing left to do."""


def is_stale() -> bool:
    """Whether the index was made by another tokenizer, or never: it should be rebuilt."""
    state = SearchState.objects.first()
    return state is not None and state.version != VERSION


def rebuild(report: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Fill a second index beside the living one and put it in its place; gives the number of calls.

    Searches go on in the old one, and every change meanwhile goes to both. `report` is told calls done and in all.
    """
    number = _begin_rebuild()
    following = index_for(connection, NEXT_TABLE)
    total = all_calls().count()
    done = 0
    for pks in _in_order_of_time():
        with transaction.atomic():
            _still_mine(number)
            lock(pks)
            known = {entry.call_id for entry in following.entries(pks)}
            following.add(entries_of([pk for pk in pks if pk not in known]))
        done += len(pks)
        report(done, max(done, total))
    while _tidied_a_step(following, number):
        pass
    while not _put_in_place(following, number):
        sleep(BETWEEN_TRIES)
    return done


def tidy(seconds: float) -> bool:
    """Make what was written lately quick to search, for so long at most; whether something is left to do."""
    end = monotonic() + seconds
    while monotonic() < end:
        # A step a transaction, and room for others who write between two of them.
        with transaction.atomic():
            is_left = index_for(connection).tidy()
        if not is_left:
            return False
        sleep(BETWEEN_STEPS)
    return True


def _begin_rebuild() -> int:
    with transaction.atomic():
        index_for(connection).hold(alone=True)
        state = SearchState.objects.first() or SearchState(version=VERSION)
        following = index_for(connection, NEXT_TABLE)
        if following.exists():  # of a rebuild that died, or of one that this one overtakes
            following.drop()
        following.create()
        state.rebuild += 1
        state.save()
        return state.rebuild


def _tidied_a_step(following: Index, number: int) -> bool:
    """A step a transaction, so that nobody waits for long."""
    with transaction.atomic():
        _still_mine(number)
        return following.tidy()


def _put_in_place(following: Index, number: int) -> bool:
    """False while others read for long: none of them is ended for this, and what was filled waits as long as it takes.

    Every change goes to both indexes meanwhile.
    """
    try:
        with transaction.atomic():
            _still_mine(number)
            living = index_for(connection)
            living.take(following)
            living.drop()
            following.rename(TABLE)
            SearchState.objects.update(version=VERSION, rebuild=0)
    except InUse:
        return False
    return True


def _still_mine(number: int) -> None:
    index_for(connection).hold()
    state = SearchState.objects.first()
    if state is None or state.rebuild != number:
        raise Overtaken


def _in_order_of_time() -> Iterator[list[int]]:
    """Primary keys in the order of time, BATCH by BATCH: the index likes to be filled that way.

    Without calls that come in meanwhile at the end, which are written to both indexes anyway.
    """
    final = all_calls().aggregate(position=Max("position"))["position"] or 0
    last = -1
    while rows := list(
        all_calls()
        .filter(position__gt=last, position__lte=final)
        .order_by("position")
        .values_list("pk", "position")[:BATCH]
    ):
        last = rows[-1][1]
        yield [pk for pk, _position in rows]
