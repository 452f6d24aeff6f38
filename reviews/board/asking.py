"""The head of the board: a query string becomes days and a task. What cannot be read is named and left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.models import User
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from calls.filters.fields import UNKNOWN, Day, WithRanges
from calls.models import CallTask
from calls.models.scope import in_scope
from calls.numbers import mask_all
from calls.vocabulary import Source
from reviews.board.period import Period

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

LONGEST_PERIOD = 366
MOST_TASKS = 500


def _last_days(days: int) -> str:
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}


in_days = lazy(_last_days, str)
# address -> words and the days it stands for, up to today; yesterday ends a day earlier
PERIODS: Mapping[str, tuple[str | _StrPromise, int]] = {
    "today": (gettext_lazy("Today"), 1),
    "yesterday": (gettext_lazy("Yesterday"), 1),
    "7d": (in_days(7), 7),
    "30d": (in_days(30), 30),
    "90d": (in_days(90), 90),
}
USUAL = "7d"


@dataclass(frozen=True, slots=True)
class Question:
    """`task` is a source and the vendor's id, or empty for all; `when` is "" for days of one's own."""

    period: Period
    when: str = ""
    task: tuple[str, str] | tuple[()] = ()

    def url(self, **more: str) -> str:
        """The board that this asks for."""
        return f"{reverse('board')}?{self.query(**more)}"

    def query(self, **more: str) -> str:
        asked = {"when": self.when} if self.when else {}
        if not self.when:
            asked |= {"since": self.period.first.isoformat(), "until": self.period.last.isoformat()}
        query = QueryDict(mutable=True)
        query.update(asked | ({"task": "/".join(self.task)} if self.task else {}) | more)
        return query.urlencode(safe="/")

    def at(self, when: str) -> Question:
        return Question(period_of(when), when, self.task)

    def about(self, *task: str) -> Question:
        source, task_id = task
        return Question(self.period, self.when, (source, task_id))


def period_of(when: str) -> Period:
    yesterday = timezone.localdate() - timedelta(days=1)
    return Period.of_days(PERIODS[when][1], yesterday if when == "yesterday" else None)


class BoardForm(WithRanges):
    ranges = (("since", "until"),)

    when = forms.ChoiceField(
        required=False,
        choices=[(key, words) for key, (words, _days) in PERIODS.items()],
        label=gettext_lazy("Days"),
        error_messages=UNKNOWN,
    )
    since = Day(gettext_lazy("From"))
    until = Day(gettext_lazy("Until"))
    task = forms.ChoiceField(required=False, label=gettext_lazy("Task"), error_messages=UNKNOWN)

    def __init__(self, query: QueryDict, user: User) -> None:
        super().__init__(query)
        tasks = CallTask.objects.filter(in_scope(user)).values_list("source", "task_id", "name")[:MOST_TASKS]
        show = str if user.has_perm("calls.view_numbers") else mask_all
        self.task_names = {f"{source}/{task_id}": show(name or task_id) for source, task_id, name in tasks}
        task = self.fields["task"]
        assert isinstance(task, forms.ChoiceField)
        task.choices = [("", pgettext_lazy("board", "All tasks")), *self.task_names.items()]
        for name in ("since", "until"):
            self.fields[name].widget = forms.DateInput({"type": "date", "class": "input"}, format="%Y-%m-%d")
        task.widget.attrs["class"] = "input"

    def clean(self) -> None:
        super().clean()
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and ((until or timezone.localdate()) - since).days >= LONGEST_PERIOD:
            self.add_error("until", _("A board shows a year at most. The range was left out."))
            del self.cleaned_data["since"]

    @cached_property
    def question(self) -> Question:
        self.full_clean()
        asked: dict[str, Any] = self.cleaned_data
        source, _slash, task_id = (asked.get("task") or "").partition("/")
        task: tuple[str, str] | tuple[()] = (source, task_id) if source in Source.values else ()
        if period := self._own_period(asked):
            return Question(period, "", task)
        when = asked.get("when") or USUAL
        return Question(period_of(when), when, task)

    @property
    def left_out(self) -> list[tuple[str, str]]:
        """Label and sentence of everything that was asked for and not understood."""
        self.full_clean()
        return [(str(self.fields[name].label), str(error)) for name, found in self.errors.items() for error in found]

    def _own_period(self, asked: Mapping[str, Any]) -> Period | None:
        """Days of one's own go before named ones. One end alone: from it on up to today, or this one day."""
        since: date | None = asked.get("since")
        until: date | None = asked.get("until")
        if since and until:
            return Period(since, until)
        if since:
            return Period(since, max(timezone.localdate(), since))
        return Period(until, until) if until else None
