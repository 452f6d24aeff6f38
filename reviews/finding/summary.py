from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Avg, Count, Q

from reviews.models.review import ReviewQuerySet


@dataclass(frozen=True, slots=True)
class Summary:
    """`mean` is 0 to 100, `pass_rate` 0 to 100; None when no review has a score."""

    count: int
    mean: float | None
    pass_rate: float | None


def summary_of(reviews: ReviewQuerySet) -> Summary:
    found = reviews.order_by().aggregate(
        count=Count("pk"),
        mean=Avg("score"),
        good=Count("pk", Q(passed=True)),
        judged=Count("pk", Q(passed__isnull=False)),
    )
    rate = 100 * found["good"] / found["judged"] if found["judged"] else None
    return Summary(found["count"], found["mean"], rate)
