"""A scorecard as the form that reviewers fill in, row by row."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django import template
from django.utils.translation import gettext as _

from reviews.forms import NOT_APPLICABLE
from reviews.quotes import Quote, Quotes
from reviews.scoring import Answer, Card, Criterion, Option, Score
from reviews.scoring.score import is_negative, is_shown
from reviews.vocabulary import CommentRule, CriterionKind, Stakes

register = template.Library()

# keys of digits; 0 is N/A
MOST_DIGITS = 9
# in Latin letters; a Chinese character is two wide
NARROW, SHORT = 2, 7
PADDING, LINE = 2, 28


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    digit: str
    tone: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class CriterionRow:
    """`number` counts through the whole scorecard; `layout` is how the options stand: "" for three alike,
    five for letters, auto for what fits beside the title, wide for what stands below it.
    """

    criterion: Criterion
    number: int
    answer: Answer
    is_shown: bool
    is_negative: bool
    choices: Sequence[Choice]
    layout: str
    evidence: Sequence[tuple[int, Quote | None]]
    missing: Sequence[str]
    is_here: bool

    @property
    def key(self) -> str:
        return self.criterion.key

    @property
    def turns(self) -> str:
        return ", ".join(map(str, self.answer.turns))

    @property
    def is_fatal(self) -> bool:
        return self.criterion.stakes == Stakes.FATAL

    @property
    def is_critical(self) -> bool:
        return self.criterion.stakes == Stakes.CRITICAL

    @property
    def is_typed(self) -> bool:
        return self.criterion.kind in {CriterionKind.NUMBER, CriterionKind.TEXT}

    @property
    def is_number(self) -> bool:
        return self.criterion.kind == CriterionKind.NUMBER

    @property
    def has_na_box(self) -> bool:
        return self.is_number and self.criterion.allows_na

    @property
    def condition(self) -> str:
        return self.criterion.shown_if.criterion if self.criterion.shown_if else ""

    @property
    def condition_options(self) -> str:
        return " ".join(self.criterion.shown_if.options) if self.criterion.shown_if else ""

    @property
    def negatives(self) -> str:
        return " ".join(option.key for option in self.criterion.options if option.is_negative)

    @property
    def fine(self) -> str:
        return self.criterion.fine.key if self.criterion.fine else ""

    @property
    def why_label(self) -> str:
        return {
            CommentRule.ALWAYS: _("Why (required)"),
            CommentRule.NEGATIVE: _("Why (required when negative)"),
        }.get(self.criterion.comment_rule, _("Why"))

    @property
    def has_more(self) -> bool:
        """Whether there is something to see below the options, beside what helps to answer."""
        return bool(self.evidence or self.missing or self.answer.comment)


@dataclass(frozen=True, slots=True)
class SectionRow:
    number: int
    title: str
    points: str
    criteria: Sequence[CriterionRow]


@register.simple_tag
def scorecard_rows(
    card: Card,
    answers: Mapping[str, Answer] | None = None,
    missing: Mapping[str, Sequence[str]] | None = None,
    quotes: Quotes | None = None,
    score: Score | None = None,
    here: str = "",
) -> list[SectionRow]:
    """What `_scorecard.html` shows; everything but the card may be left out (a template gives "" then)."""
    numbers = {criterion.key: number for number, criterion in enumerate(card, 1)}
    given = answers or {}
    return [
        SectionRow(
            place,
            section.title,
            _points(score or None, place),
            [
                _row(
                    card,
                    criterion,
                    numbers[criterion.key],
                    given,
                    (missing or {}).get(criterion.key, ()),
                    quotes,
                    is_here=criterion.key == here,
                )
                for criterion in section.criteria
            ],
        )
        for place, section in enumerate(card.sections, 1)
    ]


@register.filter
def points(number: float | None) -> str:
    """`74`, `66.67`; a dash while nothing counts."""
    return "–" if number is None else f"{number:.2f}".rstrip("0").rstrip(".")


@register.filter
def is_first_chosen(choices: Sequence[tuple[str, str, bool]], value: str) -> bool:
    return next((one for one, _label, is_chosen in choices if is_chosen), None) == value


@register.filter
def is_same(one: object, other: object) -> bool:
    return one == other


def _row(
    card: Card,
    criterion: Criterion,
    number: int,
    answers: Mapping[str, Answer],
    missing: Sequence[str],
    quotes: Quotes | None,
    *,
    is_here: bool,
) -> CriterionRow:
    answer = answers.get(criterion.key, Answer())
    choices = _choices(criterion, answer)
    return CriterionRow(
        criterion=criterion,
        number=number,
        answer=answer,
        is_shown=is_shown(card, criterion, answers),
        is_negative=is_negative(criterion, answer),
        choices=choices,
        layout=_layout([choice.label for choice in choices]),
        evidence=[(turn, (quotes or {}).get(turn)) for turn in answer.turns],
        missing=missing,
        is_here=is_here,
    )


def _choices(criterion: Criterion, answer: Answer) -> list[Choice]:
    if not criterion.options:
        return []
    found = [
        Choice(
            option.key,
            option.label,
            str(place) if place <= MOST_DIGITS else "",
            _tone(criterion, option),
            answer.value == option.key and not answer.is_na,
        )
        for place, option in enumerate(criterion.options, 1)
    ]
    if criterion.allows_na:
        found.append(Choice(NOT_APPLICABLE, _("N/A"), "0", "", answer.is_na))
    return found


def _tone(criterion: Criterion, option: Option) -> str:
    if option.is_negative:
        return "bad"
    return "good" if criterion.kind == CriterionKind.PASS_FAIL else ""


def _layout(labels: Sequence[str]) -> str:
    widths = list(map(_width, labels))
    longest = max(widths, default=0)
    if len(labels) <= 3 and longest <= SHORT:
        return ""
    if len(labels) <= 6 and longest <= NARROW:
        return "five"
    return "auto" if sum(widths) + PADDING * len(labels) <= LINE else "wide"


def _width(label: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in label)


def _points(score: Score | None, place: int) -> str:
    if score is None:
        return ""
    earned, possible = score.by_section[place - 1]
    return f"{points(earned)} / {points(possible)}" if possible else ""
