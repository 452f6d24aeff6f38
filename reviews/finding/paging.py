"""Reviews by when they were finished, the newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from calls.http import PAGE_SIZE
from reviews.models import Review
from reviews.models.review import ReviewQuerySet

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# of an export, in memory at once
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Page:
    """`older` and `newer` are cursors for after= and before=; "" where the list ends."""

    reviews: list[Review]
    older: str
    newer: str


def page_of(reviews: ReviewQuerySet, *, after: str = "", before: str = "", size: int = PAGE_SIZE) -> Page:
    """Those behind the cursor `after`, or the nearest in front of `before`; a cursor that cannot be read is none."""
    place = _place(after) if after else _place(before)
    is_backward = bool(before) and not after and place is not None
    found = reviews.filter(_newer_than(*place) if is_backward else _older_than(*place)) if place else reviews
    order = ("finished_at", "pk") if is_backward else ("-finished_at", "-pk")
    rows = list(found.order_by(*order)[: size + 1])
    has_more, rows = len(rows) > size, rows[:size]
    if is_backward:
        rows.reverse()
    has_older, has_newer = (True, has_more) if is_backward else (has_more, place is not None)
    return Page(rows, _cursor(rows[-1]) if rows and has_older else "", _cursor(rows[0]) if rows and has_newer else "")


def chunks_of(reviews: ReviewQuerySet) -> Iterator[list[Review]]:
    """All of them in the order of the list, a few hundred at a time."""
    after = ""
    while True:
        page = page_of(reviews, after=after, size=CHUNK)
        yield page.reviews
        if not page.older:
            return
        after = page.older


def _cursor(review: Review) -> str:
    at = review.finished_at or EPOCH
    return f"{(at - EPOCH) // timedelta(microseconds=1)}.{review.pk}"


def _place(cursor: str) -> tuple[datetime, int] | None:
    micros, _dot, pk = cursor.partition(".")
    # 16 digits of microseconds reach the year 2286
    if not (cursor.isascii() and micros.isdecimal() and pk.isdecimal() and len(micros) <= 16 and len(pk) < 18):
        return None
    return EPOCH + timedelta(microseconds=int(micros)), int(pk)


def _older_than(at: datetime, pk: int) -> Q:
    # the first condition says nothing new, but an index can begin at it
    return Q(finished_at__lte=at) & (Q(finished_at__lt=at) | Q(pk__lt=pk))


def _newer_than(at: datetime, pk: int) -> Q:
    return Q(finished_at__gte=at) & (Q(finished_at__gt=at) | Q(pk__gt=pk))
