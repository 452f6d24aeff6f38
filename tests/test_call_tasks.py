from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from calls.models import CallTask, Job
from calls.refresh import ask_discovery, list_tasks
from calls.snapshot import TaskSnapshot
from calls.tasks import run_job
from calls.vocabulary import JobKind, JobState, Priority, Source, TaskStatus
from tests.builders import make_call

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
# differs in every answer
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')


def make_task(task_id: str = "138000", **changes) -> CallTask:
    snapshot = TaskSnapshot(
        source=changes.pop("source", Source.AICCS),
        task_id=task_id,
        name=changes.pop("name", f"秋季课程续费回访 {task_id}"),
        agent_name="续费顾问小语",
        status=TaskStatus.RUNNING,
        total_count=98,
        finished_count=90,
        failed_count=6,
        answered_rate=75.0,
    )
    task = CallTask.objects.absorb(snapshot)
    CallTask.objects.filter(pk=task.pk).update(**changes)
    return CallTask.objects.get(pk=changes.get("id", task.pk))


def test_only_those_who_may_see_tasks_do(reviewer_client, supervisor_client, client):
    assert client.get("/tasks/").status_code == 302
    assert reviewer_client.get("/tasks/").status_code == 403
    assert supervisor_client.get("/tasks/").status_code == 200


def test_only_those_who_may_follow_do(reviewer_client):
    task = make_task()

    for path in ("update/", f"{task.pk}/follow/", f"{task.pk}/discover/"):
        assert reviewer_client.post(f"/tasks/{path}").status_code == 403
    assert not Job.objects.exists()


def test_the_first_day_says_what_to_do(supervisor_client):
    page = supervisor_client.get("/tasks/").text

    assert "No tasks yet" in page
    assert "Update list from the vendor" in page


def test_a_row_tells_name_robot_status_counts_rate_and_calls(supervisor_client):
    task = make_task()
    make_call(task_id=task.task_id)

    page = supervisor_client.get("/tasks/").text

    for words in (task.name, "续费顾问小语", "Running", "90 / 98", "6 failed", "75.0 %", "AI agent"):
        assert words in page
    assert f"?source=aiccs&amp;task={task.task_id}" in page


def test_htmx_gets_a_slice_of_the_very_same_page(supervisor_client):
    make_task()

    page = supervisor_client.get("/tasks/")
    part = supervisor_client.get("/tasks/", headers=HTMX)

    assert TOKEN.sub("", part.text.strip()) in TOKEN.sub("", page.text)
    assert "<html" not in part.text
    assert "HX-Request" in part["Vary"]


@pytest.mark.parametrize("query", ["source=robot", "status=paused", "followed=yes", "q=车险", "q=1045001"])
def test_the_url_narrows_the_list(supervisor_client, query):
    make_task("138000")
    make_task("1045001", source=Source.ROBOT, name="车险续保", status=TaskStatus.PAUSED, followed_at=timezone.now())

    page = supervisor_client.get(f"/tasks/?{query}").text

    assert "车险续保" in page
    assert "秋季课程续费回访" not in page


@pytest.mark.parametrize("query", ["source=nobody", "status=%00", "q=%00", "followed=x", "page=-1", "page=abc", "x=1"])
def test_a_bad_value_is_told_and_narrows_nothing(supervisor_client, query):
    make_task()

    page = supervisor_client.get(f"/tasks/?{query}")

    assert page.status_code == 200
    assert "秋季课程续费回访" in page.text


def test_a_filter_that_nothing_matches_offers_a_way_out(supervisor_client):
    make_task()

    assert "No task matches this" in supervisor_client.get("/tasks/?q=nothing").text


def test_following_says_who_and_asks_for_the_calls(supervisor_client, su):
    task = make_task()

    answer = supervisor_client.post(f"/tasks/{task.pk}/follow/", {"next": "/tasks/?source=aiccs"})

    task.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, "/tasks/?source=aiccs")
    assert task.followed_by == su
    assert Job.objects.get().asked_by == su
    page = supervisor_client.get("/tasks/").text
    assert "Unfollow" in page
    assert "· su" in page


def test_following_never_sends_anyone_to_another_host(supervisor_client):
    task = make_task()

    answer = supervisor_client.post(f"/tasks/{task.pk}/follow/", {"next": "https://elsewhere.example/"})

    assert answer["Location"] == "/tasks/"


def test_unfollowing_answers_htmx_with_the_row(supervisor_client, su):
    # a number that a page would write with a separator
    task = make_task(id=12_345)
    task.follow(su)

    row = supervisor_client.post(f"/tasks/{task.pk}/follow/", {"stop": "1"}, headers=HTMX).text

    task.refresh_from_db()
    assert task.followed_at is None
    assert 'id="task-12345"' in row
    assert 'hx-target="#task-12345"' in row
    assert "Unfollow" not in row


def test_discover_now_is_polled_only_while_it_is_open(supervisor_client, su):
    task = make_task()

    asked = supervisor_client.post(f"/tasks/{task.pk}/discover/", headers=HTMX).text
    job = Job.objects.get()
    Job.objects.filter(pk=job.pk).update(
        state=JobState.RUNNING, done=120, total=480, errors=2, started_at=timezone.now() - timedelta(seconds=10)
    )
    running = supervisor_client.get(f"/tasks/{task.pk}/", headers=HTMX).text
    Job.objects.filter(pk=job.pk).update(state=JobState.DONE, finished_at=timezone.now())
    done = supervisor_client.get(f"/tasks/{task.pk}/", headers=HTMX).text

    assert (job.kind, job.priority, job.asked_by) == (JobKind.DISCOVER, Priority.PEOPLE, su)
    assert "Queued" in asked
    assert 'hx-trigger="every 2s"' in asked
    assert 'max="480" value="120"' in running
    for words in ("120 of 480", "12 a second", "2 errors", 'hx-trigger="every 2s"'):
        assert words in running
    assert "120 calls seen" in done
    assert "hx-trigger" not in done


def test_a_failed_discovery_says_what_the_vendor_said(supervisor_client):
    task = make_task()
    job = ask_discovery(task)
    Job.objects.filter(pk=job.pk).update(
        state=JobState.FAILED,
        finished_at=timezone.now(),
        last_code="isv.TASK_NOT_EXIST",
        last_message="no such task",
        last_request_id="F2051E18",
    )

    page = supervisor_client.get("/tasks/").text

    for words in ("no such task", "isv.TASK_NOT_EXIST", "F2051E18"):
        assert words in page


def test_the_list_is_updated_from_both_apis(supervisor_client, vendor):
    answer = supervisor_client.post("/tasks/update/", headers=HTMX).text
    jobs = list(Job.objects.all())
    for job in jobs:
        run_job(job.pk)
    after = supervisor_client.get("/tasks/updating/", headers=HTMX).text

    assert {job.subject for job in jobs} == {"aiccs", "robot"}
    assert "hx-trigger" in answer
    assert "hx-trigger" not in after
    assert "Updated just now" in after
    assert {task.source for task in CallTask.objects.all()} == set(Source)
    assert "秋季课程续费回访" in supervisor_client.get("/tasks/").text


def test_a_list_that_the_vendor_refuses_is_told(supervisor_client):
    job = list_tasks(Source.ROBOT)
    Job.objects.filter(pk=job.pk).update(
        state=JobState.DEAD, finished_at=timezone.now(), last_code="Forbidden.RAM", last_message="not allowed"
    )

    page = supervisor_client.get("/tasks/").text

    assert "Scripted robots: no list" in page
    assert "Forbidden.RAM" in page


def test_the_list_asks_the_database_the_same_however_many_tasks_there_are(
    supervisor_client, django_assert_num_queries, django_assert_max_num_queries
):
    for number in range(30):
        task = make_task(str(138000 + number))
        make_call(task_id=task.task_id)
        ask_discovery(task)

    with django_assert_max_num_queries(16):
        supervisor_client.get("/tasks/")
