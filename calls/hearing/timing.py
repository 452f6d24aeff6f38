"""When each turn starts and ends, by the best that is known: a person, the sound, the vendor, or the text's share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np

from calls.hearing.aligning import align
from calls.hearing.said import AGENT, OTHER, Placed, Said
from calls.hearing.syllables import clauses_of
from calls.hearing.units import Units

# How often a start is right within a second when only the text's share, or only the vendor's whole seconds, say it.
SHARED, SAID = 0.3, 0.8
# Seconds a syllable takes when nothing better is known.
SYLLABLE = 0.22
# shorter than any sound: the turn was found nowhere
UNHEARD = 0.02


class Origin(StrEnum):
    """How a time came about."""

    SAID = "said"
    ALIGNED = "aligned"
    SHARED = "shared"
    SET = "set"


@dataclass(frozen=True, slots=True)
class TurnTime:
    """Milliseconds into the recording; `confidence` is the chance in percent that `start` is right within a second."""

    start: int
    end: int
    confidence: int
    origin: Origin


def time_turns(
    turns: Sequence[Said],
    units: Units | None,
    duration: float | None,
    anchors: Mapping[int, float],
    alive: Callable[[], None] = lambda: None,
) -> list[TurnTime]:
    """One time a turn; none at all when there is neither sound nor length nor a time to hold on to.

    `alive` is called now and then: thousands of turns take half a minute.
    """
    anchors = {index: seconds for index, seconds in anchors.items() if 0 <= index < len(turns)}
    placed = align(turns, units, anchors, alive) if units is not None else None
    if placed is not None:
        return _in_order([_heard(place, index in anchors) for index, place in enumerate(placed)])
    if duration is None:
        return []
    return _in_order(_shared(turns, duration, anchors))


def agent_channel(turns: Sequence[Said], units: Units, times: Sequence[TurnTime]) -> int | None:
    """The channel that speaks when the agent does rather than when the customer does; None in mono."""
    if not units.is_stereo or not times:
        return None
    middle = (units.start + units.end) * 500
    votes = np.zeros(2)
    for turn, time in zip(turns, times, strict=True):
        if turn.speaker != OTHER:
            inside = (time.start <= middle) & (middle < time.end)
            heard = (units.active[inside] * units.length[inside, None]).sum(axis=0)
            votes += heard if turn.speaker == AGENT else heard[::-1]
    return int(votes.argmax()) if votes.any() else None


def _heard(place: Placed, is_set: bool) -> TurnTime:
    is_unheard = place.end - place.start < UNHEARD
    confidence = min(place.confidence, SHARED) if is_unheard else place.confidence
    origin = Origin.SHARED if is_unheard else Origin.ALIGNED
    return _time(place.start, place.end, 1.0 if is_set else confidence, Origin.SET if is_set else origin)


def _shared(turns: Sequence[Said], duration: float, anchors: Mapping[int, float]) -> list[TurnTime]:
    """Without sound: between the times that are known the text shares the rest by its length."""
    syllables = [sum(clauses_of(turn.text)) for turn in turns]
    place = np.cumsum([0, *syllables])
    said = {index: turn.at for index, turn in enumerate(turns) if turn.at is not None}
    known = {**said, **anchors, len(turns): duration}
    known.setdefault(0, 0.0)
    at = sorted(known)
    starts = np.interp(place, place[at], np.maximum.accumulate([known[index] for index in at]))
    times = []
    for index, (start, following) in enumerate(pairwise(starts.tolist())):
        is_known = index in said or index in anchors
        end = min(following, start + syllables[index] * SYLLABLE) if is_known else following
        if index in anchors:
            times.append(_time(start, end, 1.0, Origin.SET))
        else:
            times.append(_time(start, end, SAID if is_known else SHARED, Origin.SAID if is_known else Origin.SHARED))
    return times


def _time(start: float, end: float, confidence: float, origin: Origin) -> TurnTime:
    return TurnTime(round(start * 1000), round(max(end, start) * 1000), round(100 * confidence), origin)


def _in_order(times: list[TurnTime]) -> list[TurnTime]:
    """No turn starts before the one above it: a page follows them downwards."""
    earliest, ordered = 0, []
    for time in times:
        start = time.start if time.origin is Origin.SET else max(time.start, earliest)
        ordered.append(TurnTime(start, max(time.end, start), time.confidence, time.origin))
        earliest = start
    return ordered
