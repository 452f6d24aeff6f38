"""The filter column: which values there are, and how many calls each would leave."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse

from calls.facets.bases import FIXED, Key, key_of
from calls.facets.counting import MOST, MOST_TASKS, Counted, Counts, Depth
from calls.filters import LENGTH_LABELS, RECORDING_LABELS, TRANSCRIPTS, CallFilterForm, tag_key, tag_of
from calls.models import CallTask
from calls.models.tallying import LABEL, TAG
from calls.numbers import has_number
from calls.vocabulary import CallResult, HungUpBy, Source

__all__ = ["MOST", "Depth", "Facet", "Facets", "Option"]

SHOWN_TASKS, SHOWN_INTENTS, SHOWN_TAGS, SHOWN_TAG_VALUES, SHOWN_LABELS = 6, 12, 5, 4, 6
MOST_TAG_VALUES = 100
USUAL_RESULTS = (CallResult.ANSWERED, CallResult.NO_ANSWER, CallResult.BUSY, CallResult.REFUSED)
# Past so many values behind "n more" a box finds among them.
FINDABLE = 12
FROM_CALLS = ("task", "intent", TAG)


@dataclass(frozen=True, slots=True)
class Option:
    """`count` is None where nobody counted; unless `is_whole` there may be more."""

    field: str
    value: str
    label: str
    is_chosen: bool
    count: int | None
    is_whole: bool = True
    lang: str = ""
    under: Sequence[Option] = ()
    # offered behind "n more"
    rest: Sequence[Option] = ()

    @property
    def holds_a_chosen_one(self) -> bool:
        return self.is_chosen or any(option.is_chosen for option in self.under)

    @property
    def is_counted(self) -> bool:
        """Of a part nobody says that it has none."""
        return self.count is not None and (self.is_whole or self.count > 0)

    @property
    def id(self) -> str:
        """Stays the same when the order changes, so that focus stays where it is."""
        return f"{self.field}-{zlib.crc32(self.value.encode()):x}"

    @property
    def is_findable(self) -> bool:
        return len(self.rest) > FINDABLE


@dataclass(frozen=True, slots=True)
class Facet:
    field: str
    label: str
    options: Sequence[Option]
    # offered behind "n more"
    rest: Sequence[Option] = ()
    errors: Sequence[str] = ()

    @property
    def is_findable(self) -> bool:
        return len(self.rest) > FINDABLE


class Facets:
    """Everything the filter column shows, in a fixed number of statements for one set of ticks."""

    def __init__(self, form: CallFilterForm, depth: Depth | None, *, may_see_numbers: bool = True) -> None:
        self.form = form
        self.wants_whole = depth == Depth.WHOLE
        self._may_see_numbers = may_see_numbers
        self._counts = Counts(form.query, form.filters(), depth)

    def __iter__(self) -> Iterator[Facet]:
        return iter(self._facets)

    @property
    def is_counted(self) -> bool:
        """Whether there are numbers at all."""
        return self._counts.is_known

    @property
    def is_whole(self) -> bool:
        """Whether every number is exact."""
        return self._counts.is_whole

    @property
    def is_late(self) -> bool:
        """Whether numbers took too long."""
        return self._counts.is_late

    @property
    def most(self) -> int:
        return self._counts.most

    @property
    def whole_url(self) -> str:
        """This list with exact numbers, as a page."""
        return self.form.url(counts="all")

    @property
    def next_url(self) -> str:
        """The column alone with more numbers: those of the newest calls where there are none yet, else exact ones."""
        state = self.form.url() if self.is_counted else self.form.url(counts=Depth.NEWEST.value)
        return f"{reverse('call_facets')}?{state.partition('?')[2]}"

    @cached_property
    def task_names(self) -> Mapping[str, str]:
        """Vendor's id -> name, of every task that is offered or chosen; newest task first."""
        chosen = self._chosen("task")
        # the vendor counts tasks up; without a second order equals come as the database likes
        by_id = sorted(self._counts.spelling["task"].items(), key=lambda task: (len(task[1]), task[1]), reverse=True)
        found = sorted(by_id, key=lambda task: -self._commonness("task", task[0]))
        ids = [*chosen, *(task_id for _key, task_id in found[:MOST_TASKS])]
        return _task_names(dict.fromkeys(ids), self.form.reader)

    @cached_property
    def _facets(self) -> list[Facet]:
        return [
            self._fixed("result", self._results()),
            self._found("intent", self._words("intent"), SHOWN_INTENTS),
            self._found("task", self._tasks(), SHOWN_TASKS),
            self._tags(),
            self._fixed("length", LENGTH_LABELS),
            self._fixed("hung", {side: HungUpBy(side).label for side in FIXED["hung"]}),
            self._fixed("recording", RECORDING_LABELS),
            self._fixed("source", dict(Source.choices)),
            self._fixed("transcript", TRANSCRIPTS),
            self._fixed("review", self.form.reviews),
            *([self._found(LABEL, self.form.labels, SHOWN_LABELS)] if self.form.labels else []),
        ]

    def _results(self) -> dict[str, Any]:
        wanted = {*USUAL_RESULTS, *self._counts.seen("result"), *self._chosen("result")}
        return {result.value: result.label for result in CallResult if result in wanted}

    def _words(self, name: str) -> dict[str, str]:
        return {value: value for value in sorted(self._values(name))}

    def _tasks(self) -> dict[str, str]:
        """The commonest first; of equals the newest task."""
        common = {task_id: self._commonness("task", key_of("task", task_id)) for task_id in self.task_names}
        return dict(sorted(self.task_names.items(), key=lambda task: -common[task[0]]))

    def _values(self, name: str) -> Iterable[str]:
        """One spelling of each value that calls have or somebody asked for."""
        spelled = {key: value for key, value in self._counts.spelling[name].items() if self._is_offered(value)}
        for value in self._chosen(name):
            spelled[key_of(name, value)] = value
        return [value for value in spelled.values() if value]

    def _is_offered(self, value: str | None) -> bool:
        """A number cannot be masked here, since the value is what is asked for."""
        return self._may_see_numbers or not value or not has_number(value)

    def _fixed(self, name: str, labels: Mapping[str, Any]) -> Facet:
        counted = self._counts.of(name)
        options = [self._option(name, value, label, value, counted) for value, label in labels.items()]
        return self._facet(name, options, len(options))

    def _found(self, name: str, labels: Mapping[str, str], shown: int) -> Facet:
        """Values that calls or people brought along; past `shown` only the chosen ones stand in front of "n more"."""
        counted = self._counts.of(name)
        options = [self._option(name, value, label, key_of(name, value), counted) for value, label in labels.items()]
        return self._facet(name, options, shown)

    def _tags(self) -> Facet:
        """Tag names with their values, the commonest first."""
        names: dict[str, str] = {}
        values: dict[str, dict[Key, str]] = {}
        chosen = [tag_of(key) for key in self._chosen(TAG)]
        found = [tag for tag in self._counts.spelling[TAG].values() if all(map(self._is_offered, tag))]
        for name, value in [*chosen, *found]:
            key = key_of(TAG, (name, value or None))
            names.setdefault(key[0] or "", name)
            values.setdefault(key[0] or "", {}).setdefault(key, value or "")
        by_commonness = sorted(names, key=lambda folded: (-self._commonness(TAG, (folded, None)), folded))
        options = [self._tag(names[folded], folded, values[folded]) for folded in by_commonness]
        return self._facet(TAG, options, SHOWN_TAGS)

    def _tag(self, name: str, folded: str, values: Mapping[Key, str]) -> Option:
        counted = self._counts.of(TAG, name)
        keys = sorted((key for key in values if key[1]), key=lambda key: (-self._commonness(TAG, key), str(key)))
        under = [
            self._option(TAG, tag_key(name, values[key]), values[key], key, counted) for key in keys[:MOST_TAG_VALUES]
        ]
        first = [option for at, option in enumerate(under) if at < SHOWN_TAG_VALUES or option.is_chosen]
        rest = [option for option in under if option not in first]
        whole = self._option(TAG, tag_key(name), name, (folded, None), counted)
        return Option(
            TAG, whole.value, name, whole.is_chosen, whole.count, whole.is_whole, whole.lang, tuple(first), tuple(rest)
        )

    def _option(self, name: str, value: str, label: Any, key: Key, counted: Counted) -> Option:
        count = counted.calls.get(key, 0) if counted.is_known else None
        lang = "zh-Hans" if name in FROM_CALLS else ""
        return Option(name, value, str(label), value in self._chosen(name), count, counted.is_whole, lang)

    def _facet(self, name: str, options: Sequence[Option], shown: int) -> Facet:
        first = [option for at, option in enumerate(options) if at < shown or option.holds_a_chosen_one]
        rest = [option for at, option in enumerate(options) if at >= shown and not option.holds_a_chosen_one]
        errors = [str(error) for error in self.form.errors.get(name, [])]
        return Facet(name, str(self.form.fields[name].label), first, rest, errors)

    def _chosen(self, name: str) -> Sequence[str]:
        chosen: Sequence[str] = self.form.chosen.get(name, ())
        return chosen

    def _commonness(self, name: str, key: Key) -> int:
        return self._counts.commonness(name, key)


def _task_names(task_ids: Iterable[str], reader: User | None) -> dict[str, str]:
    """Vendor's id -> name, or the id again for a task nobody has seen; newest task first."""
    wanted = [task_id for task_id in task_ids if task_id]
    known = CallTask.objects.seen_by(reader).filter(task_id__in=wanted).order_by("-created_at", "-pk")
    names = {task_id: name or task_id for task_id, name in known.values_list("task_id", "name")}
    return names | {task_id: task_id for task_id in wanted if task_id not in names}
