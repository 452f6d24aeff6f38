"""What was said, made ready for the eye: offsets, interruptions, hits, and words for a transcript that is not there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from calls.models import Call, Transcript
from calls.models.transcript import Turn
from calls.numbers import Numbers
from calls.views.highlighting import mark_words, words_of
from calls.vocabulary import CallResult, Speaker

# speaking times are whole seconds of another clock: allow them to stick out of the call a little
SLACK = timedelta(seconds=10)
UNKNOWN_LENGTH = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Line:
    """One bubble. `at` is seconds into the call, None when nobody knows; `is_cut` when the next turn interrupts it."""

    turn: Turn
    text: SafeString
    hits: int
    at: int | None
    is_cut: bool

    @property
    def kind(self) -> str:
        return self.turn.speaker.value

    @property
    def who(self) -> str:
        if self.turn.speaker == Speaker.OTHER and self.turn.original_role:
            return self.turn.original_role
        return str(self.turn.speaker.label)


@dataclass(frozen=True, slots=True)
class Talk:
    """The transcript as the page shows it; `why_empty` says in words why there are no lines."""

    lines: list[Line]
    unread: str
    why_empty: tuple[str, str]
    query: str

    @property
    def count(self) -> int:
        return len(self.lines)

    @property
    def hits(self) -> int:
        return sum(line.hits for line in self.lines)

    @property
    def interruptions(self) -> list[Line]:
        return [line for line in self.lines if line.turn.interrupted]

    @property
    def interruption_count(self) -> int:
        return len(self.interruptions)


def talk_of(call: Call, numbers: Numbers, query: str) -> Talk:
    transcript = Transcript.objects.filter(call=call).first()
    turns = list(transcript) if transcript else []
    unread = numbers.hide(transcript.unread) if transcript else ""
    lines = list(_lines(call, turns, numbers, words_of(query)))
    return Talk(lines, unread, ("", "") if lines or unread else _why_empty(call), query)


def _lines(call: Call, turns: list[Turn], numbers: Numbers, words: list[str]) -> Iterable[Line]:
    for turn, after in zip_longest(turns, turns[1:]):
        text, hits = mark_words(numbers.hide(turn.text), words)
        is_cut = turn.speaker == Speaker.AGENT and after is not None and after.interrupted
        yield Line(turn, text, hits, _offset(call, turn.spoken_at), is_cut)


def _offset(call: Call, spoken_at: datetime | None) -> int | None:
    """Seconds from the start of the call; None for a time outside of it, as in the vendor's sample."""
    start = call.answered_at or _picked_up_at(call)
    if spoken_at is None or start is None:
        return None
    length = timedelta(seconds=call.duration) if call.duration else UNKNOWN_LENGTH
    if call.ended_at and call.ended_at > start:
        length = max(length, call.ended_at - start)
    offset = spoken_at - start
    if not -SLACK <= offset <= length + SLACK:
        return None
    return max(int(offset.total_seconds()), 0)


def _picked_up_at(call: Call) -> datetime | None:
    """The robot API tells when it dialled and for how long was spoken; the recording begins at the pick-up."""
    if call.started_at and call.ended_at and call.duration:
        return max(call.started_at, call.ended_at - timedelta(seconds=call.duration))
    return call.started_at


def _why_empty(call: Call) -> tuple[str, str]:
    if call.result and call.result != CallResult.ANSWERED and not call.duration:
        return _("Nobody answered"), _("So nothing was said.")
    if not call.is_final or call.due_at is not None:
        hope = _("The source writes it after the call ends. This page will notice.")
        return _("The transcript is not ready yet"), hope
    return _("No transcript"), _("The source gave none for this call.")
