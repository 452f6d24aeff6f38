"""Who has which item in hands, and who gets which next."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.utils import timezone

from calls.models import Call, CallTask, search
from calls.models.scope import TaskScope
from calls.search.grammar import parse
from calls.snapshot import TaskSnapshot
from calls.vocabulary import Source
from reviews.models import Calibration, QueueItem
from reviews.models.judged import note_judged
from reviews.reviewing.holding import (
    LOCK,
    LockLost,
    close,
    put_back,
    release,
    renew,
    reopen_item,
    skip,
    take,
    take_next,
)
from reviews.reviewing.progress import pace_of, progress_of
from reviews.reviewing.waiting import count_for, held_by
from reviews.vocabulary import ItemState, QueueState, ReviewState, SkipReason
from tests.builders import make_call
from tests.reviews.builders import finish, make_calibration, make_item, make_pair, make_queue, make_review

pytestmark = pytest.mark.django_db


@pytest.fixture
def mei(db: None) -> User:
    """Another reviewer."""
    user = User.objects.create_user("mei", password="a long enough password")
    user.groups.add(Group.objects.get(name="Reviewer"))
    return user


def taken(user: User) -> QueueItem:
    item = take_next(user)
    assert item is not None
    return item


def finished(user: User) -> QueueItem:
    """The next item, reviewed as the review page does it."""
    item = taken(user)
    assert item.call is not None
    make_review(item.call, user, item=item, seconds=30)
    close(item, item.token)
    return item


def long_ago(item: QueueItem) -> None:
    QueueItem.objects.filter(pk=item.pk).update(locked_until=timezone.now() - timedelta(seconds=1))


# ---- The next one


def test_items_are_handed_out_in_their_order(rui):
    queue = make_queue()
    last, first = (make_item(queue, make_call(), place=place) for place in (7, 3))

    assert [taken(rui), taken(rui), take_next(rui)] == [first, last, None]


def test_what_one_holds_another_does_not_get(rui, mei):
    make_queue(make_call())

    item = taken(rui)

    assert take_next(mei) is None
    assert not take(item, mei)
    assert list(held_by(rui)) == [item]


def test_a_lock_lasts_five_minutes_and_then_others_may_have_the_item(rui, mei):
    make_queue(make_call())

    item = taken(rui)
    assert item.locked_until is not None
    assert LOCK - timedelta(seconds=20) < item.locked_until - timezone.now() <= LOCK == timedelta(minutes=5)
    long_ago(item)

    assert taken(mei) == item
    assert list(held_by(rui)) == []


def test_a_heartbeat_keeps_the_item(rui, mei):
    make_queue(make_call())
    item = taken(rui)
    long_ago(item)

    assert renew(item, item.token)

    assert take_next(mei) is None


def test_a_page_that_lost_its_lock_neither_renews_nor_releases_nor_finishes(rui, mei):
    make_queue(make_call())
    lost = taken(rui)
    long_ago(lost)
    held = taken(mei)

    assert not renew(lost, lost.token)
    release(lost, lost.token)
    with pytest.raises(LockLost):
        close(lost, lost.token)
    with pytest.raises(LockLost):
        skip(lost, lost.token, SkipReason.NO_SOUND, "", rui)

    held.refresh_from_db()
    assert (held.locked_by, held.state) == (mei, ItemState.WAITING)


def test_without_a_token_nothing_is_anybodys(rui):
    queue = make_queue(make_call())
    [item] = queue.items.all()

    assert not renew(item, "")
    with pytest.raises(LockLost):
        close(item, "")


def test_a_late_page_may_finish_as_long_as_nobody_else_came(rui):
    make_queue(make_call())
    item = taken(rui)
    long_ago(item)

    close(item, item.token)

    assert item.state == ItemState.DONE


def test_a_page_that_goes_frees_its_item_at_once(rui, mei):
    make_queue(make_call())
    item = taken(rui)

    release(item, item.token)

    assert taken(mei) == item


def test_a_second_page_of_the_same_person_takes_the_lock_over(rui):
    make_queue(make_call())
    item = taken(rui)
    first = item.token

    assert take(item, rui)

    assert item.token != first
    assert not renew(item, first)
    release(item, first)  # the farewell of the first page comes late
    assert renew(item, item.token)


def test_what_is_done_is_not_taken_again(rui, mei):
    make_queue(make_call())
    item = finished(rui)

    assert take_next(mei) is None
    assert not take(item, mei)
    with pytest.raises(LockLost):
        close(item, item.token)


@pytest.mark.parametrize("state", [QueueState.PAUSED, QueueState.CLOSED])
def test_a_queue_that_is_not_open_hands_nothing_out_but_what_is_held_may_be_finished(rui, mei, state):
    queue = make_queue(make_call(), make_call())
    item = taken(rui)
    queue.state = state
    queue.save()

    assert take_next(mei) is None
    assert not take(QueueItem.objects.exclude(pk=item.pk).get(), mei)
    assert take(item, rui)
    close(item, item.token)


def test_only_reviewers_of_the_queue_get_its_calls(rui, mei):
    queue = make_queue(make_call())
    queue.reviewers.add(mei)

    assert take_next(rui) is None
    assert not take(queue.items.get(), rui)
    assert take_next(mei) is not None


def test_an_item_given_to_somebody_is_nobody_elses(rui, mei):
    queue = make_queue(name="Restricted")
    queue.reviewers.add(mei)
    item = make_item(queue, make_call(), assigned_to=rui)

    assert take_next(mei) is None
    assert taken(rui) == item


def test_the_quota_counts_what_is_done_and_what_is_in_hands(rui, mei):
    make_queue(make_call(), make_call(), make_call(), quota=2)
    finished(rui)
    taken(rui)

    assert take_next(rui) is None
    assert take_next(mei) is not None


def test_what_is_given_by_name_comes_also_after_the_quota(rui):
    queue = make_queue(make_call(), quota=1)
    finished(rui)
    item = make_item(queue, make_call(), assigned_to=rui)

    assert taken(rui) == item


def test_calls_of_tasks_that_somebody_may_not_see_are_not_handed_to_them(rui):
    CallTask.objects.absorb(TaskSnapshot(Source.AICCS, "138001"))
    scope = TaskScope.objects.create(user=rui)
    scope.tasks.add(CallTask.objects.get())
    queue = make_queue(make_call(task_id="138002"), make_call(task_id="138001"))

    assert taken(rui).task_id == "138001"
    assert take_next(rui) is None
    assert not take(queue.items.get(task_id="138002"), rui)


def test_a_call_that_is_gone_is_not_handed_out(rui):
    call = make_call()
    make_queue(call)
    Call.objects.filter(pk=call.pk).delete()

    assert take_next(rui) is None


def test_the_oldest_open_queue_comes_first_unless_one_is_named(rui):
    old = make_queue(make_call(), name="Old")
    new = make_queue(make_call(), name="New", version=old.scorecard.versions.get())

    assert taken(rui).queue == old
    item = take_next(rui, new)
    assert item is not None and item.queue == new


# ---- Skipping


@pytest.mark.parametrize("reason", [reason for reason in SkipReason if reason != SkipReason.OTHER])
def test_a_skip_needs_no_more_than_its_reason(rui, reason):
    make_queue(make_call())
    item = taken(rui)

    skip(item, item.token, reason, "", rui)

    assert (item.state, item.skip_reason, item.skipped_by, item.is_held) == (ItemState.SKIPPED, reason, rui, False)
    assert take_next(rui) is None


@pytest.mark.parametrize(("reason", "note"), [("", ""), ("bored", "really"), (SkipReason.OTHER, "  ")])
def test_a_skip_without_a_reason_is_refused_in_words_and_the_item_stays(rui, reason, note):
    make_queue(make_call())
    item = taken(rui)

    with pytest.raises(ValidationError, match="why you skip"):
        skip(item, item.token, reason, note, rui)

    assert renew(item, item.token)


def test_something_else_needs_words(rui):
    make_queue(make_call())
    item = taken(rui)

    skip(item, item.token, SkipReason.OTHER, "The line hums\x00 " * 100, rui)

    assert item.skip_note.startswith("The line hums The line")
    assert len(item.skip_note) <= 500


def test_what_is_put_back_is_for_others_than_who_skipped_it(rui, mei):
    make_queue(make_call())
    item = taken(rui)
    skip(item, item.token, SkipReason.ACQUAINTED, "", rui)

    assert put_back(item)
    assert not put_back(item)

    assert take_next(rui) is None
    assert taken(mei) == item


def test_what_is_put_back_for_somebody_is_theirs_also_if_they_skipped_it(rui, mei):
    make_queue(make_call())
    item = taken(rui)
    skip(item, item.token, SkipReason.SUPERVISOR, "", rui)

    put_back(item, to=rui)

    assert take_next(mei) is None
    assert taken(rui) == item


# ---- Second opinions


def test_a_second_opinion_waits_for_somebody_else(rui, mei):
    make_queue(make_call(), second_share=1)
    item = finished(rui)

    second = QueueItem.objects.get(second_of=item)
    assert (second.call, second.key, second.state) == (item.call, item.key, ItemState.WAITING)
    assert take_next(rui) is None
    assert not take(second, rui)
    assert taken(mei) == second


def test_a_second_opinion_has_no_third(rui, mei):
    make_queue(make_call(), second_share=1)
    finished(rui)
    finished(mei)

    assert QueueItem.objects.count() == 2


def test_the_share_of_second_opinions_is_drawn_by_lot_and_the_same_for_the_same_seed(rui):
    def drawn(queue):
        return set(queue.items.exclude(second_of=None).values_list("key", flat=True))

    # with keys of their own: by chance none is drawn once in forty thousand runs
    calls = [make_call(detail_id=str(number)) for number in range(30)]
    one = make_queue(*calls, name="One", second_share=0.3, seed="abc")
    for _ in calls:
        finished(rui)
    other = make_queue(*calls, name="Other", second_share=0.3, seed="abc", version=one.scorecard.versions.get())
    for _ in calls:
        finished(rui)

    assert 0 < len(drawn(one)) < 20
    assert drawn(one) == drawn(other)


def test_calibrations_have_no_second_opinions(rui, su):
    queue = make_queue(make_call(), second_share=1)
    Calibration.objects.create(name="October", queue=queue, expert=su)

    finished(rui)

    assert QueueItem.objects.count() == 1


def test_a_reopened_item_waits_for_whoever_reviewed_it(rui, mei):
    make_queue(make_call(), second_share=1)
    item = finished(rui)

    item.reviews.update(state=ReviewState.DRAFT)
    reopen_item(item, rui)

    # the second opinion that nobody had begun goes with the first
    assert QueueItem.objects.get() == item
    assert take_next(mei) is None
    again = taken(rui)
    close(again, again.token)
    assert QueueItem.objects.filter(second_of=item).count() == 1


def test_a_second_opinion_in_somebodys_hands_outlives_reopening(rui, mei):
    make_queue(make_call(), second_share=1)
    item = finished(rui)
    second = taken(mei)

    reopen_item(item, rui)
    close(second, second.token)
    assert take(item, rui)
    close(item, item.token)

    assert QueueItem.objects.count() == 2


# ---- How far one is


def test_three_of_fortyseven_about_so_many_minutes_left(rui, mei):
    queue = make_queue(*(make_call() for _ in range(6)))
    finished(rui)
    finished(mei)
    taken(rui)

    progress = progress_of(rui, queue)

    assert (progress.done, progress.total) == (1, 5)
    assert (progress.seconds_left, progress.minutes_left) == (4 * 30, 2)


def test_the_pace_is_the_median_of_the_last_twenty_reviews(rui):
    assert pace_of(rui) == 50
    call = make_call()
    for number, seconds in enumerate([999] * 5 + [20, 30, 40] * 7):
        at = timezone.now() - timedelta(minutes=60 - number)
        make_review(call, rui, seconds=seconds, finished_at=at)

    assert pace_of(rui) == 30


def test_the_quota_bounds_what_is_left(rui):
    queue = make_queue(*(make_call() for _ in range(6)), quota=3)
    finished(rui)

    assert (progress_of(rui, queue).done, progress_of(rui, queue).total) == (1, 3)


def test_a_finished_queue_has_nothing_left(rui):
    queue = make_queue(make_call())
    finished(rui)

    assert progress_of(rui, queue).minutes_left == 0


def test_calls_of_an_account_that_goes_wait_for_somebody_else(rui, mei):
    call, ticked = make_call(), make_call()
    first, second = make_pair(call)
    review = finish(first, rui)
    put_back_to = {"state": ItemState.WAITING, "assigned_to": mei}
    QueueItem.objects.filter(pk=second.pk).update(**put_back_to)
    theirs = make_item(make_queue(), ticked, **put_back_to)
    calibration = make_calibration([call], [mei], rui)
    note_judged(review)

    mei.delete()

    assert not calibration.queue.items.exclude(assigned_to=rui).exists()
    assert {item.pk for item in QueueItem.objects.filter(assigned_to=None).waiting()} == {second.pk, theirs.pk}
    # a second opinion is still to come, and as long as it is nobody learns of the first
    assert search.find(parse("reviewed:yes -score:>=0")).ids == [call.pk]


def test_the_count_is_what_waits_for_this_person(rui, mei):
    queue = make_queue(*(make_call() for _ in range(4)))
    finished(rui)
    taken(rui)
    taken(mei)

    assert (count_for(rui), count_for(mei)) == (2, 2)
    queue.quota = 2
    queue.save()
    assert (count_for(rui), count_for(mei)) == (1, 2)
    queue.state = QueueState.PAUSED
    queue.save()
    # what is in hands may still be finished
    assert (count_for(rui), count_for(mei)) == (1, 1)


def test_counting_asks_no_more_than_four_questions(rui, django_assert_max_num_queries):
    version = make_queue(make_call()).scorecard.versions.get()
    for number in range(3):
        make_queue(make_call(), name=f"Queue {number}", version=version)

    with django_assert_max_num_queries(4):
        assert count_for(rui) == 4
