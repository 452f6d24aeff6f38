from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from calls.account import the_account
from calls.models import Call, CallTask, Job, Payload, Transcript
from calls.refresh import list_tasks
from calls.snapshot import ListedCall
from calls.tasks import run_job
from calls.vocabulary import JobKind, JobState, Source
from tests.builders import make_call
from tests.sandboxes import Fault, RunningSandbox

pytestmark = pytest.mark.django_db

FIXTURES = Path(__file__).parent / "fixtures" / "aliyun"


def run(*words: str) -> str:
    output = StringIO()
    call_command(*words, stdout=output, stderr=output)
    return output.getvalue()


def answered(source: Source) -> ListedCall:
    """A call of the sandbox that somebody picked up."""
    return next(row for row in _rows(source) if row.is_final and row.has_recording is not False)


def _rows(source: Source) -> Iterator[ListedCall]:
    account = the_account()
    for tasks in account.list_tasks(source):
        for task in tasks:
            for page in account.list_calls(source, task.task_id):
                yield from page.calls


def test_an_agent_call_is_fetched_kept_and_printed(vendor: RunningSandbox):
    ref = answered(Source.AICCS).ref

    words = ["--task-id", ref.task_id, "--batch-id", ref.batch_id, "--detail-id", ref.detail_id]
    printed = run("fetch_call", "aiccs", *words)

    call = Call.objects.for_ref(ref).get()
    assert call.call_id in printed
    for turn in call.transcript:
        assert turn.text in printed
    assert re.search(r"^  (Robot|Customer).*: ", printed, re.MULTILINE)


@pytest.mark.parametrize("written", ["millis", "iso", "day"])
def test_a_robot_call_is_found_by_any_way_to_write_its_time(vendor: RunningSandbox, written: str):
    row = answered(Source.ROBOT)
    assert row.started_at is not None
    from calls.importing.ids import BEIJING

    start = row.started_at.astimezone(BEIJING)
    date = {"millis": str(row.ref.query_date), "iso": start.isoformat(), "day": str(start.date())}[written]

    printed = run("fetch_call", "robot", "--task-id", row.ref.task_id, "--callee", row.ref.callee, "--query-date", date)

    assert Call.objects.get().callee == row.ref.callee
    assert row.ref.callee in printed


def test_a_refusal_is_one_sentence_with_all_the_vendor_said(vendor: RunningSandbox):
    vendor.faults.switch_on(Fault("refuse", code="NoPermission"))

    with pytest.raises(CommandError) as failure:
        run("fetch_call", "aiccs", "--task-id", "138", "--batch-id", "139", "--detail-id", "966")

    said = str(failure.value)
    assert "Code " in said
    assert "Message “" in said
    assert "RequestId " in said
    assert "Grant the RAM action aiccs:" in said
    assert "\n" not in said


def test_a_call_that_the_vendor_does_not_know_is_told(vendor: RunningSandbox):
    with pytest.raises(CommandError, match="RequestId"):
        run("fetch_call", "aiccs", "--task-id", "1", "--batch-id", "2", "--detail-id", "3")
    assert not Call.objects.exists()


def test_a_wrong_id_is_told_before_the_vendor_is_asked(vendor: RunningSandbox):
    with pytest.raises(CommandError, match="callee is not a phone number"):
        run("fetch_call", "robot", "--task-id", "1", "--callee", "x", "--query-date", "2019-07-05")
    assert not vendor.journal.entries("QueryRobotTaskCallDetail")


def test_the_exit_code_is_1_and_the_sentence_stands_on_stderr():
    command = [
        sys.executable,
        "manage.py",
        "fetch_call",
        "robot",
        "--task-id",
        "x",
        "--callee",
        "1",
        "--query-date",
        "2",
    ]

    done = subprocess.run(command, cwd=Path(__file__).parent.parent, capture_output=True, text=True, timeout=60)

    assert done.returncode == 1
    assert done.stdout == ""
    assert "CommandError: callee is not a phone number." in done.stderr


def test_a_listed_task_is_followed_and_walked_soon(vendor: RunningSandbox):
    run_job(list_tasks(Source.ROBOT).pk)
    task = CallTask.objects.filter(source=Source.ROBOT).first()
    assert task is not None
    CallTask.objects.update(followed_at=None)

    printed = run("follow_task", "robot", task.task_id)

    task.refresh_from_db()
    assert task.followed_at is not None
    assert task.name in printed
    assert Job.objects.open().filter(call_task=task).count() == 1
    assert "not followed" in run("follow_task", "robot", task.task_id, "--stop")


def test_a_task_that_is_not_listed_yet_can_be_followed():
    assert "it is now" in run("follow_task", "aiccs", "138000")
    assert CallTask.objects.get().followed_at is not None


@pytest.mark.parametrize("task_id", ["138***", "", "1.38E+17"])
def test_a_wrong_task_id_is_told(task_id: str):
    with pytest.raises(CommandError, match="task_id"):
        run("follow_task", "aiccs", task_id)


def test_an_unknown_task_cannot_be_unfollowed():
    with pytest.raises(CommandError, match="There is no task 1"):
        run("follow_task", "aiccs", "1", "--stop")


@pytest.mark.django_db(transaction=True)
def test_discover_lists_the_tasks_and_walks_one_with_progress(vendor: RunningSandbox):
    listed = run("discover")
    task = CallTask.objects.filter(source=Source.AICCS, status="running").first()
    assert task is not None

    printed = run("discover", "aiccs", task.task_id)

    job = Job.objects.filter(kind=JobKind.DISCOVER, call_task=task).get()
    assert "tasks of AI agent: Done" in listed
    assert f"{task.name}: Done, {job.done} of {job.total} seen" in printed
    assert Job.objects.filter(kind=JobKind.REFRESH).count() > 0


@pytest.mark.django_db(transaction=True)
def test_discover_all_walks_what_is_followed(vendor: RunningSandbox):
    with pytest.raises(CommandError, match="No task is followed"):
        run("discover", "--all")
    run("discover", "robot")

    printed = run("discover", "--all")

    for task in CallTask.objects.followed():
        assert f"{task.name}: Done" in printed


@pytest.mark.django_db(transaction=True)
def test_discover_tells_what_the_vendor_refused(vendor: RunningSandbox):
    CallTask.objects.create(source=Source.AICCS, task_id="999")

    with pytest.raises(CommandError, match="There is no task 1"):
        run("discover", "aiccs", "1")
    vendor.faults.switch_on(Fault("refuse", code="isv.INVALID_PARAMETERS"))
    with pytest.raises(CommandError, match="Not discovered: 999"):
        run("discover", "aiccs", "999")


def test_a_file_is_only_described_with_dry_run(tmp_path: Path):
    file = tmp_path / "ids.csv"
    file.write_text("task_id,batch_id,detail_id\n138,139,966\n138,139,*\n")

    printed = run("import_calls", str(file), "--dry-run")

    assert "line 2  New: 138 · 139 · 966" in printed
    assert "line 3  Cannot be used: 138 · 139 · *  detail_id is masked." in printed
    assert "1 new, 0 known, 0 repeated, 1 wrong" in printed
    assert not Job.objects.exists()


def test_a_file_is_imported(tmp_path: Path):
    file = tmp_path / "ids.csv"
    file.write_text("task_id,batch_id,detail_id\n138,139,966\n138,139,*\n")

    assert "1 to be fetched, 1 rows left out" in run("import_calls", str(file))
    assert Job.objects.get().state == JobState.PENDING


@pytest.mark.parametrize("sample", ["aiccs-sample.json", "robot-sample.json", "robot-sample.xml"])
def test_the_vendor_pages_samples_are_imported(sample: str):
    assert "1 calls added" in run("import_calls", str(FIXTURES / sample))
    assert Call.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "cannot be read"), (b"", "is empty"), (b"task_id,batch_id,detail_id\n*,*,*\n", "No row")],
)
def test_a_file_of_no_use_is_told(tmp_path: Path, content: bytes | None, words: str):
    file = tmp_path / "x.csv"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(CommandError, match=words):
        run("import_calls", str(file))


def test_kept_answers_are_read_again_with_todays_parser():
    run("import_calls", str(FIXTURES / "robot-sample.json"))
    call = Call.objects.get()
    Call.objects.update(transfer_failure="what an older parser made of it")
    Transcript.objects.update(turns=[{"speaker": "other", "text": "?"}])

    printed = run("replay_payloads")

    call.refresh_from_db()
    assert call.transfer_failure == "用户挂断"
    assert Payload.objects.count() == 1
    assert "1 of 1 answers read, 0 cannot be read." in printed


def test_an_answer_that_nobody_could_read_is_adopted_when_it_can_be():
    body = (FIXTURES / "aiccs-sample.json").read_text(encoding="utf-8")
    Payload.objects.create(
        subject="aiccs/138/139/966", body=body, digest="x", received_at=timezone.now(), error="an old parser's trouble"
    )

    run("replay_payloads")

    call = Call.objects.get()
    assert (call.task_id, call.batch_id, call.detail_id) == ("138", "139", "966")
    assert [(payload.call, payload.error) for payload in Payload.objects.all()] == [(call, "")]


def test_what_still_cannot_be_read_is_listed_and_kept():
    good = make_call()
    Payload.objects.update(body=(FIXTURES / "robot-sample.json").read_text(encoding="utf-8"))
    broken = Payload.objects.create(subject="aiccs/1/2/3", body="{{{", received_at=timezone.now(), error="x")

    printed = run("replay_payloads")

    assert f"payload {broken.pk} (aiccs/1/2/3)" in printed
    assert "1 of 2 answers read, 1 cannot be read." in printed
    assert Payload.objects.filter(pk=broken.pk).exclude(error="").exists()
    assert good.payloads.exists()
