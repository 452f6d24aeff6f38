from __future__ import annotations

import os
import shutil
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from calls.importing import shelf
from calls.models import Call, Job
from calls.refresh import ask_refresh
from calls.snapshot import CallRef
from calls.vocabulary import JobKind, JobState
from tests.builders import make_call
from tests.meanwhile import meanwhile

pytestmark = pytest.mark.django_db

FIXTURES = Path(__file__).parent / "fixtures" / "aliyun"
HTMX = {"HX-Request": "true"}
IDS = b"task_id,batch_id,detail_id\n138,139,966\n138,139,*\n138,139,966\n"


@pytest.fixture(autouse=True)
def empty_shelf(settings):
    shutil.rmtree(settings.DATA_DIR / "imports", ignore_errors=True)


def upload(client: Client, content: bytes, name: str = "calls.csv") -> str:
    """Where the browser is sent: the preview."""
    answer = client.post("/add/", {"file": SimpleUploadedFile(name, content), "text": ""})
    assert answer.status_code == 302, answer.text
    return answer["Location"]


def confirm(client: Client, plan: str) -> str:
    answer = client.post(f"{plan}confirm/")
    assert answer.status_code == 302
    return answer["Location"]


def test_only_those_who_may_add_calls_do(reviewer_client, supervisor_client, client):
    assert client.get("/add/").status_code == 302
    assert reviewer_client.get("/add/").status_code == 403
    assert reviewer_client.post("/add/ids/aiccs/").status_code == 403
    assert supervisor_client.get("/add/").status_code == 200


def test_one_agent_call_by_its_ids(supervisor_client, su):
    ids = {"agent-task_id": "138", "agent-batch_id": " 139 ", "agent-detail_id": "966"}

    done = supervisor_client.post("/add/ids/aiccs/", ids, follow=True)

    job = Job.objects.get()
    assert (job.kind, job.subject, job.asked_by) == (JobKind.REFRESH, "aiccs/138/139/966", su)
    assert "0 of 1 fetched" in done.text


def test_one_robot_call_by_a_date_is_asked_from_that_days_start_in_beijing(supervisor_client):
    ids = {"robot-task_id": "1045001", "robot-callee": "13000000000", "robot-query_date": "2019-07-05"}

    supervisor_client.post("/add/ids/robot/", ids)

    assert Job.objects.get().subject == str(CallRef.robot("1045001", "13000000000", 1562256000000))


def test_a_wrong_id_is_told_beside_its_field_and_what_was_typed_stays(supervisor_client):
    ids = {"robot-task_id": "1045001", "robot-callee": "13000000000", "robot-query_date": "1562297550"}

    page = supervisor_client.post("/add/ids/robot/", ids).text

    assert "add three digits" in page
    assert 'value="1562297550"' in page
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    "ids", [{}, {"agent-task_id": "x" * 100_000}, {"agent-task_id": "\x00", "agent-batch_id": "1"}]
)
def test_senseless_ids_are_told(supervisor_client, ids):
    page = supervisor_client.post("/add/ids/aiccs/", ids)

    assert page.status_code == 200
    assert "field__error" in page.text


def test_an_unknown_api_is_not_found(supervisor_client):
    assert supervisor_client.post("/add/ids/other/").status_code == 404


def test_a_file_is_shown_row_by_row_before_anything_is_written(supervisor_client):
    page = supervisor_client.get(upload(supervisor_client, IDS)).text

    for words in ("calls.csv", "Add 1 call", "detail_id is masked", "The same as line 2", "1 row cannot be used"):
        assert words in page
    assert not Job.objects.exists()


def test_confirming_asks_for_the_usable_rows_and_says_how_far_they_are(supervisor_client):
    done = confirm(supervisor_client, upload(supervisor_client, IDS))

    waiting = supervisor_client.get(done).text
    call = make_call(task_id="138", batch_id="139", detail_id="966", callee="13812345678")
    Job.objects.update(state=JobState.DONE, call=call, finished_at=timezone.now())
    finished = supervisor_client.get(done, headers=HTMX).text

    assert "0 of 1 fetched" in waiting
    assert "2 rows were left out" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    assert "1 of 1 fetched" in finished
    assert "hx-trigger" not in finished
    assert f'href="/calls/{call.pk}/"' in finished


def test_what_could_not_be_fetched_shows_what_the_vendor_said(supervisor_client):
    done = confirm(supervisor_client, upload(supervisor_client, IDS))
    Job.objects.update(
        state=JobState.FAILED, last_code="isv.NO_SUCH", last_message="no such call", last_request_id="F2051E18"
    )

    page = supervisor_client.get(done).text

    for words in ("1 failed", "isv.NO_SUCH", "no such call", "F2051E18"):
        assert words in page


@pytest.mark.django_db(transaction=True)
def test_a_second_click_waits_for_the_receipt_of_the_first(supervisor_client, su):
    """Else it would say that nothing was added, in the place of what says how much was."""
    plan = upload(supervisor_client, (FIXTURES / "aiccs-sample.json").read_bytes(), "answer.json")
    other_window = Client()
    other_window.force_login(su)
    began: list[Future[str]] = []

    def click_again() -> str:
        try:
            return confirm(other_window, plan)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        with meanwhile(lambda: began.append(other.submit(click_again)), before="INSERT INTO calls_call"):
            done = confirm(supervisor_client, plan)
        assert began[0].result(60) == done

    assert "1 call</b> is new" in supervisor_client.get(done).text


def test_an_upload_is_taken_while_somebody_else_sweeps(supervisor_client, settings):
    """What is listed may have gone when it is looked at."""
    upload(supervisor_client, IDS)
    (settings.DATA_DIR / "imports" / "swept").symlink_to("away")

    assert "1 row cannot be used" in supervisor_client.get(upload(supervisor_client, IDS)).text


def test_confirming_twice_adds_once(supervisor_client):
    plan = upload(supervisor_client, IDS)

    assert confirm(supervisor_client, plan) == confirm(supervisor_client, plan)
    assert Job.objects.count() == 1
    assert supervisor_client.get(plan)["Location"] == f"{plan}done/"


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        ("aiccs-sample.json", ["哎,你是谁?", "客户意向度", "祝您生活愉快", "主动取消"]),
        ("robot-sample.json", ["116950320375^103750100375", "邀约", "用户挂断"]),
        ("robot-sample.xml", ["116950320375^103750100375", "邀约", "用户挂断"]),
    ],
)
def test_the_vendor_pages_own_sample_answers_are_added_and_shown(supervisor_client, sample, words):
    plan = upload(supervisor_client, (FIXTURES / sample).read_bytes(), sample)

    done = supervisor_client.get(confirm(supervisor_client, plan)).text
    call = Call.objects.get()
    page = supervisor_client.get(call.get_absolute_url()).text

    assert "1 call</b> is new" in done
    assert call.get_absolute_url() in done
    for word in words:
        assert word in page


def test_a_saved_answer_can_be_pasted(supervisor_client):
    text = (FIXTURES / "robot-sample.json").read_text(encoding="utf-8")

    plan = supervisor_client.post("/add/", {"text": text})["Location"]

    assert "116950320375^103750100375" in supervisor_client.get(plan).text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty"),
        (b"PK\x03\x04 a workbook", "This is a spreadsheet"),
        (b"\x00\x01\x02\x03", "Line 1 holds characters"),
        (b"a,b,c\n1,2,3\n", "Line 1 is no header line"),
        (b"task_id,batch_id\n1,2\n", "lacks detail_id"),
        (b"task_id,batch_id,detail_id\n" + b"1,2,3\n" * 100_000, "more than 50000 rows"),
    ],
)
def test_a_file_that_holds_nothing_of_use_is_told_beside_the_field(supervisor_client, content, words):
    page = supervisor_client.post("/add/", {"file": SimpleUploadedFile("x.csv", content), "text": ""})

    assert page.status_code == 200
    assert words in page.text


def test_nothing_given_is_told(supervisor_client):
    assert "Choose a file, or paste its text" in supervisor_client.post("/add/", {"text": "  "}).text


def test_more_than_32_megabytes_are_told(supervisor_client):
    content = b"task_id,batch_id,detail_id\n" + b"1,2,3\n" * (6 * 1024 * 1024)

    page = supervisor_client.post("/add/", {"file": SimpleUploadedFile("x.csv", content), "text": ""})

    assert "larger than 32 MB" in page.text


def test_markup_in_a_file_stays_text(supervisor_client):
    content = b"task_id,batch_id,detail_id\n<script>alert(1)</script>,2,3\n"

    page = supervisor_client.get(upload(supervisor_client, content, "<b>.csv")).text

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("query", ["show=wrong", "show=repeated", "show=%00", "page=9999", "page=x"])
def test_rows_can_be_looked_at_by_verdict(supervisor_client, query):
    assert supervisor_client.get(f"{upload(supervisor_client, IDS)}?{query}").status_code == 200


def test_a_long_preview_comes_in_pages(supervisor_client):
    content = b"task_id,batch_id,detail_id\n" + b"".join(b"138,139,%d\n" % number for number in range(250))
    plan = upload(supervisor_client, content)

    page = supervisor_client.get(f"{plan}?page=3").text

    assert "201–250 of 250" in page
    assert "138 · 139 · 249" in page


def test_a_preview_is_gone_after_two_hours_and_says_so(supervisor_client, settings):
    plan = upload(supervisor_client, IDS)
    kept = next((settings.DATA_DIR / "imports").iterdir())
    past = time.time() - shelf.UPLOAD_STAYS - 1
    os.utime(kept, (past, past))

    for answer in (supervisor_client.get(plan), supervisor_client.post(f"{plan}confirm/")):
        assert answer.status_code == 410
        assert "no longer kept" in answer.text
    upload(supervisor_client, IDS)
    assert not kept.exists()


def test_a_preview_belongs_to_whoever_made_it(supervisor_client, admin_client):
    plan = upload(supervisor_client, IDS)

    assert admin_client.get(plan).status_code == 410
    assert admin_client.post(f"{plan}confirm/").status_code == 410
    assert not Job.objects.exists()


@pytest.mark.parametrize("token", ["x", "..", "A" * 22, "A" * 5000])
def test_an_unknown_token_is_no_crash(supervisor_client, token):
    assert supervisor_client.get(f"/add/{token}/").status_code in {404, 410}


def test_uploads_are_readable_by_their_owner_only(supervisor_client, settings):
    upload(supervisor_client, IDS)

    kept = next((settings.DATA_DIR / "imports").iterdir())
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o700, 0o700)


def test_a_call_that_is_asked_for_already_is_made_urgent(supervisor_client, su):
    background = ask_refresh(CallRef.aiccs("138", "139", "966"))

    confirm(supervisor_client, upload(supervisor_client, IDS))

    assert Job.objects.get() == background
    assert Job.objects.get().asked_by == su
