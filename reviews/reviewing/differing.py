"""Two texts side by side: what was taken out and what was put in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

# comparing longer texts letter by letter takes too long for a page
LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Piece:
    """`kind` is `same`, `gone` or `new`."""

    kind: str
    text: str


def differing(before: str, after: str) -> list[Piece]:
    if len(before) > LONGEST or len(after) > LONGEST:
        return [piece for piece in (Piece("gone", before), Piece("new", after)) if piece.text]
    return list(_pieces(before, after))


def _pieces(before: str, after: str) -> Iterator[Piece]:
    for what, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            yield Piece("same", before[i:j])
            continue
        if before[i:j]:
            yield Piece("gone", before[i:j])
        if after[k:m]:
            yield Piece("new", after[k:m])
