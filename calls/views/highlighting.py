"""Marking found words inside text that is escaped first."""

from __future__ import annotations

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from calls.search.text import fold

# characters: what a line of a list shows at 1366 px, and how much of what came before still tells the meaning
IN_VIEW, BEFORE = 44, 14


def words_of(query: str) -> list[str]:
    return fold(query).split()


def mark_words(text: str, words: list[str]) -> tuple[SafeString, int]:
    """The text as safe HTML with every word in <mark>, found in any width and case; and how many marks there are."""
    spans = _spans(text, words)
    pieces: list[str] = []
    end = 0
    for start, stop in spans:
        pieces += [escape(text[end:start]), "<mark>", escape(text[start:stop]), "</mark>"]
        end = stop
    pieces.append(escape(text[end:]))
    return mark_safe("".join(pieces)), len(spans)  # noqa: S308  every piece is escaped above


def around_words(text: str, words: list[str]) -> str:
    """The text from a little before its first word on, where that would stand outside of one line."""
    start, end = next(iter(_spans(text, words)), (0, 0))
    return f"…{text[start - BEFORE :]}" if end > IN_VIEW else text


def _spans(text: str, words: list[str]) -> list[tuple[int, int]]:
    """Where the words stand, in the text's own positions, without overlaps."""
    if not words:
        return []
    # folding may lengthen a character (½ becomes 1⁄2): remember whose piece each folded character is
    folded = [fold(character) for character in text]
    owners = [index for index, piece in enumerate(folded) for _ in piece]
    joined = "".join(folded)
    found = set()
    for word in words:
        position = joined.find(word)
        while position >= 0:
            found.add((owners[position], owners[position + len(word) - 1] + 1))
            position = joined.find(word, position + len(word))
    return _merged(sorted(found))


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, stop in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged
