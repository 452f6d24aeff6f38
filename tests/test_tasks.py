from __future__ import annotations

import base64
import json
import signal
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.core import serializers
from django.utils import timezone

from calls import tasks
from calls.models import Call, CallTask, Job, Payload, Recording, Tag, Transcript, nudging
from calls.models.nudging import forget_outage
from calls.pacing import the_pacer
from calls.refresh import ask_discovery, ask_recording, ask_refresh, feeding, list_tasks
from calls.snapshot import CallRef
from calls.vocabulary import JobKind, JobState, Source
from tests import settings as test_settings
from tests.builders import make_call
from tests.sandboxes import RunningSandbox
from tests.test_refresh import listed, run, task_with_calls

pytestmark = pytest.mark.django_db(transaction=True)
CACHE = (Call, Transcript, Tag, Recording, Payload, CallTask, Job)
# these take no argument and look for themselves
TICKS = ("feed", "reconcile", "tick", "prune", "tidy")


@pytest.fixture(autouse=True)
def empty_broker() -> None:
    the_pacer().client.flushdb()
    forget_outage()


def queued(queue: str) -> list[int]:
    """The job numbers that wait in this queue, next first."""
    messages = [json.loads(text) for text in the_pacer().client.lrange(f"earshot:{queue}", 0, -1)]
    return [json.loads(base64.b64decode(message["body"]))[0][0] for message in reversed(messages)]


def everything() -> str:
    return "\n".join(serializers.serialize("json", model.objects.order_by("pk")) for model in CACHE)


def jobs_of_every_kind() -> list[Job]:
    task = task_with_calls(Source.ROBOT)
    refreshed = run(ask_refresh(next(row.ref for row in listed(Source.AICCS) if row.has_recording))).call
    assert refreshed is not None
    recording = ask_recording(refreshed)
    return [ask_refresh(listed(Source.ROBOT)[0].ref), ask_discovery(task), list_tasks(Source.AICCS), recording]


def test_every_registered_task_is_known_here():
    registered = {name for name in current_app.tasks if name.startswith("calls.")}

    assert registered == {"calls.tasks.run_job", *(f"calls.tasks.{name}" for name in TICKS)}


def test_running_every_job_twice_changes_nothing_more(vendor: RunningSandbox):
    for job in jobs_of_every_kind():
        tasks.run_job(job.pk)
        job.refresh_from_db()
        assert job.state == JobState.DONE, job.last_message
        after_once = everything()

        tasks.run_job(job.pk)

        assert everything() == after_once


@pytest.mark.parametrize("name", TICKS)
def test_ticking_twice_changes_nothing_more(vendor: RunningSandbox, name: str):
    for number in range(3):
        ask_refresh(CallRef.aiccs("1", "2", str(number)))
    make_call(is_final=False)
    Call.objects.update(due_at=timezone.now())
    abandoned = Job.objects.claim(ask_refresh(CallRef.aiccs("1", "2", "3")).pk)
    assert abandoned is not None
    Job.objects.filter(pk=abandoned.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    getattr(tasks, name)()
    after_once = everything()

    getattr(tasks, name)()

    assert everything() == after_once


@pytest.mark.parametrize("pk", [987654321, -1, 10**30, "1; DROP TABLE", None, [1], {"pk": 1}, True, 1.5])
def test_a_forged_number_of_a_job_harms_nobody(pk: Any):
    before = everything()

    tasks.run_job(pk)

    assert everything() == before


def test_the_feeder_sends_people_first_and_the_longest_waiting_next():
    now = timezone.now()
    jobs = [ask_refresh(CallRef.robot("1", str(number), 0)) for number in range(4)]
    for job, ago in zip(jobs, (1, 4, 3, 2), strict=True):
        Job.objects.filter(pk=job.pk).update(next_at=now - timedelta(minutes=ago))
    Job.objects.filter(pk=jobs[2].pk).update(priority=0)

    tasks.feed()

    assert queued("interactive") == [jobs[2].pk]
    assert queued("bulk") == [jobs[1].pk, jobs[3].pk, jobs[0].pk]


def test_each_kind_goes_to_its_queue():
    walk = list_tasks(Source.AICCS)
    recording = ask_recording(make_call())

    tasks.feed()

    assert queued("maintenance") == [walk.pk]
    assert queued("media") == [recording.pk]


@pytest.mark.parametrize("kind", [JobKind.EXPORT, JobKind.EXPORT_REVIEWS, JobKind.BULK_REFRESH, JobKind.QUEUE_CALLS])
def test_what_a_person_waits_for_finds_room_beside_a_walk(kind: JobKind):
    walk = list_tasks(Source.AICCS)
    tasks.feed()
    wish = Job.objects.ask(kind, "1")

    tasks.feed()

    assert queued("maintenance") == [walk.pk, wish.pk]


def test_the_broker_holds_a_few_hundred_messages_however_long_the_backlog():
    Job.objects.ask_all(Job(kind=JobKind.REFRESH, subject=f"robot/1/{number}/0") for number in range(2000))

    for _ in range(8):
        tasks.feed()

    assert the_pacer().client.llen("earshot:bulk") == feeding.ROOM["bulk"]
    assert len(set(queued("bulk"))) == feeding.ROOM["bulk"]


def test_a_slow_sources_backlog_does_not_stand_before_the_quick_one():
    Job.objects.ask_all(Job(kind=JobKind.REFRESH, subject=f"aiccs/1/2/{number}") for number in range(1000))
    quick = ask_refresh(CallRef.robot("1", "2", 3))

    tasks.feed()

    assert quick.pk in queued("bulk")
    assert len(queued("bulk")) < 50


def test_two_long_backlogs_share_the_broker(settings: Any):
    settings.AICCS_RATE = settings.DYVMSAPI_RATE = 1000
    for subject in ("aiccs/1/2/{}", "robot/1/{}/3"):
        Job.objects.ask_all(Job(kind=JobKind.REFRESH, subject=subject.format(number)) for number in range(400))

    tasks.feed()

    fed = Job.objects.filter(pk__in=queued("bulk"))
    assert fed.filter(subject__startswith="robot/").count() == feeding.ROOM["bulk"] / 2
    assert fed.filter(subject__startswith="aiccs/").count() == feeding.ROOM["bulk"] / 2


def test_what_the_broker_lost_is_sent_again(settings: Any):
    job = ask_refresh(CallRef.robot("1", "2", 3))
    tasks.feed()
    tasks.feed()
    assert queued("bulk") == [job.pk]

    the_pacer().client.flushall()
    tasks.reconcile()
    # it could still be on its way to a worker
    assert queued("bulk") == []
    pretend_sent_long_ago(settings.RECONCILE_EVERY + 1)
    tasks.reconcile()

    assert queued("bulk") == [job.pk]


def test_a_lost_message_is_found_beside_another_sources_backlog(settings: Any):
    job = ask_refresh(CallRef.robot("1", "2", 3))
    tasks.feed()
    the_pacer().client.flushall()
    pretend_sent_long_ago(settings.RECONCILE_EVERY + 1)
    Job.objects.ask_all(Job(kind=JobKind.REFRESH, subject=f"aiccs/1/2/{number}") for number in range(100))

    tasks.reconcile()

    assert job.pk in queued("bulk")


def test_what_is_only_late_is_not_sent_again(settings: Any):
    first, second = (ask_refresh(CallRef.robot("1", "2", number)) for number in range(2))
    tasks.feed()
    the_pacer().client.rpop("earshot:bulk")
    pretend_sent_long_ago(settings.RECONCILE_EVERY + 1)

    tasks.reconcile()

    # the other one still waits, so workers are just busy
    assert queued("bulk") == [second.pk]
    assert first.pk < second.pk


def pretend_sent_long_ago(seconds: float) -> None:
    now = timezone.now()
    Job.objects.update(next_at=now - timedelta(hours=1), nudged_at=now - timedelta(seconds=seconds))


def test_an_abandoned_job_is_sent_again():
    job = ask_refresh(CallRef.robot("1", "2", 3))
    tasks.feed()
    assert Job.objects.claim(job.pk)
    the_pacer().client.flushall()
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    tasks.reconcile()

    assert queued("bulk") == [job.pk]
    assert Job.objects.claim(job.pk)


def test_a_job_that_was_put_back_is_sent_again_when_it_is_due():
    job = ask_refresh(CallRef.robot("1", "2", 3))
    tasks.feed()
    the_pacer().client.flushall()
    taken = Job.objects.claim(job.pk)
    assert taken is not None
    taken.put_back(timezone.now())

    tasks.feed()

    assert queued("bulk") == [job.pk]


def test_a_persons_wish_is_sent_at_once(rui: Any):
    job = ask_refresh(CallRef.robot("1", "2", 3), asked_by=rui)

    assert queued("interactive") == [job.pk]


def test_a_message_carries_a_number_and_nothing_else(rui: Any):
    job = ask_refresh(CallRef.robot("1", "13900009137", 3), asked_by=rui)

    (message,) = the_pacer().client.lrange("earshot:interactive", 0, -1)
    assert b"13900009137" not in message
    assert queued("interactive") == [job.pk]


def test_a_wish_while_the_broker_is_frozen_is_answered_and_waits_in_the_database(rui: Any):
    test_settings._redis.send_signal(signal.SIGSTOP)
    try:
        # This comes to an end while Redis still stands still: no page hangs.
        jobs = [ask_refresh(CallRef.robot("1", str(number), 3), asked_by=rui) for number in range(20)]
        tasks.feed()
    finally:
        test_settings._redis.send_signal(signal.SIGCONT)

    assert {job.state for job in jobs} == {JobState.PENDING}
    forget_outage()
    the_pacer.cache_clear()
    tasks.feed()
    assert {job.pk for job in jobs} <= set(queued("interactive"))


def test_a_wish_while_the_broker_is_gone_is_answered_and_waits_in_the_database(
    rui: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as patch:
        patch.setattr(current_app.conf, "broker_write_url", "redis+socket:///nowhere/redis.sock")
        settings.REDIS_URL = "unix:///nowhere/redis.sock"
        for cached in (the_pacer, nudging._connection):
            cached.cache_clear()
        job = ask_refresh(CallRef.robot("1", "2", 3), asked_by=rui)
        tasks.feed()
        tasks.reconcile()
    settings.REDIS_URL = ""
    for cached in (the_pacer, nudging._connection):
        cached.cache_clear()
    assert job.state == JobState.PENDING
    assert queued("interactive") == []

    forget_outage()
    tasks.feed()

    assert queued("interactive") == [job.pk]
