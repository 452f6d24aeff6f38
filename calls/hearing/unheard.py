"""What stands in the transcript and was probably never spoken: the source writes down whole sentences (see docs)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median

from calls.hearing.said import AGENT
from calls.hearing.syllables import CLAUSE_ENDS, clauses_of
from calls.hearing.talking import SURE, Speech
from calls.hearing.timing import SYLLABLE, Origin, TurnTime

# A turn that was cut and of which this share is heard was said as well as whole: voices vary.
WHOLE = 0.85
# Without a word from the source that it was cut, a turn has to be a good deal shorter than its text.
SHORT, MISSING = 0.6, 1500
# turns from which a call's own pace is taken, and syllables that it needs at least
SAMPLE, ENOUGH = 60, 40
# a turn of fewer syllables tells no pace; nobody speaks quicker than so many milliseconds a syllable
TELLING, QUICKEST = 4, 50
# syllables
NEAR = 2
END = re.compile(rf"{CLAUSE_ENDS.pattern}|$")


def unheard(
    speakers: Sequence[int], texts: Sequence[str], times: Sequence[TurnTime], cut: set[int], speech: Speech
) -> dict[int, int]:
    """For turns of the robot: the index of the first character that was probably not spoken.

    `cut` are the turns that the source says were interrupted.
    """
    pace = pace_of(speakers, texts, times, cut, speech)
    found: dict[int, int] = {}
    for index, (speaker, text, time) in enumerate(zip(speakers, texts, times, strict=True)):
        if speaker != AGENT or not (index in cut or _may_be_short(text, time, pace, speech)):
            continue
        heard, needed = speech.within(time.start, time.end), pace * sum(clauses_of(text))
        is_short = heard < SHORT * needed and needed - heard > MISSING
        if heard < WHOLE * needed if index in cut else is_short:
            at = spoken_part(text, heard / pace)
            if at < len(text):
                found[index] = at
    return found


def pace_of(
    speakers: Sequence[int], texts: Sequence[str], times: Sequence[TurnTime], cut: set[int], speech: Speech
) -> float:
    """Milliseconds that the robot of this call takes for a syllable."""
    sure = [
        index
        for index, time in enumerate(times)
        if speakers[index] == AGENT and index not in cut and time.confidence >= SURE
    ]
    sample = sure[:: max(len(sure) // SAMPLE, 1)]
    syllables = [sum(clauses_of(texts[index])) for index in sample]
    if sum(syllables) < ENOUGH:
        return SYLLABLE * 1000
    # the one in the middle: a turn that broke off says nothing about the pace
    paces = [
        speech.within(times[index].start, times[index].end) / count
        for index, count in zip(sample, syllables, strict=True)
        if count >= TELLING
    ]
    return max(median(paces or [SYLLABLE * 1000]), QUICKEST)


def spoken_part(text: str, syllables: float) -> int:
    """Characters that so many syllables are; people stop at the end of a clause where one is near."""
    if syllables < 1:
        return 0
    start, so_far = 0, 0.0
    for end in END.finditer(text):
        clause = text[start : end.start()]
        count = sum(clauses_of(clause)) if clause.strip() else 0
        rest = so_far + count - syllables
        if rest > NEAR:
            said = max(count - rest, 0)
            return start if said <= NEAR and start else start + round(len(clause) * said / count)
        start, so_far = end.end(), so_far + count
    return len(text)


def _may_be_short(text: str, time: TurnTime, pace: float, speech: Speech) -> bool:
    """A cheap look, since there may be thousands: nearly every character is a syllable."""
    is_found = time.origin != Origin.SHARED and time.confidence >= SURE
    return is_found and time.end - time.start < SHORT * pace * len(text) and bool(speech.spans)
