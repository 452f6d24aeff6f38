"""The call or its sound goes in the very moment in which somebody judges it: nothing of theirs is lost."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from calls.models import Call, Hearing, Recording
from calls.vocabulary import RecordingState
from reviews.models import Evidence, QueueItem, Review
from reviews.reviewing import beginning, judging
from reviews.scoring import Answer
from reviews.vocabulary import ItemState
from tests.builders import make_answer, make_call, make_snapshot
from tests.reviews.builders import make_queue, make_version
from tests.reviews.rivals import at_once, rivals
from tests.reviews.test_reviewing import FINE, address, opened
from tests.sounds import make_wav, store_sound

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 20
WRONG = FINE | {"answer-answer": "fail", "evidence-answer": "2 3", "comment-answer": "没有回答"}
PINNED = {"answer": Answer("fail", comment="没有回答", turns=(2, 3))}
DRAFT, FINISH = {"X-Draft": "1"}, {"HX-Request": "true"}


def heard(call: Call) -> Recording:
    """Its sound is stored, and when each turn is heard is known."""
    recording = store_sound(call, make_wav(1), seconds=1)
    turns = len(list(call.transcript.texts()))
    times = [[1000 * turn, 1000 * turn + 900, 90, "aligned"] for turn in range(turns)]
    Hearing.objects.create(recording=recording, version=1, file=str(recording.file), times=times, basis="words")
    return recording


def step(name: str, client: Any, item: QueueItem) -> dict[str, Any]:
    headers = DRAFT if name == "draft" else FINISH
    return {"post": address(name, item), "form": opened(client, item) | WRONG, "headers": headers}


@pytest.mark.parametrize("name", ["draft", "finish"])
def test_a_recording_is_purged_while_its_call_is_judged(tmp_path, reviewer_client, rui, ada, name):
    items = [make_queue(make_call(), name=f"Queue {number}").items.get() for number in range(ROUNDS)]
    for item in items:
        assert item.call
        heard(item.call)

    with rivals(tmp_path, rui, ada) as (reviewer, administrator):
        for number, item in enumerate(items):
            purge = {"post": reverse("recordings_purge"), "form": {"call": [item.call_id], "reason": "客户要求"}}
            when = {"once_saved": item.pk} if number % 2 else {}
            said = at_once((reviewer, step(name, reviewer_client, item)), (administrator, purge | when))

            assert [status for status, _page in said] == [200, 200]
            review = Review.objects.get(item=item)
            assert review.is_finished is (name == "finish")
            assert review.answers()["answer"] == PINNED["answer"]
            assert all(Evidence.objects.filter(mark__review=review).values_list("text", flat=True))

    assert set(Recording.objects.values_list("state", flat=True)) == {RecordingState.PURGED}
    assert not Hearing.objects.exists()


def test_a_call_is_deleted_while_a_draft_of_it_is_saved(tmp_path, reviewer_client, rui, su):
    items = [make_queue(make_call(), name=f"Queue {number}").items.get() for number in range(ROUNDS)]

    with rivals(tmp_path, rui, su) as (reviewer, deleter):
        for number, item in enumerate(items):
            when = {"once_saved": item.pk} if number % 2 else {}
            [(status, page), _deleted] = at_once(
                (reviewer, step("draft", reviewer_client, item)), (deleter, {"delete": item.call_id} | when)
            )
            review = Review.objects.filter(item=item).first()
            assert bool(review) is (status in {200, 409})
            assert review or status == 404
            assert status != 409 or ("This call is gone" in page and KEPT in page)
            if review:
                assert review.answers()["answer"].comment == "没有回答"

    assert not Call.objects.exists()
    assert set(QueueItem.objects.values_list("state", flat=True)) == {ItemState.WAITING}


LAST = FINE | {"comment-greeting": "没有问候"}
KEPT, LOST = "Your answers are kept as a draft.", "Your last answers could not be kept."


@pytest.mark.parametrize("name", ["draft", "finish"])
def test_the_last_answers_without_a_queue_are_kept_when_the_call_goes(reviewer_client, rui, name):
    call = make_call()
    draft = beginning.start(rui, call, make_version())
    form = {"edit": "0", "card_version": draft.version_id}
    Call.objects.filter(pk=call.pk).delete()

    headers = DRAFT if name == "draft" else FINISH
    told = reviewer_client.post(reverse(f"review_{name}", kwargs={"review": draft.pk}), form | LAST, headers=headers)

    assert KEPT in told.text
    assert Review.objects.get().answers()["greeting"].comment == "没有问候"


@pytest.mark.parametrize("is_older", [True, False])
@pytest.mark.parametrize("name", ["draft", "finish"])
def test_the_last_answers_to_a_draft_that_a_queue_takes_over_are_kept_when_the_call_goes(
    reviewer_client, rui, name, is_older
):
    call = make_call()
    item = make_queue(call).items.get()
    draft = beginning.start(rui, call, item.queue.scorecard.versions.get())
    sent = step(name, reviewer_client, item)
    if is_older:
        judging.save_draft(draft, judging.Draft(PINNED))
    Call.objects.filter(pk=call.pk).delete()

    told = reviewer_client.post(sent["post"], sent["form"] | LAST, headers=sent["headers"])

    assert (LOST if is_older else KEPT) in told.text
    assert ("greeting" in Review.objects.get().answers()) is not is_older


def test_a_finish_is_kept_over_a_draft_that_nobody_heard_of_when_the_call_goes(reviewer_client):
    item = make_queue(make_call()).items.get()
    sent = step("finish", reviewer_client, item)
    reviewer_client.post(address("draft", item), sent["form"], headers=DRAFT)
    Call.objects.all().delete()

    told = reviewer_client.post(sent["post"], sent["form"] | LAST | {"unanswered": "1"}, headers=FINISH)

    assert KEPT in told.text
    assert Review.objects.get().answers()["greeting"].comment == "没有问候"


@pytest.mark.parametrize("headers", [DRAFT, FINISH, {}])
def test_the_first_answers_are_kept_where_no_draft_was_and_the_call_finds_them_again(reviewer_client, headers):
    answer = make_answer(make_snapshot())
    item = make_queue(Call.objects.absorb(answer).call).items.get()
    sent = step("draft" if headers == DRAFT else "finish", reviewer_client, item)
    Call.objects.all().delete()

    told = reviewer_client.post(sent["post"], sent["form"] | LAST, headers=headers)
    kept = Review.objects.get()
    Call.objects.absorb(answer)
    page = reviewer_client.get(address("view", item))

    assert KEPT in told.text and LOST not in told.text
    assert kept.answers()["greeting"].comment == "没有问候" and not kept.is_finished
    assert "没有问候" in page.text and 'name="answer-greeting" value="pass" checked' in page.text


def test_nobody_is_told_that_answers_are_kept_by_a_scorecard_that_nobody_knows(reviewer_client):
    item = make_queue(make_call()).items.get()
    sent = step("finish", reviewer_client, item)
    Call.objects.all().delete()

    told = reviewer_client.post(sent["post"], sent["form"] | {"card_version": "999999"}, headers=FINISH)

    assert LOST in told.text and KEPT not in told.text
    assert not Review.objects.exists()


def test_without_a_script_answers_that_cannot_be_kept_are_there_to_be_copied(reviewer_client, rui):
    """Another page had written newer ones."""
    call = make_call()
    item = make_queue(call).items.get()
    draft = beginning.start(rui, call, item.queue.scorecard.versions.get())
    sent = step("finish", reviewer_client, item)
    judging.save_draft(draft, judging.Draft(PINNED))
    Call.objects.filter(pk=call.pk).delete()

    page = reviewer_client.post(sent["post"], sent["form"] | LAST)

    assert LOST in page.text
    assert "Names itself: Pass · 没有问候" in page.text


def test_what_was_pinned_stays_when_the_call_goes_and_the_draft_is_saved_again(rui):
    call = make_call()
    heard(call)
    review = beginning.start(rui, call, make_version())
    judging.save_draft(review, judging.Draft(PINNED))
    before = list(Evidence.objects.values_list("turn", "speaker", "text", "start", "end"))

    Call.objects.filter(pk=call.pk).delete()
    more = PINNED | {"greeting": Answer("fail", turns=(1,))}
    judging.save_draft(review, judging.Draft(more, edit=1))

    after = list(Evidence.objects.order_by("pk").values_list("turn", "speaker", "text", "start", "end"))
    assert [row for row in after if row[0] != 1] == before
    assert before[0][2] and before[0][3] == 1
    # nobody can tell any more what it said
    assert [row for row in after if row[0] == 1] == [(1, "", "", None, None)]


def test_the_times_of_what_was_pinned_stay_when_the_sound_is_purged(rui, ada):
    call = make_call()
    recording = heard(call)
    review = beginning.start(rui, call, make_version())
    judging.save_draft(review, judging.Draft(PINNED))
    before = list(Evidence.objects.values_list("turn", "text", "start", "end"))

    recording.mark_purged(by=ada, reason="客户要求")
    Hearing.objects.all().delete()
    judging.save_draft(review, judging.Draft(PINNED, edit=1))

    assert list(Evidence.objects.values_list("turn", "text", "start", "end")) == before
    assert before[0][2] == 1
