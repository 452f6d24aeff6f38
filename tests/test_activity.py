from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from calls.models import Job
from calls.pacing import REFUSED, the_pacer
from calls.refresh import ask_refresh, list_tasks
from calls.refresh.turns import refused_scope
from calls.snapshot import CallRef
from calls.tasks import run_job
from calls.vocabulary import JobKind, JobState, Source
from tests.builders import make_call
from tests.sandboxes import Fault

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')


def make_job(detail_id: str, state: JobState = JobState.DEAD, **changes) -> Job:
    job = ask_refresh(CallRef.aiccs("138", "139", detail_id))
    over = None if state in {JobState.PENDING, JobState.RUNNING} else timezone.now()
    Job.objects.filter(pk=job.pk).update(state=state, finished_at=over, **changes)
    return Job.objects.get(pk=changes.get("id", job.pk))


def test_supervisors_and_administrators_see_it_and_others_do_not(reviewer_client, supervisor_client, admin_client):
    assert reviewer_client.get("/activity/").status_code == 403
    assert reviewer_client.post(f"/activity/{make_job('1').pk}/retry/").status_code == 403
    assert supervisor_client.get("/activity/").status_code == 200
    assert admin_client.get("/activity/").status_code == 200


def test_nothing_to_do_says_so(supervisor_client):
    assert "Nothing needs you" in supervisor_client.get("/activity/").text


def test_a_dead_job_shows_what_the_vendor_said_and_whom_it_is_about(supervisor_client):
    call = make_call(call_id="101299^1")
    make_job("1", attempts=8, last_code="SystemError", last_message="it broke", last_request_id="F2051E18", call=call)

    page = supervisor_client.get("/activity/").text

    for words in ("Gave up after 8 tries", "SystemError", "it broke", "F2051E18", "101299^1", call.get_absolute_url()):
        assert words in page


def test_one_click_tries_a_dead_job_again(supervisor_client, su):
    # a number that a page would write with a separator
    job = make_job("1", attempts=8, id=12_345)

    row = supervisor_client.post(f"/activity/{job.pk}/retry/", headers=HTMX).text

    job.refresh_from_db()
    assert (job.state, job.attempts, job.asked_by) == (JobState.PENDING, 0, su)
    assert f'id="job-{job.pk}"' in row
    assert "Queued" in row


def test_without_a_script_the_click_comes_back_to_the_page(supervisor_client):
    job = make_job("1")

    answer = supervisor_client.post(f"/activity/{job.pk}/retry/", {"show": "trouble"})

    assert answer["Location"] == "/activity/?show=trouble"


def test_a_job_that_somebody_asked_for_anew_is_not_doubled(supervisor_client):
    dead = make_job("1")
    anew = make_job("1", JobState.PENDING)

    row = supervisor_client.post(f"/activity/{dead.pk}/retry/", headers=HTMX)

    assert row.status_code == 200
    assert list(Job.objects.open()) == [anew]


def test_all_can_be_tried_again_at_once(supervisor_client):
    for number in range(5):
        make_job(str(number), JobState.FAILED if number % 2 else JobState.DEAD)

    page = supervisor_client.post("/activity/retry/", follow=True).text

    assert "5 jobs queued again" in page
    assert Job.objects.filter(state=JobState.PENDING).count() == 5


def test_a_waiting_job_can_be_cancelled(supervisor_client):
    job = make_job("1", JobState.PENDING)

    supervisor_client.post(f"/activity/{job.pk}/cancel/")

    job.refresh_from_db()
    assert job.state == JobState.CANCELLED


def test_a_running_job_shows_its_progress_and_the_page_is_polled(supervisor_client):
    job = list_tasks(Source.AICCS)
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, done=30, total=98, started_at=timezone.now())

    busy = supervisor_client.get("/activity/").text
    Job.objects.filter(pk=job.pk).update(state=JobState.DONE, finished_at=timezone.now())
    quiet = supervisor_client.get("/activity/?show=running", headers=HTMX).text

    for words in ('max="98" value="30"', "30 of 98", 'hx-trigger="every 5s"', "?show=running"):
        assert words in busy
    assert "hx-trigger" not in quiet


def test_a_job_that_waits_says_when_it_is_tried_next(supervisor_client):
    make_job("1", JobState.PENDING, attempts=3, next_at=timezone.now() + timedelta(hours=1), last_message="timed out")

    page = supervisor_client.get("/activity/?show=queued").text

    assert "3 tries so far, next at" in page
    assert "timed out" in page


def test_jobs_are_counted_by_kind_and_state(supervisor_client):
    make_job("1")
    make_job("2", JobState.DONE)
    list_tasks(Source.AICCS)

    page = supervisor_client.get("/activity/").text

    assert '?show=trouble&amp;kind=refresh">1<' in page
    assert '?show=closed&amp;kind=refresh">1<' in page
    assert '?show=queued&amp;kind=discover">1<' in page


def test_htmx_gets_a_slice_of_the_very_same_page(supervisor_client):
    make_job("1")

    page = supervisor_client.get("/activity/?show=trouble").text
    part = supervisor_client.get("/activity/?show=trouble", headers=HTMX).text

    assert TOKEN.sub("", part.strip()) in TOKEN.sub("", page)
    assert "<html" not in part


@pytest.mark.parametrize("query", ["show=x", "kind=x", "page=x", "show=%00", "show=closed&kind=discover&page=9"])
def test_a_senseless_address_still_shows_the_page(supervisor_client, query):
    assert supervisor_client.get(f"/activity/?{query}").status_code == 200


def test_a_missing_permission_is_named_with_what_to_grant(supervisor_client, vendor):
    vendor.faults.switch_on(Fault("refuse", code="NoPermission"))
    job = ask_refresh(CallRef.aiccs("138", "139", "966"))

    run_job(job.pk)
    page = supervisor_client.get("/activity/").text

    assert "The vendor refuses this account: AI agent" in page
    assert "Grant the RAM action <code>aiccs:" in page


def test_other_trouble_with_the_account_says_where_to_look(supervisor_client):
    scope = refused_scope(Job(kind=JobKind.DISCOVER), Source.ROBOT)
    the_pacer().pause(scope, REFUSED, reason="InvalidAccessKeyId.NotFound · Specified access key is not found.")
    try:
        page = supervisor_client.get("/activity/").text
    finally:
        the_pacer().relieve(scope)

    assert "Scripted robot" in page
    assert "Check the access key" in page
    assert "InvalidAccessKeyId.NotFound" in page


def test_the_list_asks_the_database_the_same_however_many_jobs_there_are(
    supervisor_client, django_assert_max_num_queries
):
    for number in range(40):
        make_job(str(number), call=make_call())

    with django_assert_max_num_queries(14):
        supervisor_client.get("/activity/")


def test_routine_work_is_counted_and_listed_only_on_request(supervisor_client, su):
    asked, routine = make_job("1", JobState.DONE, asked_by=su), make_job("2", JobState.DONE)

    short = supervisor_client.get("/activity/?show=closed").text
    whole = supervisor_client.get("/activity/?show=closed&routine=1").text

    assert f'id="job-{asked.pk}"' in short and f'id="job-{routine.pk}"' not in short
    assert "1 routine job of the workers is not listed." in short
    assert f'id="job-{asked.pk}"' in whole and f'id="job-{routine.pk}"' in whole
