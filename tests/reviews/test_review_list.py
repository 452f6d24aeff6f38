"""The list of reviews: what is found, what it comes to, and the same as a file."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone

from calls.models import Call, CallTask
from calls.models.scope import TaskScope
from calls.snapshot import TaskSnapshot
from calls.vocabulary import Source
from reviews.finding import ReviewFilterForm, page_of, summary_of
from reviews.models import Dispute, Review
from reviews.scoring import Answer
from reviews.vocabulary import Purpose, ReviewState, VersionState
from tests.builders import make_call
from tests.reviews.builders import make_item, make_queue, make_review, make_version

HTMX = {"HX-Request": "true"}
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')
FINE = {key: Answer("pass") for key in ("greeting", "answer", "goodbye")}
RUDE = FINE | {"greeting": Answer("fail", comment="没有报名", turns=(1, 3))}
pytestmark = pytest.mark.django_db


def found(query: str) -> set[Review]:
    form = ReviewFilterForm(QueryDict(query))
    reviews = set(form.narrow(Review.objects.all()))
    assert not form.errors, form.errors
    return reviews


# ---- Filters


def test_each_filter_finds_what_it_says(rui, su):
    noon = datetime(2026, 11, 20, 4, tzinfo=UTC)
    call = make_call(started_at=noon, task_id="138001", intent="B")
    version = make_version()
    item = make_item(make_queue(name="Monday", version=version, seed="a"), call, stratum="must")
    one = make_review(call, rui, RUDE, version=version, item=item, judged_intent="c", finished_at=noon)
    other = make_review(
        make_call(intent="", started_at=noon + timedelta(days=3)),
        su,
        FINE | {"answer": Answer(is_na=True)},
        version=make_version(name="Sales"),
        purpose=Purpose.SECOND,
        is_outdated=True,
        is_fatal=True,
        finished_at=noon + timedelta(days=4),
    )
    mark = one.marks.get(criterion="greeting")
    Dispute.objects.create(mark=mark, raised_by=rui, reason="no", due_at=timezone.now())

    for query, expected in {
        "": {one, other},
        "since=&until=&task=&passed=&criterion=": {one, other},
        "until=2026-11-20": {one},
        "since=2026-11-21": {other},
        "finished_until=2026-11-20": {one},
        "finished_since=2026-11-21": {other},
        "task=aiccs/138001": {one},
        "task=aiccs/138001&task=aiccs/138000": {one, other},
        "task=robot/138001": set(),
        f"reviewer={rui.pk}": {one},
        f"scorecard={version.scorecard.pk}": {one},
        "criterion=greeting": {one, other},
        "criterion=greeting&negative=yes": {one},
        "criterion=greeting&negative=no": {other},
        "criterion=answer&negative=na": {other},
        "criterion=answer&negative=yes": set(),
        "negative=yes": {one},
        "passed=yes": {other},
        "passed=no": {one},
        "fatal=yes": {other},
        "intent=B": {one},
        "intent=-": {other},
        "judged=c": {one},
        "judged=-": {other},
        "purpose=second": {other},
        "purpose=first&purpose=second": {one, other},
        "changed=yes": {other},
        "disputed=yes": {one},
        f"call={call.pk}": {one},
        f"queue={item.queue_id}": {one},
        "stratum=must": {one},
        f"passed=yes&reviewer={rui.pk}": set(),
    }.items():
        assert found(query) == expected, query


@pytest.mark.parametrize(
    "query",
    [
        "since=yesterday",
        "passed=perhaps",
        "reviewer=rui",
        "reviewer=99999999999999999999",
        "call=%00",
        "criterion=%00",
        "task=138001",
        "purpose=fun",
        "since=2026-11-21&until=2026-11-20",
        "finished_since=1999-01-01",
    ],
)
def test_what_cannot_be_read_is_named_and_left_out(supervisor_client, rui, query):
    make_review(make_call(), rui)

    answer = supervisor_client.get(f"/reviews/?{query}")

    assert answer.status_code == 200
    assert "left out" in answer.text or "Choose a day" in answer.text or "Write the day" in answer.text
    assert "1 review" in answer.text


# ---- Pages


def test_an_answer_that_was_taken_away_is_not_negative_nor_anything_else(rui):
    review = make_review(make_call(), rui, FINE)
    review.marks.filter(criterion="greeting").update(value="", share=None)

    assert found("criterion=greeting&negative=no") == set()
    assert found("criterion=answer&negative=no") == {review}


def test_pages_hold_every_review_once_also_when_many_were_finished_at_once(rui):
    version, at = make_version(), timezone.now()
    for number in range(7):
        make_review(make_call(), rui, version=version, finished_at=at - timedelta(seconds=number // 3))
    everything = list(Review.objects.order_by("-finished_at", "-pk"))

    first = page_of(Review.objects.all(), size=3)
    second = page_of(Review.objects.all(), after=first.older, size=3)
    third = page_of(Review.objects.all(), after=second.older, size=3)
    back = page_of(Review.objects.all(), before=third.newer, size=3)

    assert [*first.reviews, *second.reviews, *third.reviews] == everything
    assert (first.newer, third.older) == ("", "")
    assert back.reviews == second.reviews and back.newer and back.older
    for nonsense in ("x", "1", "1.x", "9" * 30 + ".1", "-1.1", "٣.١"):
        assert page_of(Review.objects.all(), after=nonsense, size=3).reviews == first.reviews


def test_the_summary_counts_exactly_what_is_listed(rui):
    version = make_version()
    for answers in (FINE, RUDE, {}):
        make_review(make_call(), rui, answers, version=version)

    summary = summary_of(Review.objects.all())

    assert summary.count == 3
    assert summary.mean == pytest.approx((100 + 66.67) / 2)
    assert summary.pass_rate == 50


def test_a_row_leads_to_the_answer_and_its_turn(supervisor_client, rui):
    CallTask.objects.absorb(TaskSnapshot(Source.AICCS, "138000", name="秋季回访"))
    make_review(make_call(callee="13800005678"), rui, RUDE, is_outdated=True)

    page = supervisor_client.get("/reviews/").text

    assert "138****5678" in page and "13800005678" not in page
    assert "秋季回访" in page and "66.67" in page and "Not passed" in page and "Data changed" in page
    assert "Names itself" in page
    assert "1 review" in page and "mean score 66.67" in page


def test_a_review_outlives_its_call_in_the_list(supervisor_client, rui):
    call = make_call()
    make_review(call, rui)
    Call.objects.filter(pk=call.pk).delete()

    page = supervisor_client.get("/reviews/").text

    assert "The call is gone" in page and "1 review" in page


def test_drafts_and_others_tasks_are_not_listed(supervisor_client, reviewer_client, rui, su):
    version = make_version()
    make_review(make_call(), rui, version=version, state=ReviewState.DRAFT, finished_at=None)
    mine = make_review(make_call(task_id="138001"), su, version=version)
    make_review(make_call(task_id="138002"), rui, version=version)
    CallTask.objects.absorb(TaskSnapshot(Source.AICCS, "138001"))
    TaskScope.objects.create(user=su).tasks.set(CallTask.objects.filter(task_id="138001"))

    page = supervisor_client.get("/reviews/")

    assert [row.review for row in page.context["rows"]] == [mine]
    assert [row.review.reviewer for row in reviewer_client.get("/reviews/").context["rows"]] == [rui]


def test_an_empty_list_says_why(supervisor_client, reviewer_client, rui):
    assert "No finished reviews yet" in supervisor_client.get("/reviews/").text
    make_review(make_call(), rui)
    assert "No review matches all of this" in supervisor_client.get("/reviews/?intent=Z").text


def test_htmx_gets_a_slice_of_the_very_same_page(supervisor_client, rui):
    make_review(make_call(), rui, RUDE)
    address = "/reviews/?passed=no&since=&criterion=greeting"

    page = supervisor_client.get(address)
    part = supervisor_client.get(address, headers=HTMX)

    assert TOKEN.sub("", part.text).strip() in TOKEN.sub("", page.text) and "<html" not in part.text
    assert part["HX-Push-Url"] == "/reviews/?criterion=greeting&passed=no"
    assert "Criterion: Names itself" in page.text and "Verdict: Not passed" in page.text


def test_a_long_list_costs_no_more_queries(supervisor_client, rui, django_assert_max_num_queries):
    version = make_version()
    for _number in range(12):
        make_review(make_call(), rui, RUDE, version=version)

    with django_assert_max_num_queries(30):
        supervisor_client.get("/reviews/")


def test_a_scorecard_is_offered_also_while_its_next_version_is_written(supervisor_client, rui):
    review = make_review(make_call(), rui)
    make_version(number=2, state=VersionState.DRAFT, published_at=None)

    selects = supervisor_client.get("/reviews/").context["selects"]

    assert [label for _value, label, _is_chosen in selects["scorecard"]] == [review.version.scorecard.name]
    assert [label for _value, label, _is_chosen in selects["criterion"]] == [
        criterion.title for criterion in review.version.card
    ]
