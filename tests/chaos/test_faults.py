"""Real processes, real faults: whatever is killed, flushed or cut off, what was asked for is done once."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from celery import Celery
from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Count, Max
from django.utils import timezone

from calls.aliyun import Account, Credentials
from calls.models import Call, CallTask, Job, Payload, Recording
from calls.models.job import MAX_ATTEMPTS
from calls.pacing import the_pacer
from calls.refresh import ask_discovery, ask_refresh
from calls.snapshot import CallRef
from calls.vocabulary import JobKind, JobState, RecordingState, Source
from config.broker import client_url
from tests.sandboxes import Fault, SandboxProcess
from tests.workers import Broker, until, workers

pytestmark = pytest.mark.django_db(transaction=True)
DETAILS = ("QueryConversationDetailInfo", "QueryRobotTaskCallDetail")


def refs_of(vendor: SandboxProcess, source: Source, most: int) -> list[CallRef]:
    """Calls of the vendor that are over."""
    account = Account(
        Credentials(vendor.key.key_id, vendor.key.secret), aiccs_endpoint=vendor.url, dyvmsapi_endpoint=vendor.url
    )
    refs: dict[CallRef, None] = {}
    for tasks in account.list_tasks(source):
        for task in tasks:
            for page in account.list_calls(source, task.task_id):
                refs |= {row.ref: None for row in page.calls if row.is_final}
    account.close()
    assert len(refs) >= most, f"the sandbox has only {len(refs)} finished calls"
    return list(refs)[:most]


def ask_all(refs: list[CallRef]) -> None:
    Job.objects.ask_all(Job(kind=JobKind.REFRESH, subject=str(ref)) for ref in refs)


def refreshes_done() -> int:
    return Job.objects.filter(kind=JobKind.REFRESH, state=JobState.DONE).count()


def is_done(more_than: float) -> bool:
    return refreshes_done() > more_than


def assert_nothing_lost_or_twice(refs: list[CallRef]) -> None:
    refreshes = Job.objects.filter(kind=JobKind.REFRESH)
    assert refreshes.filter(subject__in=map(str, refs)).count() == len(refs)
    assert set(refreshes.values_list("state", flat=True)) == {JobState.DONE}
    calls = Call.objects.filter(jobs__in=refreshes).distinct()
    assert calls.count() == Call.objects.count() <= len(refs)
    # the same answer twice is one payload
    assert Payload.objects.values("call").annotate(many=Count("pk")).aggregate(most=Max("many"))["most"] == 1


def test_a_worker_killed_in_the_middle_of_refreshes_loses_nothing(
    tmp_path: Path, redis_server: Broker, far_vendor: SandboxProcess
):
    refs = refs_of(far_vendor, Source.ROBOT, 40)
    ask_all(refs)
    # every answer takes a moment, so that each kill hits a request
    far_vendor.switch_on(*(Fault("slow", operation=operation, seconds=0.3) for operation in DETAILS))

    refreshes = Job.objects.filter(kind=JobKind.REFRESH)
    with workers(tmp_path, redis_url=redis_server.url, vendor=far_vendor.url) as crew:
        for share in (0.1, 0.4):
            until(partial(is_done, len(refs) * share), "some are done", watch=crew)
            until(lambda: refreshes.filter(state=JobState.RUNNING).exists(), "one is running", watch=crew)
            crew.kill()
            crew.start()
        until(lambda: refreshes_done() == len(refs), "all are done", watch=crew)

    assert_nothing_lost_or_twice(refs)
    assert refreshes.filter(attempts__gt=1).exists()


def test_a_redis_that_is_restarted_killed_and_flushed_loses_nothing(
    tmp_path: Path, redis_server: Broker, far_vendor: SandboxProcess
):
    refs = refs_of(far_vendor, Source.ROBOT, 60)
    ask_all(refs)
    far_vendor.switch_on(*(Fault("slow", operation=operation, seconds=0.15) for operation in DETAILS))

    with workers(tmp_path, redis_url=redis_server.url, vendor=far_vendor.url) as crew:
        until(lambda: refreshes_done() > 5, "some are done", watch=crew)
        redis_server.stop()
        redis_server.start()
        until(lambda: refreshes_done() > 20, "more are done after a restart", watch=crew)
        redis_server.kill()
        redis_server.start()
        until(lambda: refreshes_done() > 35, "more are done after a kill", watch=crew)
        redis_server.client.flushall()
        until(lambda: refreshes_done() == len(refs), "all are done after a flush", watch=crew)
        assert crew.are_alive

    assert_nothing_lost_or_twice(refs)


def test_a_worker_whose_work_ends_while_redis_is_gone_goes_on_afterwards(
    tmp_path: Path, redis_server: Broker, far_vendor: SandboxProcess
):
    """Its acknowledgement is lost; with one process that was all it could hold, and it never took anything again."""
    person = User.objects.create_user("rui")
    first, second = refs_of(far_vendor, Source.ROBOT, 2)
    # long enough to stop Redis in, also for a process that stands still itself
    far_vendor.switch_on(Fault("slow", operation=DETAILS[1], seconds=6, times=1))
    job = ask_refresh(first, asked_by=person)

    with workers(tmp_path, redis_url=redis_server.url, vendor=far_vendor.url, JOB_LEASE="60") as crew:
        until(lambda: Job.objects.get(pk=job.pk).state == JobState.RUNNING, "it is being fetched", watch=crew)
        redis_server.stop()
        until(lambda: Job.objects.get(pk=job.pk).state == JobState.DONE, "it is fetched", watch=crew)
        until(lambda: "Couldn't ack" in crew.log(), "the acknowledgement is lost", watch=crew)
        redis_server.start()
        # sent by the ticks, which the same worker runs
        after = ask_refresh(second, asked_by=person)
        until(lambda: Job.objects.get(pk=after.pk).state == JobState.DONE, "the next is fetched", watch=crew)


def test_people_overtake_two_thousand_jobs_of_the_background(tmp_path: Path, far_vendor: SandboxProcess):
    person = User.objects.create_user("rui")
    first, wanted, *others = refs_of(far_vendor, Source.AICCS, 20)
    backlog = [CallRef.aiccs("138", "139", f"9662{number:012d}") for number in range(2000)]
    ask_all([*backlog, *others])
    # This process' own Redis: what a page asks for goes straight to the workers.
    the_pacer().client.flushdb()
    redis_url = client_url(settings.REDIS_URL, settings.DATA_DIR)

    # As often as in life: every second they would take the process that people wait for, on a slow machine all of it.
    calm = partial(workers, FEED_EVERY="2", RECONCILE_EVERY="10", TICK_EVERY="15")
    with calm(tmp_path, redis_url=redis_url, vendor=far_vendor.url) as crew:
        until(lambda: len(far_vendor.entries(DETAILS[0])) > 5, "the background is being worked on", watch=crew)
        job = ask_refresh(first, asked_by=person)
        until(lambda: Job.objects.get(pk=job.pk).state == JobState.DONE, "both workers are up", watch=crew)
        before = len(far_vendor.entries(DETAILS[0]))
        job = ask_refresh(wanted, asked_by=person)
        until(lambda: Job.objects.get(pk=job.pk).state == JobState.DONE, "the person is served", watch=crew)

    entries = [entry["subject"] for entry in far_vendor.entries(DETAILS[0])]
    place = entries.index("/".join([wanted.task_id, wanted.batch_id, wanted.detail_id]))
    # In a single queue about 2,000 would stand before it.
    assert place - before < 30
    assert the_pacer().client.llen("earshot:bulk") <= 300
    the_pacer().client.flushdb()


def test_two_crews_with_two_beats_never_ask_faster_than_allowed(
    tmp_path: Path, redis_server: Broker, far_vendor: SandboxProcess
):
    refs = refs_of(far_vendor, Source.AICCS, 60)
    ask_all(refs)
    second_beat = tmp_path / "second"
    second_beat.mkdir()

    # Nobody dies here, so nobody's work is to be taken for lost, however slow twelve new processes are.
    calm = partial(workers, redis_url=redis_server.url, vendor=far_vendor.url, AICCS_RATE="15", JOB_LEASE="60")
    with calm(tmp_path) as crew, calm(second_beat):
        until(lambda: refreshes_done() == len(refs), "all are done", watch=crew)

    moments = sorted(entry["at"] for entry in far_vendor.entries(DETAILS[0]))
    busiest = max(sum(1 for at in moments if start <= at < start + 1) for start in moments)
    # Six processes, each of which may have had its turn a little before its request arrived.
    assert busiest <= 15 + 6
    assert len(moments) == len(refs)


def test_poison_in_the_queue_harms_nobody(tmp_path: Path, redis_server: Broker, far_vendor: SandboxProcess):
    refs = refs_of(far_vendor, Source.ROBOT, 5)
    done = Job.objects.ask(JobKind.REFRESH, str(refs[0]))
    with workers(tmp_path, redis_url=redis_server.url, vendor=far_vendor.url, JOB_LEASE="60") as crew:
        until(lambda: refreshes_done() == 1, "the first is done", watch=crew)
        for poison in (987654321, -1, 10**30, "1; DROP TABLE", None, [1], {"pk": 1}, done.pk):
            send_raw(redis_server, poison)
        ask_all(refs[1:])
        until(lambda: refreshes_done() == len(refs), "the others are done", watch=crew)
        until(lambda: redis_server.client.llen("earshot:bulk") == 0, "the poison is swallowed", watch=crew)
        assert crew.are_alive

    assert_nothing_lost_or_twice(refs)
    assert Job.objects.get(pk=done.pk).attempts == 1


def send_raw(redis_server: Broker, pk: object) -> None:
    url = redis_server.url.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
    sender = Celery(broker=url, set_as_current=False)
    sender.conf.broker_transport_options = {"global_keyprefix": "earshot:"}
    sender.send_task("calls.tasks.run_job", args=[pk], queue="bulk")
    sender.close()


def test_a_job_that_always_kills_its_worker_ends_dead_and_others_go_on(
    tmp_path: Path, redis_server: Broker, far_vendor: SandboxProcess
):
    refs = refs_of(far_vendor, Source.ROBOT, 6)
    ask_all(refs)
    cursed = Job.objects.get(subject=str(refs[0]))
    # as if seven workers had died over it
    Job.objects.filter(pk=cursed.pk).update(attempts=MAX_ATTEMPTS - 1, state=JobState.RUNNING, token="dead")
    Job.objects.filter(pk=cursed.pk).update(lease_until=timezone.now())
    far_vendor.switch_on(Fault("hang", about=refs[0].callee))

    with workers(tmp_path, redis_url=redis_server.url, vendor=far_vendor.url) as crew:
        until(lambda: refreshes_done() == len(refs) - 1, "the others are done", watch=crew)
        # its worker hangs and does not renew: the lease ends, and with it the last attempt
        until(lambda: Job.objects.get(pk=cursed.pk).state == JobState.DEAD, "it is given up", watch=crew)

        far_vendor.clear_faults()
        Job.objects.get(pk=cursed.pk).revive()
        until(lambda: refreshes_done() == len(refs), "it is done after all", watch=crew)


def test_a_task_is_discovered_fetched_and_heard_from_end_to_end(
    tmp_path: Path, redis_server: Broker, young_vendor: SandboxProcess
):
    """The demo: beat begins it, and nobody clicks anything."""
    with workers(tmp_path, redis_url=redis_server.url, vendor=young_vendor.url, is_demo=True, AICCS_RATE="200") as crew:
        until(lambda: CallTask.objects.followed().count() > 3, "tasks are followed", watch=crew)
        until(lambda: stored_of(Source.AICCS) and stored_of(Source.ROBOT), "recordings are ours", watch=crew)
        crew.kill()

    for recording in Recording.objects.filter(state=RecordingState.STORED):
        assert (tmp_path / "recordings" / str(recording.file)).stat().st_size == recording.size


def stored_of(source: Source) -> bool:
    return Recording.objects.filter(state=RecordingState.STORED, call__source=source).exists()


def test_a_walk_killed_in_the_middle_is_walked_again(tmp_path: Path, redis_server: Broker, far_vendor: SandboxProcess):
    ref = refs_of(far_vendor, Source.AICCS, 1)[0]
    task = CallTask.objects.create(source=Source.AICCS, task_id=ref.task_id)
    job = ask_discovery(task)
    far_vendor.switch_on(Fault("slow", operation="QueryAiCallDetailPage", seconds=2))

    with workers(tmp_path, redis_url=redis_server.url, vendor=far_vendor.url) as crew:
        until(lambda: Job.objects.get(pk=job.pk).done > 0, "the walk has begun", watch=crew)
        crew.kill()
        assert CallTask.objects.get(pk=task.pk).discovered_until is None
        far_vendor.clear_faults()
        crew.start()
        until(lambda: Job.objects.get(pk=job.pk).state == JobState.DONE, "the walk ends", watch=crew)

    assert CallTask.objects.get(pk=task.pk).discovered_until is not None
    # a lease of three seconds may end on a busy machine without anybody being killed
    assert Job.objects.get(pk=job.pk).attempts >= 2
