from __future__ import annotations

import csv
import io
from functools import partial

import pytest

from calls import importing
from calls.importing import Unreadable, Verdict
from calls.importing.ids import checked_instant
from calls.models import Job
from calls.snapshot import CallRef
from calls.vocabulary import JobKind, Priority, Source
from tests.builders import NOON, make_call

pytestmark = pytest.mark.django_db
read_plan = partial(importing.read_plan, permitted=None)

HEADER = "task_id,batch_id,detail_id\n"


def refs(content: str | bytes) -> list[CallRef | None]:
    return [row.ref for row in read_plan(content.encode() if isinstance(content, str) else content).rows]


def notes(content: str) -> dict[int, str]:
    """Line -> what is wrong with it."""
    return {row.line: row.note for row in read_plan(content.encode()).with_verdict(Verdict.WRONG)}


@pytest.mark.parametrize(
    "content",
    [
        "task_id,batch_id,detail_id\n138,139,966\n",
        "\ufefftask_id;batch_id;detail_id\r\n138;139;966\r\n",
        "Task ID\tBatch-ID\tDETAIL_ID\tremark\n138\t139\t966\tfirst\n",
        "明细ID,任务ID,批次ID\n966,138,139\n",
        "aiccs,138,139,966",
        "source,task_id,batch_id,detail_id,callee\naiccs,138,139,966,\n",
        'task_id,batch_id,detail_id\n="138","139",\'966\n',
        "task_id,batch_id,detail_id\n１３８,139 , 966\n\n\n",
    ],
)
def test_a_list_of_ids_is_read_as_spreadsheets_write_it(content):
    assert refs(content) == [CallRef.aiccs("138", "139", "966")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_every_usual_encoding_is_read(encoding):
    assert refs("任务ID,被叫号码,日期\n1045001,13000000000,2019-07-05\n".encode(encoding)) == [
        CallRef.robot("1045001", "13000000000", 1562256000000)
    ]


def test_both_apis_can_stand_in_one_file():
    content = "task_id,batch_id,detail_id,callee,query_date\n138,139,966,,\n1045001,,,13000000000,1562297550000\n"

    assert refs(content) == [
        CallRef.aiccs("138", "139", "966"),
        CallRef.robot("1045001", "13000000000", 1562297550000),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "1562297550000",
        "2019-07-05 11:32:30",
        "2019-07-05T11:32:30+08:00",
        "2019-07-05T03:32:30Z",
        "2019.07.05 11:32:30",
        "2019/7/5 11:32:30",
    ],
)
def test_an_instant_is_read_however_it_is_written(text):
    assert checked_instant(text) == 1562297550000


@pytest.mark.parametrize("text", ["2019-07-05", "2019/7/5", "20190705", "2019.07.05"])
def test_a_date_alone_is_the_first_moment_of_that_day_in_beijing(text):
    assert checked_instant(text) == 1562256000000


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("1.38E+17,139,966", "A spreadsheet has shortened task_id"),
        ("138*****,139,966", "task_id is masked"),
        ("138,,966", "batch_id is empty"),
        ("138,139", "detail_id is empty"),
        ("138,139,<b>9</b>", "detail_id may hold letters, digits, - and _ only"),
        (f"138,139,{'9' * 65}", "detail_id is too long"),
    ],
)
def test_a_wrong_id_is_named_with_its_line_and_what_to_do(row, sentence):
    assert sentence in notes(f"{HEADER}1,2,3\n{row}\n")[3]


@pytest.mark.parametrize(
    ("date", "sentence"),
    [
        ("1562297550", "add three digits"),
        ("15622975", "query_date is no date"),
        ("1562297550000000", "has 13 digits"),
        ("yesterday", "Write it as in"),
        ("2019-02-31", "Write it as in"),
        ("1999-01-01", "before 2010 or in the future"),
        ("2999-01-01", "before 2010 or in the future"),
        ("", "query_date is empty"),
    ],
)
def test_a_wrong_date_is_named_with_what_to_do(date, sentence):
    assert sentence in notes(f"task_id,callee,query_date\n1045001,13000000000,{date}\n")[2]


def test_a_robots_task_and_number_are_checked():
    problems = notes("task_id,callee,query_date\nabc,13000000000,2019-07-05\n1045001,Mr Li,2019-07-05\n")

    assert problems == {2: "The task id of a scripted robot is a number.", 3: "callee is not a phone number."}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty"),
        (b"\xef\xbb\xbf \r\n ", "The file is empty"),
        (b"PK\x03\x04\x14\x00\x06\x00", "This is a spreadsheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "This is a spreadsheet"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "recording"),
        (b"task_id,batch_id,detail_id\n1,2,3\x00\n", "Line 2 holds characters that no text has"),
        (bytes(range(256)) * 50, "not text in UTF-8 or GBK"),
        (bytes(range(128)) * 50, "Line 1 holds characters"),
        (b"\x81\xff\xff\x00\x9d", "not text in UTF-8 or GBK"),
        (b"task_id,batch_id\n1,2\n", "The header line lacks detail_id"),
        (b"task_id,callee\n1,2\n", "The header line lacks query_date"),
        (b"1,2,3\n4,5,6\n", "Line 1 is no header line"),
        (b"hello\n", "Line 1 is no header line"),
        (b"task_id,batch_id,detail_id\n", "no row under them"),
        (b"[]", "There is no answer in the file"),
        (b'task_id,batch_id,detail_id\n1,2,3\n"4,5,6\n7,8,9\n', "A quote that opens in line 3 is not closed"),
    ],
)
def test_a_file_that_holds_nothing_of_use_says_why(content, sentence):
    with pytest.raises(Unreadable, match=sentence):
        read_plan(content)


def test_a_hundred_thousand_rows_are_refused_with_the_limit():
    content = HEADER + "".join(f"138,139,{number}\n" for number in range(100_000))

    with pytest.raises(Unreadable, match="more than 50000 rows"):
        read_plan(content.encode())


def test_more_than_32_megabytes_are_refused_with_the_limit():
    with pytest.raises(Unreadable, match="larger than 32 MB"):
        read_plan(b"x" * (importing.MOST_BYTES + 1))


def test_repeated_and_known_rows_are_told_apart():
    make_call(task_id="138", batch_id="139", detail_id="966")

    plan = read_plan(f"{HEADER}138,139,966\n138,139,967\n138,139,967\n".encode())

    assert [row.verdict for row in plan.rows] == [Verdict.KNOWN, Verdict.NEW, Verdict.REPEATED]
    assert plan.rows[2].note == "The same as line 3."


def test_a_robot_call_is_known_by_any_instant_of_its_day():
    make_call(source=Source.ROBOT, task_id="1045001", batch_id="", detail_id="", callee="13000000000", started_at=NOON)

    plan = read_plan(
        b"task_id,callee,query_date\n"
        b"1045001,13000000000,2026-11-20\n"
        b"1045001,13000000000,2026-11-18\n"
        b"1045002,13000000000,2026-11-20\n"
    )

    assert [row.verdict for row in plan.rows] == [Verdict.KNOWN, Verdict.NEW, Verdict.NEW]


def test_what_can_be_used_becomes_jobs_of_the_person_who_asked(su):
    known = make_call(task_id="138", batch_id="139", detail_id="966")
    plan = read_plan(f"{HEADER}138,139,966\n138,139,967\n138,139,967\n138,139,*\n".encode())

    receipt = importing.carry_out(plan, su)

    jobs = {job.subject: job for job in Job.objects.all()}
    assert set(jobs) == {"aiccs/138/139/966", "aiccs/138/139/967"}
    assert jobs["aiccs/138/139/966"].call == known
    assert {job.asked_by for job in jobs.values()} == {su}
    assert {job.priority for job in jobs.values()} == {Priority.PEOPLE}
    assert sorted(receipt.jobs) == sorted(job.pk for job in jobs.values())
    assert receipt.left_out == 2


def test_a_long_list_does_not_overtake_what_other_people_wait_for(su):
    waiting = Job.objects.ask(JobKind.REFRESH, "aiccs/138/139/7")
    plan = read_plan((HEADER + "".join(f"138,139,{number}\n" for number in range(1200))).encode())

    receipt = importing.carry_out(plan, su)

    assert len(set(receipt.jobs)) == Job.objects.count() == 1200
    assert waiting.pk in receipt.jobs
    assert set(Job.objects.values_list("priority", flat=True)) == {Priority.BACKGROUND}


def test_a_plan_made_by_csv_itself_reads_back():
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(["detail_id", "note", "task_id", "batch_id"])
    writer.writerow(["966", 'said "yes",\nthen hung up', "138", "139"])
    writer.writerow(["967", "", "138", "139"])

    plan = read_plan(sheet.getvalue().encode())

    assert [(row.line, str(row.ref)) for row in plan.rows] == [(2, "aiccs/138/139/966"), (4, "aiccs/138/139/967")]
