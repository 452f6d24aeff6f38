"""What was answered in some reviews, as plain values: models of a row that is read once would cost the most."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db.models import Model

from calls.models import Call
from reviews.models import Evidence, Mark, Review
from reviews.models.review import ReviewQuerySet

OF_CALLS = ("id", "call_id", "callee", "caller", "transfer_number")
OF_REVIEWERS = ("id", "username")


class Quoted(NamedTuple):
    """A turn; `start` and `end` are seconds."""

    turn: int
    speaker: str
    text: str
    start: float | None
    end: float | None


class Given(NamedTuple):
    value: str
    is_na: bool
    share: float | None
    weight: float
    comment: str
    quotes: Sequence[Quoted]


def with_calls(reviews: ReviewQuerySet) -> ReviewQuerySet:
    """With what a row names of calls and people: all their columns cost as much again as the reviews."""
    left_out = [*_beside(Call, "call", OF_CALLS), *_beside(User, "reviewer", OF_REVIEWERS)]
    return reviews.select_related("call", "reviewer").defer(*left_out)


def _beside(model: type[Model], of: str, names: Collection[str]) -> list[str]:
    return [f"{of}__{field.name}" for field in model._meta.concrete_fields if field.name not in names]


def answers_of(reviews: Sequence[Review]) -> dict[int, dict[str, Given]]:
    """Review -> criterion -> what was answered."""
    quotes: dict[int, list[Quoted]] = {}
    evidence = Evidence.objects.filter(mark__review__in=reviews).order_by("turn")
    for mark, *quoted in evidence.values_list("mark", *Quoted._fields):
        quotes.setdefault(mark, []).append(Quoted(*quoted))
    found: dict[int, dict[str, Given]] = {review.pk: {} for review in reviews}
    marks = Mark.objects.filter(review__in=reviews).order_by()
    rows = marks.values_list("pk", "review", "criterion", "value", "is_na", "share", "weight", "comment")
    for pk, review, criterion, *given in rows:
        found[review][criterion] = Given._make([*given, quotes.get(pk, ())])
    return found
