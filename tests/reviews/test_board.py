from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from calls.models import Call, CallTask, TaskScope
from calls.snapshot import TagSnapshot
from reviews.models import Review
from tests.builders import make_call
from tests.reviews.builders import make_review
from tests.reviews.stories import reviews_of
from tests.stories import a_day_of_calls

pytestmark = pytest.mark.django_db
TABLES = ("days", "scores", "steps", "results", "intents", "tags", "tasks", "criteria", "judged", "reviewers")


def rows_of(client, table: str, query: str = "") -> list[list[str]]:
    answer = client.get(f"/board/{table}.csv?{query}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="board-{table}-2')
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_an_empty_board_says_what_to_do(supervisor_client):
    page = supervisor_client.get("/board/")

    assert "No review of these calls yet" in page.text
    assert "Draw calls into a queue" in page.text
    assert all(len(rows_of(supervisor_client, table)) >= 1 for table in TABLES)


def test_calls_without_a_review_are_drawn_all_the_same(supervisor_client):
    a_day_of_calls(12)

    page = supervisor_client.get("/board/?when=7d")

    assert "No review of these calls yet" in page.text
    assert "Calls by result" in page.text
    assert "nothing drawn by lot is reviewed" in page.text


def test_htmx_gets_a_slice_of_the_very_same_page(supervisor_client, su):
    reviews_of(a_day_of_calls(30), su)
    supervisor_client.get("/board/?when=30d")

    page = supervisor_client.get("/board/?when=30d")
    part = supervisor_client.get("/board/?when=30d", headers={"HX-Request": "true"})

    assert part.text.split("<time-ago")[0].strip() in page.text
    assert part.text.split("</time-ago>")[1].strip() in page.text
    assert "<html" not in part.text


def test_figures_are_a_minute_old_at_most_and_fresh_when_asked(supervisor_client):
    make_call(started_at=timezone.now())
    first = supervisor_client.get("/board/?when=7d").context["figures"]
    make_call(started_at=timezone.now())

    kept = supervisor_client.get("/board/?when=7d").context["figures"]
    fresh = supervisor_client.get("/board/?when=7d&afresh=1").context["figures"]
    after = supervisor_client.get("/board/?when=7d").context["figures"]

    assert (kept.at, kept.taken.dialled) == (first.at, 1)
    assert fresh.taken.dialled == 2
    assert after.at == fresh.at


def test_readers_of_other_tasks_have_figures_of_their_own(supervisor_client, admin_client, su):
    a_day_of_calls(30)
    scope = TaskScope.objects.create(user=su)
    scope.tasks.set(CallTask.objects.filter(task_id="138002"))

    theirs = admin_client.get("/board/?when=7d")
    ours = supervisor_client.get("/board/?when=7d")

    assert theirs.context["figures"].taken.dialled == 30
    assert ours.context["figures"].taken.dialled == 5
    assert "秋季课程续费回访" not in ours.text
    assert "双十一售后满意度回访" in ours.text


def test_a_board_still_counts_while_redis_is_away(supervisor_client, settings):
    make_call(started_at=timezone.now())
    away = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": away}

    page = supervisor_client.get("/board/?when=7d")

    assert page.context["figures"].taken.dialled == 1


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("when=ever", "Days: There is no such choice. It was left out."),
        ("since=yesterday", "From: Write the day as 2026-11-20."),
        ("since=2026-11-20&until=2026-11-01", "Until: The end lies before the beginning. The range was left out."),
        ("since=2020-01-01", "Until: A board shows a year at most. The range was left out."),
        ("task=aiccs/nobody", "Task: There is no such choice. It was left out."),
        ("task=%00%FF", "Task: There is no such choice. It was left out."),
    ],
)
def test_what_cannot_be_read_is_named_and_left_out(supervisor_client, query, sentence):
    page = supervisor_client.get(f"/board/?{query}")

    assert page.status_code == 200
    assert sentence in page.text
    assert page.context["question"].when == "7d"


@pytest.mark.parametrize(("query", "days"), [("since=2026-11-01&until=2026-11-10", 10), ("until=2026-11-10", 1)])
def test_days_of_ones_own_go_before_named_ones(supervisor_client, query, days):
    question = supervisor_client.get(f"/board/?when=30d&{query}").context["question"]

    assert (question.when, question.period.days) == ("", days)


def test_tasks_that_are_still_discovered_are_said(supervisor_client, su):
    a_day_of_calls(3)
    CallTask.objects.filter(task_id__in=["138001", "138002"]).update(followed_at=timezone.now(), followed_by=su)
    CallTask.objects.filter(task_id="138002").update(discovered_until=timezone.now())

    page = supervisor_client.get("/board/")

    assert "1 followed task is still being discovered" in page.text


def test_whoever_may_not_see_numbers_meets_none(supervisor_client, su):
    number = "13800005678"
    group = su.groups.get()
    group.permissions.remove(Permission.objects.get(codename="view_numbers"))
    task = make_call(started_at=timezone.now(), intent=number, tags=(TagSnapshot("电话", number),)).task_id
    CallTask.objects.create(source="aiccs", task_id=task, name=f"回访 {number}")
    make_review(Call.objects.get(), su, judged_intent="A")

    page = supervisor_client.get("/board/?when=7d").text
    files = [str(rows_of(supervisor_client, table, "when=7d")) for table in TABLES]

    assert number not in page
    assert not any(number in file for file in files)
    assert "138****5678" in page


def test_a_file_holds_plain_figures_and_no_formula(supervisor_client, su):
    call = make_call(started_at=timezone.now(), tags=(TagSnapshot("备注", "=1+1"),), duration=1_500)
    make_review(call, su, seconds=38.5)

    tags = rows_of(supervisor_client, "tags", "when=7d")
    tasks = rows_of(supervisor_client, "tasks", "when=7d")
    reviewers = rows_of(supervisor_client, "reviewers", "when=7d")

    assert tags[1] == ["备注", "'=1+1", "1", "100.0"]
    assert tasks[1] == ["138000", "1", "1", "100.0", "1500.0", "1", "100.0", "0.0"]
    assert reviewers[1] == ["su", "1", "1.0", "", "", "", "38.5"]
    assert supervisor_client.get("/board/nothing.csv").status_code == 404


def test_lengths_below_one_another_are_told_alike(supervisor_client):
    make_call(started_at=timezone.now(), task_id="1", duration=38)
    make_call(started_at=timezone.now(), task_id="2", duration=65)

    page = supervisor_client.get("/board/?when=7d").text

    assert ">0:38<" in page and ">1:05<" in page


def test_what_is_not_drawn_is_said_beside_the_drawing(supervisor_client):
    make_call(started_at=timezone.now(), tags=tuple(TagSnapshot("关注点", str(number)) for number in range(9)))

    page = supervisor_client.get("/board/?when=7d").text

    assert "Table of all 9" in page
    assert page.count("over 14 days") == 1
    assert "over 30 days" not in supervisor_client.get("/board/?when=30d").text


def test_a_robot_that_said_nothing_was_not_wrong(supervisor_client, su):
    make_review(make_call(started_at=timezone.now(), intent="B"), su, judged_intent="A")
    make_review(make_call(started_at=timezone.now(), intent=""), su, judged_intent="A")

    wrong, nothing = supervisor_client.get("/board/?when=7d").context["matrix"]

    assert [name.text for name, _cells, _same in (wrong, nothing)] == ["B", "–"]
    assert [cells[0][2] for _name, cells, _same in (wrong, nothing)] == ["heat-3", "heat-0"]
    assert [same.text for _name, _cells, same in (wrong, nothing)] == ["0.0 %", "–"]


def test_a_review_outlives_its_call_on_the_board(supervisor_client, su):
    call = make_call(started_at=timezone.now())
    make_review(call, su)
    Call.objects.filter(pk=call.pk).delete()

    figures = supervisor_client.get("/board/?when=7d").context["figures"]

    assert Review.objects.get().call is None
    assert (figures.taken.dialled, figures.reviewed.reviews) == (0, 1)


def test_a_running_day_is_told_against_the_same_hours_of_the_day_before(supervisor_client, monkeypatch):
    noon = timezone.make_aware(timezone.datetime(2026, 11, 20, 12))  # type: ignore[attr-defined]
    monkeypatch.setattr(timezone, "now", lambda: noon)
    for at in (noon - timedelta(hours=1), noon - timedelta(hours=25), noon - timedelta(hours=23)):
        make_call(started_at=at)

    page = supervisor_client.get("/board/?when=today")

    assert page.context["figures"].taken.dialled == 1
    assert page.context["figures"].earlier.taken.dialled == 1
    assert "against the day before" in page.text
    assert "= unchanged" in page.text


def test_who_may_see_no_task_has_a_board_of_nothing(supervisor_client, su):
    make_call(tags=(TagSnapshot("客户情绪", "平静"),), started_at=timezone.now())
    TaskScope.objects.create(user=su)

    page = supervisor_client.get("/board/?when=7d")

    assert page.status_code == 200
    assert page.context["figures"].taken.dialled == 0
    assert [rows_of(supervisor_client, table, "when=7d")[1:] for table in ("tags", "tasks")] == [[], []]
