"""Where a call stands among all calls: a number in the order of time, with room for calls that are found later.

Row numbers of the index and the key of every page. A second has ROOM of them: fewer, and busy seconds run over into
the next; many more, and the index grows (three and a half times as big with a million).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

ROOM = 64


@dataclass(frozen=True, slots=True)
class Span:
    """Positions from `low` up to but without `high`; None is no bound."""

    low: int | None = None
    high: int | None = None

    def within(self, other: Span) -> Span:
        lows = [low for low in (self.low, other.low) if low is not None]
        highs = [high for high in (self.high, other.high) if high is not None]
        return Span(max(lows, default=None), min(highs, default=None))


def first_position(at: datetime) -> int:
    """Of all calls placed in this second or later; calls of the same second share ROOM positions from here."""
    return int(at.timestamp()) * ROOM


def free_position(at: datetime, key: str, taken_from: Callable[[int], Collection[int]]) -> int:
    """A position for a call placed at this instant.

    `taken_from(first)` gives those of the ROOM positions from `first` that are taken. Within its second a call stands
    by its milliseconds, or, when the vendor gave none, by its key: two workers that meet two calls of one second then
    rarely want the same. Past ROOM calls a second runs over into the next.
    """
    first = first_position(at)
    wanted = at.microsecond * ROOM // 1_000_000 or crc32(key.encode("utf-8", "replace")) % ROOM
    while True:
        taken = set(taken_from(first))
        free = [each for each in range(first, first + ROOM) if each not in taken]
        if free:
            return next((each for each in free if each >= first + wanted), free[0])
        first += ROOM
