"""The numbers in the filter column: each value counted as if its own facet were free and everything else applied."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from calls.facets.bases import FIXED, Base, Key, Place, bases_of, chosen, key_of, only, without_ticks
from calls.models import search, tallying
from calls.models.deadline import TooSlow, deadline, timely
from calls.models.tallying import EVERY_FIELD, TAG
from calls.search.filters import Filters
from calls.search.query import Query
from calls.search.text import normalise
from calls.search.tree import Node, all_of

# How many of the newest matching calls the first numbers are about
MOST = 10_000
# How many of them decide which values stand first; fewer than that are counted with the list itself
ORDERED_BY = 500
# Pairs of a tag's name and value, and tasks, that an exact answer can hold
MOST_TAGS, MOST_TASKS = 500, 500
# So many calls are read sooner than an index is asked for every value of every facet
MOST_READ = 200_000
# What takes longer is not worth a second of a database that others use as well.
EXACT_SECONDS = 0.8


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


class Counts:
    """All counts of one filter column. When every one is wanted but that takes too long, `is_late` and the newest.

    At once there are only the values and their order, unless few calls match and nothing is ticked. Without a depth
    there was no time for either.
    """

    def __init__(self, query: Query, filters: Filters, depth: Depth | None) -> None:
        # `task:` in the question is looked up once for all bases, among the tasks that the reader may see.
        self._node = search.meaning(query, Filters(within=filters.within))
        self._filters = filters
        self._bases = list(bases_of(filters))
        self.spelling: dict[str, dict[Key, Any]] = {name: {} for name in EVERY_FIELD}
        self.is_late = depth is None
        self.most = MOST
        self._order: dict[str, Counted] = {}
        self._counted = self._of_depth(depth, Base(without_ticks(filters), EVERY_FIELD)) if depth else {}

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

    def _of_depth(self, depth: Depth, unticked: Base) -> dict[Place, dict[str, Counted]]:
        is_ticked = len(self._bases) > 1
        if depth == Depth.NEWEST and not is_ticked:
            self._order, newest = self._newest(unticked, ORDERED_BY, self.most)
        else:
            [self._order], newest = self._newest(unticked, ORDERED_BY), {}
        if not is_ticked and all(counted.is_whole for counted in self._order.values()):
            return {"": self._order}
        if depth == Depth.AT_ONCE:
            return {}
        if depth == Depth.WHOLE and (found := self._whole_in_time()):
            return found
        return {"": newest} if newest else {base.place: self._newest(base, self.most)[0] for base in self._bases}

    def _whole_in_time(self) -> dict[Place, dict[str, Counted]]:
        try:
            with deadline(EXACT_SECONDS):
                asked = [base for base in self._bases if self._is_asked(base)]
                read = [base for base in self._bases if base not in asked]
                return {base.place: self._whole(base) for base in read} | self._each_asked(asked)
        except TooSlow:
            self.is_late = True
            return {}

    def _newest(self, base: Base, *sizes: int) -> list[dict[str, Counted]]:
        tallies = tallying.newest(self._tree(base.filters), base.filters.span, sizes, base.fields)
        return [self._keyed(tally) for tally in tallies]

    def _whole(self, base: Base) -> dict[str, Counted]:
        return self._keyed(tallying.whole(self._tree(base.filters), base.filters.span, base.fields))

    def _is_asked(self, base: Base) -> bool:
        """Whether the index is asked for each value. What is known is known of every call: whoever is limited to some
        tasks would learn which values others have.
        """
        if base.filters.within is not None or not tallying.is_counted_by_index(self._node):
            return False
        return tallying.are_more(self._tree(base.filters), base.filters.span, MOST_READ)

    def _each_asked(self, bases: Sequence[Base]) -> dict[Place, dict[str, Counted]]:
        """Every value of every facet, a thousand in one statement."""
        if not bases:
            return {}
        for name, values in tallying.known(MOST_TAGS, MOST_TASKS).items():
            self._spell(name, values)
        for name, values in chosen(self._filters).items():
            self._spell(name, values)
        asked = [(base, name, key) for base in bases for name in base.fields for key in self._keys(base, name)]
        trees = [self._tree(only(base.filters, name, self._written(name, key))) for base, name, key in asked]
        found: dict[Place, dict[str, Counted]] = {base.place: {} for base in bases}
        counts = tallying.count_each(trees, bases[0].filters.span)
        for (base, name, key), calls in zip(asked, counts, strict=True):
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
            # of equally common spellings always the same one
            self._spell(name, sorted(values, key=lambda value: (-values[value], str(value))))
            calls: Counter[Key] = Counter()
            for value, count in timely(values.items()):
                calls[key_of(name, value)] += count
            found[name] = Counted(calls, tally.is_whole)
        return found

    def _spell(self, name: str, values: Iterable[Any]) -> None:
        if name in FIXED:
            return
        for value in timely(values):
            key = key_of(name, value)
            # an empty value of a tag says nothing that its name does not
            if key and key[-1] != "":
                self.spelling[name].setdefault(key, value)

    def _tree(self, filters: Filters) -> Node:
        return all_of(self._node, filters.tree)
