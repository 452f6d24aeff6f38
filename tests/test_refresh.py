from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from calls.account import the_account
from calls.models import Call, CallTask, Job, Payload, Recording
from calls.models.job import MAX_ATTEMPTS
from calls.pacing import Pause, the_pacer
from calls.refresh import ask_discovery, ask_refresh, begin_demo, list_tasks, plan, running
from calls.refresh.discovery import walks_from
from calls.refresh.freshness import next_look
from calls.refresh.ticking import ask_due_calls, ask_followed_tasks, prune
from calls.snapshot import CallRef, ListedCall
from calls.tasks import run_job
from calls.vocabulary import JobKind, JobState, RecordingState, Source, TaskStatus
from tests.builders import make_call
from tests.sandboxes import NOON, Fault, RunningSandbox

pytestmark = pytest.mark.django_db
DETAIL = "QueryConversationDetailInfo"


def listed(source: Source) -> list[ListedCall]:
    """Calls of the sandbox's tasks that are over."""
    account = the_account()
    tasks = [task for page in account.list_tasks(source) for task in page]
    rows = [row for task in tasks for page in account.list_calls(source, task.task_id) for row in page.calls]
    return [row for row in rows if row.is_final]


def task_with_calls(source: Source) -> CallTask:
    run(list_tasks(source))
    return CallTask.objects.get(source=source, task_id=listed(source)[0].ref.task_id)


def run(job: Job) -> Job:
    """As a worker would, now."""
    Job.objects.filter(pk=job.pk).update(next_at=timezone.now())
    run_job(job.pk)
    job.refresh_from_db()
    return job


@pytest.mark.parametrize("source", Source)
def test_a_refreshed_call_is_in_the_cache(vendor: RunningSandbox, source: Source):
    row = listed(source)[0]

    job = run(ask_refresh(row.ref))

    assert job.state == JobState.DONE, job.last_message
    assert job.call is not None
    assert job.call.call_id == row.call_id
    assert Call.objects.for_ref(row.ref).get() == job.call


def test_refreshing_twice_keeps_one_call_and_one_payload(vendor: RunningSandbox):
    row = listed(Source.AICCS)[0]

    run(ask_refresh(row.ref))
    run(ask_refresh(row.ref))

    assert Call.objects.count() == 1
    assert Payload.objects.count() == 1


def test_a_final_call_rests_and_its_recording_is_asked_for(vendor: RunningSandbox):
    for row in listed(Source.AICCS)[:12]:
        run(ask_refresh(row.ref))

    waiting = Recording.objects.filter(state=RecordingState.WAITING)
    assert waiting.exists()
    assert Call.objects.filter(recording__in=waiting, due_at=None).count() == waiting.count()
    assert Job.objects.filter(kind=JobKind.KEEP_RECORDING).count() == waiting.count()


@pytest.mark.parametrize(("retry_after", "least"), [(90_000, 89), (None, 29)])
def test_throttling_cools_everybody_down_and_is_no_attempt(
    vendor: RunningSandbox, retry_after: int | None, least: float, monkeypatch: pytest.MonkeyPatch
):
    # the usual second may be over before the other one asks
    monkeypatch.setattr(running, "THROTTLED", Pause(60, 60))
    first, second = (ask_refresh(row.ref) for row in listed(Source.AICCS)[:2])
    vendor.faults.switch_on(Fault("throttle", operation=DETAIL, retry_after=retry_after))
    before = timezone.now()

    run(first)
    asked = len(vendor.journal.entries(DETAIL))
    run(second)

    assert (first.state, first.attempts, first.last_code) == (JobState.PENDING, 0, "Throttling.User")
    assert first.next_at - before > timedelta(seconds=least)
    assert len(vendor.journal.entries(DETAIL)) == asked == 1
    assert (second.state, second.attempts) == (JobState.PENDING, 0)


def test_throttling_of_one_source_leaves_the_other_alone(vendor: RunningSandbox):
    agent, robot = listed(Source.AICCS)[0], listed(Source.ROBOT)[0]
    vendor.faults.switch_on(Fault("throttle", operation=DETAIL, retry_after=60_000))

    run(ask_refresh(agent.ref))

    assert run(ask_refresh(robot.ref)).state == JobState.DONE


def test_a_job_is_dead_after_eight_failures_and_can_be_revived(vendor: RunningSandbox):
    job = ask_refresh(listed(Source.AICCS)[0].ref)
    vendor.faults.switch_on(Fault("server_error"))
    for _ in range(MAX_ATTEMPTS):
        the_pacer().relieve("down:aiccs")
        run(job)
    assert (job.state, job.attempts, job.last_code) == (JobState.DEAD, MAX_ATTEMPTS, "ServiceUnavailable")
    assert job.last_request_id

    vendor.faults.clear()
    the_pacer().relieve("down:aiccs")

    assert run(job.revive()).state == JobState.DONE


def test_a_vendor_that_is_down_is_left_alone_for_as_long_as_it_asks(vendor: RunningSandbox):
    job = ask_refresh(listed(Source.AICCS)[0].ref)
    vendor.faults.switch_on(Fault("server_error", operation=DETAIL, retry_after_s=120, times=1))
    before = timezone.now()

    run(job)

    assert job.state == JobState.PENDING
    assert job.next_at > before + timedelta(seconds=119)


def test_while_the_vendor_is_down_jobs_wait_without_losing_attempts(
    vendor: RunningSandbox, monkeypatch: pytest.MonkeyPatch
):
    # the usual seconds may be over before the last one asks
    monkeypatch.setattr(running, "UNREACHABLE", Pause(600, 600))
    vendor.faults.switch_on(Fault("server_error", operation=DETAIL))
    jobs = [run(ask_refresh(row.ref)) for row in listed(Source.AICCS)[:20]]

    assert len(vendor.journal.entries(DETAIL)) == 5
    assert [job.attempts for job in jobs[5:]] == [0] * 15
    assert {job.last_message for job in jobs[5:]} == {jobs[0].last_message}


def test_a_wrong_key_wastes_a_request_and_keeps_all_jobs(vendor: RunningSandbox):
    rows = listed(Source.AICCS)[:20]
    vendor.faults.switch_on(Fault("refuse", operation=DETAIL, code="InvalidAccessKeyId.NotFound"))
    before = timezone.now()

    jobs = [run(ask_refresh(row.ref)) for row in rows]

    assert len(vendor.journal.entries(DETAIL)) == 1
    assert {(job.state, job.attempts) for job in jobs} == {(JobState.PENDING, 0)}
    assert jobs[0].last_code == "InvalidAccessKeyId.NotFound"
    assert all("InvalidAccessKeyId.NotFound" in job.last_message for job in jobs[1:])
    assert all(job.next_at > before + timedelta(seconds=29) for job in jobs)


def test_a_person_who_repaired_the_key_is_served_and_ends_the_pause(vendor: RunningSandbox, su: User):
    first, second, third, fourth = listed(Source.AICCS)[:4]
    vendor.faults.switch_on(Fault("refuse", operation=DETAIL, code="InvalidAccessKeyId.NotFound"))
    run(ask_refresh(first.ref))
    assert run(ask_refresh(second.ref, asked_by=su)).state == JobState.PENDING
    # a second person within seconds wastes no request
    assert run(ask_refresh(third.ref, asked_by=su)).state == JobState.PENDING
    assert len(vendor.journal.entries(DETAIL)) == 2

    vendor.faults.clear()
    the_pacer().client.delete(*the_pacer().client.keys("*:probe:*"))

    assert run(ask_refresh(second.ref, asked_by=su)).state == JobState.DONE
    assert run(ask_refresh(fourth.ref)).state == JobState.DONE


def test_an_unreadable_list_is_kept_too(vendor: RunningSandbox):
    vendor.faults.switch_on(Fault("truncated", operation="QueryAiCallTaskPage"))

    job = run(list_tasks(Source.AICCS))

    assert job.state == JobState.PENDING
    assert Payload.objects.get(subject="aiccs").operation == "QueryAiCallTaskPage"


def test_a_missing_right_is_named_and_stops_only_its_kind(vendor: RunningSandbox):
    row = listed(Source.AICCS)[0]
    vendor.faults.switch_on(Fault("refuse", operation=DETAIL, code="NoPermission"))

    job = run(ask_refresh(row.ref))

    assert "aiccs:QueryConversationDetailInfo" in job.last_message
    assert run(list_tasks(Source.AICCS)).state == JobState.DONE


def test_a_refused_call_fails_at_once(vendor: RunningSandbox):
    row = listed(Source.AICCS)[0]
    vendor.faults.switch_on(Fault("refuse", operation=DETAIL, code="isv.INVALID_PARAMETERS"))

    job = run(ask_refresh(row.ref))

    assert (job.state, job.last_code) == (JobState.FAILED, "isv.INVALID_PARAMETERS")
    assert len(vendor.journal.entries(DETAIL)) == 1


def test_an_unreadable_answer_is_kept_and_tried_three_times(vendor: RunningSandbox):
    job = ask_refresh(listed(Source.AICCS)[0].ref)
    vendor.faults.switch_on(Fault("truncated", operation=DETAIL))

    states = [run(job).state for _ in range(3)]

    assert states == [JobState.PENDING, JobState.PENDING, JobState.FAILED]
    payload = Payload.objects.filter(subject=job.subject).first()
    assert payload is not None
    assert payload.error
    assert payload.body.startswith("{")


def test_the_same_unreadable_answer_of_a_known_call_is_the_next_revision_once(vendor: RunningSandbox):
    job = run(ask_refresh(listed(Source.ROBOT)[0].ref))
    call = job.call
    assert call is not None
    vendor.sandbox.shape = "malformed"
    vendor.faults.switch_on(Fault("truncated", operation="QueryRobotTaskCallDetail", times=1))

    run(ask_refresh(call.ref or CallRef.aiccs("", "", ""), call=call))

    assert list(call.payloads.order_by("revision").values_list("revision", flat=True)) == [1, 2]
    assert call.payloads.get(revision=2).error


def test_an_unknown_call_is_looked_for_later_and_then_given_up(vendor: RunningSandbox):
    job = ask_refresh(CallRef.aiccs("138", "139", "9662"))

    pauses = []
    for _ in range(3):
        before = timezone.now()
        run(job)
        assert job.state == JobState.PENDING
        pauses.append(round((job.next_at - before) / timedelta(minutes=1)))
    run(job)

    assert pauses == [1, 5, 15]
    assert job.state == JobState.FAILED
    assert job.last_message


def test_a_known_call_that_the_vendor_forgot_stays(vendor: RunningSandbox):
    call = run(ask_refresh(listed(Source.AICCS)[0].ref)).call
    assert call is not None and call.ref is not None
    vendor.faults.switch_on(Fault("not_found", operation=DETAIL))

    job = run(ask_refresh(call.ref, call=call))

    assert job.state == JobState.DONE
    assert job.last_message
    assert Call.objects.get(pk=call.pk).call_id == call.call_id


def test_a_subject_that_is_no_reference_fails_with_a_sentence():
    for subject in ("nonsense", "aiccs/1", "mars/1/2/3", "robot/1/2/tomorrow"):
        job = run(Job.objects.ask(JobKind.REFRESH, subject))

        assert (job.state, job.last_message) == (JobState.FAILED, "This is no reference to a call")


def test_what_nobody_expected_ends_dead_and_tells_no_secret(
    vendor: RunningSandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    job = ask_refresh(listed(Source.AICCS)[0].ref)

    def stumble(*args: object) -> None:
        raise RuntimeError(job.subject)

    monkeypatch.setattr("calls.refresh.fetching.plan", stumble)

    for _ in range(MAX_ATTEMPTS):
        run(job)

    assert (job.state, job.last_message) == (JobState.DEAD, "Unexpected: RuntimeError")
    assert "RuntimeError" in caplog.text
    assert job.subject not in caplog.text


def test_discovering_a_task_asks_for_its_calls(vendor: RunningSandbox):
    # no call is dialled between the two times that its calls are asked for
    vendor.sandbox.clock.frozen_at = vendor.sandbox.clock.now()
    task = task_with_calls(Source.AICCS)
    rows = [row for page in the_account().list_calls(Source.AICCS, task.task_id) for row in page.calls]

    job = run(ask_discovery(task))

    begun = {str(row.ref) for row in rows if row.is_final or row.started_at}
    assert job.state == JobState.DONE, job.last_message
    assert begun
    assert set(Job.objects.filter(kind=JobKind.REFRESH).values_list("subject", flat=True)) == begun
    assert job.done == job.total
    assert job.done >= len(begun)
    task.refresh_from_db()
    assert task.discovered_until is not None


def test_discovering_again_leaves_final_calls_alone(vendor: RunningSandbox):
    task = task_with_calls(Source.ROBOT)
    run(ask_discovery(task))
    jobs = list(Job.objects.filter(kind=JobKind.REFRESH))
    for job in jobs:
        run(job)
    assert jobs
    final = set(Call.objects.filter(is_final=True).values_list("call_id", flat=True))

    run(ask_discovery(task))

    again = Job.objects.filter(kind=JobKind.REFRESH, state=JobState.PENDING)
    assert not again.filter(call__call_id__in=final).exists()
    assert Call.objects.filter(call_task=task).count() == Call.objects.count()


def test_a_call_that_is_dialled_again_is_asked_for_again(vendor: RunningSandbox):
    task = task_with_calls(Source.AICCS)
    clock = vendor.sandbox.clock
    soon = vendor.sandbox.world.listed(task.task_id, round(clock.now() + 4 * 3600) * 1000)
    plan = next(one for one in soon if len(one.attempts) > 1 and one.attempts[0].dialled_at > clock.now() * 1000)
    ref = CallRef.aiccs(task.task_id, plan.batch_id, plan.detail_id)

    told = []
    for attempt in plan.attempts[:2]:
        clock.set(attempt.ended_at / 1000 + 60)
        # the sandbox's clock is not the walks', whose windows would miss it
        CallTask.objects.update(discovered_until=None)
        run(ask_discovery(task))
        for job in Job.objects.open().filter(subject=str(ref)):
            run(job)
        told.append(Call.objects.for_ref(ref).get())

    assert told[0] == told[1]
    assert told[0].is_final
    assert told[0].call_id != told[1].call_id
    assert told[1].started_at is not None
    assert round(told[1].started_at.timestamp() * 1000) == plan.attempts[1].dialled_at
    assert [payload.revision for payload in told[1].payloads.all()] == [2, 1]


def test_a_first_attempt_that_the_vendor_no_longer_tells_gets_its_next_look(vendor: RunningSandbox):
    row = next(row for row in listed(Source.ROBOT) if row.started_at is not None)
    assert row.started_at is not None
    first = make_call(
        source=Source.ROBOT,
        task_id=row.ref.task_id,
        batch_id="",
        detail_id="",
        callee=row.ref.callee,
        call_id="1^1",
        started_at=row.started_at - timedelta(minutes=10),
        is_final=False,
    )

    assert first.ref is not None

    job = run(ask_refresh(first.ref, call=first))

    first.refresh_from_db()
    assert job.state == JobState.DONE
    assert job.call == first
    assert first.due_at is not None
    assert Call.objects.filter(call_id=row.call_id).exists()


def test_a_robot_call_that_is_listed_late_is_still_found(vendor: RunningSandbox):
    task = task_with_calls(Source.ROBOT)
    CallTask.objects.filter(pk=task.pk).update(discovered_until=timezone.now())

    run(ask_discovery(task))

    begun = {str(row.ref) for row in listed(Source.ROBOT) if row.ref.task_id == task.task_id}
    assert begun
    assert begun <= set(Job.objects.filter(kind=JobKind.REFRESH).values_list("subject", flat=True))


def test_each_walk_overlaps_the_last_and_the_first_of_an_hour_a_whole_day():
    before = datetime(2026, 11, 20, 12, 58, tzinfo=UTC)
    task = CallTask(source=Source.AICCS, task_id="138", discovered_until=before)

    assert walks_from(task, before + timedelta(minutes=1)) == before - timedelta(minutes=10)
    assert walks_from(task, before + timedelta(minutes=2)) == before - timedelta(days=1)
    assert walks_from(task, before + timedelta(days=1)) == before - timedelta(days=1)
    assert walks_from(CallTask(source=Source.AICCS), before) is None


def test_a_walk_that_is_cut_off_is_walked_again_as_a_whole(vendor: RunningSandbox):
    task = task_with_calls(Source.AICCS)
    vendor.faults.switch_on(Fault("server_error", operation="QueryAiCallDetailPage", times=1))

    job = run(ask_discovery(task))

    task.refresh_from_db()
    assert job.state == JobState.PENDING
    assert task.discovered_until is None
    assert run(job).state == JobState.DONE


def test_a_call_the_vendor_refused_is_not_asked_for_by_every_walk(vendor: RunningSandbox):
    task = task_with_calls(Source.AICCS)
    run(ask_discovery(task))
    refused = Job.objects.filter(kind=JobKind.REFRESH).first()
    assert refused is not None
    vendor.faults.switch_on(Fault("refuse", operation=DETAIL, code="isv.INVALID_PARAMETERS", times=1))
    run(refused)
    CallTask.objects.update(discovered_until=None)

    job = run(ask_discovery(task))

    assert not Job.objects.open().filter(kind=JobKind.REFRESH, subject=refused.subject).exists()
    assert job.errors == 1


def test_only_one_walk_runs_at_a_time(vendor: RunningSandbox):
    run(list_tasks(Source.AICCS))
    first, second = (ask_discovery(task) for task in CallTask.objects.all()[:2])
    assert Job.objects.claim(first.pk)

    run(second)

    assert (second.state, second.attempts) == (JobState.PENDING, 0)


def test_the_demo_follows_what_has_begun_and_only_once(vendor: RunningSandbox):
    begin_demo()
    for job in Job.objects.filter(kind=JobKind.DISCOVER):
        run(job)
    idle = CallTask.objects.filter(status__in=[TaskStatus.WAITING, TaskStatus.FAILED])
    assert set(CallTask.objects.followed()) == set(CallTask.objects.all()) - set(idle)
    walks = Job.objects.open().filter(call_task__isnull=False)
    assert walks.count() == CallTask.objects.followed().count() > 0 < idle.count()
    for walk in walks:
        run(walk)

    for task in CallTask.objects.all():
        task.unfollow()
    for source in Source:
        run(list_tasks(source))
    begin_demo()

    assert not CallTask.objects.followed().exists()
    assert not Job.objects.open().filter(kind=JobKind.DISCOVER).exists()


def test_a_real_account_follows_nothing_by_itself(vendor: RunningSandbox, settings):
    settings.DEMO = False
    settings.ALIBABA_CLOUD_ACCESS_KEY_ID, settings.ALIBABA_CLOUD_ACCESS_KEY_SECRET = settings.SANDBOX_ACCESS_KEY
    begin_demo()
    assert not Job.objects.exists()

    run(list_tasks(Source.AICCS))

    assert CallTask.objects.exists()
    assert not CallTask.objects.followed().exists()


def test_followed_tasks_are_walked_by_the_minute_while_they_run():
    now = timezone.now()
    running, finished, other = (
        CallTask.objects.create(source=Source.AICCS, task_id=str(number), status=status)
        for number, status in enumerate((TaskStatus.RUNNING, TaskStatus.FINISHED, TaskStatus.RUNNING))
    )
    for task in (running, finished):
        task.follow(None)
        job = ask_discovery(task)
        Job.objects.filter(pk=job.pk).update(state=JobState.DONE, created_at=now - timedelta(minutes=2))

    ask_followed_tasks()
    ask_followed_tasks()

    walks = Job.objects.open().filter(call_task__isnull=False)
    assert [job.call_task for job in walks] == [running]
    assert not other.jobs.exists()
    # and the list that tells when it is over
    assert Job.objects.open().filter(subject="aiccs").count() == 1


def test_due_calls_are_asked_for_once():
    due, resting = make_call(is_final=False), make_call()
    Call.objects.filter(pk=due.pk).update(due_at=timezone.now())

    ask_due_calls()
    ask_due_calls()

    assert [job.call for job in Job.objects.all()] == [due]
    assert Call.objects.get(pk=resting.pk).due_at is None


def test_a_due_call_whose_job_came_to_nothing_is_due_again():
    call = make_call(is_final=False)
    Call.objects.filter(pk=call.pk).update(due_at=timezone.now())

    ask_due_calls()

    due_at = Call.objects.get(pk=call.pk).due_at
    assert due_at is not None
    assert due_at > timezone.now() + timedelta(minutes=50)


def minutes_until_next_look(*, age: timedelta, **changes: object) -> float | None:
    now = datetime.fromtimestamp(NOON, UTC)
    ended_at = now - age
    call = make_call(started_at=ended_at - timedelta(minutes=1), answered_at=None, ended_at=ended_at, **changes)
    call.first_seen_at = ended_at
    recording = Recording.objects.get(call=call)
    at = next_look(call, recording, now)
    return None if at is None else (at - now) / timedelta(minutes=1)


@pytest.mark.parametrize(
    ("age", "minutes"),
    [(0, 1), (1, 4), (4, 1), (5, 10), (14, 1), (20, 40), (70, 50), (23 * 60 + 30, 30), (24 * 60, None)],
)
def test_a_missing_recording_is_looked_for_more_and_more_rarely(age: int, minutes: float | None):
    assert minutes_until_next_look(age=timedelta(minutes=age)) == minutes


@pytest.mark.parametrize(("age", "minutes"), [(0, 1), (60, 1), (25 * 60, 60), (8 * 24 * 60, None)])
def test_an_unfinished_call_is_looked_at_every_minute_but_not_for_ever(age: int, minutes: float | None):
    assert minutes_until_next_look(age=timedelta(minutes=age), is_final=False) == minutes


def test_a_recording_that_never_came_is_missing_with_a_reason():
    long_ago = timezone.now() - timedelta(days=3)
    call = make_call(started_at=long_ago, answered_at=long_ago, ended_at=long_ago)

    plan(call)

    recording = Recording.objects.get(call=call)
    assert recording.state == RecordingState.MISSING
    assert recording.reason


def test_old_closed_jobs_are_forgotten():
    old, failed, fresh = (Job.objects.ask(JobKind.REFRESH, f"aiccs/1/1/{number}") for number in range(3))
    long_ago = timezone.now() - timedelta(days=2)
    Job.objects.filter(pk=old.pk).update(state=JobState.DONE, finished_at=long_ago)
    Job.objects.filter(pk=failed.pk).update(state=JobState.DEAD, finished_at=long_ago)

    assert prune() == 1
    assert set(Job.objects.all()) == {failed, fresh}
