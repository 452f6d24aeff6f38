"""What the filter offers, and its conditions in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from calls.filters import Chip
from calls.models import CallTask
from calls.models.scope import in_scope
from reviews.finding.filters import NONE, ReviewFilterForm, of_tasks
from reviews.models import Queue, Review, Scorecard
from reviews.models.review import ReviewQuerySet
from reviews.scoring import Criterion
from reviews.vocabulary import Purpose

# a list to choose from is no place for thousands
MOST = 200
FROM_CALLS = ("task",)


@dataclass(frozen=True, slots=True)
class Choices:
    """Value and label of each, by the name of the field."""

    known: dict[str, dict[str, str]]

    def selects(self, form: ReviewFilterForm) -> dict[str, list[tuple[str, str, bool]]]:
        """With what is chosen; a value that is not among the known ones is offered as it is."""
        found = {}
        for name, labels in self.known.items():
            chosen = [str(value) for value in form.chosen.get(name, [])]
            strangers = {value: value for value in chosen if value not in labels}
            found[name] = [(value, label, value in chosen) for value, label in {**labels, **strangers}.items()]
        return found

    def chips(self, form: ReviewFilterForm) -> list[Chip]:
        return [
            Chip(label, form.url_without(name, value), lang="zh-Hans" if name in FROM_CALLS else "")
            for name, value, label in self._conditions(form)
        ]

    def _conditions(self, form: ReviewFilterForm) -> Iterator[tuple[str, str, str]]:
        for name, value in form.chosen.items():
            field = form.fields[name]
            if isinstance(value, list):
                for one in value:
                    word = self.known.get(name, {}).get(one, _("none") if one == NONE else one)
                    yield name, one, _("%(field)s: %(value)s") % {"field": field.label, "value": word}
            else:
                words = dict(getattr(field, "choices", ())).get(value, value)
                is_claim = words == field.label
                text = str(words) if is_claim else _("%(field)s: %(value)s") % {"field": field.label, "value": words}
                yield name, "", text


def choices_for(user: User, seen: ReviewQuerySet, form: ReviewFilterForm) -> Choices:
    """`seen` are the reviews that the reader may see."""
    reviewers = User.objects.filter(reviews__in=seen.order_by()).distinct().order_by("username")
    tasks = CallTask.objects.filter(in_scope(user)).order_by("-seen_at", "-pk")[:MOST]
    scorecards = list(Scorecard.objects.filter(_was_used("version__scorecard")))
    queues = Queue.objects.order_by("-pk")[:MOST]
    return _choices(reviewers[:MOST], tasks, scorecards, _criteria(scorecards, form), queues)


def names_for(user: User, seen: ReviewQuerySet, form: ReviewFilterForm) -> Choices:
    """Only what is chosen: of a hundred thousand reviews the whole choices take a second."""
    chosen = form.chosen.get
    theirs = seen.filter(reviewer=OuterRef("pk"))
    reviewers = User.objects.filter(Exists(theirs), pk__in=chosen("reviewer", []))
    tasks = CallTask.objects.filter(in_scope(user)).filter(of_tasks(chosen("task", [])))
    scorecards = Scorecard.objects.filter(pk__in=chosen("scorecard", []))
    asked = Scorecard.objects.filter(_was_used("version__scorecard")) if chosen("criterion") else []
    queues = Queue.objects.filter(pk__in=chosen("queue", []))
    return _choices(reviewers, tasks, scorecards, _criteria(asked, form), queues)


def _choices(
    reviewers: Iterable[User],
    tasks: Iterable[CallTask],
    scorecards: Iterable[Scorecard],
    criteria: Mapping[str, Criterion],
    queues: Iterable[Queue],
) -> Choices:
    return Choices(
        {
            "reviewer": {str(one.pk): one.get_username() for one in reviewers},
            "task": {f"{one.source}/{one.task_id}": one.name or one.task_id for one in tasks},
            "scorecard": {str(one.pk): one.name for one in scorecards},
            "criterion": {key: criterion.title for key, criterion in criteria.items()},
            "purpose": {value: str(label) for value, label in Purpose.choices},
            "queue": {str(one.pk): one.name for one in queues},
        }
    )


def _was_used(way: str) -> Exists:
    """Whether there is a review with it: one is enough to know."""
    return Exists(Review.objects.filter(**{way: OuterRef("pk")}).order_by())


def _criteria(scorecards: Iterable[Scorecard], form: ReviewFilterForm) -> dict[str, Criterion]:
    """Of the chosen scorecards, else of all; the newest wording of each."""
    wanted: Any = form.chosen.get("scorecard")
    found: dict[str, Criterion] = {}
    for scorecard in scorecards:
        if wanted and str(scorecard.pk) not in wanted:
            continue
        for version in scorecard.versions.filter(_was_used("version")).order_by("-number")[:5]:
            for criterion in version.card:
                found.setdefault(criterion.key, criterion)
    return found
