"""Which reviews somebody may see: theirs, their tasks', and none that an opinion still to come must not know."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from calls.models.scope import TaskScope
from reviews.models import Calibration, QueueItem, Review
from reviews.vocabulary import ItemState, QueueState, ReviewState
from tests.builders import make_call
from tests.reviews.builders import finish, make_item, make_pair, make_queue, make_review


def seen(user: User) -> set[int]:
    # permissions are remembered by the object that was asked
    reader = User.objects.get(pk=user.pk)
    return set(Review.objects.visible_to(reader).values_list("pk", flat=True))


def test_a_supervisor_sees_every_review_also_without_a_queue(su, rui):
    review = make_review(make_call(), rui)

    assert seen(su) == {review.pk}
    assert seen(rui) == {review.pk}


def test_a_reviewer_sees_nobody_elses(rui, rong):
    make_review(make_call(), rui)

    assert seen(rong) == set()


def test_a_review_outside_ones_tasks_is_not_seen(su, rui):
    TaskScope.objects.create(user=su)
    make_review(make_call(), rui)

    assert seen(su) == set()


def test_whoever_may_be_asked_for_the_second_opinion_does_not_see_the_first(su, rui):
    first, second = make_pair(make_call())
    given = finish(first, rui)

    assert seen(su) == set()
    assert list(Review.objects.closed_to(su)) == [given]
    assert seen(rui) == {given.pk}

    other = finish(second, su)

    assert seen(su) == {given.pk, other.pk}
    assert not Review.objects.closed_to(su).exists()


def test_it_holds_the_other_way_round(su, rui):
    first, second = make_pair(make_call())
    given = finish(second, rui)

    assert seen(su) == set()

    finish(first, su)
    assert given.pk in seen(su)


def test_whoever_is_not_asked_in_this_queue_sees_the_first(su, rui, rong):
    first, _second = make_pair(make_call())
    first.queue.reviewers.set([rui, rong])
    given = finish(first, rui)

    assert seen(su) == {given.pk}


def test_whoever_holds_the_second_does_not_see_the_first_whatever_the_queue_says(su, rui, rong):
    first, second = make_pair(make_call())
    first.queue.reviewers.set([rui, rong])
    finish(first, rui)
    QueueItem.objects.filter(pk=second.pk).update(locked_by=su)

    assert seen(su) == set()


def test_a_second_opinion_kept_for_somebody_closes_the_first_to_nobody_else(su, rui, rong):
    first, second = make_pair(make_call())
    QueueItem.objects.filter(pk=second.pk).update(assigned_to=rong)
    given = finish(first, rui)

    assert seen(su) == {given.pk}
    assert seen(rong) == set()


@pytest.mark.parametrize("state", [ItemState.SKIPPED, ItemState.GONE])
def test_an_opinion_that_will_not_come_closes_nothing(su, rui, state):
    first, second = make_pair(make_call())
    given = finish(first, rui)
    QueueItem.objects.filter(pk=second.pk).update(state=state)

    assert seen(su) == {given.pk}


def test_a_closed_queue_closes_nothing(su, rui):
    first, _second = make_pair(make_call())
    given = finish(first, rui)
    first.queue.state = QueueState.CLOSED
    first.queue.save()

    assert seen(su) == {given.pk}


def test_both_see_each_others_opinion_afterwards(rui, rong):
    first, second = make_pair(make_call())
    one, other = finish(first, rui), finish(second, rong)

    assert seen(rui) == seen(rong) == {one.pk, other.pk}


def test_a_draft_of_a_pair_is_its_reviewers_alone(su, rui):
    call = make_call()
    first, _second = make_pair(call)
    draft = make_review(call, rui, item=first, state=ReviewState.DRAFT, finished_at=None)

    assert seen(su) == set()
    assert seen(rui) == {draft.pk}


def test_a_review_opened_again_closes_the_other_one_again(rui, rong):
    first, second = make_pair(make_call())
    one, other = finish(first, rui), finish(second, rong)
    Review.objects.filter(pk=one.pk).update(state=ReviewState.DRAFT)
    QueueItem.objects.filter(pk=first.pk).update(state=ItemState.WAITING)

    assert seen(rui) == {one.pk}
    assert seen(rong) == {other.pk}


def test_a_calibration_shows_nobody_elses_answers_until_all_are_given(su, rui, rong, ada):
    call = make_call()
    queue = make_queue(name="Calibration")
    Calibration.objects.create(name="May", queue=queue, expert=su)
    items = {one: make_item(queue, call, assigned_to=one, is_calibration=True) for one in (rui, rong, su)}
    given = {one: finish(items[one], one).pk for one in (rui, su)}

    assert seen(rui) == {given[rui]}
    assert seen(su) == {given[su]}
    assert seen(ada) == set()

    given[rong] = finish(items[rong], rong).pk

    assert seen(rui) == seen(rong) == seen(su) == seen(ada) == set(given.values())


def test_an_ended_calibration_shows_what_was_answered(rui, rong, su):
    call = make_call()
    queue = make_queue(name="Calibration")
    calibration = Calibration.objects.create(name="May", queue=queue, expert=su)
    items = {one: make_item(queue, call, assigned_to=one, is_calibration=True) for one in (rui, rong, su)}
    given = {one: finish(items[one], one).pk for one in (rui, su)}

    calibration.ended_at = timezone.now()
    calibration.save()

    assert seen(rui) == seen(su) == set(given.values())
    # whoever gave no answer of their own is shown none
    assert seen(rong) == set()
