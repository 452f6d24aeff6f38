"""From answers to a score."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from reviews.scoring.card import Card, Criterion
from reviews.vocabulary import CriterionKind, Stakes

# what people write for a number; full-width signs have been made plain before
NUMBER = re.compile(r"[+-]?\d{1,12}([.,]\d{1,6})?")


@dataclass(frozen=True, slots=True)
class Answer:
    """`value` is an option's key, a number as text, or a text; "" while nobody has answered."""

    value: str = ""
    is_na: bool = False
    comment: str = ""
    # numbers of the turns it rests on, from 1
    turns: tuple[int, ...] = ()

    @property
    def is_given(self) -> bool:
        return self.is_na or self.value != ""


Answers = Mapping[str, Answer]  # by the criterion's key


@dataclass(frozen=True, slots=True)
class Score:
    """`total` and `critical` are 0 to 100; None when nothing counted. `by_section`: earned and possible weight."""

    total: float | None
    critical: float | None
    is_fatal: bool
    passed: bool | None
    by_section: tuple[tuple[float, float], ...]
    # keys of shown criteria without an answer
    open: tuple[str, ...]


def is_shown(card: Card, criterion: Criterion, answers: Answers) -> bool:
    """Whether its condition holds; one that hangs on a hidden criterion is hidden as well.

    Vetting refuses circles: a condition may only name a criterion that was asked before.
    """
    condition = criterion.shown_if
    if condition is None:
        return True
    asked = card.criterion(condition.criterion)
    given = answers.get(condition.criterion, Answer())
    return asked is not None and is_shown(card, asked, answers) and given.value in condition.options and not given.is_na


def share_of(criterion: Criterion, answer: Answer) -> float | None:
    """The part of the weight that the answer earns; None when it counts in no score."""
    if answer.is_na or not answer.value:
        return None
    if criterion.kind == CriterionKind.NUMBER:
        number = number_of(answer.value)
        if number is None or criterion.passes_from is None:
            return None
        return float(number >= criterion.passes_from)
    option = criterion.option(answer.value)
    return option.share if option else None


def is_negative(criterion: Criterion, answer: Answer) -> bool:
    """Whether the answer says that something was wrong: it then needs evidence."""
    if answer.is_na or not answer.value:
        return False
    if criterion.kind == CriterionKind.NUMBER:
        return share_of(criterion, answer) == 0.0
    option = criterion.option(answer.value)
    return option is not None and option.is_negative


def number_of(text: str) -> float | None:
    """`1.5`, `１，５` and `-2` as numbers; None for anything else."""
    plain = unicodedata.normalize("NFKC", text).strip()
    return float(plain.replace(",", ".")) if NUMBER.fullmatch(plain) else None


def is_open(criterion: Criterion, answer: Answer) -> bool:
    """Whether it still waits for an answer. A text that may be left out is answered by leaving it empty."""
    if criterion.kind == CriterionKind.TEXT and criterion.allows_na:
        return False
    return not answer.is_given or (answer.is_na and not criterion.allows_na)


def score_of(card: Card, answers: Answers) -> Score:
    """N/A, unanswered and hidden criteria stand in no denominator."""
    by_section, critical, shown = [], _Sum(), []
    for section in card.sections:
        points = _Sum()
        for criterion in section.criteria:
            if not is_shown(card, criterion, answers):
                continue
            shown.append(criterion)
            share = share_of(criterion, answers.get(criterion.key, Answer()))
            points.add(share, criterion.weight)
            if criterion.stakes == Stakes.CRITICAL:
                critical.add(share, criterion.weight)
        by_section.append(points)
    given = [(criterion, answers.get(criterion.key, Answer())) for criterion in shown]
    is_fatal = any(one.stakes == Stakes.FATAL and is_negative(one, answer) for one, answer in given)
    total = 0.0 if is_fatal else sum(by_section, _Sum()).percent
    return Score(
        total=total,
        critical=critical.percent,
        is_fatal=is_fatal,
        passed=None if total is None else total >= card.passes_from,
        by_section=tuple((float(points.earned), float(points.possible)) for points in by_section),
        open=tuple(criterion.key for criterion, answer in given if is_open(criterion, answer)),
    )


@dataclass(slots=True)
class _Sum:
    """Fractions, so that the order of criteria never decides about the last digit."""

    earned: Fraction = Fraction()
    possible: Fraction = Fraction()

    def add(self, share: float | None, weight: float) -> None:
        if share is not None:
            self.earned += _exact(share) * _exact(weight)
            self.possible += _exact(weight)

    def __add__(self, other: _Sum) -> _Sum:
        return _Sum(self.earned + other.earned, self.possible + other.possible)

    @property
    def percent(self) -> float | None:
        """0 to 100 with two decimals, halves rounded up as people do it; None when nothing counted."""
        if not self.possible:
            return None
        exact = 100 * self.earned / self.possible
        return float((Decimal(exact.numerator) / exact.denominator).quantize(Decimal("0.01"), ROUND_HALF_UP))


def _exact(number: float) -> Fraction:
    # as it is written: 0.1 is a tenth here, not the nearest binary fraction
    return Fraction(str(number))
