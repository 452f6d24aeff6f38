"""Reviewing over HTTP: the page, drafts, finishing, and everything that may come in between."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from calls.models import Call, CallTask, TaskScope
from calls.snapshot import TurnSnapshot
from calls.vocabulary import Source, Speaker
from reviews.models import Mark, Queue, QueueItem, Review, ReviewEvent, ScorecardVersion
from reviews.reviewing import beginning, judging
from reviews.reviewing.differing import differing
from reviews.views import review_steps
from reviews.vocabulary import EventKind, ItemState, Purpose, QueueState, ReviewState, SkipReason, VersionState
from tests.builders import make_answer, make_call, make_snapshot
from tests.reviews.builders import make_queue, make_review, make_version
from tests.test_call_view import robot_answer

FINE = {"answer-greeting": "pass", "answer-answer": "pass", "answer-goodbye": "pass", "answer-intent": "b"}


def the_item(*calls: Call) -> QueueItem:
    queue = make_queue(*(calls or (make_call(),)))
    return queue.items.order_by("place")[0]


def address(step: str, item: QueueItem) -> str:
    return reverse(f"review_{step}", kwargs={"item": item.pk})


def opened(client: Client, item: QueueItem) -> dict[str, Any]:
    """What the form of the page brings along."""
    page = client.get(address("view", item))
    names = ("token", "edit", "digest", "card_version")
    return {name: page.text.split(f'name="{name}" value="')[1].split('"')[0] for name in names}


def send(client: Client, step: str, item: QueueItem, form: dict[str, Any], **answers: Any) -> Any:
    headers = {"X-Draft": "1"} if step == "draft" else {"HX-Request": "true"}
    return client.post(address(step, item), form | answers, headers=headers)


def test_a_call_is_reviewed_from_opening_to_finishing(reviewer_client, rui):
    item = the_item()

    answer = send(reviewer_client, "finish", item, opened(reviewer_client, item) | FINE, seconds="31.5")

    review = Review.objects.get()
    assert answer.status_code == 200
    assert (review.state, review.score, review.passed) == (ReviewState.FINISHED, 100, True)
    assert (review.reviewer, review.purpose, review.judged_intent, review.seconds) == (rui, Purpose.FIRST, "B", 31.5)
    assert (review.revision, review.intent, review.key) == (1, "B", item.key)
    item.refresh_from_db()
    assert item.state == ItemState.DONE
    assert [event.kind for event in review.events.all()] == [EventKind.STARTED, EventKind.FINISHED]


def test_finishing_leads_to_the_next_call(reviewer_client):
    item = the_item(make_call(), make_call())
    following = item.queue.items.order_by("place")[1]

    answer = send(reviewer_client, "finish", item, opened(reviewer_client, item) | FINE)

    assert answer.headers["HX-Push-Url"] == address("view", following)
    assert f'action="{address("finish", following)}"' in answer.text
    assert "Undo" in answer.text


def test_after_the_last_call_one_is_told_so(reviewer_client):
    item = the_item()

    answer = send(reviewer_client, "finish", item, opened(reviewer_client, item) | FINE)

    assert answer.headers["HX-Redirect"]
    assert "Nothing is left for you in “Monday”." in reviewer_client.get("/").text


def test_without_a_script_finishing_is_a_page_of_its_own(reviewer_client):
    item = the_item(make_call(), make_call())
    form = opened(reviewer_client, item)

    refused = reviewer_client.post(address("finish", item), form)
    answer = reviewer_client.post(address("finish", item), form | FINE | {"edit": "1"})

    assert refused.status_code == 422
    assert "<html" in refused.text
    assert answer.headers["Location"] == address("view", item.queue.items.order_by("place")[1])


def test_what_is_missing_is_said_beside_each_criterion_and_nothing_is_lost(reviewer_client):
    item = the_item()
    answers = {"answer-greeting": "fail", "comment-greeting": "他没有报名字", "answer-answer": "pass"}

    answer = send(reviewer_client, "finish", item, opened(reviewer_client, item) | answers)

    assert answer.status_code == 422
    assert answer.text.count("A negative answer needs evidence: pin at least one turn.") == 1
    assert answer.text.count("No answer yet.") == 2
    assert "他没有报名字</textarea>" in answer.text
    review = Review.objects.get()
    assert review.state == ReviewState.DRAFT
    assert review.answers()["greeting"].comment == "他没有报名字"


def test_evidence_keeps_the_words_of_its_turns(reviewer_client):
    item = the_item()
    answers = FINE | {"answer-answer": "fail", "evidence-answer": "2 3"}

    send(reviewer_client, "finish", item, opened(reviewer_client, item) | answers)

    mark = Mark.objects.get(criterion="answer")
    assert (mark.is_negative, mark.share, mark.weight) == (True, 0, 1)
    assert [(one.turn, one.speaker, one.text) for one in mark.evidence.all()] == [
        (2, Speaker.CUSTOMER, "等一下，我上次退款还没到账呢。"),
        (3, Speaker.AGENT, "好的，已经为您登记。"),
    ]


def test_a_draft_counts_the_score_and_is_there_again(reviewer_client):
    item = the_item()
    form = opened(reviewer_client, item)

    answer = send(reviewer_client, "draft", item, form, **{"answer-greeting": "pass", "answer-answer": "fail"})

    assert answer.status_code == 200
    assert '<span class="score__figure">50</span>' in answer.text
    assert "2 left to answer" in answer.text
    assert "Draft saved" in answer.text
    page = reviewer_client.get(address("view", item)).text
    assert 'name="answer-answer" value="fail" checked' in page
    assert '<span class="score__figure">50</span>' in page


def test_an_answer_taken_back_is_no_longer_in_the_draft(reviewer_client):
    item = the_item()
    form = opened(reviewer_client, item)
    send(reviewer_client, "draft", item, form, **{"answer-greeting": "fail", "evidence-greeting": "1"})

    send(reviewer_client, "draft", item, form, edit="1", **{"answer-answer": "pass"})

    assert set(Review.objects.get().answers()) == {"answer"}


def test_of_two_tabs_the_older_one_is_told_and_can_go_on(reviewer_client):
    item = the_item()
    older, newer = opened(reviewer_client, item), opened(reviewer_client, item)
    send(reviewer_client, "draft", item, newer, **{"answer-greeting": "fail"})

    told = send(reviewer_client, "draft", item, older, **{"answer-greeting": "pass"})

    assert told.status_code == 409
    assert "You opened this call in another tab" in told.text
    assert Review.objects.get().answers()["greeting"].value == "fail"

    taken = send(reviewer_client, "draft", item, older, take_over="1", **{"answer-greeting": "pass"})

    assert taken.status_code == 200
    assert Review.objects.get().answers()["greeting"].value == "pass"
    assert send(reviewer_client, "finish", item, newer | FINE).status_code == 422
    assert Review.objects.finished().count() == 0


@pytest.mark.parametrize("is_first", [True, False], ids=["the draft comes first", "finishing comes first"])
def test_finishing_does_not_wait_for_the_draft_that_is_on_its_way(reviewer_client, is_first):
    item = the_item()
    form = opened(reviewer_client, item)
    draft = form | {"answer-greeting": "fail"}
    if is_first:
        assert send(reviewer_client, "draft", item, draft).status_code == 200

    finished = send(reviewer_client, "finish", item, form | FINE, unanswered="1")

    assert finished.status_code == 200
    if not is_first:
        assert send(reviewer_client, "draft", item, draft).status_code == 409
    assert Review.objects.finished().get().answers()["greeting"].value == "pass"


def test_what_a_refused_finish_brought_stays_when_the_draft_before_it_comes_late(reviewer_client):
    item = the_item()
    form = opened(reviewer_client, item)

    refused = send(reviewer_client, "finish", item, form, unanswered="1", **{"answer-greeting": "pass"})
    late = send(reviewer_client, "draft", item, form, **{"answer-greeting": "fail"})

    assert (refused.status_code, late.status_code) == (422, 409)
    assert Review.objects.get().answers()["greeting"].value == "pass"
    assert send(reviewer_client, "finish", item, form | FINE, unanswered="2").status_code == 200


@pytest.mark.parametrize("is_heard", [True, False])
def test_the_last_words_of_an_older_page_are_not_finished_over(reviewer_client, is_heard):
    item = the_item()
    older, newer = opened(reviewer_client, item), opened(reviewer_client, item)
    send(
        reviewer_client,
        "draft",
        item,
        older,
        leaving="1",
        **{"answer-greeting": "fail", "comment-greeting": "没有问候"},
    )
    if is_heard:
        assert send(reviewer_client, "draft", item, newer | FINE).status_code == 409

    finished = send(reviewer_client, "finish", item, newer | FINE, unanswered="1")

    assert finished.status_code == 422
    assert "You opened this call in another tab" in finished.text
    assert Review.objects.get().answers()["greeting"].comment == "没有问候"
    assert send(reviewer_client, "draft", item, newer | FINE, take_over="1").status_code == 200


def test_of_writes_that_nobody_heard_of_the_late_ones_change_nothing(reviewer_client):
    item = the_item()
    form = opened(reviewer_client, item)

    refused = send(reviewer_client, "finish", item, form, unanswered="2", **{"answer-greeting": "pass"})
    late = [
        send(reviewer_client, "draft", item, form, unanswered=str(number), **{"answer-greeting": "fail"})
        for number in range(2)
    ]

    assert [answer.status_code for answer in (refused, *late)] == [422, 409, 409]
    assert Review.objects.get().answers()["greeting"].value == "pass"
    assert send(reviewer_client, "finish", item, form | FINE, unanswered="3").status_code == 200


def test_a_page_overtakes_nothing_but_its_own(reviewer_client):
    item = the_item()
    older, newer = opened(reviewer_client, item), opened(reviewer_client, item)
    send(reviewer_client, "draft", item, newer, **{"answer-greeting": "fail"})
    send(reviewer_client, "release", item, newer)

    finished = send(reviewer_client, "finish", item, older | FINE, unanswered="1")

    assert finished.status_code == 422
    assert "changed in another tab" in finished.text
    assert Review.objects.get().answers()["greeting"].value == "fail"


def test_a_page_that_was_silent_is_told_what_another_wrote_meanwhile(reviewer_client):
    item = the_item()
    older, newer = opened(reviewer_client, item), opened(reviewer_client, item)
    send(reviewer_client, "draft", item, newer, **{"answer-greeting": "fail"})
    send(reviewer_client, "release", item, newer)

    told = send(reviewer_client, "hold", item, older)

    assert told.status_code == 409
    assert "changed in another tab" in told.text
    form = older | {"token": told.text.split('name="token" value="')[1].split('"')[0], "answer-greeting": "pass"}
    assert send(reviewer_client, "draft", item, form, unanswered="1").status_code == 409
    assert send(reviewer_client, "draft", item, form, take_over="1").status_code == 200
    assert Review.objects.get().answers()["greeting"].value == "pass"


def test_two_tabs_never_finish_twice(reviewer_client):
    item = the_item()
    older, newer = opened(reviewer_client, item), opened(reviewer_client, item)
    send(reviewer_client, "finish", item, newer | FINE)

    again = send(reviewer_client, "finish", item, older | FINE)

    assert "Somebody else has reviewed this call" not in again.text
    assert Review.objects.count() == 1
    assert ReviewEvent.objects.filter(kind=EventKind.FINISHED).count() == 1


def test_a_page_that_was_silent_too_long_goes_on_while_nobody_else_came(reviewer_client):
    item = the_item()
    form = opened(reviewer_client, item)
    QueueItem.objects.update(locked_until=timezone.now())

    assert send(reviewer_client, "hold", item, form).status_code in {200, 204}
    answer = send(reviewer_client, "finish", item, opened(reviewer_client, item) | FINE)

    assert answer.status_code == 200


def test_a_call_that_somebody_else_took_stays_a_draft(reviewer_client, supervisor_client):
    item = the_item()
    form = opened(reviewer_client, item)
    QueueItem.objects.update(locked_until=timezone.now() - judging.UNDO)
    theirs = opened(supervisor_client, item)

    told = send(reviewer_client, "finish", item, form | FINE)

    assert told.status_code == 422
    assert "su took this call after this page had been silent for 5 minutes." in told.text
    assert 'name="answer-greeting" value="pass" checked' in told.text
    draft = Review.objects.get()
    assert (draft.reviewer.username, len(draft.answers())) == ("rui", len(FINE))
    assert send(supervisor_client, "finish", item, theirs | FINE).status_code == 200
    assert Review.objects.finished().get().reviewer.username == "su"


@pytest.mark.parametrize("who", ["rui", "su", ""])
def test_a_finish_that_lost_its_lock_on_the_way_says_to_whom(reviewer_client, rui, su, who):
    item = the_item()
    form = opened(reviewer_client, item)
    until = timezone.now() + timedelta(minutes=5) if who else None
    lock = {"locked_by": {"rui": rui, "su": su}.get(who), "locked_until": until, "token": "theirs" if who else ""}

    with as_soon_as('INSERT INTO "reviews_mark"', lambda: QueueItem.objects.update(**lock)):
        told = send(reviewer_client, "finish", item, form | FINE)

    sentences = {"rui": "You opened this call in another tab", "su": "su took this call", "": "finish once more"}
    assert told.status_code == 422
    assert [key for key, sentence in sentences.items() if sentence in told.text] == [who]
    review = Review.objects.get()
    assert (review.state, len(review.answers())) == (ReviewState.DRAFT, len(FINE))
    if not who:
        again = {name: told.text.split(f'name="{name}" value="')[1].split('"')[0] for name in ("token", "edit")}
        assert send(reviewer_client, "finish", item, form | FINE | again).status_code == 200


@contextmanager
def as_soon_as(statement: str, act: Callable[[], object]) -> Iterator[None]:
    """Somebody acts in the very moment after the first such statement."""
    waiting = [act]

    def watch(execute: Any, sql: str, *rest: Any) -> Any:
        result = execute(sql, *rest)
        if waiting and sql.startswith(statement):
            waiting.pop()()
        return result

    with connection.execute_wrapper(watch):
        yield
    assert not waiting


def test_a_scorecard_retired_meanwhile_is_finished_as_it_was_shown(reviewer_client):
    item = the_item()
    form = opened(reviewer_client, item)
    old = ScorecardVersion.objects.get()
    ScorecardVersion.objects.update(state=VersionState.RETIRED)
    make_version(number=2)

    send(reviewer_client, "finish", item, form | FINE)

    assert Review.objects.finished().get().version == old


def test_without_a_published_scorecard_the_page_says_what_to_do(reviewer_client):
    item = the_item()
    ScorecardVersion.objects.update(state=VersionState.RETIRED)

    page = reviewer_client.get(address("view", item))

    assert "The scorecard “Compliance” has no published version." in page.text


def test_a_call_deleted_meanwhile_costs_no_answer(reviewer_client):
    item = the_item()
    form = opened(reviewer_client, item)
    send(reviewer_client, "draft", item, form, **{"answer-greeting": "pass"})
    Call.objects.all().delete()

    told = send(reviewer_client, "finish", item, form | FINE, edit="1")

    assert "This call is gone" in told.text
    assert Review.objects.get().answers()["greeting"].value == "pass"


def test_a_call_that_changed_on_the_way_is_looked_at_again_first(reviewer_client):
    snapshot = make_snapshot()
    item = the_item(Call.objects.absorb(make_answer(snapshot)).call)
    form = opened(reviewer_client, item)
    Call.objects.absorb(make_answer_with_more(snapshot))

    told = send(reviewer_client, "finish", item, form | FINE)

    assert "The call has changed while you looked at it." in told.text
    assert "call-changed" in told.headers["HX-Trigger"]
    again = form | FINE | {"digest": told.text.split('name="digest" value="')[1].split('"')[0], "edit": "1"}
    assert send(reviewer_client, "finish", item, again).status_code == 200


def test_what_cannot_be_finished_is_given_back_and_one_goes_on(reviewer_client, rui, supervisor_client):
    call = make_call()
    stuck, other, last = the_queue(call, make_call(), make_call())
    form = opened(reviewer_client, stuck)
    send(reviewer_client, "draft", stuck, form, **{"answer-greeting": "pass"})
    make_review(call, rui, purpose=Purpose.AD_HOC, version=ScorecardVersion.objects.get())
    form |= {"edit": "1"}
    for _time in range(2):
        told = send(reviewer_client, "finish", stuck, form | FINE)
        form |= {"edit": told.text.split('name="edit" value="')[1].split('"')[0]}
    assert "You have finished a review of this call by this scorecard already." in told.text
    assert f'formaction="{address("release", stuck)}"' in told.text and "Give it back, next call" in told.text

    answer = reviewer_client.post(address("release", stuck), form | {"go_on": "1"})
    after = send(reviewer_client, "finish", other, opened(reviewer_client, other) | FINE)

    assert answer.headers["Location"] == address("view", other)
    # nor is it handed to the same person again by the next step
    assert after.headers["HX-Push-Url"] == address("view", last)
    stuck.refresh_from_db()
    assert (stuck.state, stuck.locked_by, stuck.skipped_by) == (ItemState.WAITING, None, None)
    assert Review.objects.get(item=stuck).answers()["greeting"].value == "pass"
    assert "Finish and next" in supervisor_client.get(address("view", stuck)).text


def test_what_was_given_back_is_there_when_nothing_else_is_left(reviewer_client):
    item = the_item()
    form = opened(reviewer_client, item)
    send(reviewer_client, "draft", item, form, **{"answer-greeting": "pass"})

    home = reviewer_client.post(address("release", item), form | {"go_on": "1"}, follow=True)
    again = reviewer_client.post(reverse("review_next"))

    assert "Nothing else is left for you" in home.text and address("view", item) in home.text
    assert again.headers["Location"] == address("view", item)


def test_the_call_that_was_fetched_ahead_comes_after_one_that_was_given_back(reviewer_client):
    stuck, ahead, _last = the_queue(make_call(), make_call(), make_call())
    form = opened(reviewer_client, stuck)
    reviewer_client.post(address("ahead", stuck))

    answer = reviewer_client.post(address("release", stuck), form | {"go_on": "1"})

    assert answer.headers["Location"] == address("view", ahead)


def test_a_lock_that_is_lost_is_not_given_back_by_its_old_page(reviewer_client, supervisor_client):
    item, _other = the_queue(make_call(), make_call())
    form = opened(reviewer_client, item)
    QueueItem.objects.update(locked_until=timezone.now() - timedelta(seconds=1))
    opened(supervisor_client, item)

    reviewer_client.post(address("release", item), form | {"go_on": "1"})

    item.refresh_from_db()
    assert item.locked_by and item.locked_by.username == "su"


def the_queue(*calls: Call) -> list[QueueItem]:
    return list(make_queue(*calls).items.order_by("place"))


def make_answer_with_more(snapshot: Any) -> Any:
    more = TurnSnapshot(Speaker.CUSTOMER, "再见。")
    return make_answer(replace(snapshot, turns=(*snapshot.turns, more)))


def test_a_finish_is_taken_back_within_ten_seconds(reviewer_client):
    item = the_item(make_call(), make_call())
    send(reviewer_client, "finish", item, opened(reviewer_client, item) | FINE)
    review = Review.objects.get()

    answer = reviewer_client.post(reverse("review_undo", args=[review.pk]), follow=True)

    assert answer.redirect_chain[-1][0] == address("view", item)
    review.refresh_from_db()
    assert (review.state, review.score, review.finished_at) == (ReviewState.DRAFT, None, None)
    assert 'name="answer-intent" value="b" checked' in answer.text
    assert send(reviewer_client, "finish", item, opened(reviewer_client, item) | FINE).status_code == 200


def test_later_a_finish_is_not_taken_back_but_opened_again(reviewer_client):
    item = the_item()
    send(reviewer_client, "finish", item, opened(reviewer_client, item) | FINE)
    review = Review.objects.get()
    Review.objects.update(finished_at=timezone.now() - 2 * judging.UNDO)

    told = reviewer_client.post(reverse("review_undo", args=[review.pk]), follow=True)
    reopened = reviewer_client.post(reverse("review_reopen", args=[review.pk]), {"reason": "漏听一句"}, follow=True)

    assert "Too late to undo. Open the review again instead." in told.text
    assert reopened.redirect_chain[-1][0] == address("view", item)
    events = list(review.events.values_list("kind", "detail"))
    assert events[-1] == (EventKind.REOPENED, {"score": 100.0, "passed": True, "revision": 1, "reason": "漏听一句"})


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({}, "Choose one of the five reasons."),
        ({"reason": "bored"}, "Choose one of the five reasons."),
        ({"reason": "other"}, "Say in a few words why."),
        ({"reason": "other", "note": "x" * 501}, "The note is too long: at most 500 characters."),
    ],
)
def test_skipping_needs_a_reason(reviewer_client, form, sentence):
    item = the_item()

    told = reviewer_client.post(address("skip", item), opened(reviewer_client, item) | form)

    assert told.status_code == 422
    assert sentence in told.text
    item.refresh_from_db()
    assert item.state == ItemState.WAITING


def test_skipping_leads_to_the_next_call(reviewer_client):
    item = the_item(make_call(), make_call())

    answer = reviewer_client.post(address("skip", item), opened(reviewer_client, item) | {"reason": "no_sound"})

    item.refresh_from_db()
    assert (item.state, item.skip_reason) == (ItemState.SKIPPED, SkipReason.NO_SOUND)
    assert answer.headers["Location"] == address("view", item.queue.items.order_by("place")[1])


def test_the_next_call_is_fetched_ahead_and_kept_for_its_reader(reviewer_client, rui):
    item = the_item(make_call(), make_call())
    following = item.queue.items.order_by("place")[1]
    form = opened(reviewer_client, item)

    page = reviewer_client.post(address("ahead", item))
    following.refresh_from_db()
    answer = send(reviewer_client, "finish", item, form | FINE, ahead=following.pk, ahead_token=following.token)

    assert f'data-url="{address("view", following)}"' in page.text
    assert "<b>1</b> / 2" in page.text
    assert "<html" not in page.text
    assert following.locked_by == rui
    assert answer.headers["HX-Reswap"] == "none"
    assert f'"item": {following.pk}' in answer.headers["HX-Trigger-After-Swap"]


@pytest.mark.parametrize("has_script", [True, False])
def test_the_last_call_was_fetched_ahead_by_a_page_that_is_gone(reviewer_client, rui, has_script):
    """Reloaded while it was on its way: in their hands, and no page has its token."""
    item = the_item(make_call(), make_call())
    following = item.queue.items.order_by("place")[1]
    opened(reviewer_client, item)
    reviewer_client.post(address("ahead", item))
    form = opened(reviewer_client, item)

    if has_script:
        answer = send(reviewer_client, "finish", item, form | FINE)
        assert answer.headers["HX-Push-Url"] == address("view", following)
        [token] = re.findall(r'name="token" value="(\w+)"', answer.text)
        following.refresh_from_db()
        assert (following.locked_by, following.token) == (rui, token)
    else:
        answer = reviewer_client.post(address("finish", item), form | FINE)
        assert answer.headers["Location"] == address("view", following)


@pytest.mark.parametrize("state", [QueueState.PAUSED, QueueState.CLOSED])
def test_of_a_queue_that_rests_or_was_closed_nothing_more_comes(reviewer_client, state):
    item = the_item(make_call(), make_call())
    form = opened(reviewer_client, item)
    reviewer_client.post(address("ahead", item))
    Queue.objects.update(state=state)

    answer = send(reviewer_client, "finish", item, form | FINE)

    assert answer.headers["HX-Redirect"] == "/review/"


def test_what_is_judged_in_another_tab_stays_there(reviewer_client):
    item = the_item(make_call(), make_call())
    other = item.queue.items.order_by("place")[1]
    form, theirs = opened(reviewer_client, item), opened(reviewer_client, other)
    send(reviewer_client, "draft", other, theirs | FINE)

    answer = send(reviewer_client, "finish", item, form | FINE)

    assert answer.headers["HX-Redirect"] == "/review/"
    assert send(reviewer_client, "finish", other, theirs | FINE | {"edit": "1"}).headers["HX-Redirect"]


@pytest.mark.parametrize("is_last", [False, True])
def test_the_call_that_asks_for_the_next_is_not_the_next_when_its_lock_is_over(reviewer_client, is_last):
    item = the_item(make_call(), *([] if is_last else [make_call()]))
    form = opened(reviewer_client, item)
    QueueItem.objects.filter(pk=item.pk).update(locked_until=timezone.now() - timedelta(seconds=1))

    page = reviewer_client.post(address("ahead", item))
    answer = send(reviewer_client, "finish", item, form | FINE)

    following = item.queue.items.exclude(pk=item.pk).first()
    assert page.status_code == (200 if following else 204)
    assert following is None or f'data-url="{address("view", following)}"' in page.text
    # its page still has it in hands
    assert answer.status_code == 200
    item.refresh_from_db()
    assert item.state == ItemState.DONE


def test_a_released_call_is_free_for_others(reviewer_client, supervisor_client):
    item = the_item()
    form = opened(reviewer_client, item)
    assert "rui took this call." in supervisor_client.get(address("view", item)).text

    send(reviewer_client, "release", item, form)

    assert 'id="scorecard"' in supervisor_client.get(address("view", item)).text


def test_a_call_is_reviewed_without_a_queue(reviewer_client, rui):
    call = make_call()
    make_version()

    page = reviewer_client.post(reverse("review_call", args=[call.pk]), follow=True)
    review = Review.objects.get()
    form = {"edit": "0", "digest": review.digest} | FINE
    finish = reverse("review_finish", kwargs={"review": review.pk})
    answer = reviewer_client.post(finish, form, follow=True)

    assert page.redirect_chain[-1][0] == reverse("review_edit", args=[review.pk])
    assert answer.redirect_chain[-1][0] == reverse("review_show", args=[review.pk])
    review.refresh_from_db()
    assert (review.purpose, review.score) == (Purpose.AD_HOC, 100)


def test_of_several_scorecards_one_chooses(reviewer_client):
    call = make_call()
    make_version()
    sales = make_version("Sales")

    asked = reviewer_client.post(reverse("review_call", args=[call.pk]))
    reviewer_client.post(reverse("review_call", args=[call.pk]), {"card": sales.pk})

    assert "By which scorecard?" in asked.text
    assert Review.objects.get().version == sales


def test_pressing_review_twice_begins_one_review(reviewer_client):
    call = make_call()
    make_version()

    for _time in range(2):
        reviewer_client.post(reverse("review_call", args=[call.pk]))

    assert Review.objects.count() == 1


def test_the_page_of_a_call_leads_into_a_review_by_one_way(reviewer_client):
    call = make_call()

    page = reviewer_client.get(call.get_absolute_url())
    people = reviewer_client.get(reverse("call_people", args=[call.pk]))

    assert (page.text + people.text).count(f'"{reverse("review_call", args=[call.pk])}"') == 1


def test_review_goes_on_with_a_call_that_lies_in_ones_hands(reviewer_client):
    item = the_item()
    opened(reviewer_client, item)

    answer = reviewer_client.post(reverse("review_call", args=[item.call_id]))

    assert answer["Location"] == address("view", item)
    assert not Review.objects.exists()


def begun(client: Client, item: QueueItem) -> dict[str, Any]:
    """One answer is kept, and the page is silent for longer than a lock lasts."""
    form = opened(client, item)
    send(client, "draft", item, form | {"answer-greeting": "pass"})
    QueueItem.objects.filter(pk=item.pk).update(locked_until=timezone.now() - timedelta(seconds=1))
    return form


@pytest.mark.parametrize("is_released", [True, False])
def test_review_goes_on_with_what_one_began_in_a_queue(reviewer_client, rui, is_released):
    item = the_item()
    form = begun(reviewer_client, item)
    if is_released:
        send(reviewer_client, "release", item, form)

    page = reviewer_client.post(reverse("review_call", args=[item.call_id]), follow=True)

    assert page.redirect_chain == [(address("view", item), 302)]
    assert Review.objects.get().item == item
    assert QueueItem.objects.get().locked_by == rui
    assert 'name="edit" value="1"' in page.text


def test_review_goes_on_with_a_page_of_a_queue_that_was_silent_for_too_long(reviewer_client):
    item = the_item()
    opened(reviewer_client, item)
    QueueItem.objects.update(locked_until=timezone.now() - timedelta(seconds=1))

    answer = reviewer_client.post(reverse("review_call", args=[item.call_id]))

    assert answer["Location"] == address("view", item)


def test_what_one_began_and_somebody_else_holds_now_is_not_begun_anew(reviewer_client, supervisor_client):
    item = the_item()
    begun(reviewer_client, item)
    opened(supervisor_client, item)

    page = reviewer_client.post(reverse("review_call", args=[item.call_id]), follow=True)

    assert "su took this call." in page.text
    assert Review.objects.get().item == item


@pytest.mark.parametrize("change", [{"state": QueueState.CLOSED}, {"state": QueueState.PAUSED}])
def test_what_one_began_waits_for_a_queue_that_is_paused_but_not_for_one_that_is_closed(reviewer_client, change):
    item = the_item()
    begun(reviewer_client, item)
    Queue.objects.update(**change)

    page = reviewer_client.post(reverse("review_call", args=[item.call_id]), follow=True)

    is_paused = change["state"] == QueueState.PAUSED
    assert ("is not open now" in page.text) is is_paused
    assert Review.objects.filter(item=None).count() == (0 if is_paused else 1)


def test_a_review_without_a_queue_finds_what_a_queue_has_begun_in_the_same_moment(reviewer_client, rui):
    item = the_item()
    begun(reviewer_client, item)
    assert item.call

    known = beginning.start(rui, item.call, ScorecardVersion.objects.get())

    assert known == Review.objects.get()


def test_what_lies_in_the_hands_of_another_is_reviewed_without_the_queue(reviewer_client, supervisor_client):
    item = the_item()
    opened(supervisor_client, item)

    reviewer_client.post(reverse("review_call", args=[item.call_id]))

    assert Review.objects.get().item is None


def test_a_changed_call_marks_its_reviews_and_the_same_again_takes_it_back(reviewer_client, rui):
    snapshot = make_snapshot()
    call = Call.objects.absorb(make_answer(snapshot)).call
    item = the_item(call)
    send(reviewer_client, "finish", item, opened(reviewer_client, item) | FINE)
    review = Review.objects.get()

    Call.objects.absorb(make_answer_with_more(snapshot))
    review.refresh_from_db()
    page = reviewer_client.get(review.get_absolute_url()).text
    assert review.is_outdated
    assert "Data changed since this review" in page
    assert "Open again" in page

    Call.objects.absorb(make_answer(snapshot))
    review.refresh_from_db()
    assert not review.is_outdated
    assert [event.kind for event in review.events.all()][-2:] == [EventKind.CALL_CHANGED, EventKind.CALL_CHANGED]


def test_an_answer_that_changes_nothing_judged_leaves_reviews_alone(rui):
    snapshot = make_snapshot()
    call = Call.objects.absorb(make_answer(snapshot)).call
    item = the_item(call)
    review = beginning.start(rui, call, ScorecardVersion.objects.get(), item)
    Review.objects.update(state=ReviewState.FINISHED)

    Call.objects.absorb(make_answer(replace(snapshot, caller="057100000000")))

    review.refresh_from_db()
    assert not review.is_outdated


def test_a_review_finds_its_call_again_when_it_comes_back(rui, reviewer_client):
    snapshot = make_snapshot()
    call = Call.objects.absorb(make_answer(snapshot)).call
    item = the_item(call)
    send(reviewer_client, "finish", item, opened(reviewer_client, item) | FINE)
    Call.objects.all().delete()
    review = Review.objects.get()
    assert "The call is gone" in reviewer_client.get(review.get_absolute_url()).text

    again = Call.objects.absorb(make_answer(snapshot)).call

    review.refresh_from_db()
    assert (review.call, review.is_outdated) == (again, False)


def test_a_finished_review_shows_its_evidence_and_history(reviewer_client):
    item = the_item()
    answers = FINE | {"answer-answer": "fail", "evidence-answer": "2", "comment-answer": "没有回答", "note": "整体不错"}
    send(reviewer_client, "finish", item, opened(reviewer_client, item) | answers)

    page = reviewer_client.get(Review.objects.get().get_absolute_url()).text

    assert 'href="#turn-2" data-hear' in page
    assert "没有回答" in page
    assert "整体不错" in page
    assert "Started" in page
    assert "score 66.67" in page


def test_a_review_to_which_nothing_happened_has_no_history(reviewer_client, rui):
    review = make_review(make_call(), rui)
    before = reviewer_client.get(review.get_absolute_url()).text

    judging.note(review, EventKind.FINISHED, rui)

    assert ">History<" not in before
    assert ">History<" in reviewer_client.get(review.get_absolute_url()).text


def test_nobody_reads_a_review_before_it_is_finished(supervisor_client, rui):
    review = make_review(make_call(), rui, state=ReviewState.DRAFT, finished_at=None)

    page = supervisor_client.get(review.get_absolute_url())

    assert "This review is not finished." in page.text
    assert "Compliance" not in page.text


def test_a_reviewer_does_not_see_the_reviews_of_others(reviewer_client, su):
    review = make_review(make_call(), su)

    assert reviewer_client.get(review.get_absolute_url()).status_code == 404


def test_nothing_about_a_call_outside_ones_tasks_can_be_reached(reviewer_client, rui):
    task = CallTask.objects.create(source=Source.AICCS, task_id="other")
    TaskScope.objects.create(user=rui).tasks.add(task)
    item = the_item()
    call = make_call()
    review = make_review(call, rui, item=item)

    for step in ("view", "skip"):
        assert reviewer_client.get(address(step, item)).status_code == 404
    for step in ("draft", "finish", "hold", "release", "ahead", "skip"):
        assert reviewer_client.post(address(step, item)).status_code == 404
    for name in ("review_show", "review_edit"):
        assert reviewer_client.get(reverse(name, args=[review.pk])).status_code == 404
    for name in ("review_undo", "review_reopen"):
        assert reviewer_client.post(reverse(name, args=[review.pk])).status_code == 404
    assert reviewer_client.post(reverse("review_call", args=[call.pk])).status_code == 404


@pytest.mark.parametrize(
    "form",
    [
        {"edit": "x", "seconds": "nan", "card_version": "9" * 40},
        {"edit": "-1", "seconds": "-4", "ahead": "x", "card_version": "²"},
        {"answer-greeting": "nonsense", "evidence-greeting": "0 x 99999", "note": "\0" + "x" * 9000},
        {"token": "\0", "digest": "\0"},
    ],
)
@pytest.mark.parametrize("step", ["draft", "finish", "hold", "release"])
def test_nonsense_is_never_a_failure_of_the_server(reviewer_client, step, form):
    item = the_item()

    answer = send(reviewer_client, step, item, opened(reviewer_client, item) | form)

    assert answer.status_code in {200, 204, 409, 422}


def test_evidence_hides_phone_numbers_from_those_who_may_not_see_them(reviewer_client, rui, otto):
    number = "13800001234"
    call = make_call(callee=number, turns=(TurnSnapshot(Speaker.CUSTOMER, f"打我{number}。"),))
    item = the_item(call)
    answers = FINE | {"answer-answer": "fail", "evidence-answer": "1"}
    send(reviewer_client, "finish", item, opened(reviewer_client, item) | answers)
    review = Review.objects.get()

    page = reviewer_client.get(review.get_absolute_url()).text
    Call.objects.all().delete()
    later = reviewer_client.get(review.get_absolute_url()).text

    assert "138****1234" in page and number not in page
    assert "138****1234" in later and number not in later


def test_what_was_judged_stands_beside_what_the_call_says_now(reviewer_client):
    item = the_item(Call.objects.absorb(robot_answer()).call)
    send(reviewer_client, "finish", item, opened(reviewer_client, item) | FINE)

    Call.objects.absorb(robot_answer(label="邀约,有房"))
    page = reviewer_client.get(Review.objects.get().get_absolute_url()).text

    assert "What was judged, and what it is now" in page
    assert "<del>yes</del>" in page


def test_a_changed_call_is_judged_again_over_the_old_answers(reviewer_client):
    snapshot = make_snapshot()
    item = the_item(Call.objects.absorb(make_answer(snapshot)).call)
    send(reviewer_client, "finish", item, opened(reviewer_client, item) | FINE)
    Call.objects.absorb(make_answer_with_more(snapshot))
    review = Review.objects.get()

    reviewer_client.post(reverse("review_reopen", args=[review.pk]))
    form = opened(reviewer_client, item) | FINE | {"answer-goodbye": "fail", "evidence-goodbye": "4"}
    send(reviewer_client, "finish", item, form)

    again = Review.objects.get()
    assert (again.pk, again.is_outdated, again.revision) == (review.pk, False, 2)
    assert again.answers()["goodbye"].turns == (4,)
    assert again.score == 66.67


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("退款到账", "退款没到账", [("same", "退款"), ("new", "没"), ("same", "到账")]),
        ("好的", "", [("gone", "好的")]),
        ("", "再见", [("new", "再见")]),
        ("x" * 3000, "y", [("gone", "x" * 3000), ("new", "y")]),
    ],
)
def test_two_texts_are_told_apart(before, after, told):
    assert [(piece.kind, piece.text) for piece in differing(before, after)] == told


@pytest.mark.parametrize("is_leaving", [False, True])
def test_an_older_page_that_is_overtaken_while_it_writes_is_told_or_heard(reviewer_client, monkeypatch, is_leaving):
    item = the_item()
    newer: dict[str, Any] = {}
    form = opened(reviewer_client, item)
    keep = review_steps._kept

    def overtaken_first(*rest: Any) -> Review:
        if not newer:
            newer.update(opened(reviewer_client, item))
        return keep(*rest)

    monkeypatch.setattr(review_steps, "_kept", overtaken_first)
    more = {"comment-greeting": "在旧页面写的"} | ({"leaving": "1"} if is_leaving else {})
    told = send(reviewer_client, "draft", item, form, **more)
    # its first draft is lost on the way
    next_one = send(reviewer_client, "draft", item, newer | FINE, unanswered="1")

    assert told.status_code == 409 and "You opened this call in another tab" in told.text
    assert next_one.status_code == (409 if is_leaving else 200)
    assert ("greeting" in Review.objects.get().answers()) is True
    assert bool(Review.objects.get().answers()["greeting"].comment) is is_leaving
