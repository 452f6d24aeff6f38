"""Who speaks how much, where nobody does, and how long the robot takes to answer; milliseconds."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise

from calls.hearing.said import AGENT, CUSTOMER
from calls.hearing.timing import TurnTime

LONG_SILENCE = 3000
SLOW = 2000
# below this chance in percent that a start is right within a second, a page says that it is unsure
SURE = 60
# a turn begins so much before or after the sound does, and is still what ends a silence
EDGE = 500

Span = tuple[int, int]


class Speech:
    """Where anybody speaks, whichever the channel."""

    def __init__(self, spans: Sequence[Sequence[Span]]) -> None:
        self.spans: list[Span] = []
        for start, end in sorted(span for channel in spans for span in channel):
            if self.spans and start <= self.spans[-1][1]:
                self.spans[-1] = (self.spans[-1][0], max(self.spans[-1][1], end))
            else:
                self.spans.append((start, end))
        self._starts = [start for start, _end in self.spans]
        self._before = [0, *accumulate(end - start for start, end in self.spans)]

    def within(self, start: int, end: int) -> int:
        """So much is spoken between two moments."""
        return max(self._until(end) - self._until(start), 0)

    @property
    def total(self) -> int:
        return self._before[-1]

    def silences(self) -> list[Span]:
        """Between speech; what comes before it and after it is no pause."""
        gaps = [(before[1], after[0]) for before, after in pairwise(self.spans)]
        return [(start, end) for start, end in gaps if end - start >= LONG_SILENCE]

    def _until(self, moment: int) -> int:
        place = bisect_right(self._starts, moment)
        if not place:
            return 0
        start, end = self.spans[place - 1]
        return self._before[place - 1] + min(moment, end) - start


def silences_before(times: Sequence[TurnTime], silences: Sequence[Span]) -> dict[int, int]:
    """How long nobody spoke, by the index of the turn that ends it; a pause inside of a turn is nobody's."""
    starts = [time.start for time in times]
    found: dict[int, int] = {}
    for start, end in silences:
        index = bisect_left(starts, end - EDGE)
        is_inside = index > 0 and times[index - 1].end > end
        if index < len(times) and not is_inside:
            found[index] = max(found.get(index, 0), end - start)
    return found


def slow_answers(speakers: Sequence[int], times: Sequence[TurnTime]) -> dict[int, int]:
    """How long the customer waited, by the index of the robot's turn; only where both times are sure."""
    found = {}
    for index, (before, time) in enumerate(pairwise(times), start=1):
        is_answer = speakers[index] == AGENT and speakers[index - 1] == CUSTOMER
        wait = time.start - before.end
        if is_answer and wait >= SLOW and min(before.confidence, time.confidence) >= SURE:
            found[index] = wait
    return found


def shares(
    speakers: Sequence[int],
    times: Sequence[TurnTime],
    spans: Sequence[Sequence[Span]],
    agent_channel: int | None,
    duration: int,
) -> tuple[int, int, int] | None:
    """Percent of the robot, of silence and of the customer; None when nobody knows who speaks."""
    speech = Speech(spans)
    if len(spans) == 2 and agent_channel is not None:
        channels = [sum(end - start for start, end in channel) for channel in spans]
        agent, customer = channels[agent_channel], channels[1 - agent_channel]
    else:
        agent, customer = (
            sum(speech.within(time.start, time.end) for who, time in zip(speakers, times, strict=True) if who == wanted)
            for wanted in (AGENT, CUSTOMER)
        )
    if not agent + customer or duration <= 0:
        return None
    spoken = min(speech.total / duration, 1) * 100
    percent = round(spoken * agent / (agent + customer)), round(spoken * customer / (agent + customer))
    return percent[0], 100 - sum(percent), percent[1]
