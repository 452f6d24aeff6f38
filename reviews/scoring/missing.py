"""What stands in the way of finishing a review, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from reviews.scoring.card import Card, Criterion
from reviews.scoring.score import Answer, Answers, is_negative, is_open, is_shown, number_of
from reviews.vocabulary import CommentRule, CriterionKind


def missing_of(card: Card, answers: Answers) -> dict[str, list[str]]:
    """By the criterion's key, in the order of the form; empty when the review can be finished."""
    found = {
        criterion.key: list(_missing(criterion, answers.get(criterion.key, Answer())))
        for criterion in card
        if is_shown(card, criterion, answers)
    }
    return {key: sentences for key, sentences in found.items() if sentences}


def problems_of(criterion: Criterion, answer: Answer) -> Iterator[str]:
    """What is wrong with an answer that was given."""
    if answer.is_na and not criterion.allows_na:
        yield _("N/A is not allowed here. Choose an answer.")
    elif not answer.is_na and answer.value and criterion.kind == CriterionKind.NUMBER:
        yield from _problems_of_number(criterion, number_of(answer.value))
    elif not answer.is_na and answer.value and criterion.options and not criterion.option(answer.value):
        yield _("This answer is not on the scorecard. Choose another.")


def _missing(criterion: Criterion, answer: Answer) -> Iterator[str]:
    problems = list(problems_of(criterion, answer))
    yield from problems
    if is_open(criterion, answer) and not problems:
        yield _("No answer yet.")
    if is_negative(criterion, answer) and not answer.turns:
        yield _("A negative answer needs evidence: pin at least one turn.")
    if _needs_comment(criterion, answer) and not answer.comment.strip():
        yield _("Say why in a comment.")


def _needs_comment(criterion: Criterion, answer: Answer) -> bool:
    if criterion.comment_rule == CommentRule.ALWAYS:
        return answer.is_given
    return criterion.comment_rule == CommentRule.NEGATIVE and is_negative(criterion, answer)


def _problems_of_number(criterion: Criterion, number: float | None) -> Iterator[str]:
    least, most = criterion.least, criterion.most
    if number is None:
        yield _("Write a number, for example 3 or 2.5.")
    elif least is not None and number < least:
        yield _("Write a number from %(least)s on.") % {"least": f"{least:g}"}
    elif most is not None and number > most:
        yield _("Write a number up to %(most)s.") % {"most": f"{most:g}"}
