"""What was said, made ready for the eye: offsets, interruptions, hits, and words for a transcript that is not there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from calls.hearing import TurnTime
from calls.models import Call, Transcript
from calls.models.search import said_in
from calls.models.transcript import Turn
from calls.numbers import Numbers
from calls.search.grammar import parse
from calls.search.highlight import Piece, pieces
from calls.search.query import Query
from calls.search.tree import Said
from calls.views.call_times import LineTime, line_times
from calls.views.highlighting import marked
from calls.vocabulary import CallResult, Speaker


@dataclass(frozen=True, slots=True)
class Line:
    """One bubble. `time` is None when nobody knows; `is_cut` when the next turn interrupts it."""

    turn: Turn
    text: SafeString
    hits: int
    time: LineTime | None
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
    unread: SafeString
    unread_hits: int
    why_empty: tuple[str, str]
    query: Query

    @property
    def count(self) -> int:
        return len(self.lines)

    @property
    def hits(self) -> int:
        return sum(line.hits for line in self.lines) + self.unread_hits

    @property
    def problems(self) -> list[str]:
        return [str(problem) for problem in self.query.problems]

    @property
    def interruptions(self) -> list[Line]:
        return [line for line in self.lines if line.turn.interrupted]

    @property
    def interruption_count(self) -> int:
        return len(self.interruptions)


def talk_of(call: Call, numbers: Numbers, asked: str, times: Sequence[TurnTime] = ()) -> Talk:
    """`asked` is what stands in the search box, in the grammar of the list: what was to be said is marked.

    `times` is what listening says about the turns, if it has.
    """
    transcript = Transcript.objects.filter(call=call).first()
    query = parse(asked)
    said = query.said
    turns = list(transcript) if transcript else []
    moments = line_times(call, times, [turn.spoken_at for turn in turns])
    lines = list(_lines(turns, moments, numbers, said))
    unread = numbers.hide(transcript.unread) if transcript else ""
    found = _found(unread, [leaf.text for leaf in said if leaf.speaker is None])
    why_empty = ("", "") if lines or unread else _why_empty(call)
    return Talk(lines, marked(found), _hits(found), why_empty, query)


def _lines(
    turns: list[Turn], times: Sequence[LineTime | None], numbers: Numbers, said: Sequence[Said]
) -> Iterable[Line]:
    for turn, after, time in zip_longest(turns, turns[1:], times):
        found = _found(numbers.hide(turn.text), said_in(turn.speaker, turn.text, said))
        is_cut = turn.speaker == Speaker.AGENT and after is not None and after.interrupted
        yield Line(turn, marked(found), _hits(found), time, is_cut)


def _found(text: str, terms: Sequence[str]) -> list[Piece]:
    # Looking for nothing would still read every character, of thousands of turns.
    return pieces(text, terms) if terms else [Piece(text, False)]


def _hits(found: Iterable[Piece]) -> int:
    return sum(piece.is_hit for piece in found)


def _why_empty(call: Call) -> tuple[str, str]:
    if call.result and call.result != CallResult.ANSWERED and not call.duration:
        return _("Nobody answered"), _("So nothing was said.")
    if not call.is_final or call.due_at is not None:
        hope = _("The source writes it after the call ends. This page will notice.")
        return _("The transcript is not ready yet"), hope
    return _("No transcript"), _("The source gave none for this call.")
