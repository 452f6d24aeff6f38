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
        cut_off = Recording.objects.filter(state=RecordingState.FETCHING)[0]
        crew.kill()
        crew.start()
        until(lambda: Recording.objects.get(pk=cut_off.pk).state == RecordingState.STORED, "it is ours", watch=crew)

    job = Job.objects.get(kind=JobKind.KEEP_RECORDING, call=cut_off.pk)
    assert (job.state, job.attempts) == (JobState.DONE, 2)
    assert (tmp_path / "recordings" / str(Recording.objects.get(pk=cut_off.pk).file)).is_file()
