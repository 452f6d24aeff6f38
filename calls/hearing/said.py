"""The turns of a transcript, what is known about where they may be heard, and where they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

AGENT, CUSTOMER, OTHER = range(3)
ENDLESS = 1e9


@dataclass(frozen=True, slots=True)
class Said:
    """One turn as the transcript has it. `at` is the vendor's time in seconds from the start, if it gives one."""

    speaker: int
    text: str
    interrupts: bool = False
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """Seconds into the recording; `confidence` is the probability that `start` is right within a second."""

    start: float
    end: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Wish:
    """A turn and what is known about where it may be; seconds. `is_cut`: the other speaker breaks in."""

    turn: Said
    is_cut: bool
    anchor: float | None
    # of the other speaker's turns around it: where the one before starts and ends, where the one after starts
    after: float = 0.0
    over: float = 0.0
    before: float = ENDLESS


def wishes_of(turns: Sequence[Said], anchors: Mapping[int, float]) -> list[Wish]:
    following = zip_longest(turns, turns[1:])
    return [Wish(turn, _is_cut(turn, after), anchors.get(index)) for index, (turn, after) in enumerate(following)]


def between_the_others(members: list[int], wishes: list[Wish], placed: list[Placed]) -> list[Wish]:
    """One voice's turns, each between those of the other one around it."""
    mine, limits, later = set(members), {}, {}
    before, after = Placed(0.0, 0.0, 0.0), ENDLESS
    for index, place in enumerate(placed):
        limits[index] = before
        before = before if index in mine else place
    for index in reversed(range(len(placed))):
        after = after if index in mine else placed[index].start
        later[index] = after
    return [
        replace(wishes[index], after=limits[index].start, over=limits[index].end, before=later[index])
        for index in members
    ]


def _is_cut(turn: Said, after: Said | None) -> bool:
    return after is not None and after.interrupts and after.speaker != turn.speaker
