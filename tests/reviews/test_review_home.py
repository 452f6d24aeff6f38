"""Where a reviewer starts."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from calls.models import Call
from reviews.models import Queue, QueueItem, Review, ScorecardVersion
from reviews.queues.drawing import fill_live
from reviews.reviewing.holding import close, release, take_next
from reviews.reviewing.waiting import MOST_COUNTED
from reviews.vocabulary import QueueState, ReviewState
from tests.builders import make_call
from tests.reviews.builders import finish, make_queue, make_review, make_version

pytestmark = pytest.mark.django_db


def test_without_a_queue_it_says_whom_to_wait_for(reviewer_client, supervisor_client):
    assert "As soon as a supervisor plans a queue" in reviewer_client.get("/review/").text
    page = supervisor_client.get("/review/").text
    assert "Plan a queue, and its calls wait here" in page and 'href="/queues/new"' in page


def test_it_says_how_many_wait_and_how_long_that_takes(reviewer_client, rui):
    queue = make_queue(*(make_call() for _ in range(5)), name="October")
    for _ in range(2):
        item = take_next(rui)
        assert item is not None and item.call is not None
        make_review(item.call, rui, item=item, seconds=120)
        close(item, item.token)

    page = reviewer_client.get("/review/").text

    assert "3 calls wait for you" in page
    assert "About 6 min left at your pace" in page
    assert "2 / 5" in page and "about 6 min left" in page
    assert "Start" in page and "Go on" not in page
    queue.state = QueueState.PAUSED
    queue.save()
    assert "October" not in reviewer_client.get("/review/").text


def test_many_queues_cost_no_more_queries_than_one(reviewer_client, rui):
    version = make_version()

    def add(number: int) -> None:
        calls = make_call(), make_call()
        quota = 1 if number % 2 else None
        queue = make_queue(*calls, name=f"Queue {number}", version=version, quota=quota)
        finish(queue.items.order_by("place")[0], rui)

    def asked(queues: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            page = reviewer_client.get("/review/").text
        assert page.count('class="queue-row"') == queues
        assert page.count("1 / 2") == queues - queues // 2
        return len(queries)

    for number in range(2):
        add(number)
    few = asked(2)
    for number in range(2, 12):
        add(number)

    assert asked(12) == few


def test_time_left_is_said_the_same_way_before_and_while_reviewing(reviewer_client):
    make_queue(*(make_call() for _ in range(90)))

    assert "bout 1 h 15 min left" in reviewer_client.get("/review/").text
    assert "about 1 h 15 min left" in reviewer_client.post("/review/next", follow=True).text


def test_a_queue_that_has_drawn_nothing_is_not_called_reviewed(reviewer_client):
    make_queue(name="Tomorrow")

    page = reviewer_client.get("/review/").text

    assert "No call in it yet" in page and "all reviewed" not in page


def test_a_queue_that_others_have_reviewed_is_not_called_empty(reviewer_client, su):
    finish(make_queue(make_call(), name="Theirs").items.get(), su)

    page = reviewer_client.get("/review/").text

    assert "none of its calls for you" in page and "No call in it yet" not in page


def test_my_reviews_are_mine_also_for_who_sees_those_of_others(supervisor_client, su, rui):
    mine = make_review(make_call(), su)
    others = make_review(make_call(), rui)

    link = html.unescape(re.findall(r'href="([^"]*)">My reviews', supervisor_client.get("/review/").text)[0])
    page = supervisor_client.get(link).text

    assert mine.get_absolute_url() in page and others.get_absolute_url() not in page


def test_start_takes_the_next_call_and_go_on_comes_back_to_it(reviewer_client, rui):
    queue = make_queue(make_call(), make_call())

    first = reviewer_client.post("/review/next")
    again = reviewer_client.post("/review/next")

    held = QueueItem.objects.get(locked_by=rui)
    assert held == queue.items.first()
    assert first.headers["Location"] == again.headers["Location"] == f"/review/{held.pk}/"
    page = reviewer_client.get("/review/").text
    assert "1 call is in your hands" in page and "Go on" in page
    assert f'href="/review/{held.pk}/"' in page


def test_the_next_call_of_one_queue(reviewer_client, rui):
    old = make_queue(make_call(), name="Old")
    new = make_queue(make_call(), name="New", version=old.scorecard.versions.get())

    reviewer_client.post("/review/next", {"queue": new.pk})

    assert QueueItem.objects.get(locked_by=rui).queue == new


@pytest.mark.parametrize("queue", ["987654321", "x", "9" * 30])
def test_a_queue_that_is_none_is_not_found(reviewer_client, queue):
    assert reviewer_client.post("/review/next", {"queue": queue}).status_code == 404


def test_when_nothing_waits_it_says_so(reviewer_client):
    page = reviewer_client.post("/review/next", follow=True)

    assert page.redirect_chain == [("/review/", 302)]
    assert "Nothing waits for you at the moment." in page.text


def test_what_was_begun_and_let_go_is_found_again(reviewer_client, rui, su):
    make_queue(make_call(), make_call())
    item = take_next(rui)
    assert item is not None and item.call is not None
    make_review(item.call, rui, item=item, state=ReviewState.DRAFT, finished_at=None)
    release(item, item.token)

    page = reviewer_client.get("/review/").text

    assert "begun" in page and f'href="/review/{item.pk}/"' in page


def test_a_finished_queue_says_that_all_is_reviewed(reviewer_client, rui):
    make_queue(make_call())
    item = take_next(rui)
    assert item is not None and item.call is not None
    make_review(item.call, rui, item=item)
    close(item, item.token)

    page = reviewer_client.get("/review/").text

    assert "All is reviewed" in page and "1 / 1" in page


def test_a_reached_quota_says_that_ones_part_is_done(reviewer_client, rui):
    make_queue(make_call(), make_call(), quota=1)
    item = take_next(rui)
    assert item is not None and item.call is not None
    make_review(item.call, rui, item=item)
    close(item, item.token)

    assert "your part is done" in reviewer_client.get("/review/").text


def test_the_rail_says_how_many_wait(reviewer_client):
    assert ' waiting">' not in reviewer_client.get("/review/").text
    queue = make_queue(make_call(), make_call())
    assert '<span class="rail__count" aria-label="2 waiting">2</span>' in reviewer_client.get("/review/").text

    call = Call.objects.first()
    assert call is not None
    QueueItem.objects.bulk_create(
        QueueItem(queue=queue, call=call, source=call.source, key=str(number)) for number in range(MOST_COUNTED)
    )
    assert ">99+</span>" in reviewer_client.get("/review/").text


def test_a_call_that_is_gone_stops_nobody(reviewer_client, rui):
    make_queue(make_call())
    item = take_next(rui)
    assert item is not None
    Call.objects.all().delete()

    assert "The call is gone" in reviewer_client.get("/review/").text
    assert reviewer_client.post("/review/next").headers["Location"] == "/review/"


def test_a_lock_that_is_over_is_in_nobodys_hands(reviewer_client, rui):
    queue = make_queue(make_call())
    queue.items.update(locked_by=rui, token="a", locked_until=timezone.now() - timedelta(seconds=1))

    assert "in your hands" not in reviewer_client.get("/review/").text


def test_the_demo_has_a_queue_that_draws_from_what_comes_in():
    call_command("begin_reviews_demo")
    call_command("begin_reviews_demo")

    queue = Queue.objects.get()
    assert queue.is_live and queue.state == QueueState.OPEN
    assert ScorecardVersion.objects.published().filter(scorecard=queue.scorecard).exists()
    make_call()
    assert fill_live() == 1
    assert not Review.objects.exists()


def test_the_demo_takes_the_scorecard_that_is_there():
    queue = make_queue()
    Queue.objects.all().delete()

    call_command("begin_reviews_demo")

    assert Queue.objects.get().scorecard == queue.scorecard
