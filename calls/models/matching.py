"""What of a call is shown for a question: the turns that hold what it asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from calls.models.transcript import Transcript, Turn
from calls.search.highlight import Piece, pieces
from calls.search.query import Query
from calls.search.text import normalise
from calls.search.tree import Said

if TYPE_CHECKING:
    from calls.models.call import Call


@dataclass(frozen=True, slots=True)
class MatchingTurn:
    """A turn and its text cut at the borders of its hits."""

    turn: Turn
    pieces: list[Piece]


@dataclass(frozen=True, slots=True)
class Matches:
    """The turns of one call to show, and what is not shown: how many more there are and which turn is the first."""

    turns: list[MatchingTurn]
    more: int = 0
    first: int = 0


def matches(
    call: Call, query: Query, *, most: int = 3, width: int | None = 120, show: Callable[[str], str] = str
) -> Matches:
    """Up to `most` turns with hits, in the order they were spoken; rather one for each word than many for one.

    At most `width` characters of each, None for all; `show` is what the reader may see of a text. Without a transcript
    or text in the query there are none.
    """
    transcript: Transcript | None = getattr(call, "transcript", None)
    said = query.said
    if transcript is None or not said:
        return Matches([])
    matching = [
        (index, terms)
        for index, (speaker, text) in enumerate(transcript.texts(), start=1)
        if (terms := said_in(speaker, text, said))
    ]
    chosen = [(transcript.turn(index), terms) for index, terms in sorted(_one_for_each_word(matching)[:most])]
    return Matches(
        [MatchingTurn(turn, pieces(show(turn.text), terms, width=width)) for turn, terms in chosen],
        more=len(matching) - len(chosen),
        first=matching[0][0] if matching else 0,
    )


def said_in(speaker: str, text: str, said: Iterable[Said]) -> tuple[str, ...]:
    """What of this was said in such a turn, by whoever was asked for."""
    text = normalise(text)
    return tuple(leaf.text for leaf in said if leaf.speaker in (None, speaker) and leaf.text in text)


def _one_for_each_word(matching: list[tuple[int, tuple[str, ...]]]) -> list[tuple[int, tuple[str, ...]]]:
    seen: set[str] = set()
    first: list[tuple[int, tuple[str, ...]]] = []
    rest: list[tuple[int, tuple[str, ...]]] = []
    for index, terms in matching:
        (rest if seen.issuperset(terms) else first).append((index, terms))
        seen.update(terms)
    return first + rest
