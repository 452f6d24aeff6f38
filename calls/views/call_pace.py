"""What listening tells about the talk as a whole: shares of the voices, pauses, waits, and words never spoken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from calls.hearing.talking import Speech, shares, silences_before, slow_answers
from calls.hearing.unheard import unheard
from calls.models.transcript import Turn
from calls.recordings.hearing import CallHearing
from calls.recordings.starts import SPEAKERS
from calls.vocabulary import Speaker


@dataclass(frozen=True, slots=True)
class Share:
    """Percent of the recording: where each field of the bar begins and how wide it is."""

    agent: int
    silence: int
    customer: int

    @property
    def customer_from(self) -> int:
        return self.agent + self.silence


@dataclass(frozen=True, slots=True)
class Pace:
    """By index of the turn from 0; milliseconds, and for `unheard` the first character that was not spoken."""

    share: Share | None = None
    silences: Mapping[int, int] = field(default_factory=dict)
    answers: Mapping[int, int] = field(default_factory=dict)
    # turns of the robot that the source says were interrupted
    cut: frozenset[int] = frozenset()
    unheard: Mapping[int, int] = field(default_factory=dict)
    # somebody listened: what is not in `unheard` was spoken
    is_heard: bool = False


def pace_of(hearing: CallHearing | None, turns: Sequence[Turn], texts: Sequence[str]) -> Pace:
    """`texts` as the page shows them."""
    cut = frozenset(
        index
        for index, (turn, after) in enumerate(pairwise(turns))
        if after.interrupted and turn.speaker == Speaker.AGENT
    )
    if hearing is None or not any(hearing.spans):
        return Pace(cut=cut)
    speech, speakers = Speech(hearing.spans), [SPEAKERS[turn.speaker] for turn in turns]
    times = hearing.times if len(hearing.times) == len(turns) else []
    if not times:
        return Pace(cut=cut)
    percent = shares(speakers, times, hearing.spans, hearing.agent_channel, round((hearing.duration or 0) * 1000))
    return Pace(
        Share(*percent) if percent else None,
        silences_before(times, speech.silences()),
        slow_answers(speakers, times),
        cut,
        unheard(speakers, texts, times, set(cut), speech),
        is_heard=True,
    )
