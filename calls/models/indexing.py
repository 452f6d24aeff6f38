"""Keeping the search index: whatever changes a call writes its entry in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import connection, connections, transaction

from calls.models.judged import Judged, judged, labels_on
from calls.models.search_index import SearchState
from calls.models.tag import Tag
from calls.search.document import Document
from calls.search.index import NEXT_TABLE, Index, index_for
from calls.search.position import ROOM, free_position
from calls.search.tokens import Entry, entry_of

if TYPE_CHECKING:
    from calls.models.call import CallQuerySet

BATCH = 500
# Of one call: more is no tag any more, and PostgreSQL's vectors have an end.
MOST_TAGS = 200
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


def index_calls(pks: Iterable[int]) -> None:
    """Bring the index up to these calls, in the transaction of the change. Unchanged or unknown calls cost a look.

    To be called by whatever changes a call, its transcript, its tags, its labels, its reviews or the state of its
    recording.
    """
    with transaction.atomic():
        for batch in _batches(pks):
            indexes = _written_indexes()
            lock(batch)
            entries = entries_of(batch)
            for index in indexes:
                _bring_up(index, batch, entries)


@contextmanager
def changing(pks: Sequence[int]) -> Iterator[None]:
    """One transaction for a change to parts of these calls and to the index. The calls themselves are locked first, as
    absorbing does: in another order two workers could wait for each other.
    """
    with transaction.atomic():
        lock(pks)
        yield
        index_calls(pks)


def unindex_calls(pks: Iterable[int]) -> None:
    """Forget these calls, in the transaction that deletes them."""
    with transaction.atomic():
        for batch in _batches(pks):
            lock(batch)
            for index in _written_indexes():
                index.remove(index.entries(batch))


def take_position(placed_at: datetime, key: str) -> int:
    """A free position for a call placed then; two workers may be told the same, and the second one's write fails."""

    def taken_from(first: int) -> list[int]:
        return list(all_calls().filter(position__range=(first, first + ROOM - 1)).values_list("position", flat=True))

    return free_position(placed_at, key, taken_from)


def after_migrate(using: str, **kwargs: Any) -> None:
    """Empty the index when the calls are gone: a flush knows Django's own tables only."""
    index = index_for(connections[using])
    if index.exists() and not all_calls().using(using).exists() and not index.is_empty():
        index.clear()


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


def entries_of(pks: Sequence[int]) -> list[Entry]:
    return [entry_of(document) for document in documents(pks)]


def documents(pks: Sequence[int]) -> Iterator[Document]:
    """The calls as search sees them, as they stand in this transaction."""
    tags: dict[int, list[tuple[str, str]]] = {}
    tagged = Tag.objects.filter(call__in=pks).order_by("position", "pk").values_list("call_id", "name", "value")
    for pk, name, value in tagged:
        tags.setdefault(pk, []).append((name, value))
    rows = list(all_calls().filter(pk__in=pks).values_list(*COLUMNS))
    keys = {row[0]: (row[3], row[1]) for row in rows}
    reviews, labels = judged(keys), labels_on(keys)
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
            score=reviews[pk].hundredths if pk in reviews else None,
            labels=tuple(map(str, sorted(labels.get(pk, ())))),
            duration=duration,
            tags=tuple(tags.get(pk, ())[:MOST_TAGS]),
            numbers=(caller, callee),
            ids=tuple(ids),
        )


def _verdict(review: Judged | None) -> str:
    if review is None or review.passed is None:
        return ""
    return "passed" if review.passed else "failed"


def lock(pks: Sequence[int]) -> None:
    """First the lock, then the look: whoever changes the same call waits, and reads what this one wrote."""
    if connection.features.has_select_for_update:
        list(all_calls().filter(pk__in=pks).select_for_update().order_by("pk").values_list("pk"))


def _batches(pks: Iterable[int]) -> Iterator[list[int]]:
    ordered = sorted(set(pks))
    for at in range(0, len(ordered), BATCH):
        yield ordered[at : at + BATCH]


def all_calls() -> CallQuerySet:
    # indexing is below models/call.py, which imports it
    return apps.get_model("calls", "Call").objects.all()
