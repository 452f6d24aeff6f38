"""The filter: a query string becomes a question about reviews. The board links here with every figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy

from calls.filters.fields import UNKNOWN, Day, WithRanges, Words
from reviews.models import Dispute, Mark
from reviews.models.review import ReviewQuerySet
from reviews.vocabulary import Purpose

YES, NO, NOT_APPLICABLE = "yes", "no", "na"
# an intent or a stratum that is empty
NONE = "-"


class Ids(Words):
    """Numbers of rows."""

    def valid_value(self, value: str) -> bool:
        return value.isascii() and value.isdecimal() and len(value) < 18


class Tasks(Words):
    """`aiccs/138000`"""

    def valid_value(self, value: str) -> bool:
        return super().valid_value(value) and "/" in value


def claim(label: Any, *values: tuple[str, Any]) -> forms.ChoiceField:
    return forms.ChoiceField(choices=values, required=False, label=label, error_messages=UNKNOWN)


class ReviewFilterForm(WithRanges):
    """The query string is its only state; what cannot be read is named and left out."""

    ranges = (("since", "until"), ("finished_since", "finished_until"))

    since = Day(gettext_lazy("Called from"))
    until = Day(gettext_lazy("Called until"))
    finished_since = Day(gettext_lazy("Reviewed from"))
    finished_until = Day(gettext_lazy("Reviewed until"))
    task = Tasks(required=False, label=gettext_lazy("Task"))
    reviewer = Ids(required=False, label=gettext_lazy("Reviewer"))
    scorecard = Ids(required=False, label=gettext_lazy("Scorecard"))
    criterion = Words(required=False, label=gettext_lazy("Criterion"))
    negative = claim(
        pgettext_lazy("review", "Answer"),
        (YES, gettext_lazy("Negative")),
        (NO, gettext_lazy("Not negative")),
        (NOT_APPLICABLE, gettext_lazy("N/A")),
    )
    passed = claim(
        pgettext_lazy("review", "Verdict"),
        (YES, pgettext_lazy("review", "Passed")),
        (NO, pgettext_lazy("review", "Not passed")),
    )
    fatal = claim(gettext_lazy("Fatal"), (YES, gettext_lazy("Fatal")))
    intent = Words(required=False, label=gettext_lazy("Vendor's intent"))
    judged = Words(required=False, label=gettext_lazy("Judged intent"))
    purpose = forms.MultipleChoiceField(
        choices=Purpose.choices, required=False, label=gettext_lazy("Purpose"), error_messages=UNKNOWN
    )
    changed = claim(gettext_lazy("Data changed"), (YES, gettext_lazy("Data changed")))
    disputed = claim(gettext_lazy("Disputed"), (YES, gettext_lazy("Disputed")))
    call = Ids(required=False, label=gettext_lazy("Call"))
    queue = Ids(required=False, label=gettext_lazy("Queue"))
    stratum = Words(required=False, label=gettext_lazy("Stratum"))

    def __init__(self, asked: QueryDict) -> None:
        # a browser sends every field, also those that nobody filled in
        filled = QueryDict(mutable=True)
        for name, values in asked.lists():
            filled.setlist(name, [value for value in values if isinstance(value, str) and value.strip()])
        super().__init__(filled)

    @cached_property
    def chosen(self) -> dict[str, Any]:
        """What was asked for and understood: field name -> value."""
        self.full_clean()
        values = {name: self.cleaned_data.get(name) for name in self.fields}
        return {name: value for name, value in values.items() if value not in (None, "", [])}

    def narrow(self, reviews: ReviewQuerySet) -> ReviewQuerySet:
        for name, value in self.chosen.items():
            if name in CONDITIONS:
                reviews = reviews.filter(CONDITIONS[name](value))
        if marks := self._marks():
            reviews = reviews.filter(Exists(Mark.objects.filter(marks, review=OuterRef("pk"))))
        return reviews

    @property
    def is_narrowed(self) -> bool:
        return bool(self.chosen)

    @property
    def question(self) -> str:
        """The query string that asks for the same."""
        return _query(self.chosen, {})

    def url(self, **more: str) -> str:
        return _url(self.chosen, more)

    def url_without(self, name: str, value: str = "") -> str:
        """The same list without this field, or without this one value of it."""
        rest = dict(self.chosen)
        values = rest.pop(name, [])
        kept = [one for one in values if one != value] if value else []
        return _url(rest | ({name: kept} if kept else {}), {})

    def pairs(self) -> list[tuple[str, str]]:
        """For forms that bring the question along."""
        return [
            (name, str(one)) for name, value in self.chosen.items() for one in (value if _is_many(value) else [value])
        ]

    def _marks(self) -> Q:
        """What one and the same answer of a review has to be."""
        condition = Q(criterion__in=self.chosen["criterion"]) if "criterion" in self.chosen else Q()
        # a mark whose answer was taken away stays while a dispute points at it, and is no answer
        fine = Q(is_negative=False, is_na=False) & ~Q(value="")
        claims = {YES: Q(is_negative=True), NO: fine, NOT_APPLICABLE: Q(is_na=True)}
        return condition & claims.get(self.chosen.get("negative", ""), Q())


def _day(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def of_tasks(tasks: list[str]) -> Q:
    """Whatever has a source and a `task_id`."""
    found = Q(pk__in=[])
    for source, _slash, task_id in (task.partition("/") for task in tasks):
        found |= Q(source=source, task_id=task_id)
    return found


def _words(name: str) -> Callable[[list[str]], Q]:
    return lambda values: Q(**{f"{name}__in": ["" if value == NONE else value for value in values]})


def _ids(name: str) -> Callable[[list[str]], Q]:
    return lambda values: Q(**{f"{name}__in": [int(value) for value in values]})


CONDITIONS: Mapping[str, Callable[[Any], Q]] = {
    "since": lambda day: Q(placed_at__gte=_day(day)),
    "until": lambda day: Q(placed_at__lt=_day(day + timedelta(days=1))),
    "finished_since": lambda day: Q(finished_at__gte=_day(day)),
    "finished_until": lambda day: Q(finished_at__lt=_day(day + timedelta(days=1))),
    "task": of_tasks,
    "reviewer": _ids("reviewer_id"),
    "scorecard": _ids("version__scorecard_id"),
    "passed": lambda value: Q(passed=value == YES),
    "fatal": lambda value: Q(is_fatal=True),
    "intent": _words("intent"),
    "judged": _words("judged_intent"),
    "purpose": lambda values: Q(purpose__in=values),
    "changed": lambda value: Q(is_outdated=True),
    "disputed": lambda value: Exists(Dispute.objects.filter(mark__review=OuterRef("pk"))),  # type: ignore[dict-item, return-value]
    "call": _ids("call_id"),
    "queue": _ids("item__queue_id"),
    "stratum": _words("item__stratum"),
}


def _is_many(value: Any) -> bool:
    return isinstance(value, list)


def _url(chosen: Mapping[str, Any], more: Mapping[str, str]) -> str:
    query, address = _query(chosen, more), reverse("review_list")
    return f"{address}?{query}" if query else address


def _query(chosen: Mapping[str, Any], more: Mapping[str, str]) -> str:
    query = QueryDict(mutable=True)
    for name, value in {**chosen, **more}.items():
        query.setlist(name, value if _is_many(value) else [str(value)])
    return query.urlencode()
