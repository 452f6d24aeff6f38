"""What the list of calls and its search know about reviews."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from calls.models import Call, indexing
from calls.models.judged import CallKey, Judged
from reviews.models.queue import QueueItem, QueueItemQuerySet
from reviews.models.review import Review


def newest_of(calls: Mapping[int, CallKey]) -> dict[int, Judged]:
    """Of each call that has one the newest finished review that counts: primary key -> what it came to.

    By source and key as well: a call that went and came back is another row, and its reviews are still about it.
    While a second opinion is awaited nobody learns what the first came to: whoever gives it reads lists of calls, too.
    """
    sources, keys = {source for source, _key in calls.values()}, {key for _source, key in calls.values()}
    by_key = {key: pk for pk, key in calls.items()}
    about = Review.objects.counted().filter(Q(call__in=calls) | Q(source__in=sources, key__in=keys))
    second = QueueItem.objects.awaited_seconds().filter(second_of=OuterRef("item"))
    rows = about.annotate(is_half=Exists(second)).order_by("finished_at", "pk")
    found = {}
    for review in rows.only("call_id", "source", "key", "score", "passed"):
        pk = review.call_id or by_key.get((review.source, review.key))
        if pk is not None and pk in calls:
            is_half = review.is_half  # type: ignore[attr-defined]
            found[pk] = Judged() if is_half else Judged(review.score, review.passed)
    return found


class CallGone(Exception):
    """Deleted here meanwhile."""


def hold_living(calls: Iterable[Call]) -> list[Call]:
    """Those that are still there, locked until the transaction ends, as new rows refer to them; or CallGone."""
    known = {call.pk: call for call in calls}
    held = Call.objects.select_for_update().filter(pk__in=known).order_by("pk").values_list("pk", flat=True)
    living = set(held)
    if not living:
        raise CallGone
    return [call for pk, call in known.items() if pk in living]


def hold_calls(rows: QuerySet[Any]) -> None:
    """Lock the calls of these rows before the rows themselves, in the transaction that goes on to note what it did.

    Whatever writes or deletes a call locks the call first and its reviews and items then: in another order two could
    wait for each other.
    """
    list(
        Call.objects.select_for_update().filter(pk__in=rows.order_by().values("call")).order_by("pk").values_list("pk")
    )


def note_judged(review: Review) -> None:
    """To be called in the transaction that finishes, changes, takes back or reopens a review."""
    pks = Call.objects.filter(source=review.source, key=review.key).values_list("pk", flat=True)
    reindex_reviewed({*pks, *([review.call_id] if review.call_id else [])})


def note_awaited(items: QueueItemQuerySet) -> None:
    """To be called in the transaction that skips, puts back, closes or opens: second opinions come or do not come."""
    seconds = items.filter(second_of__isnull=False, call__isnull=False)
    if pks := {pk for pk in seconds.values_list("call_id", flat=True) if pk}:
        reindex_reviewed(pks)


def reindex_reviewed(calls: Iterable[int]) -> None:
    """Bring the search index up to the reviews of these calls, in the transaction of the change."""
    indexing.index_calls(calls)
