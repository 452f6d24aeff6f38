"""What becomes of a recording: every state, how it gets there, and why."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.utils import timezone

from calls.models import Call, Job, Recording
from calls.models.job import MAX_ATTEMPTS
from calls.recordings import purging
from calls.recordings.fetching import NoSpace, download
from calls.recordings.keeping import INCOMING, LEFT_BEHIND_AFTER
from calls.refresh import ask_recording, ask_refresh, plan
from calls.refresh.keeping import LINK_EXPIRED, MOST_DEAD_JOBS, ask_forgotten_recordings
from calls.refresh.ticking import prune
from calls.tasks import run_job
from calls.vocabulary import JobKind, JobState, RecordingState
from tests.builders import make_answer, make_call, make_snapshot
from tests.file_host import FileHost, keep, recording_of, waiting_call
from tests.sandboxes import Fault, RunningSandbox
from tests.sounds import store_sound
from tests.test_keeping import ref_with_recording
from tests.test_refresh import run

pytestmark = pytest.mark.django_db


def state_of(call: Call) -> RecordingState:
    return RecordingState(recording_of(call).state)


# ---- none, expected, waiting


def test_a_call_that_nobody_answered_has_no_recording():
    assert state_of(make_call(result="busy", duration=0)) == RecordingState.NONE


def test_an_answered_call_expects_one():
    assert state_of(make_call()) == RecordingState.EXPECTED


def test_a_link_makes_it_wait_and_tells_how_long(host: FileHost):
    call = make_call()

    Call.objects.absorb(make_answer(make_snapshot(**names(call), recording_url=host.link())))

    waiting = recording_of(call)
    assert waiting.state == RecordingState.WAITING
    assert waiting.link_expires_at is not None
    assert waiting.link_expires_at.year == 2100


def names(call: Call) -> dict[str, Any]:
    """What makes another answer one about the same call."""
    return {name: getattr(call, name) for name in ("task_id", "batch_id", "detail_id", "call_id", "callee")}


def test_the_first_sight_of_a_link_is_the_first_fetch(vendor: RunningSandbox):
    call = run(ask_refresh(ref_with_recording())).call
    assert call is not None

    job = Job.objects.get(kind=JobKind.KEEP_RECORDING, call=call)

    assert (job.state, job.attempts) == (JobState.PENDING, 0)
    assert job.next_at <= timezone.now()


# ---- fetching, and back


def test_a_try_that_failed_says_why_it_waits(host: FileHost):
    host.status = 500
    call = waiting_call(host)

    keep(call)

    assert state_of(call) == RecordingState.WAITING
    assert recording_of(call).reason == "The recording's host refused to send the file (HTTP 500)"


def test_what_is_stored_owes_nobody_a_reason(host: FileHost):
    host.status = 500
    call = waiting_call(host)
    job = keep(call)
    host.status = 200

    run(job)

    kept = recording_of(call)
    assert (kept.state, kept.reason, kept.link_expires_at, kept.lost_at) == (RecordingState.STORED, "", None, None)


def test_a_worker_killed_while_it_fetched_is_followed_by_another(host: FileHost):
    call = waiting_call(host)
    job = ask_recording(call)
    assert Job.objects.claim(job.pk)
    recording_of(call).mark_fetching()
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))

    Job.objects.take_back()
    run(job)

    assert state_of(call) == RecordingState.STORED


def test_a_job_that_died_is_made_anew_within_the_hour_while_the_link_lives(host: FileHost):
    """Eight hourly tries and one killed worker are no reason to give up."""
    call = waiting_call(host)
    died(ask_recording(call), minutes_ago=30)

    ask_forgotten_recordings()
    assert not Job.objects.open().exists()
    Job.objects.update(finished_at=timezone.now() - timedelta(minutes=61))
    ask_forgotten_recordings()

    assert Job.objects.open().get().call == call


def test_a_recording_that_kills_every_worker_is_given_up(host: FileHost):
    call = waiting_call(host)
    for _time in range(MOST_DEAD_JOBS):
        died(ask_recording(call), minutes_ago=90)

    ask_forgotten_recordings()

    assert not Job.objects.open().exists()
    assert state_of(call) == RecordingState.MISSING
    assert "died again and again" in recording_of(call).reason


def died(job: Job, minutes_ago: int) -> None:
    finished_at = timezone.now() - timedelta(minutes=minutes_ago)
    Job.objects.filter(pk=job.pk).update(state=JobState.DEAD, attempts=MAX_ATTEMPTS, finished_at=finished_at)


def test_what_a_person_cancelled_rests_for_a_day(host: FileHost):
    job = ask_recording(waiting_call(host))
    job.cancel()
    Job.objects.filter(pk=job.pk).update(finished_at=timezone.now() - timedelta(hours=23))

    ask_forgotten_recordings()

    assert not Job.objects.open().exists()


# ---- fresh links


def test_a_vendor_that_is_slow_to_answer_has_refused_nothing(vendor: RunningSandbox):
    """The question waits behind thousands of others: it is no refusal, however often we look."""
    call = run(ask_refresh(ref_with_recording())).call
    assert call is not None
    vendor.faults.switch_on(Fault("expired_link", times=20))
    job = ask_recording(call)

    for _look in range(10):
        run(job)
    vendor.faults.clear()
    run_job(Job.objects.get(kind=JobKind.REFRESH, state=JobState.PENDING, call=call).pk)
    run(job)

    assert job.state == JobState.DONE, job.last_message
    assert state_of(call) == RecordingState.STORED


def test_a_link_that_dies_between_two_tries_is_replaced_and_trying_goes_on(vendor: RunningSandbox):
    call = run(ask_refresh(ref_with_recording())).call
    assert call is not None
    vendor.faults.switch_on(Fault("server_error", operation="recording", times=1))
    job = keep(call)
    link = recording_of(call).link
    Recording.objects.filter(call=call).update(link=f"{link.split('?')[0]}?Expires=1562740186&Signature=x")

    run(job)
    assert job.last_code == LINK_EXPIRED
    run_job(Job.objects.get(kind=JobKind.REFRESH, state=JobState.PENDING, call=call).pk)
    run_job(job.pk)

    assert state_of(call) == RecordingState.STORED


# ---- missing, and back


def test_what_is_given_up_says_why_and_since_when(host: FileHost):
    host.body = b"<html>"
    call = waiting_call(host)
    job = ask_recording(call)

    for _time in range(3):
        run(job)

    missing = recording_of(call)
    assert (missing.state, missing.reason) == (RecordingState.MISSING, "The vendor's file is not a recording")
    assert missing.lost_at is not None
    assert missing.link_expires_at is None


def test_a_person_brings_back_what_was_given_up(host: FileHost, su):
    call = waiting_call(host)
    recording_of(call).mark_missing("The recording's host has no address")

    run(ask_recording(call, asked_by=su))

    assert state_of(call) == RecordingState.STORED
    assert recording_of(call).lost_at is None


def test_a_recording_that_the_vendor_never_offered_is_asked_for_when_a_person_wants_it(vendor: RunningSandbox, su):
    call = run(ask_refresh(ref_with_recording())).call
    assert call is not None
    Recording.objects.filter(call=call).update(link="")
    recording_of(call).mark_missing("The vendor offered no recording within a day of the call")
    Job.objects.all().delete()

    job = run(ask_recording(call, asked_by=su))
    run_job(Job.objects.get(kind=JobKind.REFRESH).pk)
    run_job(job.pk)

    assert state_of(call) == RecordingState.STORED


# ---- purged, and back


def test_purging_deletes_the_file_and_keeps_who_why_when_and_what(ada):
    call = make_call()
    stored = store_sound(call)
    name = str(stored.file)

    assert purging.purge(stored, by=ada, reason="the customer asked for it")

    gone = recording_of(call)
    assert not default_storage.exists(name)
    assert (gone.state, gone.purged_by, gone.reason) == (RecordingState.PURGED, ada, "the customer asked for it")
    assert gone.purged_at is not None
    assert (str(gone.file), gone.link) == ("", "")
    assert gone.sha256 == stored.sha256


def test_what_is_purged_is_not_fetched_again_whatever_comes(host: FileHost, ada):
    call = waiting_call(host)
    purging.purge(recording_of(call), by=ada, reason="asked for")

    Call.objects.absorb(make_answer(make_snapshot(**names(call), recording_url=host.link("/fresh.wav"))))
    plan(call)
    ask_forgotten_recordings()
    keep(call)

    assert host.targets == []
    assert recording_of(call).state == RecordingState.PURGED
    assert recording_of(call).link == ""


def test_a_worker_that_is_at_it_while_somebody_purges_leaves_nothing_behind(host: FileHost, ada, settings: Any):
    call = waiting_call(host)
    loaded_before = recording_of(call)
    purging.purge(recording_of(call), by=ada, reason="asked for")

    assert not loaded_before.mark_fetching()
    assert not loaded_before.mark_waiting()
    assert not loaded_before.mark_missing("no")
    assert files_in(settings.MEDIA_ROOT) == []


def test_what_a_worker_stored_a_moment_ago_is_deleted_as_well(host: FileHost, ada, settings: Any):
    call = waiting_call(host)
    loaded_before = recording_of(call)
    keep(call)

    purging.purge(loaded_before, by=ada, reason="asked for")

    assert files_in(settings.MEDIA_ROOT) == []


def test_purging_twice_keeps_the_first_reason(ada):
    recording = store_sound(make_call())
    again = recording_of(recording.call)

    purging.purge(recording, by=ada, reason="first")

    assert not purging.purge(again, by=ada, reason="second")
    assert recording_of(recording.call).reason == "first"


def test_a_deliberate_act_brings_back_what_the_vendor_still_has(vendor: RunningSandbox, ada):
    call = run(ask_refresh(ref_with_recording())).call
    assert call is not None
    keep(call)
    purging.purge(recording_of(call), by=ada, reason="a mistake")

    assert purging.unpurge(recording_of(call), by=ada)
    job = run(ask_recording(call, asked_by=ada))
    run_job(Job.objects.get(kind=JobKind.REFRESH, state=JobState.PENDING).pk)
    run_job(job.pk)

    kept = recording_of(call)
    assert kept.state == RecordingState.STORED
    assert (kept.purged_by, kept.purged_at) == (None, None)


def test_only_what_is_purged_can_be_unpurged(ada):
    recording = store_sound(make_call())

    assert not purging.unpurge(recording, by=ada)
    assert recording_of(recording.call).state == RecordingState.STORED


# ---- Gone with its call


@pytest.mark.parametrize("delete", [lambda call: call.delete(), lambda call: Call.objects.filter(pk=call.pk).delete()])
def test_a_deleted_call_takes_its_sound_along(delete: Any, django_capture_on_commit_callbacks: Any):
    call, other = make_call(), make_call()
    name, kept = str(store_sound(call).file), str(store_sound(other).file)

    with django_capture_on_commit_callbacks(execute=True):
        delete(call)

    assert not default_storage.exists(name)
    assert default_storage.exists(kept)


# ---- Our own disk


def test_a_full_disk_is_not_the_hosts_fault(host: FileHost):
    with Path("/dev/full").open("w+b") as full, pytest.raises(NoSpace, match="No space left on device"):
        download(host.link(), full, alive=lambda: None)


class FullStorage(FileSystemStorage):
    """Half of the file fits."""

    def _save(self, name: str, content: Any) -> str:
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.read(1000))
        with Path("/dev/full").open("wb", buffering=0) as full:
            full.write(content.read())
        return name


def test_a_full_disk_is_said_tried_again_and_leaves_nothing_half(host: FileHost, settings: Any):
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "tests.test_custody.FullStorage"}}
    call = waiting_call(host)

    job = keep(call)

    waiting = recording_of(call)
    assert (job.state, job.attempts, waiting.state) == (JobState.PENDING, 0, RecordingState.WAITING)
    assert waiting.reason == "The recording could not be written to our storage (No space left on device)"
    assert files_in(settings.MEDIA_ROOT) == []


def test_a_whole_file_is_renamed_into_its_place(host: FileHost, settings: Any, monkeypatch: pytest.MonkeyPatch):
    """At no moment can anybody see half of it."""
    inodes: list[int] = []
    save = FileSystemStorage._save  # type: ignore[attr-defined]

    def watched(storage: FileSystemStorage, name: str, content: Any) -> str:
        inodes.append(Path(content.temporary_file_path()).stat().st_ino)
        return str(save(storage, name, content))

    monkeypatch.setattr(FileSystemStorage, "_save", watched)
    call = waiting_call(host)

    keep(call)

    stored = Path(default_storage.path(str(recording_of(call).file))).stat()
    assert inodes == [stored.st_ino]
    assert stored.st_mode & 0o777 == 0o600
    assert files_in(Path(settings.MEDIA_ROOT) / INCOMING) == []


def test_what_killed_workers_left_behind_is_swept_away(settings: Any):
    folder = Path(settings.MEDIA_ROOT) / INCOMING
    folder.mkdir(parents=True)
    old, young = folder / "old", folder / "young"
    for path in (old, young):
        path.write_bytes(b"RIFF")
    long_ago = time.time() - LEFT_BEHIND_AFTER - 1
    os.utime(old, (long_ago, long_ago))
    # listed, and stored when it is looked at
    gone = folder / "gone"
    gone.symlink_to("away")

    prune()

    gone.unlink()
    assert list(folder.iterdir()) == [young]


def files_in(directory: Path) -> list[Path]:
    return [path for path in Path(directory).rglob("*") if path.is_file()]
