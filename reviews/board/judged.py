"""What people judged: the reviews of some days in few statements, as frozen values."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import repeat
from typing import Any

from django.db.models import Avg, Count, F, FloatField, Max, Q, Sum
from django.db.models.functions import TruncDate

from reviews.models import Mark, QueueItem
from reviews.models.review import ReviewQuerySet
from reviews.opinions.agreement import Agreement, agreement_of
from reviews.queues.sampling import Judged, Rate, rate_of
from reviews.vocabulary import Purpose

Z = 1.959964  # 95 %
FAILED = Q(passed=False)
PASSED = Q(passed=True)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Reviews whose verdict counts. `scored` of them have a score; `scores` and `squares` are sums, to be joined."""

    reviews: int = 0
    passed: int = 0
    failed: int = 0
    scored: int = 0
    scores: float = 0.0
    squares: float = 0.0

    def __add__(self, other: Reviewed) -> Reviewed:
        return Reviewed(
            self.reviews + other.reviews,
            self.passed + other.passed,
            self.failed + other.failed,
            self.scored + other.scored,
            self.scores + other.scores,
            self.squares + other.squares,
        )

    @property
    def mean(self) -> float | None:
        """The mean score, 0 to 100."""
        return self.scores / self.scored if self.scored else None

    @property
    def margin(self) -> float | None:
        """Half of the mean's 95 % interval; None for one score, which says nothing about the spread."""
        if self.scored < 2 or self.mean is None:
            return None
        variance = max(self.squares - self.scored * self.mean**2, 0.0) / (self.scored - 1)
        return Z * math.sqrt(variance / self.scored)

    @property
    def pass_rate(self) -> float | None:
        return self.passed / (self.passed + self.failed) if self.passed + self.failed else None


@dataclass(frozen=True, slots=True)
class Answered:
    """How one criterion of a scorecard was answered. `version` is the newest that a review has of it."""

    scorecard: int
    criterion: str
    version: int
    fine: int
    negative: int
    na: int

    @property
    def pass_rate(self) -> float | None:
        return self.fine / (self.fine + self.negative) if self.fine + self.negative else None


@dataclass(frozen=True, slots=True)
class Work:
    """What one reviewer finished. Mean seconds from opening to the first play, from there to the first answer, from
    there to submitting, and in all; None where no page told.
    """

    reviewer: int
    name: str
    reviews: int
    days: int
    to_play: float | None
    to_answer: float | None
    to_submit: float | None
    seconds: float | None


COUNTS: dict[str, Any] = {
    "reviews": Count("pk"),
    "passed_count": Count("pk", filter=PASSED),
    "failed_count": Count("pk", filter=FAILED),
    "scored": Count("score"),
    "scores": Sum("score"),
    "squares": Sum(F("score") * F("score"), output_field=FloatField()),
}


def by_day(reviews: ReviewQuerySet) -> dict[date, Reviewed]:
    """By the day of the call."""
    rows = reviews.order_by().annotate(day=TruncDate("placed_at")).values_list("day").annotate(**COUNTS)
    return {day: _reviewed(*counts) for day, *counts in rows}


def by_task(reviews: ReviewQuerySet) -> dict[tuple[str, str], Reviewed]:
    rows = reviews.order_by().values_list("source", "task_id").annotate(**COUNTS)
    return {(source, task_id): _reviewed(*counts) for source, task_id, *counts in rows}


def by_criterion(reviews: ReviewQuerySet) -> list[Answered]:
    """The one that fails most often first."""
    rows = (
        Mark.objects.filter(review__in=reviews)
        .order_by()
        .values("review__version__scorecard", "criterion")
        .annotate(
            version=Max("review__version"),
            negative=Count("pk", filter=Q(is_negative=True)),
            na=Count("pk", filter=Q(is_na=True)),
            fine=Count("pk", filter=Q(is_negative=False, is_na=False) & ~Q(value="")),
        )
    )
    return [
        Answered(
            row["review__version__scorecard"],
            row["criterion"],
            row["version"],
            row["fine"],
            row["negative"],
            row["na"],
        )
        for row in rows
    ]


def by_intent(reviews: ReviewQuerySet) -> dict[tuple[str, str], int]:
    """The vendor's intent and the one that people heard, where they were asked."""
    rows = reviews.exclude(judged_intent="").order_by().values_list("intent", "judged_intent")
    return {(intent, judged): count for intent, judged, count in rows.annotate(count=Count("pk"))}


def by_reviewer(reviews: ReviewQuerySet) -> list[Work]:
    """Whoever finished most comes first."""
    known = Q(seconds_to_play__isnull=False, seconds_to_answer__gte=F("seconds_to_play"))
    rows = (
        reviews.order_by()
        .annotate(day=TruncDate("finished_at"))
        .values("reviewer", "reviewer__username")
        .annotate(
            reviews=Count("pk"),
            days=Count("day", distinct=True),
            to_play=Avg("seconds_to_play"),
            to_answer=Avg(F("seconds_to_answer") - F("seconds_to_play"), filter=known),
            to_submit=Avg(F("seconds") - F("seconds_to_answer"), filter=Q(seconds__gte=F("seconds_to_answer"))),
            mean=Avg("seconds"),
        )
        .order_by("-reviews", "reviewer__username")
    )
    return [
        Work(
            row["reviewer"],
            row["reviewer__username"],
            row["reviews"],
            row["days"],
            row["to_play"],
            row["to_answer"],
            row["to_submit"],
            row["mean"],
        )
        for row in rows
    ]


def failure_rate(reviews: ReviewQuerySet, since: datetime, until: datetime, scope: Q) -> Rate | None:
    """How many of the calls that queues draw from would fail, from those that were drawn by lot and reviewed."""
    group = ("queue", "stratum", "probability")
    items = QueueItem.objects.filter(scope, second_of=None, queue__calibration=None).order_by()
    living = items.filter(call__placed_at__gte=since, call__placed_at__lt=until)
    drawn = {tuple(key): count for *key, count in living.values_list(*group).annotate(Count("pk"))}
    first = reviews.filter(purpose=Purpose.FIRST, item__isnull=False, item__queue__calibration=None).order_by()
    rows = first.values_list(*(f"item__{name}" for name in group)).annotate(
        passed_count=Count("pk", filter=PASSED),
        failed_count=Count("pk", filter=FAILED),
        gone=Count("pk", filter=Q(call=None)),
    )
    judged = {tuple(key): (passed, failed, gone) for *key, passed, failed, gone in rows}
    return rate_of(_each(drawn, judged))


def _each(drawn: dict[tuple[Any, ...], int], judged: dict[tuple[Any, ...], tuple[int, int, int]]) -> Iterable[Judged]:
    """One for every call that was drawn; a review whose call is gone was drawn as well."""
    for key in drawn.keys() | judged.keys():
        queue, stratum, probability = key
        passed, failed, gone = judged.get(key, (0, 0, 0))
        waiting = max(drawn.get(key, 0) + gone - passed - failed, 0)
        for verdict, count in ((False, passed), (True, failed), (None, waiting)):
            yield from repeat(Judged(stratum, probability, verdict, queue), count)


def agreement(seconds: ReviewQuerySet) -> Agreement:
    """Whether second opinions came to the verdict of the first; `seconds` are finished ones."""
    first = "item__second_of__reviews"
    pairs = (
        seconds.filter(**{f"{first}__state": "finished", f"{first}__passed__isnull": False, "passed__isnull": False})
        .order_by()
        .values_list(f"{first}__passed", "passed")
        .annotate(count=Count("pk"))
    )
    return agreement_of([pair for one, other, count in pairs for pair in [(str(one), str(other))] * count])


def _reviewed(
    reviews: int, passed: int, failed: int, scored: int, scores: float | None, squares: float | None
) -> Reviewed:
    """From COUNTS, in their order."""
    return Reviewed(reviews, passed, failed, scored, scores or 0.0, squares or 0.0)
