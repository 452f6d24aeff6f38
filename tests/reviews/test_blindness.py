"""Over HTTP: nobody sees another's answers about a call before they have given their own.

A row a page, a column a way to have an opinion still to give. Every page that shows reviews belongs here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from calls.models import Call, ListPreference
from calls.models.judged import Judged
from reviews.models import Dispute, Queue, QueueItem, Review
from reviews.models.judged import newest_of, note_judged
from reviews.reviewing import beginning, holding, judging
from reviews.scoring import Answer
from reviews.vocabulary import Purpose, SkipReason
from tests.builders import make_call
from tests.exports import ask_for_reviews, export, fetched, review_file, rows, written
from tests.meanwhile import meanwhile
from tests.reviews.builders import (
    finish,
    finish_all,
    make_calibration,
    make_item,
    make_pair,
    make_queue,
    make_review,
)

OURS = {
    "greeting": Answer("pass"),
    "answer": Answer("fail", comment="只有我知道", turns=(2,)),
    "goodbye": Answer("pass"),
}
OTHERS = {key: Answer("pass") for key in OURS}
CLAIMS = ("yes", "passed", "failed")
# what gives the review away wherever it stands: its score, its comment, its dispute, its address
SIGNS = ("66.7", "66,7", "只有我知道", "因为我听到了")


@dataclass(frozen=True, slots=True)
class World:
    """A review that must not be seen yet, by whom, and what makes it seen."""

    review: Review
    reader: User
    lift: Callable[[], object]

    @property
    def call(self) -> Call:
        assert self.review.call
        return self.review.call

    @property
    def dispute(self) -> Dispute:
        return Dispute.objects.get(mark__review=self.review)


def awaits_the_second(rui: User, su: User, ada: User) -> World:
    """Anybody of the queue may be handed the second opinion."""
    first, second = make_pair(make_call())
    return World(finish(first, rui, OURS), su, lambda: finish(second, su, OTHERS))


def holds_the_second(rui: User, su: User, ada: User) -> World:
    """It was opened by somebody whom the queue does not name."""
    first, second = make_pair(make_call())
    first.queue.reviewers.set([rui, ada])
    QueueItem.objects.filter(pk=second.pk).update(locked_by=su, locked_until=timezone.now())
    return World(finish(first, rui, OURS), su, lambda: finish(second, su, OTHERS))


def is_assigned_the_second(rui: User, su: User, ada: User) -> World:
    first, second = make_pair(make_call())
    first.queue.reviewers.set([rui, ada])
    QueueItem.objects.filter(pk=second.pk).update(assigned_to=su)
    return World(finish(first, rui, OURS), su, lambda: finish(second, su, OTHERS))


def awaits_the_first(rui: User, su: User, ada: User) -> World:
    """The second opinion was given first."""
    first, second = make_pair(make_call())
    return World(finish(second, rui, OURS), su, lambda: finish(first, su, OTHERS))


def opened_theirs_again(rui: User, su: User, ada: User) -> World:
    """Both were given, and one is being changed: not in the light of the other."""
    first, second = make_pair(make_call())
    review, mine = finish(first, rui, OURS), finish(second, su, OTHERS)
    QueueItem.objects.filter(pk=second.pk).update(state="waiting")
    Review.objects.filter(pk=mine.pk).update(state="draft")

    def finish_again() -> None:
        QueueItem.objects.filter(pk=second.pk).update(state="done")
        Review.objects.filter(pk=mine.pk).update(state="finished")

    return World(review, su, finish_again)


def takes_part_in_a_calibration(rui: User, su: User, ada: User) -> World:
    calibration = make_calibration([make_call()], [rui, su], ada)
    [review] = finish_all(calibration, rui, OURS)
    finish_all(calibration, ada, OTHERS)
    return World(review, su, lambda: finish_all(calibration, su, OTHERS))


def is_its_expert(rui: User, su: User, ada: User) -> World:
    calibration = make_calibration([make_call()], [rui, ada], su)
    [review] = finish_all(calibration, rui, OURS)
    finish_all(calibration, ada, OTHERS)
    return World(review, su, lambda: finish_all(calibration, su, OTHERS))


def has_answered_before_the_others(rui: User, su: User, ada: User) -> World:
    calibration = make_calibration([make_call()], [rui, su], ada)
    [review] = finish_all(calibration, rui, OURS)
    finish_all(calibration, su, OTHERS)
    return World(review, su, lambda: finish_all(calibration, ada, OTHERS))


WAYS = (
    awaits_the_second,
    holds_the_second,
    is_assigned_the_second,
    awaits_the_first,
    opened_theirs_again,
    takes_part_in_a_calibration,
    is_its_expert,
    has_answered_before_the_others,
)
# page -> its address, and what stands there when the review may be seen
PAGES: dict[str, tuple[Callable[[World], str], Callable[[World], str]]] = {
    "call_people": (lambda world: reverse("call_people", args=[world.call.pk]), lambda world: "66.7"),
    "dispute_list": (
        lambda world: reverse("dispute_list"),
        lambda world: reverse("dispute_view", args=[world.dispute.pk]),
    ),
    "dispute_view": (lambda world: reverse("dispute_view", args=[world.dispute.pk]), lambda world: "因为我听到了"),
    "dispute_new": (lambda world: reverse("dispute_new", args=[world.review.pk, "greeting"]), lambda world: "66.7"),
    "review_show": (lambda world: reverse("review_show", args=[world.review.pk]), lambda world: "只有我知道"),
    "review_list": (lambda world: reverse("review_list"), lambda world: f"/reviews/{world.review.pk}/"),
}


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__)
def world(request: pytest.FixtureRequest, rui: User, su: User, ada: User) -> World:
    made: World = request.param(rui, su, ada)
    mark = made.review.marks.get(criterion="answer")
    Dispute.objects.create(mark=mark, raised_by=made.review.reviewer, reason="因为我听到了", due_at=timezone.now())
    return made


@pytest.mark.parametrize("shown", PAGES)
def test_a_page_shows_nothing_of_it_before_and_all_of_it_after(world, shown, supervisor_client):
    address, sign = PAGES[shown]

    blind = supervisor_client.get(address(world))

    assert blind.status_code in {200, 404}
    assert not [word for word in (*SIGNS, sign(world)) if word in blind.text]

    world.lift()
    seen = supervisor_client.get(address(world))
    assert seen.status_code == 200
    assert sign(world) in seen.text


def test_figures_hold_no_pair_of_which_one_is_not_given(supervisor_client, rui, su):
    first, second = make_pair(make_call())
    finish(first, rui, OURS)
    before = supervisor_client.get(reverse("agreement")).text
    finish(second, su, OTHERS)
    after = supervisor_client.get(reverse("agreement")).text

    assert "Nothing to compare yet" in before
    assert "Where answers differ" in after


def test_a_file_holds_nothing_of_it_before_and_all_of_it_after(world, supervisor_client, su):
    make_review(make_call(), su)

    def lines() -> list[str]:
        return review_file(supervisor_client).decode().splitlines()

    blind = lines()
    world.lift()

    assert not [line for line in blind if any(sign in line for sign in SIGNS)]
    assert any("只有我知道" in line for line in lines())


@dataclass(frozen=True, slots=True)
class Turning:
    """A review that su may see, which is closed to them and opened again."""

    review: Review
    close: Callable[[], object]
    lift: Callable[[], object]


def is_assigned_it_afterwards(rui: User, su: User, ada: User) -> Turning:
    first, second = make_pair(make_call())
    first.queue.reviewers.set([rui, ada])
    later = QueueItem.objects.filter(pk=second.pk)
    return Turning(finish(first, rui, OURS), lambda: later.update(assigned_to=su), lambda: finish(second, su, OTHERS))


def opens_theirs_again(rui: User, su: User, ada: User) -> Turning:
    first, second = make_pair(make_call())
    review, mine = finish(first, rui, OURS), finish(second, su, OTHERS)
    return Turning(
        review, lambda: turn(second, mine, "waiting", "draft"), lambda: turn(second, mine, "done", "finished")
    )


def can_be_asked_after_all(rui: User, su: User, ada: User) -> Turning:
    first, second = make_pair(make_call())
    review = finish(first, rui, OURS)
    assert holding.take(second, ada)
    holding.skip(second, second.token, SkipReason.NO_SOUND, "", ada)
    return Turning(review, lambda: holding.put_back(second), lambda: finish(second, su, OTHERS))


def opens_their_part_of_a_calibration_again(rui: User, su: User, ada: User) -> Turning:
    calibration = make_calibration([make_call()], [rui, su], ada)
    [review], [mine], _ = (finish_all(calibration, one, OURS if one == rui else OTHERS) for one in (rui, su, ada))
    item = mine.item
    assert item
    return Turning(review, lambda: turn(item, mine, "waiting", "draft"), lambda: turn(item, mine, "done", "finished"))


def goes_into_a_queue_that_asks_for_a_second(rui: User, su: User, ada: User) -> Turning:
    """It was nobody's half when the file was written."""
    item = make_item(make_queue(second_share=1), make_call())
    assert item.call
    review = make_review(item.call, rui, OURS, purpose=Purpose.AD_HOC)

    def settle() -> None:
        assert holding.take(item, rui)
        beginning.settle(item, rui, item.token)

    return Turning(review, settle, lambda: finish(item.second, su, OTHERS))


def is_finished_again_when_more_seconds_are_wanted(rui: User, su: User, ada: User) -> Turning:
    item = make_item(make_queue(second_share=0), make_call())
    review = finish(item, rui, OURS)

    def finish_again() -> None:
        Queue.objects.filter(pk=item.queue_id).update(second_share=1)
        reopened = judging.reopen(review, rui)
        item.refresh_from_db()
        item.queue.refresh_from_db()
        assert holding.take(item, rui)
        holding.close(item, item.token)
        Review.objects.filter(pk=reopened.pk).update(state="finished")

    return Turning(review, finish_again, lambda: finish(QueueItem.objects.get(second_of=item), su, OTHERS))


def turn(item: QueueItem, review: Review, item_state: str, review_state: str) -> None:
    """As opening it again and finishing it again leave them."""
    QueueItem.objects.filter(pk=item.pk).update(state=item_state)
    Review.objects.filter(pk=review.pk).update(state=review_state)


TURNINGS = (
    is_assigned_it_afterwards,
    opens_theirs_again,
    can_be_asked_after_all,
    opens_their_part_of_a_calibration_again,
    goes_into_a_queue_that_asks_for_a_second,
    is_finished_again_when_more_seconds_are_wanted,
)
# after a list of calls has told what it came to
TELLING = (
    opens_theirs_again,
    can_be_asked_after_all,
    goes_into_a_queue_that_asks_for_a_second,
    is_finished_again_when_more_seconds_are_wanted,
)


@pytest.mark.parametrize("way", TURNINGS, ids=lambda way: way.__name__)
def test_a_file_is_there_while_all_that_it_holds_may_be_seen(way, supervisor_client, rui, su, ada):
    turning = way(rui, su, ada)
    make_review(make_call(), rui)
    beside = {"passed": "yes", "purpose": "first"}
    whole, other = (written(ask_for_reviews(supervisor_client, **asked)) for asked in ({}, beside))

    def statuses() -> tuple[int, int, int]:
        page = supervisor_client.get(turning.review.get_absolute_url()).status_code
        return page, fetched(supervisor_client, whole), fetched(supervisor_client, other)

    assert any("只有我知道" in str(row) for row in rows(whole))
    assert statuses() == (200, 200, 200)
    turning.close()
    assert statuses() == (404, 404, 200)
    assert reverse("review_export_file", args=[whole.pk]) not in supervisor_client.get(whole.get_absolute_url()).text
    turning.lift()
    assert statuses() == (200, 200, 200)


def test_a_file_is_there_when_what_was_closed_is_deleted(supervisor_client, rui, su, ada):
    turning = opens_theirs_again(rui, su, ada)
    action = written(ask_for_reviews(supervisor_client))
    turning.close()
    assert fetched(supervisor_client, action) == 404

    turning.review.delete()

    assert fetched(supervisor_client, action) == 200


@pytest.mark.parametrize("way", TELLING, ids=lambda way: way.__name__)
@pytest.mark.parametrize(
    ("question", "columns"),
    [("", ["time", "review"]), ("review=failed", ["time"]), ("q=score:<70", ["time"]), ("sort=lowest-score", ["time"])],
)
def test_a_file_of_calls_tells_no_verdict_that_was_closed_since(
    way, question, columns, supervisor_client, rui, su, ada
):
    turning = way(rui, su, ada)
    note_judged(turning.review)
    telling, silent = export(su, question=question, columns=columns), export(su, columns=["time", "labels"])

    def statuses() -> tuple[int, int]:
        return fetched(supervisor_client, telling), fetched(supervisor_client, silent)

    assert len(rows(telling)) == 2 and statuses() == (200, 200)
    turning.close()
    assert statuses() == (404, 200)
    turning.lift()
    assert statuses() == (200, 200)


@pytest.mark.parametrize("address", ["/board/", "/board/scores.csv", "/board/tasks.csv"])
def test_a_board_counts_it_for_others_and_not_for_whoever_is_still_to_answer(
    client, supervisor_client, rui, su, address
):
    first, second = make_pair(make_call(started_at=timezone.now(), answered_at=None, ended_at=None))
    first.queue.reviewers.set([rui, su])
    finish(first, rui, OURS)
    sue = User.objects.create_user("sue")
    sue.groups.add(Group.objects.get(name="Supervisor"))
    client.force_login(sue)

    # what was counted for one of them is kept for a minute
    of_sue, of_su = client.get(address).text, supervisor_client.get(address).text

    assert "66.7" in of_sue
    assert "66.7" not in of_su

    finish(second, su, OTHERS)
    assert "66.7" in supervisor_client.get(f"{address}?afresh=1").text


def test_a_queue_estimates_its_rate_without_what_is_still_to_be_judged_again(client, supervisor_client, rui, su):
    first, second = make_pair(make_call())
    first.queue.reviewers.set([rui, su])
    open_to_all = finish(make_item(first.queue, make_call(), place=2), rui, OTHERS)
    finish(first, rui, OURS)
    sue = User.objects.create_user("sue")
    sue.groups.add(Group.objects.get(name="Supervisor"))
    client.force_login(sue)
    address = reverse("queue_view", args=[first.queue_id])

    def rate(asking: Client) -> tuple[int, int]:
        found = asking.get(address).context["rate"]
        return found.reviewed, found.failed

    assert open_to_all.passed
    assert rate(client) == (2, 1)
    assert rate(supervisor_client) == (1, 0)
    assert "1 reviewed call stands for about 2" in supervisor_client.get(address).text

    finish(second, su, OTHERS)
    assert rate(supervisor_client) == (2, 1)


def test_the_list_of_calls_says_that_there_is_a_review_and_not_what_it_came_to(supervisor_client, rui, su):
    first, second = make_pair(make_call())
    note_judged(finish(first, rui, OURS))
    ListPreference.keep(su, columns=["time", "review"])

    page = supervisor_client.get("/").text
    asked = {
        claim: supervisor_client.get(f"/?review={claim}").context["total"] for claim in ("yes", "passed", "failed")
    }

    assert "Reviewed</span>" in page and "66.7" not in page
    assert asked == {"yes": 1, "passed": 0, "failed": 0}

    note_judged(finish(second, su, OTHERS))
    assert "66.7" in supervisor_client.get("/?review=failed").text


def test_the_list_of_calls_says_it_when_the_second_opinion_will_not_come(supervisor_client, rui, su):
    first, second = make_pair(make_call())
    note_judged(finish(first, rui, OURS))

    def failed() -> int:
        total: int = supervisor_client.get("/?review=failed").context["total"]
        return total

    assert failed() == 0
    assert holding.take(second, su)
    holding.skip(second, second.token, SkipReason.NO_SOUND, "", su)
    assert failed() == 1
    assert holding.put_back(second)
    assert failed() == 0
    supervisor_client.post(reverse("queue_state", args=[second.queue_id]), {"state": "closed"})
    assert failed() == 1
    supervisor_client.post(reverse("queue_state", args=[second.queue_id]), {"state": "open"})
    assert failed() == 0


def test_a_first_opinion_that_is_reopened_while_a_list_is_made_stays_hidden(rui, su):
    call = make_call()
    first, second = make_pair(call)
    review = finish(first, rui, OURS)
    assert holding.take(second, su)

    with meanwhile(lambda: judging.reopen(review, rui, "heard wrong"), after='FROM "reviews_review"'):
        found = newest_of({call.pk: (call.source, call.key)})

    assert found == {call.pk: Judged()}


def test_a_calibration_says_who_is_done_and_not_what_they_said(rui, su, ada, supervisor_client):
    calibration = make_calibration([make_call()], [rui, su], ada)
    finish_all(calibration, rui, OURS)
    finish_all(calibration, ada, OTHERS)

    page = supervisor_client.get(reverse("calibration_view", args=[calibration.pk])).text

    assert "1 / 1" in page and "0 / 1" in page
    assert "Against the expert" not in page and "Answers what was asked" not in page


def test_the_one_who_gave_it_sees_it_all_the_time(world):
    client = Client()
    client.force_login(world.review.reviewer)

    assert "66.7" in client.get(reverse("call_people", args=[world.call.pk])).text
