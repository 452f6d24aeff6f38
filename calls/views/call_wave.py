"""The picture of the sound: bars for both voices, silences and marks, all in percent of the recording."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from calls.hearing import PEAKS_A_SECOND
from calls.hearing.talking import Speech
from calls.recordings.hearing import CallHearing
from calls.templatetags.formats import duration as clock
from calls.views.call_turns import Line
from calls.vocabulary import Speaker

# as many as a phone can show; each takes PITCH of the picture's own width
BARS = 260
PITCH = 3
# in the picture's own height: the line in the middle, the gap on both sides of it, and the tallest bar
MIDDLE, GAP, TALLEST = 31, 2, 28
# what is quieter than this share of the loudest bar is a pause
FAINT = 0.2
AXIS_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
MOST_LABELS = 7


@dataclass(frozen=True, slots=True)
class Mark:
    """`at` in percent of the picture, as an attribute; `word` says what happens there."""

    at: str
    word: str


@dataclass(frozen=True, slots=True)
class Stretch:
    start: str
    width: str
    word: str


@dataclass(frozen=True, slots=True)
class Wave:
    """Paths for the robot (up), the customer (down) and a voice that nobody knows (both); empty ones are not drawn."""

    width: int
    agent: str
    customer: str
    unknown: str
    silences: list[Stretch]
    interruptions: list[Mark]
    slow_answers: list[Mark]
    hits: list[Mark]
    axis: list[Mark]


def wave_of(hearing: CallHearing | None, lines: Sequence[Line]) -> Wave | None:
    """None where there is no picture."""
    if hearing is None or not hearing.peaks or not hearing.duration:
        return None
    rows, length = [_bars(peaks) for peaks in hearing.peaks], hearing.duration
    agent, customer, unknown = _by_voice(rows, hearing, lines)
    loudest = max(max(row, default=0) for row in rows)
    timed = [line for line in lines if line.time is not None and line.time.at <= length]
    return Wave(
        width=len(rows[0]) * PITCH,
        agent=_path(agent, loudest, up=True),
        customer=_path(customer, loudest, up=False),
        unknown=_path(unknown, loudest, up=True) + _path(unknown, loudest, up=False),
        silences=[_stretch(start, end, length) for start, end in silences_of(hearing)],
        interruptions=_marks((line for line in timed if line.turn.interrupted), length, _("Customer interrupts")),
        slow_answers=[mark for line in timed for mark in _late(line, length)],
        hits=_marks((line for line in timed if line.hits), length, _("Found words")),
        axis=_axis(length),
    )


def speech_of(hearing: CallHearing | None) -> list[tuple[float, float]]:
    """Seconds in which anybody speaks."""
    return [(start / 1000, end / 1000) for start, end in Speech(hearing.spans).spans] if hearing else []


def silences_of(hearing: CallHearing) -> list[tuple[float, float]]:
    return [(start / 1000, end / 1000) for start, end in Speech(hearing.spans).silences()]


def why_no_wave(hearing: CallHearing | None, is_listening: bool) -> str:
    if hearing is not None:
        return _(hearing.reason) if hearing.reason else _("There is nothing to draw in this recording")
    if is_listening:
        return _("A worker is listening to the recording. The waveform will appear here.")
    return _("Nobody has listened to this recording yet, so there is no waveform")


def _bars(peaks: bytes) -> list[int]:
    """The loudest of each stretch."""
    count = min(BARS, len(peaks))
    edges = [len(peaks) * bar // count for bar in range(count + 1)] if count else []
    return [max(peaks[start:end]) for start, end in pairwise(edges)]


def _by_voice(
    rows: list[list[int]], hearing: CallHearing, lines: Sequence[Line]
) -> tuple[list[int], list[int], list[int]]:
    """By channel in stereo; in mono by whose turn it is."""
    nothing = [0] * len(rows[0])
    if len(rows) == 2 and hearing.agent_channel is not None:
        return rows[hearing.agent_channel], rows[1 - hearing.agent_channel], nothing
    loudest = [max(levels) for levels in zip(*rows, strict=True)]
    speakers = _speakers(len(loudest), len(hearing.peaks[0]) / PEAKS_A_SECOND, lines)
    agent = [level if speaker == Speaker.AGENT else 0 for level, speaker in zip(loudest, speakers, strict=True)]
    customer = [level if speaker == Speaker.CUSTOMER else 0 for level, speaker in zip(loudest, speakers, strict=True)]
    unknown = [0 if mine or theirs else level for level, mine, theirs in zip(loudest, agent, customer, strict=True)]
    return agent, customer, unknown


def _speakers(count: int, length: float, lines: Sequence[Line]) -> list[Speaker | None]:
    """Who speaks in each bar; later turns begin over earlier ones."""
    speakers: list[Speaker | None] = [None] * count
    for line in lines:
        if line.time is not None and line.time.until is not None:
            first, last = int(line.time.at / length * count), int(line.time.until / length * count) + 1
            for bar in range(first, min(last, count)):
                speakers[bar] = line.turn.speaker
    return speakers


def _path(levels: Sequence[int], loudest: int, *, up: bool) -> str:
    base = MIDDLE - GAP if up else MIDDLE + GAP
    sign = -1 if up else 1
    return "".join(
        f"M{bar * PITCH + 1.5:g} {base}V{base + sign * TALLEST * level / loudest:.1f}"
        for bar, level in enumerate(levels)
        if level > loudest * FAINT
    )


def _stretch(start: float, end: float, length: float) -> Stretch:
    word = _("%(seconds)s s of silence") % {"seconds": number_format(end - start, 1)}
    return Stretch(_percent(start, length), _percent(end - start, length), word)


def _marks(lines: Iterable[Line], length: float, word: str) -> list[Mark]:
    return [Mark(_percent(line.time.at, length), word) for line in lines if line.time is not None]


def _late(line: Line, length: float) -> Iterable[Mark]:
    if line.time is not None and line.answered_after is not None:
        seconds = number_format(line.answered_after, 1)
        yield Mark(_percent(line.time.at, length), _("Answered after %(seconds)s s") % {"seconds": seconds})


def _axis(length: float) -> list[Mark]:
    step = next((step for step in AXIS_STEPS if length / step <= MOST_LABELS), AXIS_STEPS[-1])
    # the last label stands at the end, so the one before it needs room
    moments = [moment for moment in range(0, int(length) + 1, step) if moment < length - step / 2]
    return [Mark(_percent(moment, length), clock(moment)) for moment in moments]


def _percent(seconds: float, length: float) -> str:
    return f"{min(seconds / length, 1) * 100:.2f}%"
