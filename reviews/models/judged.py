"""What the list of calls and its search know about reviews and labels."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from operator import attrgetter
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from calls.models import Call, indexing
from calls.models.judged import CallKeys, Judged
from reviews.models.comment import Label, Labelled
from reviews.models.queue import QueueItem, QueueItemQuerySet
from reviews.models.review import Review

# numbers of reviews in one statement
AT_ONCE = 500


def newest_of(calls: CallKeys) -> dict[int, Judged]:
    """Of each call that has one the newest finished review that counts: primary key -> what it came to.

    By source and key as well: a call that went and came back is another row, and its reviews are still about it.
    While a second opinion is awaited nobody learns what the first came to: whoever gives it reads lists of calls, too.
    """
    by_key = {key: pk for pk, key in calls.items()}
    about = Review.objects.counted().order_by().only("call_id", "source", "key", "score", "passed", "finished_at")
    by_call, by_name = _of(calls)
    # Parts of one statement, which sees one moment. Joined by OR both lists were planned for ten times what they take.
    both = about.filter(by_call).union(about.filter(by_name), all=True)
    reviews = sorted(both, key=attrgetter("finished_at", "pk"))
    # Every call that is fetched comes by, and hardly one has a review: the dearer half of the question is theirs. By
    # their numbers alone: one that is reopened in between still has a second opinion coming.
    halves = _with_a_second_to_come(review.pk for review in reviews) if reviews else set()
    found = {}
    for review in reviews:
        pk = review.call_id or by_key.get((review.source, review.key))
        if pk is not None and pk in calls:
            found[pk] = Judged() if review.pk in halves else Judged(review.score, review.passed, review.pk)
    return found


def _with_a_second_to_come(reviews: Iterable[int]) -> set[int]:
    seconds = QueueItem.objects.filter(second_of=OuterRef("item")).awaited_seconds()
    return set(Review.objects.filter(Exists(seconds), pk__in=[*reviews]).values_list("pk", flat=True))


def labels_on(calls: CallKeys) -> dict[int, set[int]]:
    """Of each call that carries labels their numbers, also from before it went and came back."""
    by_key = {key: pk for pk, key in calls.items()}
    found: dict[int, set[int]] = {}
    by_call, by_name = _of(calls)
    rows = Labelled.objects.filter(by_call | by_name).values_list("label_id", "call_id", "source", "key")
    for label, call, source, key in rows:
        pk = call or by_key.get((source, key))
        if pk is not None and pk in calls:
            found.setdefault(pk, set()).add(label)
    return found


def label_names() -> dict[int, str]:
    """Those that are still put on calls first."""
    return dict(Label.objects.order_by(F("retired_at").asc(nulls_first=True), "name").values_list("pk", "name"))


def _of(calls: CallKeys) -> tuple[Q, Q]:
    """What is about these calls as they are here, and what is about them by name: some rows are both."""
    sources, keys = {source for source, _key in calls.values()}, {key for _source, key in calls.values()}
    return Q(call__in=calls), Q(source__in=sources, key__in=keys)


def are_open(reviews: Collection[int], user: User) -> bool:
    """Whether this reader may read all of these reviews now, as far as they are still there."""
    numbers = sorted(reviews)
    # in parts: of a hundred thousand at once PostgreSQL would look each up in a list of the others
    for start in range(0, len(numbers), AT_ONCE):
        some = Review.objects.filter(pk__in=numbers[start : start + AT_ONCE]).order_by()
        if some.count() != some.visible_to(user).count():
            return False
    return True


def name_of(call: Call) -> dict[str, Any]:
    """What a row about this call keeps of it, to be found again when the call has gone and come back."""
    return {"source": call.source, "task_id": call.task_id, "key": call.key}


class CallGone(Exception):
    """Deleted here meanwhile."""


def hold_living(calls: Iterable[Call]) -> list[Call]:
    """Those that are still there, locked until the transaction ends, as new rows refer to them; or CallGone."""
    known = {call.pk: call for call in calls}
    # With their keys, unlike `held`: most go on to note what was judged, which locks them so.
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
    indexing.index_calls({*pks, *([review.call_id] if review.call_id else [])})


def note_awaited(items: QueueItemQuerySet) -> None:
    """To be called in the transaction that skips, puts back, closes or opens: second opinions come or do not come."""
    seconds = items.filter(second_of__isnull=False, call__isnull=False)
    if pks := {pk for pk in seconds.values_list("call_id", flat=True) if pk}:
        indexing.index_calls(pks)
