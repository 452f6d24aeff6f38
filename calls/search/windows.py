"""Time as words, for an index that knows no order: blocks of time in several sizes, and windows made of them.

A GIN index gives all hits or none, so the newest fifty are looked for in the newest calls first and then in wider and
wider windows of time. Every call carries the block of each size it stands in; a window is the few blocks it touches.
"""

from __future__ import annotations

from collections.abc import Iterator

from calls.search.position import ROOM, Span

# Seconds of one block; each size is sixteen of the one before: about a minute, 17 minutes, 5 hours, 3 days, 7 weeks,
# 2 years.
SIZES = tuple(64 * 16**level for level in range(6))
# A window is made of fewer blocks than that, though it gets wider than asked for: of many small lists GIN reads every
# call, of few large ones only what the rarest word leaves. With 32 a count to 10,000 took three times as long.
MOST_BLOCKS = 5
MOST_WINDOWS = 8


def blocks_of(position: int) -> list[str]:
    return [_block(level, position // (size * ROOM)) for level, size in enumerate(SIZES)]


def cover(low: int, high: int) -> list[str]:
    """The blocks that touch [low, high), in the smallest size that needs few; none when even the largest needs many."""
    for level, size in enumerate(SIZES):
        first, last = low // (size * ROOM), (high - 1) // (size * ROOM)
        if last - first < MOST_BLOCKS:
            return [_block(level, block) for block in range(first, last + 1)]
    return []


def windows(span: Span, width: int, growth: int, *, oldest_first: bool = False) -> Iterator[tuple[int, int]]:
    """Neighbouring windows that together are the span, whose bounds must be set, the first one `width` wide and every
    next one so many times wider.
    """
    low, high = span.low or 0, span.high or 0
    for number in range(MOST_WINDOWS):
        if low >= high:
            return
        width = high - low if number == MOST_WINDOWS - 1 else min(max(width, 1), high - low)
        yield (low, low + width) if oldest_first else (high - width, high)
        low, high = (low + width, high) if oldest_first else (low, high - width)
        width *= growth


def _block(level: int, block: int) -> str:
    return f"z{level}x{block}"
