"""Scores, against tables computed by hand and against what must hold for any scorecard."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.forms import answers_from
from reviews.scoring import Answer, Card, Condition, Criterion, Option, Section, missing_of, score_of
from reviews.scoring.score import number_of
from reviews.vocabulary import CommentRule, CriterionKind, Stakes
from tests.reviews.builders import PASS_FAIL, make_card
from tests.reviews.golden import Golden, cases

CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_score_is_what_was_computed_by_hand(case: Golden):
    score = score_of(case.card, case.answers)

    assert (score.total, score.critical, score.is_fatal, score.passed) == (
        case.total,
        case.critical,
        case.is_fatal,
        case.passed,
    )
    assert score.open == case.open


def test_at_least_sixty_cases_were_computed_by_hand():
    assert len({case.name for case in CASES}) == len(CASES) >= 60


def test_sections_say_what_they_earned_and_what_was_possible():
    case = next(case for case in CASES if case.name.startswith("Weighted") and "listens=fail" in case.name)

    assert score_of(case.card, case.answers).by_section == ((25.0, 25.0), (60.0, 70.0), (5.0, 5.0))


# ---- What holds for any scorecard

WEIGHTS = st.one_of(st.integers(0, 100), st.decimals(0, 100, places=1)).map(float)
SHARES = st.sampled_from([0.0, 0.1, 0.25, 1 / 3, 0.5, 0.75, 1.0, None])


@st.composite
def judged(draw):
    """A scorecard without conditions, and an answer to each of its criteria."""
    criteria, answers = [], {}
    for number in range(draw(st.integers(1, 8))):
        shares = draw(st.lists(SHARES, min_size=2, max_size=5))
        options = tuple(Option(f"o{place}", f"{place}", share, share == 0.0) for place, share in enumerate(shares))
        stakes = draw(st.sampled_from([Stakes.PLAIN, Stakes.PLAIN, Stakes.CRITICAL, Stakes.FATAL]))
        criteria.append(Criterion(f"c{number}", "", CriterionKind.CHOICE, draw(WEIGHTS), options, stakes))
        value = draw(st.sampled_from([*(option.key for option in options), "na", ""]))
        answers[f"c{number}"] = Answer(is_na=True) if value == "na" else Answer(value)
    return tuple(criteria), answers


@given(judged())
def test_a_score_lies_between_0_and_100(world):
    criteria, answers = world

    score = score_of(Card((Section("", criteria),)), answers)

    for number in (score.total, score.critical):
        assert number is None or 0 <= number <= 100
    assert (score.passed is None) == (score.total is None)


@given(judged(), st.randoms(use_true_random=False))
def test_the_order_of_criteria_does_not_matter(world, chance: random.Random):
    criteria, answers = world
    shuffled = list(criteria)
    chance.shuffle(shuffled)

    one, other = (score_of(Card((Section("", tuple(some)),)), answers) for some in (criteria, shuffled))

    assert (one.total, one.critical, one.is_fatal, one.passed) == (
        other.total,
        other.critical,
        other.is_fatal,
        other.passed,
    )


@given(judged())
def test_a_criterion_that_does_not_apply_is_as_if_it_were_not_there(world):
    criteria, answers = world
    extra = Criterion("extra", "", weight=50, options=PASS_FAIL, stakes=Stakes.FATAL)

    without = score_of(Card((Section("", criteria),)), answers)
    beside = score_of(Card((Section("", (*criteria, extra)),)), answers | {"extra": Answer(is_na=True)})

    assert beside == without


@given(judged())
def test_a_better_answer_never_lowers_the_score(world):
    criteria, answers = world
    card = Card((Section("", criteria),))
    for criterion in criteria:
        earning = {option.share: option for option in criterion.options if option.share is not None}
        if len(earning) < 2:
            continue
        worst, best = (
            score_of(card, answers | {criterion.key: Answer(earning[pick(earning)].key)}) for pick in (min, max)
        )
        assert (worst.total or 0) <= (best.total or 0)


# ---- What stands in the way of finishing


def test_a_review_can_be_finished_when_every_answer_is_there():
    answers = {key: Answer("pass") for key in ("greeting", "answer", "goodbye")} | {"intent": Answer("a")}

    assert missing_of(make_card(), answers) == {}


def test_each_criterion_says_what_it_lacks():
    card = Card(
        (
            Section(
                "",
                (
                    Criterion("open", "", options=PASS_FAIL),
                    Criterion("bare", "", options=PASS_FAIL),
                    Criterion("why", "", options=PASS_FAIL, comment_rule=CommentRule.NEGATIVE),
                    Criterion("always", "", options=PASS_FAIL, comment_rule=CommentRule.ALWAYS),
                    Criterion("asks", "", CriterionKind.NUMBER, least=0, most=10),
                    Criterion("never", "", options=PASS_FAIL, allows_na=False),
                    Criterion("note", "", CriterionKind.TEXT),
                    Criterion("told", "", CriterionKind.TEXT, allows_na=False),
                    Criterion("hidden", "", options=PASS_FAIL, shown_if=Condition("open", ("fail",))),
                ),
            ),
        )
    )
    answers = {
        "bare": Answer("fail"),
        "why": Answer("fail", turns=(3,)),
        "always": Answer("pass", comment="  "),
        "asks": Answer("11"),
        "never": Answer(is_na=True),
    }

    assert missing_of(card, answers) == {
        "open": ["No answer yet."],
        "bare": ["A negative answer needs evidence: pin at least one turn."],
        "why": ["Say why in a comment."],
        "always": ["Say why in a comment."],
        "asks": ["Write a number up to 10."],
        "never": ["N/A is not allowed here. Choose an answer."],
        "told": ["No answer yet."],
    }


# ---- A form that was sent


def test_a_form_becomes_answers():
    sent = {
        "answer-greeting": "fail",
        "comment-greeting": " 没有报公司名 \r\n再见 ",
        "evidence-greeting": "6, 4，4",
        "answer-answer": "na",
        "answer-intent": "b",
        "answer-stranger": "pass",
    }

    answers, problems = answers_from(make_card(), sent)

    assert problems == {}
    assert answers == {
        "greeting": Answer("fail", comment="没有报公司名 \n再见", turns=(4, 6)),
        "answer": Answer(is_na=True),
        "intent": Answer("b"),
    }


def test_a_choice_that_is_not_on_the_form_is_left_out_and_named():
    sent = {"answer-greeting": "maybe", "answer-intent": "na", "evidence-answer": "first, 0, 99999, 3"}

    answers, problems = answers_from(make_card(), sent)

    assert answers == {"answer": Answer(turns=(3,))}
    assert problems == {
        "greeting": ["This answer is not on the scorecard. Choose another."],
        "answer": ["Write evidence as numbers of turns, for example 4, 6."],
        "intent": ["N/A is not allowed here. Choose an answer."],
    }


def test_what_a_person_wrote_is_kept_however_wrong_it_is():
    card = Card((Section("", (Criterion("asks", "", CriterionKind.NUMBER), Criterion("b", "", CriterionKind.TEXT))),))

    answers, problems = answers_from(card, {"answer-asks": "three\0", "answer-b": "na", "comment-b": "x" * 4001})

    assert answers == {"asks": Answer("three"), "b": Answer("na", comment="x" * 4001)}
    assert problems == {
        "asks": ["Write a number, for example 3 or 2.5."],
        "b": ["At most 4,000 characters. Shorten it."],
    }


def test_criteria_that_are_not_asked_have_no_answer():
    follow_up = Criterion("why", "", options=PASS_FAIL, shown_if=Condition("greeting", ("fail",)))
    card = Card((*make_card().sections, Section("", (follow_up,))))

    hidden, _problems = answers_from(card, {"answer-greeting": "pass", "answer-why": "fail"})
    shown, _problems = answers_from(card, {"answer-greeting": "fail", "answer-why": "fail"})

    assert "why" not in hidden and shown["why"] == Answer("fail")


@pytest.mark.parametrize("text", ["nan", "inf", "1e9", "1_000", "0x1f", "", "-", "1.2.3"])
def test_only_plain_numbers_are_numbers(text):
    assert number_of(text) is None


def test_a_scorecard_survives_its_json():
    for card in {case.card for case in CASES}:
        assert Card.from_json(card.as_json()) == card
