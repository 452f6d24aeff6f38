"""A review as one line of a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Prefetch, Q

from calls.models import CallTask
from calls.numbers import mask
from reviews.models import Dispute, Mark, Review
from reviews.models.review import ReviewQuerySet


@dataclass(frozen=True, slots=True)
class Negative:
    """A negative answer: `where` leads from a review's page to it, and to the turn it rests on."""

    title: str
    where: str


@dataclass(frozen=True, slots=True)
class Row:
    review: Review
    number: str
    task: str
    negatives: Sequence[Negative]
    is_disputed: bool

    @property
    def is_gone(self) -> bool:
        return self.review.call_id is None


def with_parts(reviews: ReviewQuerySet) -> ReviewQuerySet:
    """With what a row reads and nothing heavy beside it."""
    marks = Mark.objects.filter(is_negative=True).prefetch_related("evidence")
    return reviews.select_related("call", "version__scorecard", "reviewer").prefetch_related(
        Prefetch("marks", marks, to_attr="negatives")
    )


def rows_of(reviews: Sequence[Review], user: User) -> list[Row]:
    disputed = set(Dispute.objects.filter(mark__review__in=reviews).values_list("mark__review", flat=True))
    names = task_names(reviews)
    return [
        Row(
            review,
            mask(review.call.callee) if review.call else "",
            names.get((review.source, review.task_id), review.task_id),
            [_negative(review, mark) for mark in review.negatives],  # type: ignore[attr-defined]
            review.pk in disputed,
        )
        for review in reviews
    ]


def task_names(reviews: Iterable[Review]) -> dict[tuple[str, str], str]:
    """Source and id -> the name of the task, where it has one."""
    wanted = {(review.source, review.task_id) for review in reviews}
    found = Q(pk__in=[])
    for source, task_id in wanted:
        found |= Q(source=source, task_id=task_id)
    return {(task.source, task.task_id): task.name or task.task_id for task in CallTask.objects.filter(found)}


def _negative(review: Review, mark: Mark) -> Negative:
    criterion = review.version.card.criterion(mark.criterion)
    turns = [evidence.turn for evidence in mark.evidence.all()]
    query = f"?turn={turns[0]}" if turns else ""
    return Negative(criterion.title if criterion else mark.criterion, f"{query}#criterion-{mark.criterion}")
