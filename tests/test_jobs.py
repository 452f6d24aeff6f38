from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections
from django.utils import timezone

from calls.models import Call, CallTask, Job
from calls.models.job import MAX_ATTEMPTS, LeaseLost
from calls.models.nudging import queue_of
from calls.refresh import run
from calls.refresh.asking import ask_discovery
from calls.snapshot import TaskSnapshot
from calls.vocabulary import JobKind, JobState, Priority, Source
from tests.builders import make_call
from tests.meanwhile import begun_meanwhile

pytestmark = pytest.mark.django_db
SUBJECT = "aiccs/138/139/966"


def ask(subject: str = SUBJECT, asked_by: User | None = None) -> Job:
    return Job.objects.ask(JobKind.REFRESH, subject, asked_by=asked_by)


def claimed(subject: str = SUBJECT) -> Job:
    job = Job.objects.claim(ask(subject).pk)
    assert job is not None
    return job


def let_lease_run_out(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_asking_twice_is_one_job():
    assert ask().pk == ask().pk
    assert Job.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_call_that_somebody_deletes_at_once_is_asked_for_by_its_reference(su: User):
    call = make_call()
    Call.objects.filter(pk=call.pk).delete()

    job = Job.objects.ask(JobKind.REFRESH, str(call.ref), call=call, asked_by=su)

    assert (job.call, job.subject, job.is_open) == (None, str(call.ref), True)


@pytest.mark.django_db(transaction=True)
def test_a_walk_of_a_task_that_somebody_deletes_at_once_comes_to_nothing():
    task = CallTask.objects.absorb(TaskSnapshot(Source.AICCS, "138000"))
    CallTask.objects.filter(pk=task.pk).delete()

    task.follow(None)
    job = Job.objects.claim(ask_discovery(task).pk)
    assert job
    run(job)

    assert (job.state, job.last_message) == (JobState.DONE, "")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["one", "many"])
def test_whoever_writes_a_call_waits_for_who_deletes_its_task(way):
    CallTask.objects.absorb(TaskSnapshot(Source.AICCS, "138"))
    call, task = make_call(task_id="138"), CallTask.objects.get()
    assert call.call_task == task
    tasks = CallTask.objects.filter(pk=task.pk)

    def write() -> bool:
        Call.objects.filter(pk=call.pk).update(duration=1)
        return Call.objects.filter(pk=call.pk, call_task=None).exists()

    with begun_meanwhile(write, before="UPDATE calls_call SET call_task_id") as forgotten:
        (task if way == "one" else tasks).delete()

    assert forgotten()
    assert not CallTask.objects.exists()


def test_a_job_that_is_forgotten_in_the_very_moment_is_no_error(su: User):
    job, closed = ask(), claimed("aiccs/138/139/967")
    closed.finish()
    Job.objects.all().delete()

    assert not job.cancel()
    assert closed.revive(asked_by=su) == closed
    assert not Job.objects.exists()


def test_asking_again_after_the_end_is_a_new_job():
    first = claimed()
    first.finish()

    assert ask().pk != first.pk


def test_a_person_makes_a_waiting_job_urgent(su: User):
    job = claimed()
    job.put_back(timezone.now() + timedelta(hours=1))

    again = ask(asked_by=su)

    assert again.pk == job.pk
    assert again.priority == Priority.PEOPLE
    assert again.next_at <= timezone.now()


def test_a_persons_wish_outlives_an_attempt_that_was_on_its_way(su: User):
    job = claimed()

    ask(asked_by=su)
    job.put_back(timezone.now())

    waiting = Job.objects.get()
    assert (waiting.state, waiting.priority, waiting.asked_by) == (JobState.PENDING, Priority.PEOPLE, su)


def test_asking_for_many_leaves_open_ones_alone():
    known = ask("aiccs/1/1/1")

    Job.objects.ask_all(Job(kind=JobKind.REFRESH, subject=f"aiccs/1/1/{number}") for number in (1, 2, 2))

    assert sorted(Job.objects.values_list("subject", flat=True)) == ["aiccs/1/1/1", "aiccs/1/1/2"]
    assert Job.objects.get(subject="aiccs/1/1/1").pk == known.pk


def test_a_claimed_job_cannot_be_claimed_again():
    job = claimed()

    assert job.state == JobState.RUNNING
    assert job.attempts == 1
    assert Job.objects.claim(job.pk) is None


def test_a_job_that_is_not_due_cannot_be_claimed():
    job = claimed()
    job.put_back(timezone.now() + timedelta(minutes=1))

    assert Job.objects.claim(job.pk) is None


@pytest.mark.django_db(transaction=True)
def test_eight_workers_claim_a_job_once():
    for number in range(20):
        job = ask(f"aiccs/1/1/{number}")

        def claim(_: int, pk: int = job.pk) -> bool:
            try:
                return Job.objects.claim(pk) is not None
            finally:
                connections.close_all()

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(claim, range(8))) == 1

    assert set(Job.objects.values_list("attempts", flat=True)) == {1}
    assert connection.vendor in {"sqlite", "postgresql"}


def test_an_unknown_job_cannot_be_claimed():
    assert Job.objects.claim(987654321) is None
    assert Job.objects.claim(-1) is None


def test_who_lost_the_lease_writes_nothing():
    slow = claimed()
    let_lease_run_out(slow)
    assert Job.objects.take_back() == 1
    successor = Job.objects.claim(slow.pk)
    assert successor is not None

    with pytest.raises(LeaseLost):
        slow.finish()
    with pytest.raises(LeaseLost):
        slow.progress(3, 4)
    with pytest.raises(LeaseLost):
        slow.put_back(timezone.now())

    successor.finish()
    assert Job.objects.get(pk=slow.pk).state == JobState.DONE


def test_a_renewed_lease_is_not_taken_back():
    job = claimed()
    let_lease_run_out(job)
    job.renew()

    assert Job.objects.take_back() == 0


def test_eight_dead_workers_make_a_dead_job():
    job = ask()
    for _ in range(MAX_ATTEMPTS):
        taken = Job.objects.claim(job.pk)
        assert taken is not None
        let_lease_run_out(taken)
        Job.objects.take_back()

    job.refresh_from_db()
    assert job.state == JobState.DEAD
    assert job.last_message
    assert Job.objects.claim(job.pk) is None


def test_the_eighth_failure_is_the_last():
    job = ask()
    for attempt in range(1, MAX_ATTEMPTS + 1):
        taken = Job.objects.claim(job.pk)
        assert taken is not None
        assert taken.attempts == attempt
        taken.put_back(timezone.now(), "ServiceUnavailable", "try later", "REQ-1")

    job.refresh_from_db()
    assert (job.state, job.last_code, job.last_request_id) == (JobState.DEAD, "ServiceUnavailable", "REQ-1")


def test_waiting_for_a_turn_is_no_attempt():
    job = ask()
    for _ in range(MAX_ATTEMPTS + 3):
        taken = Job.objects.claim(job.pk)
        assert taken is not None
        taken.put_back(timezone.now(), is_attempt=False)

    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.PENDING, 0)


def test_a_dead_job_revives_with_all_its_attempts(su: User):
    job = claimed()
    job.put_back(timezone.now(), "X", "no", limit=1)
    assert job.state == JobState.DEAD

    revived = job.revive(asked_by=su)

    assert revived.pk == job.pk
    assert (revived.state, revived.attempts, revived.priority) == (JobState.PENDING, 0, Priority.PEOPLE)
    assert Job.objects.claim(job.pk) is not None


def test_reviving_beside_an_open_job_gives_that_one():
    dead = claimed()
    dead.fail("isv.INVALID_PARAMETERS", "wrong")
    fresh = ask()

    assert dead.revive().pk == fresh.pk
    assert Job.objects.get(pk=dead.pk).state == JobState.FAILED


def test_work_is_done_whose_call_was_deleted_meanwhile():
    job, call = claimed(), make_call()
    gone = Call.objects.get(pk=call.pk)
    call.delete()

    job.finish(call=gone)

    job.refresh_from_db()
    assert (job.state, job.call) == (JobState.DONE, None)
    connection.check_constraints()


def test_a_cancelled_job_stops_its_worker():
    job = claimed()

    assert Job.objects.get(pk=job.pk).cancel()

    with pytest.raises(LeaseLost):
        job.renew()
    assert Job.objects.get(pk=job.pk).state == JobState.CANCELLED
    assert not Job.objects.get(pk=job.pk).cancel()


def test_what_the_vendor_said_fits_its_column():
    job = claimed()

    job.fail("C" * 900, "m\x00" * 900, "r" * 900)

    job.refresh_from_db()
    assert (len(job.last_code), len(job.last_message), len(job.last_request_id)) == (128, 500, 64)


@pytest.mark.parametrize(
    ("kind", "priority", "queue"),
    [
        (JobKind.REFRESH, Priority.PEOPLE, "interactive"),
        (JobKind.REFRESH, Priority.BACKGROUND, "bulk"),
        (JobKind.DISCOVER, Priority.PEOPLE, "maintenance"),
        (JobKind.KEEP_RECORDING, Priority.PEOPLE, "media"),
    ],
)
def test_only_short_work_of_people_goes_to_the_interactive_queue(kind: JobKind, priority: Priority, queue: str):
    assert queue_of(kind, priority) == queue
