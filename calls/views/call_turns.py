"""What was said, made ready for the eye: offsets, interruptions, hits, and words for a transcript that is not there."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from calls.models import Call, Transcript
from calls.models.search import said_in
from calls.models.transcript import Turn
from calls.numbers import Numbers
from calls.recordings.hearing import CallHearing
from calls.search.grammar import parse
from calls.search.highlight import Piece, pieces
from calls.search.query import Query
from calls.search.tree import Said
from calls.templatetags.call_page import moment
from calls.templatetags.formats import duration as clock
from calls.views.call_pace import Pace, pace_of
from calls.views.call_times import LineTime, line_times
from calls.views.highlighting import marked
from calls.vocabulary import CallResult, Speaker

# more turns than this are drawn only while they are near the screen
MANY = 200
NOTHING = SafeString("")


@dataclass(slots=True)
class Line:
    """One bubble, its words for the page made once: there may be thousands. `time` is None when nobody knows."""

    turn: Turn
    who: SafeString
    text: SafeString
    hits: int
    time: LineTime | None
    # the next turn interrupts it, or too little of it is heard
    is_cut: bool
    # the end of its text was probably never spoken
    is_unheard: bool
    # seconds that the customer waited for it, and that nobody spoke before it; None when that is not worth a word
    answered_after: float | None
    silence: float | None
    # as the template writes them: nothing is escaped twice
    number: SafeString = NOTHING
    classes: SafeString = NOTHING
    moments: SafeString = NOTHING
    clock: SafeString = NOTHING
    note: SafeString = NOTHING
    # something stands beside the bubble
    has_notes: bool = False

    def __post_init__(self) -> None:
        self.number = SafeString(self.turn.index)
        self.classes = SafeString(" ".join(self._classes()))
        is_told = self.turn.interrupted or self.is_cut or self.answered_after is not None
        self.has_notes = is_told or self.turn.speaker == Speaker.OTHER or bool(self.time and self.time.is_set)
        if self.time is None:
            self.clock, self.note = map(conditional_escape, _noted(self.turn))
            return
        until = f' data-until="{self.time.end}"' if self.time.end else ""
        self.moments = SafeString(f' data-at="{self.time.start}"{until}')
        self.clock = SafeString(f"{'≈' if self.time.is_estimated else ''}{clock(self.time.at)}")
        self.note = SafeString(html.escape(self.time.note))

    def _classes(self) -> Iterable[str]:
        yield f"turn turn--{self.turn.speaker.value}"
        if self.time and self.time.is_unsure:
            yield "turn--unsure"
        if self.turn.interrupted:
            yield "turn--interrupts"
        if self.answered_after is not None:
            yield "turn--late"

    @property
    def kind(self) -> str:
        return self.turn.speaker.value

    @property
    def cut_at(self) -> str:
        """`0:17`, when that is known."""
        return clock(self.time.until) if self.time and self.time.until is not None else ""


@dataclass(frozen=True)
class Talk:
    """The transcript as the page shows it; `why_empty` says in words why there are no lines."""

    lines: list[Line]
    unread: SafeString
    unread_hits: int
    why_empty: tuple[str, str]
    query: Query
    pace: Pace = field(default_factory=Pace)

    @property
    def count(self) -> int:
        return len(self.lines)

    @property
    def is_long(self) -> bool:
        return self.count > MANY

    @property
    def hits(self) -> int:
        return sum(line.hits for line in self.lines) + self.unread_hits

    @property
    def problems(self) -> list[str]:
        return [str(problem) for problem in self.query.problems]

    @cached_property
    def interruptions(self) -> list[Line]:
        return [line for line in self.lines if line.turn.interrupted]

    @cached_property
    def silences(self) -> list[Line]:
        """The lines that end a long one."""
        return [line for line in self.lines if line.silence is not None]

    @cached_property
    def slow_answers(self) -> list[Line]:
        return [line for line in self.lines if line.answered_after is not None]


def talk_of(call: Call, numbers: Numbers, asked: str, hearing: CallHearing | None = None) -> Talk:
    """`asked` is what stands in the search box, in the grammar of the list: what was to be said is marked."""
    transcript = Transcript.objects.filter(call=call).first()
    query = parse(asked)
    turns = list(transcript) if transcript else []
    texts = [numbers.hide(turn.text) for turn in turns]
    pace = pace_of(hearing, turns, texts)
    times = line_times(call, hearing.times if hearing else (), [turn.spoken_at for turn in turns])
    lines = list(_lines(turns, texts, times, pace, query.said))
    unread = numbers.hide(transcript.unread) if transcript else ""
    found = _found(unread, [leaf.text for leaf in query.said if leaf.speaker is None])
    why_empty = ("", "") if lines or unread else _why_empty(call)
    return Talk(lines, _marked(found), _hits(found), why_empty, query, pace)


def _lines(
    turns: Sequence[Turn],
    texts: Sequence[str],
    times: Sequence[LineTime | None],
    pace: Pace,
    said: Sequence[Said],
) -> Iterable[Line]:
    names = {speaker: conditional_escape(speaker.label) for speaker in Speaker}
    for index, (turn, text, time) in enumerate(zip(turns, texts, times, strict=True)):
        found = _found(text, said_in(turn.speaker, turn.text, said) if said else ())
        heard = pace.unheard.get(index)
        yield Line(
            turn=turn,
            who=conditional_escape(turn.original_role) if _has_own_name(turn) else names[turn.speaker],
            text=_marked(found, heard),
            hits=_hits(found),
            time=time,
            is_cut=index in pace.cut or heard is not None,
            is_unheard=heard is not None or (index in pace.cut and not pace.is_heard),
            answered_after=_seconds(pace.answers, index),
            silence=_seconds(pace.silences, index),
        )


def _has_own_name(turn: Turn) -> bool:
    return turn.speaker == Speaker.OTHER and bool(turn.original_role)


def _seconds(milliseconds: Mapping[int, int], index: int) -> float | None:
    return milliseconds[index] / 1000 if index in milliseconds else None


def _noted(turn: Turn) -> tuple[str, str]:
    """What stands in place of a time that nobody knows, and why."""
    if turn.spoken_at is None:
        return str(turn.index), _("Number of the turn: the source gives no times")
    note = _("The source noted %(moment)s, which is outside the call") % {"moment": moment(turn.spoken_at)}
    return timezone.localtime(turn.spoken_at).strftime("%H:%M:%S"), note


def _found(text: str, terms: Sequence[str]) -> list[Piece]:
    # Looking for nothing would still read every character, of thousands of turns.
    return pieces(text, terms) if terms else [Piece(text, False)]


def _marked(found: Sequence[Piece], heard: int | None = None) -> SafeString:
    """With the hits marked, and faded from character `heard` on."""
    if heard is None:
        return marked(found)
    before, after = [], []
    for piece in found:
        before.append(Piece(piece.text[: max(heard, 0)], piece.is_hit))
        after.append(Piece(piece.text[max(heard, 0) :], piece.is_hit))
        heard -= len(piece.text)
    unheard = marked([piece for piece in after if piece.text])
    return format_html('{}<span class="bubble__unheard">{}</span>', marked([p for p in before if p.text]), unheard)


def _hits(found: Iterable[Piece]) -> int:
    return sum(piece.is_hit for piece in found)


def _why_empty(call: Call) -> tuple[str, str]:
    if call.result and call.result != CallResult.ANSWERED and not call.duration:
        return _("Nobody answered"), _("So nothing was said.")
    if not call.is_final or call.due_at is not None:
        hope = _("The source writes it after the call ends. This page will notice.")
        return _("The transcript is not ready yet"), hope
    return _("No transcript"), _("The source gave none for this call.")
