"""Which calls are drawn, and whether the interval around the estimated rate holds what it promises."""

from __future__ import annotations

import math

import pytest

from bench.sampling import WORLDS
from reviews.queues.sampling import PICKED, Candidate, Judged, Rate, Stratum, draw, interval, rate_of, stratum_of, worth

EVERYTHING = Stratum("10 %", 0.1)
COMPLAINTS = Stratum("Complaints", question="q=投诉")


def candidates(count: int, prefix: str = "") -> list[Candidate]:
    return [Candidate(f"{prefix}{number}") for number in range(count)]


def keys_drawn(plan: list[Stratum], seed: str, found: list[Candidate]) -> set[str]:
    return {candidate.key for candidate, _stratum in draw(plan, seed, found)}


def test_the_same_seed_draws_the_same_calls_in_any_order():
    found = candidates(2000)

    forward, backward = (keys_drawn([EVERYTHING], "a", order) for order in (found, found[::-1]))

    assert forward == backward
    assert 150 < len(forward) < 250


def test_another_seed_draws_other_calls():
    assert keys_drawn([EVERYTHING], "a", candidates(2000)) != keys_drawn([EVERYTHING], "b", candidates(2000))


def test_late_calls_change_nothing_about_those_before():
    early, late = candidates(1000), candidates(1000, "late ")

    before, after = keys_drawn([EVERYTHING], "a", early), keys_drawn([EVERYTHING], "a", early + late)

    assert before == {key for key in after if not key.startswith("late")}
    assert before != after


def test_a_call_belongs_to_the_first_stratum_that_it_fits():
    plan = [COMPLAINTS, Stratum("A of one task", 0.5, task="aiccs/138001", intents=("A",)), EVERYTHING]

    assert stratum_of(plan, Candidate("1", "aiccs/138001", "A", frozenset(["q=投诉"]))) == COMPLAINTS
    assert stratum_of(plan, Candidate("2", "aiccs/138001", "A")) == plan[1]
    assert stratum_of(plan, Candidate("3", "aiccs/138001", "B")) == EVERYTHING
    assert stratum_of(plan, Candidate("4", "aiccs/138002", "A")) == EVERYTHING
    assert stratum_of(plan[:2], Candidate("5")) is None


def test_a_stratum_that_is_all_of_them_draws_each():
    found = [Candidate(str(number), answers=frozenset(["q=投诉"])) for number in range(300)]

    assert len(keys_drawn([COMPLAINTS], "a", found)) == 300


def test_a_call_that_loses_in_its_stratum_is_not_drawn_from_a_later_one():
    """Otherwise its inclusion probability would be more than what is stored with it."""
    plan = [Stratum("First", 0.0), Stratum("Second", 1.0)]

    assert keys_drawn(plan, "a", candidates(100)) == set()


def test_strata_survive_being_stored():
    stratum = Stratum("A", 0.25, "intent=A", "robot/1", ("A", "B"))

    assert Stratum.from_json(stratum.as_json()) == stratum


# ---- The rate


def judged(stratum: str, probability: float, *, failed: int = 0, passed: int = 0, waiting: int = 0) -> list[Judged]:
    outcomes = [True] * failed + [False] * passed + [None] * waiting
    return [Judged(stratum, probability, outcome) for outcome in outcomes]


def test_nothing_reviewed_gives_no_rate():
    assert rate_of([]) is None
    assert rate_of(judged("10 %", 0.1, waiting=5)) is None


def test_picks_do_not_inflate_the_rate():
    """Ten of ten complaints fail and one of twenty others: that is one in nine of all 210, not one in three."""
    rate = rate_of(judged("Complaints", 1.0, failed=10) + judged("10 %", 0.1, failed=1, passed=19))

    assert rate is not None
    assert rate.value == pytest.approx((10 + 10) / 210)
    assert (rate.reviewed, rate.failed, round(rate.total)) == (30, 11, 210)


def test_calls_added_by_hand_count_in_no_rate():
    drawn = judged("10 %", 0.1, failed=1, passed=19)

    assert rate_of(drawn + judged(PICKED, 1.0, failed=50)) == rate_of(drawn)


def test_what_is_reviewed_whole_is_certain():
    rate = rate_of(judged("All", 1.0, failed=3, passed=7))

    assert rate == Rate(0.3, 0.3, 0.3, 10, 3, 10)


def test_skipped_calls_are_taken_to_be_like_the_reviewed_ones_of_their_stratum():
    rate = rate_of(judged("All", 1.0, failed=30, passed=10, waiting=40) + judged("10 %", 0.1, passed=8))

    assert rate is not None
    assert rate.value == pytest.approx(0.75 * 80 / 160)
    assert rate.low < rate.value < rate.high


def test_a_stratum_without_a_review_may_be_anything():
    rate = rate_of(judged("All", 1.0, failed=10, passed=10) + judged("10 %", 0.1, waiting=98))

    assert rate is not None
    assert rate.value == 0.5
    assert rate.low < 0.03 and rate.high > 0.97


def test_strata_of_the_same_name_in_two_queues_are_apart():
    one = [Judged("All", 1.0, failed, queue=1) for failed in (True, True)]
    other = [Judged("All", 1.0, failed, queue=2) for failed in (False, None, None, None)]

    rate = rate_of(one + other)

    assert rate is not None and rate.value == pytest.approx(2 / 6)


def test_the_interval_is_wilsons_with_continuity_correction():
    """Newcombe 1998, Statistics in Medicine 17, table I, method 4."""
    assert interval(81 / 263, 263) == pytest.approx((0.2535, 0.3682), abs=5e-5)
    assert interval(15 / 148, 148) == pytest.approx((0.0598, 0.1644), abs=5e-5)
    assert interval(0, 20) == pytest.approx((0, 0.2005), abs=5e-5)
    assert interval(1 / 29, 29) == pytest.approx((0.0018, 0.1963), abs=5e-5)


def test_half_of_a_finite_number_is_worth_more_than_as_many_of_an_endless_one():
    assert worth(50, 100) == pytest.approx(99)
    assert worth(50, 1e9) == pytest.approx(50)
    assert math.isinf(worth(100, 100))


# ---- A hundred samples of a world whose rate is known


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_the_interval_covers_the_true_rate_in_at_least_93_of_100_samples(world):
    found = world.simulated()

    assert found.covered >= 93
    # and it is no interval that covers everything, around an estimate that leans to neither side
    assert found.width < 0.2
    assert abs(found.bias) < 0.01


def test_picks_counted_without_their_weights_would_mislead():
    """What the weights are for: here a plain count is ten points off."""
    assert WORLDS["some must"].simulated().plain_bias > 0.05
