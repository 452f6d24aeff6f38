"""A form that somebody sent becomes answers."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _

from reviews.scoring import Answer, Card, Criterion
from reviews.scoring.missing import problems_of
from reviews.scoring.score import is_shown
from reviews.vocabulary import CriterionKind

NOT_APPLICABLE = "na"
LONGEST_TEXT, LONGEST_COMMENT = 4_000, 4_000
MOST_TURNS, LAST_TURN = 50, 10_000
TURN = re.compile(r"[1-9]\d{0,4}", re.ASCII)

Problems = dict[str, list[str]]


def answers_from(card: Card, data: Mapping[str, str]) -> tuple[dict[str, Answer], Problems]:
    """What stands in `answer-<key>`, `comment-<key>` and `evidence-<key>`; problems by the criterion's key.

    A choice that the form does not offer is left out and named; what a person wrote is kept however wrong it is.
    Criteria that are not shown have no answer.
    """
    problems: Problems = {}
    given = {criterion.key: _answer(criterion, data, problems) for criterion in card}
    shown = {criterion.key for criterion in card if is_shown(card, criterion, given)}
    answers = {key: answer for key, answer in given.items() if key in shown and answer != Answer()}
    return answers, {key: sentences for key, sentences in problems.items() if key in shown}


def _answer(criterion: Criterion, data: Mapping[str, str], problems: Problems) -> Answer:
    found: list[str] = []
    value = _text(data, f"answer-{criterion.key}", LONGEST_TEXT, found)
    is_na = value == NOT_APPLICABLE and criterion.kind != CriterionKind.TEXT
    comment = _text(data, f"comment-{criterion.key}", LONGEST_COMMENT, found)
    turns = _turns(data.get(f"evidence-{criterion.key}", ""), found)
    answer = Answer("" if is_na else value, is_na, comment, turns)
    wrong = list(problems_of(criterion, answer))
    if wrong and (is_na or criterion.options):
        answer = Answer("", False, comment, turns)
    if found or wrong:
        problems[criterion.key] = found + wrong
    return answer


def _text(data: Mapping[str, str], name: str, longest: int, problems: list[str]) -> str:
    # databases refuse the character zero
    text = data.get(name, "").replace("\0", "").replace("\r\n", "\n").strip()
    if len(text) > longest:
        problems.append(_("At most %(most)s characters. Shorten it.") % {"most": f"{longest:,}"})
    return text


def _turns(text: str, problems: list[str]) -> tuple[int, ...]:
    words = [word for word in re.split(r"[\s,，、;；#]+", text) if word]
    turns = sorted({int(word) for word in words if TURN.fullmatch(word) and int(word) <= LAST_TURN})
    if not all(TURN.fullmatch(word) and int(word) <= LAST_TURN for word in words):
        problems.append(_("Write evidence as numbers of turns, for example 4, 6."))
    if len(turns) > MOST_TURNS:
        problems.append(_("At most %(most)s turns as evidence; the later ones were left out.") % {"most": MOST_TURNS})
    return tuple(turns[:MOST_TURNS])
