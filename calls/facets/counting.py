"""The numbers in the filter column: each value counted as if its own facet were free and everything else applied."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from calls.filters import LENGTHS, RECORDINGS
from calls.models import search, tallying
from calls.models.deadline import TooSlow, deadline
from calls.models.tallying import EVERY_FIELD, TAG
from calls.search.filters import Filters
from calls.search.query import Query
from calls.search.text import normalise
from calls.search.tree import Node, all_of
from calls.vocabulary import CallResult, HungUpBy, Source

# How many of the newest matching calls the first numbers are about
MOST = 10_000
# How many of them decide which values stand first; fewer than that are counted with the list itself
ORDERED_BY = 500
# Pairs of a tag's name and value, and tasks, that an exact answer can hold
MOST_TAGS, MOST_TASKS = 500, 500
# What takes longer is not worth a second of a database that others use as well.
EXACT_SECONDS = 0.8

# What two spellings of one value share, since the index knows neither case nor width. Of a tag: (name, value or None).
Key = str | tuple[str, str | None]
# A facet, or one name of the tags, whose values are alternatives to each other
Place = str | tuple[str, str]
RECORDING_OF: Mapping[str, str] = {state: key for key, states in RECORDINGS.items() for state in states}
FILTERED: Mapping[str, Callable[[tuple[str, ...]], dict[str, Any]]] = {
    "result": lambda values: {"results": values},
    "intent": lambda values: {"intents": values},
    "task": lambda values: {"tasks": tuple(f"{source}/{task}" for task in values for source in Source.values)},
    "length": lambda values: {"durations": tuple(LENGTHS[value] for value in values)},
    "hung": lambda values: {"hung_up_by": values},
    "recording": lambda values: {"recordings": tuple(state for value in values for state in RECORDINGS[value])},
    "source": lambda values: {"sources": values},
}
FIXED: Mapping[str, Collection[str]] = {
    "result": CallResult.values,
    "length": tuple(LENGTHS),
    "hung": (HungUpBy.CUSTOMER.value, HungUpBy.AGENT.value),
    "recording": tuple(RECORDINGS),
    "source": Source.values,
}


class Depth(Enum):
    """How much is counted: what costs the list nothing, the newest matching calls, or all of them."""

    AT_ONCE = "at once"
    NEWEST = "newest"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Counted:
    """Key -> calls. Unless `is_whole` there may be more of each; unless `is_known` nobody has counted yet."""

    calls: Mapping[Key, int] = field(default_factory=dict)
    is_whole: bool = True
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class Base:
    """Calls to count, and the facets that are counted among them."""

    filters: Filters
    fields: Collection[str]
    # the facet that is free here and counts nowhere else; "" for everything that has no tick
    place: Place = ""


class Counts:
    """All counts of one filter column. When every one is wanted but that takes too long, `is_late` and the newest.

    At once there are only the values and their order, unless few calls match and nothing is ticked. Without a depth
    there was no time for either.
    """

    def __init__(self, query: Query, filters: Filters, depth: Depth | None) -> None:
        # `task:` in the question is looked up once for all bases.
        self._node = search.meaning(query, search.NO_FILTERS)
        self._bases = list(_bases(filters))
        self.spelling: dict[str, dict[Key, Any]] = {name: {} for name in EVERY_FIELD}
        self.is_late = depth is None
        self._order = self._newest(Base(_without_ticks(filters), EVERY_FIELD), ORDERED_BY) if depth else {}
        self.most = MOST
        self._counted = self._of_depth(depth) if depth else {}

    @property
    def is_known(self) -> bool:
        return bool(self._counted)

    @property
    def is_whole(self) -> bool:
        return self.is_known and all(each.is_whole for found in self._counted.values() for each in found.values())

    def of(self, name: str, tag: str = "") -> Counted:
        """The counts of a facet, or of one name among the tags."""
        if not self.is_known:
            return Counted(is_known=False)
        place = (TAG, normalise(tag)) if tag else name
        return self._counted.get(place, self._counted[""]).get(name, Counted())

    def commonness(self, name: str, key: Key) -> int:
        """Sorts values, whatever is ticked: an order that followed the ticks would move under the hand."""
        counted = self._order.get(name, Counted())
        return counted.calls.get(key, 0)

    def seen(self, name: str) -> set[Key]:
        """Values that calls have: with what is ticked, and without, so that no tick takes one away."""
        found = (self._order.get(name, Counted()), self.of(name))
        return {key for counted in found for key, calls in counted.calls.items() if calls}

    def _of_depth(self, depth: Depth) -> dict[Place, dict[str, Counted]]:
        if len(self._bases) == 1 and all(counted.is_whole for counted in self._order.values()):
            return {"": self._order}
        if depth == Depth.AT_ONCE:
            return {}
        found = self._whole_in_time() if depth == Depth.WHOLE else {}
        return found or {base.place: self._newest(base, self.most) for base in self._bases}

    def _whole_in_time(self) -> dict[Place, dict[str, Counted]]:
        try:
            with deadline(EXACT_SECONDS):
                return self._each_asked() or {base.place: self._whole(base) for base in self._bases}
        except TooSlow:
            self.is_late = True
            return {}

    def _newest(self, base: Base, most: int) -> dict[str, Counted]:
        tally = tallying.newest(self._tree(base.filters), base.filters.span, most, base.fields)
        return self._keyed(tally)

    def _whole(self, base: Base) -> dict[str, Counted]:
        return self._keyed(tallying.whole(self._tree(base.filters), base.filters.span, base.fields))

    def _each_asked(self) -> dict[Place, dict[str, Counted]] | None:
        """Every value of every facet in one statement, where the index counts quicker than the calls are read."""
        span = self._bases[0].filters.span
        # What is known is known of every call: whoever is limited to some tasks would learn which values others have.
        if self._bases[0].filters.within is not None or not tallying.is_counted_by_index(self._node):
            return None
        for name, values in tallying.known(MOST_TAGS, MOST_TASKS).items():
            self._spell(name, values)
        asked = [(base, name, key) for base in self._bases for name in base.fields for key in self._keys(base, name)]
        trees = [self._tree(_only(base.filters, name, self._written(name, key))) for base, name, key in asked]
        found: dict[Place, dict[str, Counted]] = {base.place: {} for base in self._bases}
        for (base, name, key), calls in zip(asked, tallying.count_each(trees, span), strict=True):
            counted = found[base.place].setdefault(name, Counted({}))
            counted.calls[key] = calls  # type: ignore[index]
        return found

    def _keys(self, base: Base, name: str) -> Iterable[Key]:
        keys: Iterable[Key] = FIXED.get(name) or self.spelling[name]
        return [key for key in keys if base.place in ("", name) or key[0] == base.place[1]]

    def _written(self, name: str, key: Key) -> Any:
        return self.spelling[name].get(key, key)

    def _keyed(self, tally: tallying.Tally) -> dict[str, Counted]:
        found = {}
        for name, values in tally.values.items():
            self._spell(name, [value for value, _calls in values.most_common()])
            calls: Counter[Key] = Counter()
            for value, count in values.items():
                calls[key_of(name, value)] += count
            found[name] = Counted(calls, tally.is_whole)
        return found

    def _spell(self, name: str, values: Iterable[Any]) -> None:
        if name in FIXED:
            return
        for value in values:
            key = key_of(name, value)
            # an empty value of a tag says nothing that its name does not
            if key and key[-1] != "":
                self.spelling[name].setdefault(key, value)

    def _tree(self, filters: Filters) -> Node:
        return all_of(self._node, filters.tree)


def key_of(name: str, value: Any) -> Key:
    if name == TAG:
        return normalise(value[0]), None if value[1] is None else normalise(value[1])
    if name == "length":
        return _length_of(value)
    if name == "recording":
        return RECORDING_OF.get(value, "")
    return normalise(value) if name in ("intent", "task") else value


def _length_of(seconds: int | None) -> str:
    if seconds is None:
        return ""
    return next(key for key, (_least, most) in LENGTHS.items() if most is None or seconds <= most)


def _bases(filters: Filters) -> Iterator[Base]:
    ticked = [name for name in FILTERED if _is_set(filters, name)]
    yield Base(filters, [name for name in EVERY_FIELD if name not in ticked])
    for name in ticked:
        yield Base(replace(filters, **FILTERED[name](())), [name], name)
    for tag in dict.fromkeys(normalise(name) for name, _value in filters.tags):
        yield Base(_without_tag(filters, tag), [TAG], (TAG, tag))


def _is_set(filters: Filters, name: str) -> bool:
    return any(getattr(filters, each) for each in FILTERED[name](()))


def _without_ticks(filters: Filters) -> Filters:
    free = {each: values for name in FILTERED for each, values in FILTERED[name](()).items()}
    return replace(filters, **free, tags=())


def _without_tag(filters: Filters, tag: str) -> Filters:
    return replace(filters, tags=tuple(each for each in filters.tags if normalise(each[0]) != tag))


def _only(filters: Filters, name: str, value: Any) -> Filters:
    """With this one value of the facet; the other names of tags stay as they are."""
    if name == TAG:
        return replace(filters, tags=(*filters.tags, (value[0], value[1])))
    return replace(filters, **FILTERED[name]((value,)))
