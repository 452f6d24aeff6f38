"""The filter: a query string becomes a question, chips, and a sentence that says what was understood."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from calls.filters.addressing import LONGEST_STATE, address_of, query_of
from calls.filters.asking import filters_of
from calls.filters.choices import (
    LENGTH_LABELS,
    OPEN_REVIEWS,
    RECORDING_LABELS,
    RECORDINGS,
    REVIEWS,
    TRANSCRIPTS,
    tag_key,
    tag_of,
)
from calls.filters.form import FilterFields
from calls.filters.seeing import BY_SCORE, sees_scores, without_scores
from calls.filters.words import FROM_CALLS, NO_CONDITIONS, Chip, conditions
from calls.models import search
from calls.models.call import CallQuerySet
from calls.models.saved_view import EVERYTHING
from calls.models.scope import task_words_of
from calls.models.search import Sort
from calls.reading import sentence
from calls.search.filters import Filters
from calls.search.grammar import parse
from calls.search.ids import or_id
from calls.search.query import Mistake, Problem, Query
from calls.search.traits import LENGTHS

__all__ = [
    "BY_SCORE",
    "LENGTHS",
    "LENGTH_LABELS",
    "LONGEST_STATE",
    "RECORDINGS",
    "RECORDING_LABELS",
    "REVIEWS",
    "TRANSCRIPTS",
    "CallFilterForm",
    "Chip",
    "sees_scores",
    "tag_key",
    "tag_of",
    "without_scores",
]

# characters of what was typed, where it is said back
LONGEST_LABEL = 40


class CallFilterForm(FilterFields):
    """Which calls a list shows. The query string is its only state; what cannot be read is named and left out.

    It finds and counts nothing that its reader may not see: None is nobody.
    """

    # which saved view the list comes from (see views/list_frame.py); every address of this list says so too
    view = ""

    @cached_property
    def query(self) -> Query:
        """What the search box asks."""
        query = or_id(parse(self.chosen.get("q", "")))
        return query if self.sees_scores else without_scores(query)

    @property
    def not_shown(self) -> list[Problem]:
        """What the search box asks and its reader may not know."""
        return [problem for problem in self.query.problems if problem.mistake == Mistake.NOT_SHOWN]

    @property
    def is_understood(self) -> bool:
        """Whether the whole question still means something: it may be older than the filters of today, or than what
        its reader may ask today.
        """
        return not self.errors and not self.not_shown

    @cached_property
    def order(self) -> Sort:
        return Sort(self.chosen.get("sort", ""))

    @property
    def asks_scores(self) -> bool:
        """Whether scores or verdicts decide which calls these are, or their order: never for whoever sees none."""
        asks_verdict = not set(self.chosen.get("review", ())) <= set(OPEN_REVIEWS)
        return asks_verdict or self.order in BY_SCORE or without_scores(self.query) != self.query

    @property
    def is_newest_first(self) -> bool:
        return self.order == Sort.NEWEST

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is asked that a call could fail to be."""
        return not self.chosen.keys() <= {"sort"}

    def filters(self, *, without: Collection[str] = ()) -> Filters:
        """What everything beside the search box asks."""
        kept = {name: value for name, value in self.chosen.items() if name not in without}
        return filters_of(kept, within=task_words_of(self.reader))

    def narrow(self, calls: CallQuerySet, *, without: Collection[str] = ()) -> CallQuerySet:
        """Finds every hit: for counts and facets. A page of a list comes from `search.find`."""
        query = Query() if "q" in without else self.query
        return search.narrow(calls, query, self.filters(without=without))

    def url(self, **cursor: str) -> str:
        return address_of(query_of(self.chosen, **cursor, **self._view()))

    @property
    def state(self) -> str:
        """All that is asked for as a query string, without a place in the list: what a saved view keeps."""
        return query_of(self.chosen).urlencode()

    @property
    def is_too_long(self) -> bool:
        """Whether no address can ask for all this."""
        return len(self.state) > LONGEST_STATE

    def url_without(self, name: str, value: str = "") -> str:
        """The same list without this field, or without this one value of it."""
        rest = dict(self.chosen)
        values = rest.pop(name, [])
        kept = [one for one in values if one != value] if value else []
        if kept:
            rest[name] = kept
        return address_of(query_of(rest, **self._view()))

    def url_sorted(self, order: Sort) -> str:
        """The same calls from their beginning in another order."""
        chosen = {**self.chosen, "sort": order.value} if order else self._kept("sort")
        return address_of(query_of(chosen, **self._view()))

    def url_cleared(self) -> str:
        """Every call in the same order, and not the reader's default view either."""
        order = {"sort": self.order.value} if self.order else {}
        return address_of(query_of(order, **({"view": EVERYTHING} if self.view else {})))

    def chips(self, task_names: Mapping[str, str]) -> list[Chip]:
        return [
            Chip(label, self.url_without(name, value), lang="zh-Hans" if name in FROM_CALLS else "")
            for name, value, label in self._conditions(task_names)
        ]

    def looser(self, task_names: Mapping[str, str]) -> list[tuple[str, int]]:
        """Each field in words with the number of calls there would be without it, as far as it is counted: for a list
        that came out empty.
        """
        words = {"q": self.chosen["q"][:LONGEST_LABEL]} if "q" in self.chosen else {}
        for name, _value, label in self._conditions(task_names):
            words[name] = _("%(first)s, %(next)s") % {"first": words[name], "next": label} if name in words else label
        counts = {name: self._count_without(name) for name in words}
        return [(words[name], count) for name, count in counts.items() if count]

    def reading(self) -> SafeString:
        """The whole question in a sentence, as it was understood."""
        return sentence(self.query, has_filters=not self.chosen.keys() <= set(NO_CONDITIONS), order=self.order)

    def _conditions(self, task_names: Mapping[str, str]) -> Iterable[tuple[str, str, str]]:
        names = {"task": task_names}
        if "label" in self.chosen:
            names["label"] = {number: _("Label: %(name)s") % {"name": name} for number, name in self.labels.items()}
        return conditions(self.chosen, names)

    def _count_without(self, name: str) -> int:
        query = Query() if name == "q" else self.query
        return search.count(query, self.filters(without=[name]))

    def _kept(self, name: str) -> dict[str, Any]:
        return {other: value for other, value in self.chosen.items() if other != name}

    def _view(self) -> dict[str, str]:
        return {"view": self.view} if self.view else {}
