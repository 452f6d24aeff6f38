"""Calls as a file: what is in it, who may have it, and that there is never half a one."""

from __future__ import annotations

import contextlib
import io
import os
import re
import resource
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import openpyxl
import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from calls import exporting
from calls.columns import DEFAULT
from calls.exporting import sheets, shelf
from calls.exporting.cells import AVAILABLE
from calls.models import BulkAction, Call, Job
from calls.models.job import LeaseLost
from calls.snapshot import TagSnapshot, TurnSnapshot
from calls.tasks import prune, run_job
from calls.vocabulary import CallResult, ExportFormat, JobState, Speaker
from tests.builders import NOON, make_call
from tests.exports import ask, export, rows

pytestmark = pytest.mark.django_db
SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BODIES = ("1+1", "cmd|' /C calc'!A0", 'HYPERLINK("x";"y")', "SUM(A1:A9)*cmd", "8613800005678", '1","2')
PAYLOADS = [sign + body for sign in SIGNS for body in BODIES]
PAYLOADS += [" =1+1", "\u3000=1+1", "\ufeff=1+1", "\u200b@SUM(1)", "\x01=1+1", "_x003D_1+1", "{=1+1}", "-1", "=", "'=1"]


def column(action: BulkAction, name: str) -> list[Any]:
    head, *body = rows(action)
    place = head.index(str(AVAILABLE[name].label))
    return [row[place] for row in body]


def files() -> list[Path]:
    return sorted(shelf.folder().iterdir())


# ---- What is in it


@pytest.mark.parametrize("format", ExportFormat.values)
def test_exactly_the_filtered_calls_in_the_order_of_the_list(su, format):
    calls = [make_call(started_at=NOON - timedelta(minutes=number), intent="A") for number in range(4)]
    make_call(intent="B")

    action = export(su, question="intent=A", format=format, columns=["time", "intent"])

    at = [timezone.localtime(call.placed_at).replace(tzinfo=None) for call in calls]
    written = [one if isinstance(one, datetime) else datetime.fromisoformat(one) for one in column(action, "time")]
    assert written == at
    assert rows(action)[0] == ["Time", "Intent"]
    assert action.affected == 4


def test_ticked_calls_and_no_other(su):
    first, _second, third = (make_call(started_at=NOON - timedelta(minutes=number)) for number in range(3))

    action = export(su, chosen=[third.pk, first.pk], columns=["number"], numbers=True)

    assert column(action, "number") == [first.callee, third.callee]


def test_a_csv_begins_with_the_mark_that_excel_knows_utf8_by(su):
    make_call()

    with exporting.open_file(export(su)) as file:
        content = file.read()

    assert content.startswith(b"\xef\xbb\xbfTime,Number,")
    assert content.endswith(b"\r\n")
    assert content.count(b"\n") == content.count(b"\r\n")


def test_a_worksheet_has_times_and_lengths_to_calculate_with_and_a_head_that_stays(su):
    make_call(duration=86)
    action = export(su, format="xlsx", columns=["time", "length", "task"])

    with exporting.open_file(action) as file:
        sheet = openpyxl.load_workbook(io.BytesIO(file.read())).active

    assert [cell.data_type for cell in sheet[2]] == ["d", "n", "s"]
    assert sheet["B2"].value == 86
    assert sheet["C2"].value == "138000"
    assert sheet.freeze_panes == "A2"


@pytest.mark.parametrize("format", ExportFormat.values)
def test_a_transcript_is_one_cell_with_a_turn_a_line(su, format):
    make_call(turns=(TurnSnapshot(Speaker.AGENT, "您好，"), TurnSnapshot(Speaker.CUSTOMER, '他说"好"\n，再见😀')))

    action = export(su, format=format, columns=["intent", "transcript"])

    assert column(action, "transcript") == ['Robot: 您好，\nCustomer: 他说"好"\n，再见😀']


def test_what_a_cell_of_excel_cannot_hold_is_cut_with_a_word(su):
    make_call(turns=(TurnSnapshot(Speaker.CUSTOMER, "退" * 40_000),))

    (text,) = column(export(su, format="xlsx", columns=["transcript"]), "transcript")

    assert len(text) == sheets.LONGEST_XLSX_TEXT
    assert text.endswith("(cut off here: a cell holds no more, a CSV file does)")
    assert len(column(export(su, columns=["transcript"]), "transcript")[0]) > 40_000


def test_the_file_speaks_the_language_of_whoever_asked(su):
    make_call()
    with translation.override("zh-hans"):
        action = ask(su)
    job = action.job
    assert job is not None
    run_job(job.pk)
    action.refresh_from_db()

    with translation.override("zh-hans"):
        assert column(action, "result") == ["已接通"]


@pytest.mark.django_db(transaction=True)
def test_a_double_click_makes_one_file(su):
    call = make_call()
    both = threading.Barrier(2)

    def click() -> int:
        both.wait()
        try:
            return ask(su, chosen=[call.pk]).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as clicks:
        first, second = (click.result() for click in [clicks.submit(click) for _click in range(2)])

    assert first == second
    assert ask(su, chosen=[call.pk], columns=["time"]).pk != first
    run_job(Job.objects.get(bulk=first).pk)
    assert ask(su, chosen=[call.pk]).pk != first


def test_a_call_deleted_meanwhile_is_left_out(su):
    first, second = make_call(), make_call()
    action = ask(su, chosen=[first.pk, second.pk])
    first.delete()
    assert action.job is not None
    run_job(action.job.pk)

    action.refresh_from_db()
    assert (action.expected, action.affected) == (2, 1)


def test_a_slice_of_calls_needs_a_fixed_number_of_statements(su, monkeypatch):
    def statements(count: int) -> int:
        for _number in range(count):
            make_call()
        action = ask(su, columns=list(AVAILABLE))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert action.job is not None
            run_job(action.job.pk)
        return len(queries)

    assert statements(2) == statements(40)


# ---- Formulas


@pytest.mark.parametrize("format", ExportFormat.values)
def test_no_text_is_ever_a_formula(su, format):
    for number, payload in enumerate(PAYLOADS):
        make_call(
            started_at=NOON - timedelta(seconds=number),
            detail_id=f"{number}",
            task_id=payload,
            intent=payload,
            callee=payload,
            tags=(TagSnapshot(payload, payload),),
            turns=(TurnSnapshot(Speaker.CUSTOMER, payload),),
        )
    typed = {"time", "answered_at", "ended_at", "checked_at"}
    names = [name for name, column in AVAILABLE.items() if name not in typed and not column.is_number]

    action = export(su, format=format, columns=names, numbers=True)

    with exporting.open_file(action) as file:
        content = file.read()
    if format == ExportFormat.XLSX:
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert {cell.data_type for cell in cells} == {"s"}
        risky = [cell for cell in cells if str(cell.value).startswith(SIGNS)]
        assert risky
        assert all(cell.quotePrefix for cell in risky)
    else:
        for row in rows(action):
            for cell in row:
                assert not cell.startswith(SIGNS)
                assert not cell.strip("\ufeff\u200b \u3000").startswith(SIGNS)
    assert action.affected == len(PAYLOADS) > 60


@pytest.mark.parametrize("format", ExportFormat.values)
def test_a_text_comes_back_as_it_was_but_for_the_apostrophe(su, format):
    texts = ["=1+1", "plain", "_x0041_", 'a"b', "a,b;c", "<b>&amp;", " two  blanks ", "+86 138", "😀退款", "'=1"]
    for number, text in enumerate(texts):
        make_call(started_at=NOON - timedelta(seconds=number), intent=text)

    found = column(export(su, format=format, columns=["intent", "time"]), "intent")

    if format == ExportFormat.CSV:
        found = [text[1:] if text != "'=1" and text.startswith("'") else text for text in found]
    else:
        # Excel reads _x0041_ as A, so its underscore is written in that way; openpyxl leaves it
        found = [text.replace("_x005F_", "_") for text in found]
    assert found == texts


# ---- Numbers


@pytest.mark.parametrize("format", ExportFormat.values)
def test_numbers_are_masked_also_where_they_were_said(su, format):
    make_call(callee="13800005678", turns=(TurnSnapshot(Speaker.CUSTOMER, "我的电话是13800005678。"),))

    action = export(su, format=format, columns=["number", "transcript"])

    assert rows(action)[1] == ["138****5678", "Customer: 我的电话是138****5678。"]
    assert not action.has_numbers


def test_whole_numbers_are_for_those_who_may_see_them_and_ask(su):
    make_call(callee="13800005678")

    action = export(su, columns=["number"], numbers=True)

    assert column(action, "number") == ["13800005678"]
    assert action.has_numbers


def test_the_right_to_see_numbers_counts_when_the_file_is_written(su):
    make_call(callee="13800005678")
    action = ask(su, columns=["number"], numbers=True)
    Group.objects.get(name="Supervisor").permissions.remove(*_permission("view_numbers"))

    assert action.job is not None
    run_job(action.job.pk)

    action.refresh_from_db()
    assert column(action, "number") == ["138****5678"]
    assert (action.wants_numbers, action.has_numbers) == (True, False)


def test_the_right_to_export_counts_when_the_file_is_written(su):
    make_call()
    action = ask(su)
    Group.objects.get(name="Supervisor").permissions.remove(*_permission("export_call"))

    assert_said(action, "may not export calls any more")


def _permission(codename: str) -> list[Any]:
    return list(Group.objects.get(name="Supervisor").permissions.filter(codename=codename))


def assert_said(action: BulkAction, words: str) -> None:
    """The job ends with a sentence and leaves nothing behind."""
    job = action.job
    assert job is not None
    run_job(job.pk)
    job.refresh_from_db()
    action.refresh_from_db()
    assert job.state == JobState.FAILED
    assert words in job.last_message
    assert action.finished_at is None
    assert files() == []


# ---- Trouble


def test_a_column_that_is_gone_is_a_sentence(su):
    make_call()

    assert_said(ask(su, columns=["time", "gone"]), "A column of this export no longer exists.")


def test_a_question_that_means_nothing_any_more_is_a_sentence(su):
    make_call()

    assert_said(ask(su, question="result=gone"), "The filters of this export have changed since.")


@pytest.mark.parametrize("format", ExportFormat.values)
def test_a_file_that_does_not_fit_is_a_sentence(su, format):
    for _number in range(5):
        make_call(turns=(TurnSnapshot(Speaker.CUSTOMER, "退" * 32_000),))
    action = ask(su, format=format, columns=["transcript"] * 100)

    with largest_file(16 * 1024 * 1024):
        assert_said(action, "Make room there and try again.")


def test_a_folder_that_cannot_be_written_is_a_sentence(su, settings, tmp_path):
    make_call()
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    settings.EXPORT_ROOT = in_the_way / "exports"
    action = ask(su)

    assert action.job is not None
    run_job(action.job.pk)

    assert action.job.last_message == "The file could not be written to our storage. Make room there and try again."


@contextlib.contextmanager
def largest_file(size: int) -> Iterator[None]:
    """As on a full disk: the system refuses to write more, in bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_more_calls_than_a_worksheet_has_rows_is_a_sentence(su, monkeypatch):
    monkeypatch.setitem(sheets.MOST_ROWS, ExportFormat.XLSX, 1)
    make_call()
    make_call()

    assert_said(ask(su, format="xlsx"), "Export them as CSV")


def test_the_list_of_actions_says_how_far_a_running_one_is(su, supervisor_client):
    action = ask(su, chosen=[make_call().pk])
    Job.objects.filter(bulk=action).update(state=JobState.RUNNING, done=7_400, total=20_000)
    BulkAction.objects.filter(pk=action.pk).update(expected=20_000)

    page = supervisor_client.get("/bulk/")

    assert "7,400 / 20,000" in page.text


@pytest.mark.parametrize("format", ExportFormat.values)
def test_a_cancelled_export_leaves_no_file(su, format):
    make_call()
    action = ask(su, format=format)
    assert action.job is not None
    job = Job.objects.claim(action.job.pk)
    assert job is not None
    action.cancel()

    with pytest.raises(LeaseLost):
        exporting.write(job)

    assert files() == []


def test_a_worker_that_lost_its_lease_gives_nothing_its_final_name(su, monkeypatch):
    make_call()
    action = ask(su)
    assert action.job is not None
    job = Job.objects.claim(action.job.pk)
    assert job is not None
    keep = shelf.keep

    def keep_and_lose(written: Path, extension: str) -> str:
        Job.objects.filter(pk=job.pk).update(token="of another worker")
        return keep(written, extension)

    monkeypatch.setattr(shelf, "keep", keep_and_lose)
    with pytest.raises(LeaseLost):
        exporting.write(job)

    assert files() == []


def test_an_export_that_is_done_is_not_written_again(su):
    make_call()
    action = export(su)
    name = action.file
    job = action.job
    assert job is not None

    Job.objects.filter(pk=job.pk).update(state=JobState.PENDING)
    run_job(job.pk)

    action.refresh_from_db()
    assert action.file == name
    assert len(files()) == 1


# ---- The shelf


@pytest.mark.parametrize("format", ExportFormat.values)
def test_the_file_is_readable_by_this_account_only_and_its_name_tells_nothing(su, format):
    make_call()
    action = export(su, format=format)

    (path,) = files()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path.name == action.file
    assert len(path.stem) == 32
    assert int(path.stem, 16)


def test_a_week_later_the_file_is_deleted_and_the_row_says_so(su, supervisor_client):
    make_call()
    young, old = export(su), export(su)
    BulkAction.objects.filter(pk=old.pk).update(finished_at=timezone.now() - timedelta(days=7, minutes=1))

    prune()

    old.refresh_from_db()
    assert [path.name for path in files()] == [young.file]
    assert old.deleted_at
    assert "The file was deleted after 7 days." in supervisor_client.get(old.get_absolute_url()).text


def test_what_a_dead_worker_left_is_swept_away_and_what_is_being_written_is_not(su):
    with shelf.workplace() as busy:
        dead = shelf.folder() / "writing-0"
        dead.mkdir()
        (dead / "calls").write_text("half")
        os.utime(dead, (0, 0))
        # listed, and gone when it is looked at
        gone = shelf.folder() / "writing-1"
        gone.symlink_to("away")

        prune()

        gone.unlink()
        assert files() == [busy]


# ---- The pages


def test_choices_then_a_file(supervisor_client):
    call = make_call()
    fields = {"everything": "1", "question": ""}

    choices = supervisor_client.post("/bulk/export/", fields)
    assert "About 1 call that matches" in choices.text
    asked = {**fields, "asked": "1", "format": "csv", "columns": ["intent", "number"], "numbers": "on"}
    response = supervisor_client.post("/bulk/export/", asked)
    action = BulkAction.objects.get()
    assert action.job is not None
    run_job(action.job.pk)

    page = supervisor_client.get(response.headers["Location"])
    assert "1 call written" in page.text
    assert "with whole phone numbers" in page.text
    file = supervisor_client.get(f"/bulk/{action.pk}/file")
    assert file.headers["Content-Disposition"].startswith('attachment; filename="calls-2')
    assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert file.headers["Cache-Control"] == "private, no-store"
    assert b"".join(file.streaming_content).decode("utf-8-sig") == f"Intent,Number\r\nB,{call.callee}\r\n"


@pytest.mark.parametrize(("sort", "also"), [("", []), ("oldest", []), ("lowest-score", []), ("most-turns", ["turns"])])
def test_the_column_that_a_list_is_sorted_by_is_ticked_as_it_is_shown(supervisor_client, sort, also):
    call = make_call()

    choices = supervisor_client.post("/bulk/export/", {"call": [call.pk], "question": urlencode({"sort": sort})})

    boxes = re.findall(r'<input type="checkbox" name="columns" value="(\w+)"[^>]*? checked', choices.text)
    assert set(boxes) == {*DEFAULT, *also}
    page = supervisor_client.get("/", {"sort": sort})
    assert [column.name for column in page.context["frame"].columns] == [*DEFAULT, *also]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"columns": "time"}, "Choose a format."),
        ({"format": "pdf", "columns": "time"}, "Select a valid choice."),
        ({"format": "csv"}, "Choose at least one column."),
        ({"format": "csv", "columns": "gone"}, "One of these columns no longer exists."),
    ],
)
def test_a_bad_choice_is_named_and_the_selection_stays(supervisor_client, fields, words):
    call = make_call()

    page = supervisor_client.post("/bulk/export/", {"call": [call.pk], "asked": "1", **fields})

    assert page.status_code == 422
    assert words in page.text
    assert f'name="chosen" value="{call.pk}"' in page.text
    assert not BulkAction.objects.exists()


def test_more_calls_than_a_worksheet_holds_are_said_before(supervisor_client, monkeypatch):
    monkeypatch.setitem(sheets.MOST_ROWS, ExportFormat.XLSX, 1)
    make_call()
    make_call()

    page = supervisor_client.post(
        "/bulk/export/", {"everything": "1", "asked": "1", "format": "xlsx", "columns": "time"}
    )

    assert "A worksheet holds 1 calls. Choose CSV, or use more filters." in page.text


def test_only_the_owner_downloads(su, ada, supervisor_client):
    make_call()
    action = export(ada)

    assert supervisor_client.get(action.get_absolute_url()).status_code == 200
    assert supervisor_client.get(f"/bulk/{action.pk}/file").status_code == 404
    assert "Only whoever asked for the file can download it." in supervisor_client.get(action.get_absolute_url()).text


def test_an_owner_who_may_not_export_any_more_downloads_nothing(su, supervisor_client):
    make_call()
    action = export(su)
    su.groups.set([Group.objects.get(name="Reviewer")])

    page = supervisor_client.get(action.get_absolute_url()).text
    assert supervisor_client.get(f"/bulk/{action.pk}/file").status_code == 403
    assert "You may no longer export, so you cannot download this file." in page
    assert "Export it again" not in page and f"/bulk/{action.pk}/file" not in page


def test_a_file_that_is_not_there_is_a_sentence(su, supervisor_client):
    make_call()
    action = export(su)
    shelf.discard(action.file)

    response = supervisor_client.get(f"/bulk/{action.pk}/file")

    assert response.status_code == 404


@pytest.mark.parametrize(("member", "status"), [("rui", 403), ("otto", 403), ("su", 200), ("ada", 200)])
def test_exporting_is_for_supervisors_and_up(request, member, status):
    client = Client()
    client.force_login(request.getfixturevalue(member))

    response = client.post("/bulk/export/", {"call": [make_call().pk]})

    assert response.status_code == status


def test_whoever_may_not_see_numbers_is_not_offered_them(su, supervisor_client):
    Group.objects.get(name="Supervisor").permissions.remove(*_permission("view_numbers"))
    call = make_call(callee="13800005678")
    fields = {"call": [call.pk], "asked": "1", "format": "csv", "columns": "number", "numbers": "on"}

    assert 'name="numbers"' not in supervisor_client.post("/bulk/export/", {"call": [call.pk]}).text
    supervisor_client.post("/bulk/export/", fields)

    assert not BulkAction.objects.get().wants_numbers


def test_an_export_stays_written_down_when_its_job_is_forgotten(su, supervisor_client):
    make_call(result=CallResult.BUSY)
    action = export(su, question="result=busy", numbers=True)
    Job.objects.all().delete()

    page = supervisor_client.get("/bulk/").text
    assert "su" in page
    assert 'href="/?result=busy"' in page
    assert "whole" in page
    assert "1 call written" in supervisor_client.get(action.get_absolute_url()).text


def test_every_call_is_a_row(su):
    for number in range(30):
        make_call(started_at=NOON - timedelta(minutes=number))

    assert len(rows(export(su))) == 1 + Call.objects.count()
