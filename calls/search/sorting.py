"""Pages in the order of a measure, found without looking at everything that matches.

The index holds every value in blocks (see tokens.py), so a range of values is a few words more in the question. Values
are taken from the wanted end in ranges that hold few calls at first and then more and more. A single value that very
many calls share is a question of its own, whose answer comes in the order of time anyway.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from calls.search.document import CEILINGS
from calls.search.index import Hit, Index
from calls.search.position import Span
from calls.search.tokens import cover, unknown
from calls.search.tree import Measure, Node, Token, all_of, some_of

# Calls in the first range of values, how many more the next one has, and where ranges are halves instead: counting
# off more calls than that costs more than a wide range does.
FIRST_RANGE = 1_000
GROWTH = 8
MOST_COUNTED_OFF = 64_000
# So few hits are sorted at once.
FEW = 1_000


@dataclass(frozen=True, slots=True)
class Order:
    """By a measure, within equals the newest first; calls whose value nobody knows come last either way."""

    measure: Measure
    is_falling: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call stands in an order."""

    position: int
    value: int | None


def sorted_page(
    index: Index, tree: Node, span: Span, order: Order, most: int, place: Place | None, *, is_backward: bool = False
) -> list[Hit]:
    """The first hits behind the place; or, backward, those in front of it, the nearest first."""
    hits: list[Hit] = []
    for found in _Walk(index, tree, span, order, most, is_backward).from_place(place):
        hits += found
        if len(hits) >= most:
            break
    return hits[:most]


@dataclass(frozen=True, slots=True)
class _Walk:
    index: Index
    tree: Node
    span: Span
    order: Order
    most: int
    is_backward: bool

    @property
    def is_falling(self) -> bool:
        return self.order.is_falling != self.is_backward

    def from_place(self, place: Place | None) -> Iterator[list[Hit]]:
        if place is not None:
            yield self._of_one_value(place.value, self._beyond(place.position))
        low, high = 0, CEILINGS[self.order.measure]
        if place is not None and place.value is not None:
            low, high = (low, place.value - 1) if self.is_falling else (place.value + 1, high)
        if self.is_backward or place is None or place.value is not None:
            yield from self._in_ranges(low, high)
        if not self.is_backward and (place is None or place.value is not None):
            yield self._of_one_value(None, self.span)

    def _in_ranges(self, low: int, high: int) -> Iterator[list[Hit]]:
        calls = FIRST_RANGE
        while low <= high:
            if calls == FIRST_RANGE * GROWTH and self._are_few(low, high):
                yield self._of_range(low, high)
                return
            first, last = self._next_range(low, high, calls)
            if first == last:
                yield self._of_one_value(first, self.span)
            else:
                yield self._of_range(first, last)
            low, high = (low, first - 1) if self.is_falling else (last + 1, high)
            calls *= GROWTH

    def _next_range(self, low: int, high: int, calls: int) -> tuple[int, int]:
        """Values that so many calls have at most, or one value that more have."""
        if calls > MOST_COUNTED_OFF:
            return (high // 2 + 1 if high > low else low, high) if self.is_falling else (low, min(low * 2, high))
        end, edge = self.index.values_at(self.order.measure, low, high, calls, is_falling=self.is_falling)
        if edge is None:
            return low, high
        if edge == end:
            return edge, edge
        if self.is_falling:
            return min(edge + 1, high), high
        return low, max(edge - 1, low)

    def _are_few(self, low: int, high: int) -> bool:
        return self.index.count(self._within(low, high), self.span, FEW + 1) <= FEW

    def _within(self, low: int, high: int) -> Node:
        return all_of(some_of(*map(Token, cover(self.order.measure, low, high))), self.tree)

    def _of_range(self, low: int, high: int) -> list[Hit]:
        measure, is_falling = self.order.measure, self.is_falling
        return self.index.page_by_value(
            self._within(low, high), self.span, self.most, measure, is_falling=is_falling, oldest_first=self.is_backward
        )

    def _of_one_value(self, value: int | None, span: Span) -> list[Hit]:
        measure = self.order.measure
        word = unknown(measure) if value is None else Token(cover(measure, value, value)[0])
        hits = self.index.page(all_of(word, self.tree), span, self.most, oldest_first=self.is_backward)
        return [hit._replace(value=value) for hit in hits]

    def _beyond(self, position: int) -> Span:
        return self.span.within(Span(position + 1, None) if self.is_backward else Span(None, position))
