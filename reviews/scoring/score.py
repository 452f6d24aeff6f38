"""From answers to a score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reviews.scoring.card import Card, Criterion
from reviews.vocabulary import CriterionKind, Stakes


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
    """Whether its condition holds; one that hangs on a hidden criterion is hidden as well."""
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
        return None if criterion.passes_from is None else float(float(answer.value) >= criterion.passes_from)
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


def score_of(card: Card, answers: Answers) -> Score:
    """N/A, unanswered and hidden criteria stand in no denominator."""
    by_section = []
    critical_earned = critical_possible = 0.0
    is_fatal = False
    still_open = []
    for section in card.sections:
        earned = possible = 0.0
        for criterion in section.criteria:
            if not is_shown(card, criterion, answers):
                continue
            answer = answers.get(criterion.key, Answer())
            if not answer.is_given:
                still_open.append(criterion.key)
            share = share_of(criterion, answer)
            is_fatal |= criterion.stakes == Stakes.FATAL and is_negative(criterion, answer)
            if share is None:
                continue
            earned, possible = earned + share * criterion.weight, possible + criterion.weight
            if criterion.stakes == Stakes.CRITICAL:
                critical_earned += share * criterion.weight
                critical_possible += criterion.weight
        by_section.append((earned, possible))
    total = _percent(sum(earned for earned, _ in by_section), sum(possible for _, possible in by_section))
    if is_fatal:
        total = 0.0
    return Score(
        total=total,
        critical=_percent(critical_earned, critical_possible),
        is_fatal=is_fatal,
        passed=None if total is None else total >= card.passes_from,
        by_section=tuple(by_section),
        open=tuple(still_open),
    )


def _percent(earned: float, possible: float) -> float | None:
    return round(100 * earned / possible, 2) if possible else None
