from __future__ import annotations

import random

import numpy
import pytest
from agreement.metrics import cohens_kappa, gwets_gamma, observed_agreement
from agreement.utils.transform import pivot_table_frequency

from reviews.opinions.agreement import FEW, Undefined, agreement_of, wilson

Pairs = list[tuple[str, str]]


def reference(pairs: Pairs) -> tuple[float, float, float]:
    """Raw agreement, kappa and AC1 as the reference library computes them from answers in long form."""
    rows = numpy.array([[thing, rater, pair[rater]] for thing, pair in enumerate(pairs) for rater in (0, 1)])
    by_thing = pivot_table_frequency(rows[:, 0], rows[:, 2])
    by_rater = pivot_table_frequency(rows[:, 1], rows[:, 2])
    return observed_agreement(by_thing), cohens_kappa(by_thing, by_rater), gwets_gamma(by_thing)


def make_pairs(seed: int) -> Pairs:
    """Two raters who mostly follow one truth, in which one answer may be far more usual than the others."""
    chance = random.Random(seed)
    answers = [f"option{number}" for number in range(chance.choice([2, 2, 3, 5]))]
    usual = chance.choice([1, 4, 30])
    firsts = chance.choices(answers, weights=[usual] + [1] * (len(answers) - 1), k=chance.randint(12, 80))
    pairs = [(one, one if chance.random() < 0.8 else chance.choice(answers)) for one in firsts]
    return [*pairs, (answers[0], answers[1])]


@pytest.mark.parametrize("seed", range(60))
def test_the_coefficients_equal_those_of_the_reference_library(seed):
    pairs = make_pairs(seed)

    found = agreement_of(pairs)

    assert found.kappa is not None and found.ac1 is not None
    assert (found.raw, found.kappa, found.ac1) == pytest.approx(reference(pairs), abs=0.0005)


def test_kappa_collapses_where_nearly_all_pass_and_ac1_does_not():
    pairs = [("pass", "pass")] * 94 + [("pass", "fail")] * 3 + [("fail", "pass")] * 3

    found = agreement_of(pairs)

    assert found.raw == pytest.approx(0.94)
    assert found.kappa == pytest.approx(-0.031, abs=0.0005)
    assert found.ac1 == pytest.approx(0.936, abs=0.0005)


def test_one_answer_by_everybody_leaves_both_undefined():
    found = agreement_of([("pass", "pass")] * 20)

    assert (found.raw, found.kappa, found.ac1) == (1.0, None, None)
    assert found.why_not == Undefined.ONE_ANSWER


def test_no_pairs_leave_everything_undefined():
    found = agreement_of([])

    assert (found.n, found.raw, found.why_not) == (0, None, Undefined.NO_PAIRS)


def test_few_pairs_are_called_few():
    assert agreement_of([("pass", "fail")] * (FEW - 1)).is_few
    assert not agreement_of([("pass", "fail")] * FEW).is_few


def test_the_interval_is_that_of_wilson():
    # 81 of 263: Newcombe (1998), table I, method 3
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=0.00005)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=0.00005)
    assert wilson(20, 20)[1] == 1.0
