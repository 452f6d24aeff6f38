"""Keeping the search index: whatever changes a call writes its entry in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import connection, connections, transaction
from django.db.models import Max

from calls.models.judged import Judged, judged
from calls.models.search_index import SearchState
from calls.models.tag import Tag
from calls.search.document import Document
from calls.search.index import TABLE, Index, index_for
from calls.search.position import ROOM, free_position
from calls.search.tokens import VERSION, Entry, entry_of

if TYPE_CHECKING:
    from calls.models.call import CallQuerySet

BATCH = 500
# Seconds in which others can write, while an index is tidied.
BETWEEN_STEPS = 0.05
# Of one call: more is no tag any more, and PostgreSQL's vectors have an end.
MOST_TAGS = 200
NEXT_TABLE = f"{TABLE}_next"
COLUMNS = (
    "pk",
    "key",
    "position",
    "source",
    "task_id",
    "result",
    "intent",
    "hung_up_by",
    "duration",
    "caller",
    "callee",
    "call_id",
    "detail_id",
    "batch_id",
    "out_id",
    "transcript__turns",
    "transcript__unread",
    "recording__state",
)


class Overtaken(Exception):
    """Another rebuild began after this one, which has nothing left to do."""


def index_calls(pks: Iterable[int]) -> None:
    """Bring the index up to these calls, in the transaction of the change. Unchanged or unknown calls cost a look.

    To be called by whatever changes a call, its transcript, its tags or the state of its recording.
    """
    with transaction.atomic():
        for batch in _batches(pks):
            indexes = _written_indexes()
            _lock(batch)
            entries = _entries(batch)
            for index in indexes:
                _bring_up(index, batch, entries)


@contextmanager
def changing(pks: Sequence[int]) -> Iterator[None]:
    """One transaction for a change to parts of these calls and to the index. The calls themselves are locked first, as
    absorbing does: in another order two workers could wait for each other.
    """
    with transaction.atomic():
        _lock(pks)
        yield
        index_calls(pks)


def unindex_calls(pks: Iterable[int]) -> None:
    """Forget these calls, in the transaction that deletes them."""
    with transaction.atomic():
        for batch in _batches(pks):
            _lock(batch)
            for index in _written_indexes():
                index.remove(index.entries(batch))


def take_position(placed_at: datetime, key: str) -> int:
    """A free position for a call placed then; two workers may be told the same, and the second one's write fails."""

    def taken_from(first: int) -> list[int]:
        return list(_calls().filter(position__range=(first, first + ROOM - 1)).values_list("position", flat=True))

    return free_position(placed_at, key, taken_from)


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
    total = _calls().count()
    done = 0
    for pks in _all_calls():
        with transaction.atomic():
            _still_mine(number)
            _lock(pks)
            known = {entry.call_id for entry in following.entries(pks)}
            following.add(_entries([pk for pk in pks if pk not in known]))
        done += len(pks)
        report(done, max(done, total))
    while _tidied_a_step(following, number):
        pass
    with transaction.atomic():
        index_for(connection).hold(alone=True)
        _still_mine(number)
        index_for(connection).drop()
        following.rename(TABLE)
        SearchState.objects.update(version=VERSION, rebuild=0)
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


def after_migrate(using: str, **kwargs: Any) -> None:
    """Empty the index when the calls are gone: a flush knows Django's own tables only."""
    index = index_for(connections[using])
    if index.exists() and not _calls().using(using).exists() and not index.is_empty():
        index.clear()


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


def _still_mine(number: int) -> None:
    index_for(connection).hold()
    state = SearchState.objects.first()
    if state is None or state.rebuild != number:
        raise Overtaken


def _written_indexes() -> list[Index]:
    index = index_for(connection)
    index.hold()
    state = SearchState.objects.first()
    return [index, index_for(connection, NEXT_TABLE)] if state and state.rebuild else [index]


def _bring_up(index: Index, pks: Sequence[int], entries: list[Entry]) -> None:
    known = {entry.call_id: entry for entry in index.entries(pks)}
    changed = [entry for entry in entries if known.get(entry.call_id) != entry]
    is_kept = {entry.call_id for entry in entries} - {entry.call_id for entry in changed}
    index.remove([entry for entry in known.values() if entry.call_id not in is_kept])
    index.add(changed)


def _entries(pks: Sequence[int]) -> list[Entry]:
    return [entry_of(document) for document in documents(pks)]


def documents(pks: Sequence[int]) -> Iterator[Document]:
    """The calls as search sees them, as they stand in this transaction."""
    tags: dict[int, list[tuple[str, str]]] = {}
    for tag in Tag.objects.filter(call__in=pks).only("call_id", "name", "value").order_by("position", "pk"):
        tags.setdefault(tag.call_id, []).append((tag.name, tag.value))
    rows = list(_calls().filter(pk__in=pks).values_list(*COLUMNS))
    reviews = judged({row[0]: (row[3], row[1]) for row in rows})
    for row in rows:
        (
            pk,
            _key,
            position,
            source,
            task,
            result,
            intent,
            hung_up_by,
            duration,
            caller,
            callee,
            *ids,
            turns,
            unread,
            sound,
        ) = row
        yield Document(
            call_id=pk,
            position=position,
            turns=tuple((turn["speaker"], turn["text"]) for turn in turns or ()),
            unread=unread or "",
            source=source,
            task=f"{source}/{task}" if task else "",
            result=result,
            intent=intent,
            hung_up_by=hung_up_by,
            recording=sound or "",
            is_reviewed=pk in reviews,
            verdict=_verdict(reviews.get(pk)),
            duration=duration,
            tags=tuple(tags.get(pk, ())[:MOST_TAGS]),
            numbers=(caller, callee),
            ids=tuple(ids),
        )


def _verdict(review: Judged | None) -> str:
    if review is None or review.passed is None:
        return ""
    return "passed" if review.passed else "failed"


def _lock(pks: Sequence[int]) -> None:
    """First the lock, then the look: whoever changes the same call waits, and reads what this one wrote."""
    if connection.features.has_select_for_update:
        list(_calls().filter(pk__in=pks).select_for_update().order_by("pk").values_list("pk"))


def _all_calls() -> Iterator[list[int]]:
    """Primary keys in the order of time, BATCH by BATCH: the index likes to be filled that way.

    Without calls that come in meanwhile at the end, which are written to both indexes anyway.
    """
    final = _calls().aggregate(position=Max("position"))["position"] or 0
    last = -1
    while rows := list(
        _calls()
        .filter(position__gt=last, position__lte=final)
        .order_by("position")
        .values_list("pk", "position")[:BATCH]
    ):
        last = rows[-1][1]
        yield [pk for pk, _position in rows]


def _batches(pks: Iterable[int]) -> Iterator[list[int]]:
    ordered = sorted(set(pks))
    for at in range(0, len(ordered), BATCH):
        yield ordered[at : at + BATCH]


def _calls() -> CallQuerySet:
    # indexing is below models/call.py, which imports it
    return apps.get_model("calls", "Call").objects.all()
