"""Reviews as a file: what it holds, and how a worker writes it."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from calls.exporting import sheets, shelf
from calls.models import BulkAction, Call, CallTask, Job
from calls.models.scope import TaskScope
from calls.tasks import prune
from calls.vocabulary import ExportFormat, JobState, Source, Speaker
from reviews.finding import paging
from reviews.models import Evidence, Review
from reviews.scoring import Answer
from tests.builders import make_call
from tests.exports import ask, ask_for_reviews, export, review_file, rows, written
from tests.reviews.builders import make_card, make_queue, make_review, make_version

FINE = {key: Answer("pass") for key in ("greeting", "answer", "goodbye")}
RUDE = FINE | {"greeting": Answer("fail", comment="没有报名", turns=(1, 3))}
pytestmark = pytest.mark.django_db


def exported(client: Any, **fields: str) -> list[dict[str, str]]:
    text = review_file(client, **fields).decode()
    assert text[0] == "\ufeff"
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


def make_judged(reviewer: Any, **fields: Any) -> Review:
    call = make_call(callee="13800005678")
    review = make_review(call, reviewer, RUDE | {"intent": Answer("a")}, judged_intent="a", **fields)
    quote = {"speaker": Speaker.CUSTOMER, "text": "打 13800005678", "start": 31.2, "end": 39}
    Evidence.objects.filter(mark__review=review, turn=3).update(**quote)
    return review


def test_a_file_holds_every_answer_with_its_comment_and_evidence(supervisor_client, rui):
    make_judged(rui, note="=1+1", seconds=42.5)

    [row] = exported(supervisor_client)

    assert (row["Reviewer"], row["Score"], row["Passed"]) == ("rui", "66.67", "no")
    assert (row["Names itself"], row["Names itself: comment"]) == ("Fail", "没有报名")
    assert row["Names itself: evidence"] == "#1\n#3 0:31–0:39 Customer: 打 138****5678"
    assert (row["Says goodbye"], row["Says goodbye: points"], row["Intent was really"]) == ("Pass", "1.0", "A")
    assert (row["Note"], row["Seconds spent"]) == ("'=1+1", "42.5")
    assert row["Number"] == "138****5678"


def test_whole_numbers_are_for_those_who_may_see_them_and_ask(supervisor_client, rui, su):
    make_judged(rui)
    assert exported(supervisor_client, numbers="1")[0]["Number"] == "13800005678"
    assert "13800005678" not in str(exported(supervisor_client))

    su.groups.clear()
    may = ["view_call", "review_call", "export_review", "see_reviews"]
    su.user_permissions.set(Permission.objects.filter(codename__in=may))

    assert "13800005678" not in str(exported(supervisor_client, numbers="1"))


def test_numbers_of_calls_that_are_gone_stay_hidden(supervisor_client, rui):
    make_judged(rui)
    Call.objects.all().delete()

    [row] = exported(supervisor_client)

    assert row["Number"] == "The call is gone"
    assert "13800005678" not in str(row) and "138****5678" in row["Names itself: evidence"]


def test_a_file_holds_exactly_the_list_in_its_order(supervisor_client, rui):
    version = make_version()
    reviews = [make_review(make_call(), rui, answers, version=version) for answers in (FINE, RUDE, FINE, FINE)]
    make_review(make_call(), rui, {}, version=make_version(name="Sales", card=make_card()))

    rows = exported(supervisor_client, passed="yes", scorecard=str(version.scorecard.pk))

    assert [row["Finished"] for row in rows] == [
        f"{timezone.localtime(review.finished_at):%Y-%m-%d %H:%M:%S}" for review in (reviews[3], reviews[2], reviews[0])
    ]


def test_two_scorecards_that_ask_the_same_stand_apart(supervisor_client, rui):
    make_review(make_call(), rui, FINE, version=make_version())
    make_review(make_call(), rui, RUDE, version=make_version(name="Sales"))

    newer, older = exported(supervisor_client)

    assert (newer["Sales: Names itself"], newer["Compliance: Names itself"]) == ("Fail", "")
    assert (older["Sales: Names itself"], older["Compliance: Names itself"]) == ("", "Pass")


def test_a_workbook_holds_the_same(supervisor_client, rui):
    make_judged(rui, note="=1+1")

    sheet = openpyxl.load_workbook(io.BytesIO(review_file(supervisor_client, format="xlsx"))).active

    heads, values = sheet.iter_rows(values_only=True)
    row = dict(zip(heads, values, strict=True))
    assert sheet.title == "Reviews"
    assert (row["Score"], row["Note"], row["Names itself"]) == (66.67, "=1+1", "Fail")
    assert row["Number"] == "138****5678"


def test_a_question_that_is_not_understood_is_not_exported(supervisor_client, rui):
    make_review(make_call(), rui)

    for fields in ({"format": "csv", "passed": "perhaps"}, {"format": "pdf"}, {"format": "csv", "intent": "Z"}):
        answer = supervisor_client.post("/reviews/export", fields)
        assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert not BulkAction.objects.exists()


def test_more_reviews_than_a_worksheet_holds_are_said_before(supervisor_client, rui, monkeypatch):
    monkeypatch.setitem(sheets.MOST_ROWS, ExportFormat.XLSX, 1)
    make_review(make_call(), rui, FINE)
    make_review(make_call(), rui, RUDE)

    answer = supervisor_client.post("/reviews/export", {"format": "xlsx"})

    assert answer.status_code == 422 and "more of them than a worksheet has rows" in answer.text
    assert not BulkAction.objects.exists()
    assert rows(written(ask_for_reviews(supervisor_client, format="xlsx", passed="yes")))[1:]
    assert len(exported(supervisor_client)) == 2


def test_one_exports_only_what_one_may_see(supervisor_client, rui, su):
    make_review(make_call(task_id="138002"), rui)
    action = ask_for_reviews(supervisor_client)
    TaskScope.objects.create(user=su)

    assert rows(written(action))[1:] == []
    assert action.affected == 0


def test_without_the_right_to_see_them_others_reviews_are_in_no_file(supervisor_client, rui, su):
    make_review(make_call(), rui, note="only rui knows")
    make_review(make_call(), su)
    su.groups.clear()
    may = ["view_call", "review_call", "export_review"]
    su.user_permissions.set(Permission.objects.filter(codename__in=may))

    assert [row["Reviewer"] for row in exported(supervisor_client)] == ["su"]


def test_a_file_costs_no_more_queries_for_more_reviews(supervisor_client, rui):
    def queries_for(action: BulkAction) -> int:
        with CaptureQueriesContext(connection) as queries:
            written(action)
        return len(queries)

    version = make_version()
    make_review(make_call(), rui, RUDE, version=version)
    one = queries_for(ask_for_reviews(supervisor_client))
    for _number in range(12):
        make_review(make_call(), rui, RUDE, version=version)

    assert queries_for(ask_for_reviews(supervisor_client)) == one


# ---- A worker writes it, and a page says how far it is


def test_the_page_of_an_export_says_what_it_is_and_offers_the_file(supervisor_client, rui):
    make_review(make_call(), rui, RUDE)
    action = ask_for_reviews(supervisor_client, passed="no", format="xlsx")
    waiting = supervisor_client.get(action.get_absolute_url()).text

    written(action)
    page = supervisor_client.get(action.get_absolute_url()).text

    assert "waiting for a worker" in waiting and f"/bulk/{action.pk}/cancel/" in waiting
    assert "About 1 review that matches" in page and "Verdict: Not passed" in page
    assert "/reviews/?passed=no" in page and "1 review written" in page and "phone numbers masked" in page
    assert f"/reviews/export/{action.pk}" in page and f"/bulk/{action.pk}/file" not in page
    assert "/reviews/?passed=no" in supervisor_client.get("/bulk/").text


def test_the_page_of_an_export_looks_at_no_review_for_what_was_not_asked(supervisor_client, rui):
    make_review(make_call(), rui)
    action = ask_for_reviews(supervisor_client)

    with CaptureQueriesContext(connection) as queries:
        polled = supervisor_client.get(action.get_absolute_url(), headers={"HX-Request": "true"})

    assert "waiting for a worker" in polled.text
    assert not [query["sql"] for query in queries if '"reviews_' in query["sql"]]


def test_the_page_of_an_export_names_what_was_chosen(supervisor_client, rui, otto):
    call = make_call()
    queue = make_queue(call)
    review = make_review(call, rui, RUDE, item=queue.items.get())
    scorecard = review.version.scorecard
    make_version("Sales")
    CallTask.objects.create(source=Source.AICCS, task_id="138000", name="回访")
    asked = f"reviewer={rui.pk}&reviewer={otto.pk}&scorecard={scorecard.pk}&criterion=greeting&queue={queue.pk}"
    action = ask_for_reviews(supervisor_client)
    BulkAction.objects.update(question=f"{asked}&task=aiccs/138000")

    page = supervisor_client.get(action.get_absolute_url()).text

    # nobody learns here that otto is somebody: they reviewed nothing
    assert re.findall(r'<span class="badge">([^<]*)', page) == [
        "Task: 回访",
        "Reviewer: rui",
        f"Reviewer: {otto.pk}",
        "Scorecard: Compliance",
        "Criterion: Names itself",
        "Queue: Monday",
    ]


def test_a_file_is_called_after_its_day_and_kept_nowhere_on_its_way(supervisor_client, rui):
    make_review(make_call(), rui)
    action = written(ask_for_reviews(supervisor_client))

    file = supervisor_client.get(f"/reviews/export/{action.pk}")
    file.getvalue()

    day = timezone.localtime(action.finished_at).strftime("%Y-%m-%d")
    assert file.headers["Content-Disposition"] == f'attachment; filename="reviews-{day}-{action.pk}.csv"'
    assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert file.headers["Cache-Control"] == "private, no-store"


def test_a_double_click_makes_one_file(supervisor_client, rui):
    make_review(make_call(), rui)

    assert ask_for_reviews(supervisor_client) == ask_for_reviews(supervisor_client)
    assert ask_for_reviews(supervisor_client, passed="yes").pk != BulkAction.objects.earliest("pk").pk


def test_a_file_is_there_for_whoever_asked_for_it_and_nobody_else(supervisor_client, admin_client, rui):
    make_review(make_call(), rui)
    action = written(ask_for_reviews(supervisor_client))

    assert admin_client.get(f"/reviews/export/{action.pk}").status_code == 404
    # nor by the address of the other kind
    assert supervisor_client.get(f"/bulk/{action.pk}/file").status_code == 404
    assert "Only whoever asked" in admin_client.get(action.get_absolute_url()).text


def test_a_file_of_calls_is_not_there_as_one_of_reviews(supervisor_client, su):
    make_call()

    assert supervisor_client.get(f"/reviews/export/{export(su).pk}").status_code == 404


@pytest.mark.parametrize("lost", ["task", "see_reviews", "view_numbers"])
def test_a_file_is_not_there_any_more_for_who_may_see_less_by_now(supervisor_client, rui, su, lost):
    make_review(make_call(), rui)
    action = written(ask_for_reviews(supervisor_client, numbers="1"))
    if lost == "task":
        TaskScope.objects.create(user=su)
    else:
        su.user_permissions.set(su.groups.get().permissions.exclude(codename=lost))
        su.groups.clear()

    assert supervisor_client.get(f"/reviews/export/{action.pk}").status_code == 404
    assert "Only whoever asked" not in supervisor_client.get(action.get_absolute_url()).text


def test_a_week_later_the_file_is_gone(supervisor_client, rui):
    make_review(make_call(), rui)
    action = written(ask_for_reviews(supervisor_client))
    BulkAction.objects.update(finished_at=timezone.now() - timedelta(days=7, minutes=1))

    prune()

    assert supervisor_client.get(f"/reviews/export/{action.pk}").status_code == 404
    assert "The file was deleted after 7 days." in supervisor_client.get(action.get_absolute_url()).text
    assert list(shelf.folder().iterdir()) == []


@pytest.mark.parametrize("format", ExportFormat.values)
def test_a_cancelled_export_stops_in_the_middle_and_leaves_no_file(supervisor_client, rui, format, monkeypatch):
    monkeypatch.setattr(paging, "CHUNK", 1)
    version = make_version()
    for _number in range(3):
        make_review(make_call(), rui, version=version)
    action = ask_for_reviews(supervisor_client, format=format)
    told: list[int] = []
    progress = Job.progress

    def cancelled_after_one(job: Job, done: int, *rest: int) -> None:
        told.append(done)
        if done == 1:
            supervisor_client.post(f"/bulk/{action.pk}/cancel/")
        progress(job, done, *rest)

    monkeypatch.setattr(Job, "progress", cancelled_after_one)
    written(action)

    assert told == [0, 1] and action.finished_at is None
    assert "Cancelled. No file was kept." in supervisor_client.get(action.get_absolute_url()).text
    assert list(shelf.folder().iterdir()) == []


def test_what_stands_in_the_way_of_a_file_is_a_sentence(supervisor_client, rui, su):
    make_review(make_call(), rui)
    changed, forbidden = ask_for_reviews(supervisor_client, passed="yes"), ask_for_reviews(supervisor_client)
    BulkAction.objects.filter(pk=changed.pk).update(question="passed=perhaps")
    written(changed)
    su.groups.clear()
    written(forbidden)

    assert "The filters of this export have changed since." in said(changed)
    assert "may not export reviews any more." in said(forbidden)


def said(action: BulkAction) -> str:
    assert action.job and not action.file
    return action.job.last_message


def test_files_of_calls_and_of_reviews_are_written_one_after_the_other(supervisor_client, rui, su):
    make_review(make_call(), rui)
    calls, reviews = ask(su), ask_for_reviews(supervisor_client)
    assert calls.job and Job.objects.claim(calls.job.pk)

    written(reviews)

    assert reviews.job and reviews.job.state == JobState.PENDING and not reviews.file


def test_a_file_is_in_the_language_of_whoever_asked(supervisor_client, rui):
    make_review(make_call(), rui, RUDE)
    supervisor_client.cookies["django_language"] = "zh-hans"
    with translation.override("zh-hans"):
        action = ask_for_reviews(supervisor_client)

    head, row = rows(written(action))

    assert "质检员" in head and "否" in row
