"""Exports, bulk refreshes and long additions to a queue by real workers that are killed, cancelled and cut off."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from django.contrib.auth.models import User

from bench.corpus import Corpus
from calls import exporting
from calls.exporting import shelf
from calls.models import BulkAction, Call, Job
from calls.refresh import ask_bulk_refresh
from calls.selection import Selection
from calls.vocabulary import ExportFormat, JobState, Source
from reviews.models import QueueItem
from reviews.queues.picking import ask_pick
from tests.chaos.test_faults import ask_all, refreshes_done, refs_of
from tests.reviews.builders import make_queue
from tests.sandboxes import SandboxProcess
from tests.workers import Broker, until, workers

pytestmark = pytest.mark.django_db(transaction=True)
NOBODY = "http://127.0.0.1:9"
MANY = 2_000


@pytest.fixture
def many_calls() -> None:
    for _written in Corpus(MANY).write():
        pass


def asked(user: User, format: ExportFormat, columns: Sequence[str]) -> BulkAction:
    selection = Selection(reader=user)
    return exporting.ask_export(
        selection, count=selection.count(), format=format, columns=columns, wants_numbers=False, asked_by=user
    )


def job_of(action: BulkAction) -> Job:
    return Job.objects.get(bulk=action, kind=action.kind)


def is_in_the_middle(action: BulkAction) -> bool:
    job = job_of(action)
    return job.state == JobState.RUNNING and 0 < job.done < MANY


def files() -> list[Path]:
    return sorted(shelf.folder().iterdir())


@pytest.mark.parametrize("format", ExportFormat)
def test_a_killed_worker_leaves_no_half_file_and_the_next_one_writes_it_whole(
    format: ExportFormat, many_calls, su, tmp_path, settings, redis_server: Broker
):
    settings.EXPORT_ROOT = tmp_path / "exports"
    # wide enough to be caught at it
    action = asked(su, format, ["time", *["transcript"] * 10])

    # renewed once in five hundred of these rows
    with workers(tmp_path, redis_url=redis_server.url, vendor=NOBODY, JOB_LEASE="10") as crew:
        until(lambda: is_in_the_middle(action), "the export is in the middle", watch=crew)
        crew.kill()
        assert not BulkAction.objects.get().file
        assert [path.name.startswith("writing-") for path in files()] == [True]

        crew.start()
        until(lambda: BulkAction.objects.get().file, "the export is written", watch=crew)

    action.refresh_from_db()
    assert action.affected == MANY
    with exporting.open_file(action) as file:
        content = file.read()
    if format == ExportFormat.XLSX:
        sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True).active
        assert sum(1 for _row in sheet.iter_rows(max_col=1)) == 1 + MANY
    else:
        assert sum(1 for _row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))) == 1 + MANY


def test_a_cancelled_export_stops_and_leaves_nothing(many_calls, su, tmp_path, settings, redis_server: Broker):
    settings.EXPORT_ROOT = tmp_path / "exports"
    action = asked(su, ExportFormat.CSV, ["transcript"] * 10)

    with workers(tmp_path, redis_url=redis_server.url, vendor=NOBODY) as crew:
        until(lambda: is_in_the_middle(action), "the export is in the middle", watch=crew)
        action.cancel()
        until(lambda: files() == [], "what was being written is gone", watch=crew)

        # the worker is free for the next one
        small = asked(su, ExportFormat.CSV, ["time"])
        until(lambda: BulkAction.objects.get(pk=small.pk).file, "the next export is written", watch=crew)

    assert job_of(action).state == JobState.CANCELLED
    assert [path.name for path in files()] == [BulkAction.objects.get(pk=small.pk).file]


def test_workers_killed_in_a_bulk_refresh_ask_about_every_call(
    su, tmp_path, redis_server: Broker, far_vendor: SandboxProcess
):
    refs = refs_of(far_vendor, Source.AICCS, 60)
    with workers(tmp_path, redis_url=redis_server.url, vendor=far_vendor.url) as crew:
        ask_all(refs)
        until(lambda: refreshes_done() == len(refs), "the calls are known", watch=crew)
        Job.objects.all().delete()

        action = ask_bulk_refresh(Selection(reader=su), count=Call.objects.count(), asked_by=su)
        until(lambda: action.refreshes.get(JobState.DONE, 0) > 5, "some are refreshed", watch=crew)
        crew.kill()
        crew.start()
        until(lambda: not action.is_open, "everything is refreshed", watch=crew)

    action.refresh_from_db()
    assert action.affected == len(refs)
    assert action.refreshes == {JobState.DONE: len(refs)}
    assert job_of(action).state == JobState.DONE


def test_workers_killed_while_they_fill_a_queue_add_every_call_once(many_calls, su, tmp_path, redis_server: Broker):
    with workers(tmp_path, redis_url=redis_server.url, vendor=NOBODY, JOB_LEASE="10") as crew:
        action = ask_pick(make_queue(), Selection(reader=su), count=MANY, asked_by=su)
        until(lambda: job_of(action).done > 0, "some are added", watch=crew)
        crew.kill()
        crew.start()
        until(lambda: not action.is_open, "all are added", watch=crew)

    action.refresh_from_db()
    assert job_of(action).state == JobState.DONE
    # a slice that was done again would be left out
    assert (action.affected, action.left_out) == (MANY, 0)
    assert QueueItem.objects.values("call").distinct().count() == MANY
