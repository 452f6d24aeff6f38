"""Time as words, for an index that knows no order: blocks of time in several sizes, and windows made of them.

A GIN index gives all hits or none, so the newest fifty are looked for in the newest calls first and then in wider and
wider windows of time. Every call carries the block of each size it stands in; a window is the few blocks it touches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
from typing import NamedTuple

from calls.search.position import ROOM, Span

# Seconds of one block; each size is sixteen of the one before: about a minute, 17 minutes, 5 hours, 3 days, 7 weeks,
# 2 years.
SIZES: tuple[int, ...] = tuple(64 * 16**level for level in range(6))
# A window is covered by fewer blocks than that: each block is a list to begin, and calls outside the window that large
# blocks bring along are found for nothing.
MOST_BLOCKS = 12
# Where thousands of hits are wanted. Each block is compared with each call that may be one; of sixteen of one size a
# larger one is made.
MANY_BLOCKS = 16
# How much wider windows of many hits get after so many of one width
WIDENING = 4
# How often a window is wider than the one before
GROWING = 2
# All hits of a window are found before the first is known, and an empty one costs as well: few more than that make
# the span.
PARTS = 16


class Window(NamedTuple):
    """Positions from `low` up to but without `high`; blocks of `level` make it up where it is a block itself, and at
    most so many otherwise.
    """

    low: int
    high: int
    level: int | None = None
    most_blocks: int = MOST_BLOCKS

    @property
    def blocks(self) -> list[str]:
        if self.level is None:
            return cover(self.low, self.high, self.most_blocks)
        # One list is begun quicker than many, and what is newer in it was not enough to get here.
        return [_block(self.level + 1, self.low // _width(self.level + 1))]

    @property
    def ends(self) -> tuple[int, int]:
        """The oldest and the newest block of its level."""
        size = _width(self.level or 0)
        return self.low // size, (self.high - 1) // size


def blocks_of(position: int) -> list[str]:
    return [_block(level, position // (size * ROOM)) for level, size in enumerate(SIZES)]


def cover(low: int, high: int, most: int = MOST_BLOCKS) -> list[str]:
    """The blocks that touch [low, high), in the smallest size that needs few; none when even the largest needs many."""
    level = _level_of(low, high, most)
    if level is None:
        return []
    size = _width(level)
    return [_block(level, block) for block in range(low // size, (high - 1) // size + 1)]


def windows(span: Span, width: int, times: int) -> Iterator[Window]:
    """Neighbouring windows for whoever wants many hits, newest first, that together are the span, whose bounds must be
    set: whole blocks that make about `width`, and after so many windows, and again after as many, about four times as
    much.
    """
    low, high = span.low or 0, span.high or 0
    for number in count():
        if low >= high:
            return
        edge = max(high - max(width, 1) * WIDENING ** (number // times), low)
        level = _level_of(edge, high, MANY_BLOCKS)
        size = _width(len(SIZES) - 1 if level is None else level)
        edge = max(min((edge + size // 2) // size, (high - 1) // size) * size, low)
        yield Window(edge, high, most_blocks=(high - 1) // size - edge // size + 1)
        high = edge


def windows_of_blocks(span: Span, width: int, growth: int, *, oldest_first: bool = False) -> Iterator[Window]:
    """For whoever wants a page, from either end: exactly so wide, and large blocks in the end, each of which can be
    asked block by smaller block.
    """
    growing = [width * growth**number for number in range(GROWING + 1)]
    low, high = span.low or 0, span.high or 0
    for window in _from_end(span, growing, oldest_first):
        yield window
        low, high = (window.high, high) if oldest_first else (low, window.low)
    level = _level_of_parts(high - low)
    size = _width(level)
    while low < high:
        edge = min((low // size + 1) * size, high) if oldest_first else max((high - 1) // size * size, low)
        yield Window(low, edge, level - 1) if oldest_first else Window(edge, high, level - 1)
        low, high = (edge, high) if oldest_first else (low, edge)


def _level_of(low: int, high: int, most: int) -> int | None:
    """The smallest size of which at most so many touch [low, high)."""
    sizes = map(_width, range(len(SIZES)))
    return next((level for level, size in enumerate(sizes) if (high - 1) // size - low // size < most), None)


def _width(level: int) -> int:
    """Positions of a block."""
    return SIZES[level] * ROOM


def _level_of_parts(width: int) -> int:
    """The smallest size of which few are so wide; never the smallest one, which is made of nothing."""
    fitting = (level for level in range(1, len(SIZES)) if width < _width(level) * PARTS)
    return next(fitting, len(SIZES) - 1)


def _from_end(span: Span, widths: Iterable[int], oldest_first: bool) -> Iterator[Window]:
    low, high = span.low or 0, span.high or 0
    for width in widths:
        if low >= high:
            return
        width = min(max(width, 1), high - low)
        yield Window(low, low + width) if oldest_first else Window(high - width, high)
        low, high = (low + width, high) if oldest_first else (low, high - width)


def _block(level: int, block: int) -> str:
    return f"z{level}x{block}"
