"""A recording survives the worker that was fetching it."""

from __future__ import annotations

from pathlib import Path

import pytest

from calls.models import Job, Recording
from calls.vocabulary import JobKind, JobState, RecordingState, Source
from tests.chaos.test_faults import ask_all, refs_of
from tests.sandboxes import Fault, SandboxProcess
from tests.workers import Broker, until, workers

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_worker_killed_while_it_downloads_is_followed_by_another(
    tmp_path: Path, redis_server: Broker, far_vendor: SandboxProcess
):
    ask_all(refs_of(far_vendor, Source.AICCS, 6))
    far_vendor.switch_on(Fault("slow", operation="recording", seconds=8, times=1))

    with workers(tmp_path, redis_url=redis_server.url, vendor=far_vendor.url) as crew:
        until(lambda: Recording.objects.filter(state=RecordingState.FETCHING).exists(), "one is fetched", watch=crew)
        crew.kill()
        job = Job.objects.filter(kind=JobKind.KEEP_RECORDING, state=JobState.RUNNING)[0]
        crew.start()
        until(lambda: Job.objects.filter(pk=job.pk, state=JobState.DONE).exists(), "it is done", watch=crew)

    job.refresh_from_db()
    assert job.attempts >= 2
    recording = Recording.objects.get(pk=job.call_id)
    assert recording.state == RecordingState.STORED
    assert (tmp_path / "recordings" / str(recording.file)).is_file()
