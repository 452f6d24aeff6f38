"""Nobody judges a call twice by one scorecard: a draft has one place, and a queue takes what is there."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from calls.models import Call
from reviews.models import Queue, QueueItem, Review
from reviews.reviewing import beginning, holding, judging
from reviews.reviewing.seen import digest_of
from reviews.scoring import Answer
from reviews.vocabulary import EventKind, ItemState, Purpose, QueueState, ReviewState, VersionState
from tests.builders import make_call
from tests.reviews.builders import make_calibration, make_item, make_pair, make_queue, make_review, make_version
from tests.reviews.test_reviewing import FINE, address, opened, send, the_item

BEGUN = {"greeting": Answer("pass"), "answer": Answer("fail", comment="没有回答", turns=(2,))}


def begin(call: Call, reviewer: User, **fields: Any) -> Review:
    """A draft that no queue asked for."""
    values = {"state": ReviewState.DRAFT, "finished_at": None, "score": None, "purpose": Purpose.AD_HOC}
    return make_review(call, reviewer, BEGUN, **values | fields)


def judge(call: Call, reviewer: User, **fields: Any) -> Review:
    """A finished review that no queue asked for."""
    return make_review(call, reviewer, BEGUN, **{"purpose": Purpose.AD_HOC, "digest": digest_of(call)} | fields)


def review_of(client: Client, call: Call, **form: Any) -> Any:
    """Whoever presses Review on the page of a call."""
    return client.post(reverse("review_call", args=[call.pk]), form, follow=True)


def test_a_queue_takes_over_the_draft_that_one_began_without_it(reviewer_client, rui):
    call = make_call()
    item = the_item(call)
    draft = begin(call, rui)

    page = reviewer_client.get(address("view", item))
    form = opened(reviewer_client, item)
    before = Review.objects.get().item
    send(reviewer_client, "draft", item, form | {"answer-greeting": "pass", "comment-answer": "没有回答"})

    assert "You began this draft without a queue." in page.text
    assert "没有回答</textarea>" in page.text
    # looking changes nothing
    assert before is None
    review = Review.objects.get()
    assert (review.pk, review.item, review.purpose) == (draft.pk, item, Purpose.FIRST)
    assert [(event.kind, event.detail) for event in review.events.all()] == [(EventKind.MOVED, {"into": "Monday"})]
    assert "You began this draft" not in reviewer_client.get(address("view", item)).text


def test_a_draft_in_a_queue_is_finished_there_at_once(reviewer_client, rui):
    call = make_call()
    item = the_item(call)
    draft = begin(call, rui)

    answer = send(reviewer_client, "finish", item, opened(reviewer_client, item) | FINE)

    assert answer.status_code == 200
    review = Review.objects.get()
    assert (review.pk, review.state, review.score, review.item) == (draft.pk, ReviewState.FINISHED, 100, item)


def test_the_draft_keeps_the_version_that_it_was_begun_with(reviewer_client, rui):
    call = make_call()
    item = the_item(call)
    draft = begin(call, rui)
    draft.version.scorecard.versions.update(state=VersionState.RETIRED)
    make_version(number=2)

    send(reviewer_client, "draft", item, opened(reviewer_client, item) | FINE)

    assert Review.objects.get().version == draft.version


def test_an_older_page_of_the_draft_is_told_that_a_queue_has_it_now(reviewer_client, rui):
    call = make_call()
    item = the_item(call)
    draft = begin(call, rui)
    send(reviewer_client, "draft", item, opened(reviewer_client, item) | FINE)

    finish = reverse("review_finish", kwargs={"review": draft.pk})
    answer = reviewer_client.post(finish, {"edit": "0", "digest": draft.digest} | FINE)

    assert answer.status_code == 422
    assert "You opened this call in another tab" in answer.text
    assert not Review.objects.get().is_finished


@pytest.mark.parametrize("step", ["draft", "finish"])
def test_a_queue_does_not_take_over_what_was_written_since_its_page_was_opened(reviewer_client, rui, step):
    call = make_call()
    item = the_item(call)
    draft = begin(call, rui)
    form = opened(reviewer_client, item)
    typed = {"edit": "0", "answer-greeting": "fail", "comment-greeting": "没有问候"}
    reviewer_client.post(reverse("review_draft", kwargs={"review": draft.pk}), typed)

    told = send(reviewer_client, step, item, form | FINE)
    finished = send(reviewer_client, "finish", item, form | FINE, unanswered="1")

    assert (told.status_code, finished.status_code) == (409 if step == "draft" else 422, 422)
    assert "changed in another tab" in finished.text
    review = Review.objects.get()
    assert (review.item, review.answers()["greeting"].comment) == (None, "没有问候")
    assert send(reviewer_client, "draft", item, form | FINE, take_over="1").status_code == 200
    assert Review.objects.get().item == item


@pytest.mark.parametrize("step", ["draft", "finish"])
def test_a_draft_does_not_come_into_an_item_that_somebody_else_holds(reviewer_client, supervisor_client, rui, step):
    call = make_call()
    item = the_item(call)
    draft = begin(call, rui)
    form = opened(reviewer_client, item)
    QueueItem.objects.update(locked_until=timezone.now() - judging.UNDO)
    opened(supervisor_client, item)

    told = send(reviewer_client, step, item, form | FINE)

    assert "su took this call" in told.text
    review = Review.objects.get()
    assert (review.pk, review.item, len(review.answers())) == (draft.pk, None, len(FINE))


def test_a_draft_by_another_scorecard_stays_beside_it_and_the_page_says_so(reviewer_client, rui):
    call = make_call()
    item = the_item(call)
    sales = make_version("Sales")
    draft = begin(call, rui, version=sales)

    page = reviewer_client.get(address("view", item))
    send(reviewer_client, "finish", item, opened(reviewer_client, item) | FINE)

    assert "You also have a draft about this call by the scorecard “Sales”." in page.text
    assert reverse("review_edit", args=[draft.pk]) in page.text
    draft.refresh_from_db()
    assert (draft.item, draft.state, draft.answers()) == (None, ReviewState.DRAFT, BEGUN)
    assert Review.objects.finished().get().item == item


@pytest.mark.parametrize("kind", ["second", "calibration"])
def test_second_opinions_and_calibrations_begin_with_nothing(reviewer_client, rui, su, kind):
    call = make_call()
    if kind == "second":
        first, item = make_pair(call)
        make_review(call, su, item=first)
        QueueItem.objects.filter(pk=first.pk).update(state=ItemState.DONE)
    else:
        item = make_calibration([call], [rui], su).queue.items.get(assigned_to=rui)
    draft = begin(call, rui)

    page = reviewer_client.get(address("view", item))
    send(reviewer_client, "draft", item, opened(reviewer_client, item) | FINE)

    assert "没有回答" not in page.text and "draft" not in page.text.split('id="criteria"')[1].split("scorecard")[0]
    draft.refresh_from_db()
    assert draft.item is None
    assert Review.objects.get(item=item, reviewer=rui).purpose == (
        Purpose.SECOND if kind == "second" else Purpose.CALIBRATION
    )


def test_what_one_has_judged_without_a_queue_is_not_judged_again(reviewer_client, rui):
    call = make_call()
    item = the_item(call)
    following = make_item(item.queue, make_call(), place=1)
    review = judge(call, rui)

    page = reviewer_client.get(address("view", item))
    saved = reviewer_client.post(address("draft", item), FINE, headers={"X-Draft": "1"})

    assert "You have reviewed this call already" in page.text and "Monday" in page.text
    assert review.get_absolute_url() in page.text
    assert (saved.status_code, Review.objects.count()) == (409, 1)

    answer = reviewer_client.post(address("settle", item))

    assert answer["Location"] == address("view", following)
    item.refresh_from_db()
    review.refresh_from_db()
    assert (item.state, review.item, review.purpose) == (ItemState.DONE, item, Purpose.FIRST)
    assert (review.state, review.answers()) == (ReviewState.FINISHED, BEGUN)
    assert review.events.get().kind == EventKind.MOVED
    assert "into the queue “Monday”" in reviewer_client.get(review.get_absolute_url()).text


def test_what_was_judged_without_a_queue_and_opened_again_goes_on_in_the_queue(reviewer_client, rui):
    call = make_call()
    item = the_item(call)
    review = judge(call, rui)
    reviewer_client.post(reverse("review_reopen", args=[review.pk]))

    page = reviewer_client.get(address("view", item))
    late = reviewer_client.post(address("settle", item), follow=True)

    assert "You began this draft without a queue." in page.text
    assert "is open again" in late.text and 'id="scorecard"' in late.text
    assert not Review.objects.get().is_finished


def test_the_next_call_may_be_one_that_was_judged_without_a_queue(reviewer_client, rui):
    call = make_call()
    item = the_item(make_call(), call)
    judged = item.queue.items.order_by("place")[1]
    judge(call, rui)
    form = opened(reviewer_client, item)

    ahead = reviewer_client.post(address("ahead", item))
    answer = send(reviewer_client, "finish", item, form | FINE)

    assert ahead.status_code == 204
    assert answer.headers["HX-Redirect"] == address("view", judged)
    assert "Use that review and go on" in reviewer_client.get(address("view", judged)).text


def test_somebody_else_reviews_what_one_person_judged_without_a_queue(supervisor_client, rui):
    call = make_call()
    item = the_item(call)
    judge(call, rui)

    answer = send(supervisor_client, "finish", item, opened(supervisor_client, item) | FINE)

    assert answer.status_code == 200
    assert Review.objects.finished().count() == 2


def test_what_somebody_else_holds_cannot_be_settled(reviewer_client, supervisor_client, rui):
    call = make_call()
    item = the_item(call)
    review = judge(call, rui)
    opened(supervisor_client, item)

    answer = reviewer_client.post(address("settle", item))

    assert "su took this call." in answer.text
    review.refresh_from_db()
    assert review.item is None


def test_settling_twice_goes_on_with_the_call_that_comes_after(reviewer_client, rui):
    call = make_call()
    item = the_item(call)
    following = make_item(item.queue, make_call(), place=1)
    make_item(item.queue, make_call(), place=2)
    judge(call, rui)

    answers = [reviewer_client.post(address("settle", item)) for _press in range(2)]

    assert [answer["Location"] for answer in answers] == [address("view", following)] * 2
    assert QueueItem.objects.filter(locked_by=rui).count() == 1


def test_what_was_given_to_another_queue_meanwhile_is_not_said_to_be_open_again(reviewer_client, rui):
    call = make_call()
    item, other = the_item(call), make_queue(call, name="Tuesday").items.get()
    judge(call, rui)
    reviewer_client.post(address("settle", item))

    page = reviewer_client.post(address("settle", other), follow=True)

    assert "another queue has it by now" in page.text and "is open again" not in page.text
    assert 'id="scorecard"' in page.text


def test_of_a_call_that_goes_at_that_moment_nothing_is_settled_or_said_to_be_open_again(rui):
    call = make_call()
    item = the_item(call)
    judge(call, rui)
    assert holding.take(item, rui)
    Call.objects.all().delete()

    with pytest.raises(judging.Refused, match="or the call is gone"):
        beginning.settle(item, rui, item.token)

    assert Review.objects.get().is_finished


@pytest.mark.parametrize("is_queued", [True, False])
def test_review_leads_to_what_one_has_finished_and_begins_no_second_one(reviewer_client, rui, is_queued):
    call = make_call()
    item = the_item(call)
    review = judge(call, rui, item=item if is_queued else None)
    QueueItem.objects.update(state=ItemState.DONE)

    page = review_of(reviewer_client, call)

    assert page.redirect_chain[-1][0] == review.get_absolute_url()
    assert "You have reviewed this call by this scorecard already." in page.text
    assert Review.objects.count() == 1


def test_review_leads_to_what_one_has_finished_and_not_to_a_draft_that_can_never_be(reviewer_client, rui):
    """Two queues asked for it, and the one with the draft is closed."""
    call = make_call()
    item, other = the_item(call), make_queue(call, name="Tuesday").items.get()
    draft = begin(call, rui, item=item, purpose=Purpose.FIRST)
    review = judge(call, rui, item=other, purpose=Purpose.FIRST)
    Queue.objects.filter(pk=item.queue_id).update(state=QueueState.CLOSED)

    page = review_of(reviewer_client, call)

    assert page.redirect_chain[-1][0] == review.get_absolute_url()
    assert Review.objects.get(pk=draft.pk).item == item


def test_by_another_scorecard_the_same_person_may_judge_a_call_again(reviewer_client, rui):
    call = make_call()
    judge(call, rui)
    sales = make_version("Sales")

    review_of(reviewer_client, call, card=sales.pk)

    assert Review.objects.filter(state=ReviewState.DRAFT).get().version == sales


@pytest.mark.parametrize("change", ["closed", "done", "skipped"])
def test_a_draft_that_its_queue_no_longer_wants_goes_on_without_one(reviewer_client, rui, su, change):
    call = make_call()
    item = the_item(call)
    draft = begin(call, rui, item=item, purpose=Purpose.FIRST)
    if change == "closed":
        Queue.objects.update(state=QueueState.CLOSED)
    else:
        QueueItem.objects.update(state=change, closed_at=timezone.now())

    page = review_of(reviewer_client, call)

    assert page.redirect_chain[-1][0] == reverse("review_edit", args=[draft.pk])
    assert "没有回答</textarea>" in page.text
    review = Review.objects.get()
    assert (review.item, review.purpose, review.answers()) == (None, Purpose.AD_HOC, BEGUN)
    assert review.events.get().detail == {"out_of": "Monday"}


def test_a_draft_comes_back_when_its_queue_opens_again(reviewer_client, rui):
    call = make_call()
    item = the_item(call)
    draft = begin(call, rui, item=item, purpose=Purpose.FIRST)
    Queue.objects.update(state=QueueState.CLOSED)
    review_of(reviewer_client, call)
    Queue.objects.update(state=QueueState.OPEN)

    send(reviewer_client, "draft", item, opened(reviewer_client, item) | FINE)

    review = Review.objects.get()
    assert (review.pk, review.item, review.purpose) == (draft.pk, item, Purpose.FIRST)


def test_of_two_drafts_by_one_scorecard_only_one_can_be_finished(rui):
    """No page leads here: a call that was deleted while it was begun, and came back, does."""
    call = make_call()
    judge(call, rui)
    answers = BEGUN | {"goodbye": Answer("pass"), "intent": Answer("b")}
    draft = make_review(call, rui, answers, purpose=Purpose.AD_HOC, state=ReviewState.DRAFT, finished_at=None)

    with pytest.raises(judging.Refused, match="already"):
        judging.finish(draft, judging.Draft(answers), digest_of(call))

    draft.refresh_from_db()
    assert not draft.is_finished


def test_another_queue_asks_for_a_review_of_its_own(reviewer_client, rui):
    call = make_call()
    judge(call, rui, item=make_queue(call).items.get(), purpose=Purpose.FIRST)
    other = make_queue(call, name="Tuesday").items.get()

    answer = send(reviewer_client, "finish", other, opened(reviewer_client, other) | FINE)

    assert answer.status_code == 200
    assert Review.objects.finished().count() == 2


def test_whoever_begins_what_they_have_finished_is_told_with_the_review(rui):
    call = make_call()
    item = the_item(call)
    review = judge(call, rui)

    with pytest.raises(judging.AlreadyFinished) as why:
        beginning.start(rui, call, review.version, item)

    assert why.value.review == review
