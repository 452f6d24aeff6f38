"""The filter column: which values there are, and how many calls each would leave."""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count

from calls.filters import (
    LENGTH_LABELS,
    LENGTHS,
    RECORDING_LABELS,
    RECORDINGS,
    CallFilterForm,
    tag_key,
    tag_of,
)
from calls.models import Call, CallTask, Tag
from calls.models.call import CallQuerySet
from calls.vocabulary import CallResult, HungUpBy, Source

# Past this many calls the column shows values without counts: a count that is not exact is worse than none.
MOST = 10_000
SHOWN_TASKS, SHOWN_TAGS, SHOWN_TAG_VALUES = 6, 5, 4
MOST_TAGS = 500
USUAL_RESULTS = (CallResult.ANSWERED, CallResult.NO_ANSWER, CallResult.BUSY, CallResult.REFUSED)
COLUMNS = ("result", "intent", "task_id", "duration", "hung_up_by", "recording__state", "source")
FIELDS = ("result", "intent", "task", "length", "hung", "recording", "source")

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Option:
    field: str
    value: str
    label: str
    is_chosen: bool
    count: int | None
    lang: str = ""
    under: tuple[Option, ...] = ()

    @property
    def holds_a_chosen_one(self) -> bool:
        return self.is_chosen or any(option.is_chosen for option in self.under)

    @property
    def id(self) -> str:
        """Stays the same when the order changes, so that focus stays where it is."""
        return f"{self.field}-{zlib.crc32(self.value.encode()):x}"


@dataclass(frozen=True, slots=True)
class Facet:
    field: str
    label: str
    options: Sequence[Option]
    # offered behind "n more"
    rest: Sequence[Option] = ()
    errors: Sequence[str] = ()


@dataclass(slots=True)
class Facets:
    """Everything the filter column shows, in four statements whatever the number of calls."""

    form: CallFilterForm
    total: int
    task_names: Mapping[str, str] = field(init=False)
    _seen: Counter[Key] = field(init=False)
    _is_exact: bool = field(init=False)

    def __post_init__(self) -> None:
        open_fields = [name for name in self.form.chosen if name in FIELDS]
        calls = self.form.narrow(Call.objects.newest_first(), without=open_fields)
        rows = list(calls.values_list(*COLUMNS)[: MOST + 1])
        self._is_exact = len(rows) <= MOST
        self._seen = Counter(_key(row) for row in rows)
        ids = {key[FIELDS.index("task")] for key in self._seen} | set(self.form.chosen.get("task", ()))
        self.task_names = _task_names(ids)

    def __iter__(self) -> Iterator[Facet]:
        yield self._fixed("result", self._results())
        yield self._found("intent", self._words("intent"), shown=MOST)
        yield self._found("task", self._tasks(), shown=SHOWN_TASKS)
        yield self._tags()
        yield self._fixed("length", LENGTH_LABELS)
        yield self._fixed("hung", {side.value: side.label for side in (HungUpBy.CUSTOMER, HungUpBy.AGENT)})
        yield self._fixed("recording", RECORDING_LABELS)
        yield self._fixed("source", dict(Source.choices))

    def _counts(self, name: str) -> Counter[str]:
        """How many calls each value of this field has, with every other field narrowed as chosen."""
        place = FIELDS.index(name)
        others = [
            (other, set(self.form.chosen[field]))
            for other, field in enumerate(FIELDS)
            if other != place and field in self.form.chosen
        ]
        counts: Counter[str] = Counter()
        for key, count in self._seen.items():
            if all(key[other] in wanted for other, wanted in others):
                counts[key[place]] += count
        return counts

    def _option(self, name: str, value: str, label: Any, counts: Mapping[str, int]) -> Option:
        is_chosen = value in self.form.chosen.get(name, ())
        lang = "zh-Hans" if name in {"task", "intent"} else ""
        return Option(name, value, str(label), is_chosen, counts.get(value, 0) if self._is_exact else None, lang)

    def _fixed(self, name: str, labels: Mapping[str, Any]) -> Facet:
        counts = self._counts(name)
        options = [self._option(name, value, label, counts) for value, label in labels.items()]
        return self._facet(name, options, len(options))

    def _found(self, name: str, labels: Mapping[str, str], shown: int) -> Facet:
        """Values that calls brought along; past `shown` only the chosen ones stand in front of "n more"."""
        counts = self._counts(name)
        options = [self._option(name, value, label, counts) for value, label in labels.items()]
        return self._facet(name, options, shown)

    def _facet(self, name: str, options: Sequence[Option], shown: int) -> Facet:
        rest = [option for option in options[shown:] if not option.holds_a_chosen_one]
        first = [option for option in options if option not in rest]
        errors = [str(error) for error in self.form.errors.get(name, [])]
        return Facet(name, str(self.form.fields[name].label), first, rest, errors)

    def _results(self) -> dict[str, Any]:
        seen = {key[FIELDS.index("result")] for key in self._seen} | set(self.form.chosen.get("result", ()))
        return {result.value: result.label for result in CallResult if result in USUAL_RESULTS or result.value in seen}

    def _words(self, name: str) -> dict[str, str]:
        place = FIELDS.index(name)
        seen = {key[place] for key in self._seen if key[place]} | set(self.form.chosen.get(name, ()))
        return {value: value for value in sorted(seen)}

    def _tasks(self) -> dict[str, str]:
        """The commonest first, whatever is ticked: an order that followed the ticks would move under the hand."""
        place, calls = FIELDS.index("task"), Counter[str]()
        for key, count in self._seen.items():
            calls[key[place]] += count
        return dict(sorted(self.task_names.items(), key=lambda task: -calls[task[0]]))

    def _tags(self) -> Facet:
        """Tag names with their commonest values. Counted among the calls that are shown: each tick narrows further."""
        known = _tag_counts(self.form.narrow(Call.objects.newest_first(), without=[*FIELDS, "tag"]))
        shown = _tag_counts(self.form.narrow(Call.objects.newest_first()))
        chosen = map(tag_of, self.form.chosen.get("tag", ()))
        values: dict[str, dict[str, int]] = defaultdict(dict)
        for name, value in [*known, *shown, *chosen]:
            values[name][value] = shown.get((name, value), 0)
        options = [self._tag(name, counts) for name, counts in values.items()]
        return self._facet("tag", options, SHOWN_TAGS)

    def _tag(self, name: str, counts: Mapping[str, int]) -> Option:
        chosen = self.form.chosen.get("tag", ())
        keys = {value: tag_key(name, value) for value in counts if value}
        shown = [value for place, value in enumerate(keys) if place < SHOWN_TAG_VALUES or keys[value] in chosen]
        is_exact = self.total <= MOST
        under = tuple(
            Option("tag", keys[value], value, keys[value] in chosen, counts[value] if is_exact else None, "zh-Hans")
            for value in shown
        )
        key = tag_key(name)
        # Values overlap on one call, so only a tag without any can be counted by its rows.
        count = counts[""] if is_exact and not keys else None
        return Option("tag", key, name, key in chosen, count, "zh-Hans", under)


def _key(row: tuple[Any, ...]) -> Key:
    result, intent, task, duration, hung, recording, source = row
    return (result, intent, task, _length_of(duration), hung, RECORDING_OF.get(recording, ""), source)


def _length_of(seconds: int | None) -> str:
    if seconds is None:
        return ""
    return next(key for key, (_least, limit) in LENGTHS.items() if limit is None or seconds < limit)


def _tag_counts(calls: CallQuerySet) -> dict[tuple[str, str], int]:
    """(name, value) -> calls that carry it, the commonest first."""
    tags = Tag.objects.filter(call__in=calls.values("pk")[:MOST]).values_list("name", "value")
    rows = tags.annotate(calls=Count("call", distinct=True)).order_by("-calls", "name", "value")[:MOST_TAGS]
    return {(name, value): count for name, value, count in rows}


def _task_names(task_ids: set[str]) -> dict[str, str]:
    """Vendor's id -> name, or the id again for a task nobody has seen; newest task first."""
    wanted = sorted(task_ids - {""})[:500]
    known = CallTask.objects.filter(task_id__in=wanted).order_by("-created_at", "-pk")
    names = {task_id: name or task_id for task_id, name in known.values_list("task_id", "name")}
    return names | {task_id: task_id for task_id in wanted if task_id not in names}


RECORDING_OF: Mapping[str, str] = {state: key for key, states in RECORDINGS.items() for state in states}
