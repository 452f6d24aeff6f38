"""Where in a text the hits are: the text as it was written, found as it was searched."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from calls.search.text import CONTROLS, fold, normalise

# Half-width voiced marks join the letter before them just as combining marks do.
JOINING = "\uff9e\uff9f"


class Piece(NamedTuple):
    text: str
    is_hit: bool


def pieces(text: str, terms: Iterable[str], *, width: int | None = None) -> list[Piece]:
    """The text cut at the borders of its hits; at most `width` characters around the first one, `…` for the rest."""
    hits = spans(text, terms)
    start, end = _window(len(text), hits[0][0] if hits else 0, width)
    found = [Piece("…", False)] if start else []
    at = start
    for first, last in hits:
        first, last = max(first, at), min(last, end)
        if first >= last:
            continue
        if at < first:
            found.append(Piece(text[at:first], False))
        found.append(Piece(text[first:last], True))
        at = last
    if at < end:
        found.append(Piece(text[at:end], False))
    return [*found, Piece("…", False)] if end < len(text) else found


def spans(text: str, terms: Iterable[str]) -> list[tuple[int, int]]:
    """First and last-but-one index of every stretch of `text` that a normalised term covers; overlaps are one."""
    letters, origins = _mapped(text)
    found: list[tuple[int, int]] = []
    for term in terms:
        at = letters.find(term) if term else -1
        while at >= 0:
            found.append((origins[at][0], origins[at + len(term) - 1][1]))
            at = letters.find(term, at + 1)
    merged: list[tuple[int, int]] = []
    for first, last in sorted(found):
        if merged and first < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _mapped(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The normalised text and, for every character of it, where in `text` it came from."""
    one_by_one = list(map(_folded, text))
    folded = "".join(one_by_one)
    # Nearly every text keeps its length when it is folded; characters then are where they were.
    if max(map(len, one_by_one), default=1) == 1 and folded == normalise(text):
        return folded, list(zip(range(len(text)), range(1, len(text) + 1), strict=True))
    letters: list[str] = []
    origins: list[tuple[int, int]] = []
    for first, last in _clusters(text):
        for letter in _folded(text[first:last]):
            if letter.isspace():
                if not letters or letters[-1] == " ":
                    continue
                letter = " "
            letters.append(letter)
            origins.append((first, last))
    return "".join(letters), origins


@lru_cache(4096)
def _folded(letter: str) -> str:
    return fold(letter).translate(CONTROLS)


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """A character with the marks that join it, which fold as one."""
    first = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or not (unicodedata.combining(text[at]) or text[at] in JOINING):
            yield first, at
            first = at


def _window(length: int, first_hit: int, width: int | None) -> tuple[int, int]:
    if width is None or length <= width:
        return 0, length
    start = min(max(0, first_hit - width // 4), length - width)
    return start, start + width
