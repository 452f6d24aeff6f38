from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Q
from django.utils import timezone

from reviews.board import judged
from reviews.board.judged import Reviewed
from reviews.models import Review
from reviews.scoring import Answer
from reviews.vocabulary import Purpose
from tests.builders import NOON, make_call
from tests.reviews.builders import make_item, make_queue, make_review

pytestmark = pytest.mark.django_db
FAIL = {"greeting": Answer("fail", turns=(1,)), "answer": Answer("fail", turns=(1,)), "goodbye": Answer("pass")}


def rate():
    begin, end = NOON - timedelta(days=30), NOON + timedelta(days=30)
    return judged.failure_rate(Review.objects.counted(), begin, end, Q())


def test_a_mean_has_an_interval_from_two_scores_on():
    two = Reviewed(2, 1, 1, 2, 180.0, 90.0**2 + 90.0**2)
    one = Reviewed(1, 1, 0, 1, 90.0, 90.0**2)

    assert (two.mean, two.margin) == (90.0, 0.0)
    assert (one.mean, one.margin) == (90.0, None)
    assert (one + one).margin == 0.0
    assert (Reviewed() + one).mean == 90.0
    assert Reviewed().mean is None and Reviewed().pass_rate is None


def test_the_margin_is_what_the_textbook_says():
    scores = [70.0, 80.0, 90.0, 100.0]
    reviewed = Reviewed(4, 4, 0, 4, sum(scores), sum(score**2 for score in scores))

    # 1.96 times the standard deviation 12.91 over the root of 4
    assert reviewed.margin == pytest.approx(12.65, abs=0.01)


def test_calls_that_were_drawn_more_often_do_not_raise_the_failure_rate(su):
    queue = make_queue(seed="lot")
    for _picked in range(10):
        call = make_call()
        make_review(call, su, FAIL, item=make_item(queue, call, stratum="angry", probability=1.0))
    for _random in range(10):
        call = make_call()
        make_review(call, su, item=make_item(queue, call, stratum="random", probability=0.01))

    found = rate()

    assert found is not None
    # 10 failed of about 1,010 calls, not of 20
    assert found.value == pytest.approx(10 / 1010)
    assert (found.reviewed, found.failed) == (20, 10)


def test_reviews_that_nobody_drew_count_in_no_rate(su):
    make_review(make_call(), su, FAIL, purpose=Purpose.AD_HOC)

    assert rate() is None


def test_agreement_is_about_the_verdict_of_both(su, rui):
    queue = make_queue(seed="lot")
    for answers in ({}, {}, FAIL, None):
        call = make_call()
        item = make_item(queue, call)
        make_review(call, su, answers or None, item=item)
        second = make_item(queue, call, second_of=item)
        make_review(call, rui, FAIL if answers == FAIL else None, item=second, purpose=Purpose.SECOND)

    found = judged.agreement(Review.objects.finished().filter(purpose=Purpose.SECOND))

    assert (found.n, found.same) == (4, 4)
    assert found.ac1 == 1.0


def test_criteria_are_counted_by_answer(su):
    make_review(make_call(), su, FAIL)
    make_review(make_call(), su, {"greeting": Answer("pass"), "answer": Answer(is_na=True), "goodbye": Answer("")})

    found = {one.criterion: one for one in judged.by_criterion(Review.objects.counted())}

    assert (found["greeting"].fine, found["greeting"].negative, found["greeting"].na) == (1, 1, 0)
    assert (found["answer"].fine, found["answer"].negative, found["answer"].na) == (0, 1, 1)
    assert (found["goodbye"].fine, found["goodbye"].pass_rate) == (1, 1.0)


def test_the_time_of_a_review_is_told_by_its_phases(su, rui):
    times: dict[str, Any] = {"seconds_to_play": 4.0, "seconds_to_answer": 14.0, "seconds": 44.0}
    make_review(make_call(), su, **times)
    make_review(make_call(), su, **{**times, "seconds": 64.0})
    # somebody who judged without hearing
    make_review(make_call(), su, seconds_to_play=None, seconds_to_answer=10.0, seconds=20.0)
    make_review(make_call(), rui, finished_at=timezone.now() - timedelta(days=1))

    mine, theirs = judged.by_reviewer(Review.objects.finished())

    assert (mine.name, mine.reviews, mine.days) == ("su", 3, 1)
    assert (mine.to_play, mine.to_answer) == (4.0, 10.0)
    assert mine.to_submit == pytest.approx((30 + 50 + 10) / 3)
    assert mine.seconds == pytest.approx(128 / 3)
    assert (theirs.name, theirs.to_play, theirs.seconds) == ("rui", None, None)
