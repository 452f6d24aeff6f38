"""The page of one call, as the server writes it."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from calls.aliyun import read_saved
from calls.models import Call, CallTask, Job, Recording
from calls.snapshot import Answer, CallSnapshot, TagSnapshot, TurnSnapshot, VariableSnapshot
from calls.vocabulary import (
    CallResult,
    HungUpBy,
    JobKind,
    JobState,
    NumberHash,
    RecordingState,
    Source,
    Speaker,
    TransferResult,
)
from tests.builders import NOON, make_answer, make_call, make_snapshot
from tests.sounds import store_sound
from tests.test_call_hearing import heard_call

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).parent / "fixtures" / "aliyun"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')
AGE = re.compile(r"<time-ago[^>]*>[^<]*</time-ago>")
HX = {"HX-Request": "true"}


def seen(text: str) -> str:
    """What a reader can see or point at: the page without its tags' names, its token and its running clock."""
    return html.unescape(AGE.sub("", TOKEN.sub("", text)))


def sample(name: str) -> Call:
    return Call.objects.absorb(read_saved((SAMPLES / name).read_text())[0]).call


def full_snapshot() -> CallSnapshot:
    """Every field that a call can have, each with a value of its own."""
    return make_snapshot(
        out_id="OUT-4711",
        caller="0571-88996676",
        callee="13800005678",
        number_hash=NumberHash.SM3,
        result=CallResult.ANSWERED,
        result_original="ANSWERED-AS-SENT",
        status_code="200112",
        status_text="被叫占线",
        failure_reason="主动取消",
        hung_up_by=HungUpBy.AGENT,
        hung_up_by_original="1-AS-SENT",
        intent="很有意向",
        implausible_times={"ended_at": "98"},
        ended_at=None,
        turns=(
            TurnSnapshot(Speaker.AGENT, "开场白"),
            TurnSnapshot(Speaker.CUSTOMER, "哎，你是谁？", interrupted=True),
            TurnSnapshot(Speaker.OTHER, "正在转接", original_role="switchboard"),
        ),
        unread_transcript="[{broken",
        tags=(TagSnapshot("客户意向度", "高(非常积极,大概率转化)", "评估客户的兴趣", "9ca2"),),
        variables=(VariableSnapshot("name", "姓名", "张三", True, "示例值", "22"),),
        transfer_result=TransferResult.FAILED,
        transfer_result_original="0-AS-SENT",
        transfer_number="0571-88336676",
        transfer_failure="用户忙",
        counters={name: 40 + index for index, name in enumerate(COUNTERS)},
        complaints=("The duration 'abc' is no number",),
    )


KNOWLEDGE = ("knowledge", "knowledge_business", "knowledge_common")
COUNTERS = ("affirmed", "denied", "refused", "custom", "default", *KNOWLEDGE, "turns", "redials")


def test_every_field_of_a_call_can_be_pointed_at(supervisor_client):
    call = make_call(**{name: getattr(full_snapshot(), name) for name in CallSnapshot.__dataclass_fields__})

    page = seen(supervisor_client.get(f"/calls/{call.pk}/?numbers=1").text)

    told = "OUT-4711|0571-88996676|13800005678|SM3|Answered|ANSWERED-AS-SENT|200112|被叫占线|The called party was busy"
    told += "|主动取消|Robot|1-AS-SENT|很有意向|implausible: 98|开场白|哎，你是谁？|正在转接|switchboard|[{broken"
    told += (
        "|客户意向度|高(非常积极,大概率转化)|评估客户的兴趣|9ca2|姓名|张三|name|Required|示例值|id 22|Transfer failed"
    )
    told += (
        "|0-AS-SENT|0571-88336676|用户忙|The duration 'abc' is no number|138000|139000|AI agent|1:26|Interrupts|Cut off"
    )
    values = [*told.split("|"), call.detail_id, call.call_id, f"{timezone.localtime(call.answered_at):%H:%M:%S}"]
    for value in [*values, *(f">{40 + index}<" for index in range(len(COUNTERS)))]:
        assert value in page, value


def test_every_field_of_the_documented_conversation_can_be_pointed_at(supervisor_client):
    page = seen(supervisor_client.get(f"/calls/{sample('aiccs-sample.json').pk}/?numbers=1").text)

    said = json.loads((SAMPLES / "aiccs-sample.json").read_text())["Data"]
    record = [turn["content"].removeprefix("<客户打断>") for turn in json.loads(said["ConversationRecord"])]
    (tag,), (variable,) = said["OutputTags"], said["Variables"]
    values = [
        *(said[name] for name in ["CallerPhone", "CallResult", "StatusMsg", "MajorIntent", "CallId", "FailedReason"]),
        *(said[name].strip() for name in ["HangupDirection", "StatusCode", "CalledPhone", "OutId"]),
        *(tag[name] for name in ["Id", "OutputTagName", "OutputTagDescription"]),
        *(variable[name] for name in ["Id", "Key", "Name", "Value", "Source"]),
        *json.loads(tag["OutputTagValue"]),
        *record,
        f"implausible: {said['StartCallTime']}",
        f"implausible: {said['ReleaseTime']}",
        "09:41:13",
        "0:16",
        "Optional",
        "F2051E18-FF3F-5C08-8D24-6F150D2AF757",
    ]
    assert [value for value in values if value not in page] == []
    assert "<客户打断>" not in page
    assert page.count("Interrupts") == 3


def test_every_field_of_the_documented_robot_call_can_be_pointed_at(supervisor_client):
    call = sample("robot-sample.json")

    page = seen(supervisor_client.get(f"/calls/{call.pk}/?numbers=1").text)

    said = json.loads((SAMPLES / "robot-sample.json").read_text())["Data"]
    texts = "caller called callResult hangupDirection transferResult transferNumber transferFailReason callId taskId"
    values = [str(said[name]) for name in texts.split()]
    values += [*said["label"].split(","), "1:00", "15:22:23", "15:22:55", "Not transferred", "Robot hung up"]
    values += [
        "Turns",
        "Affirmed",
        "Denied",
        "Refused",
        "Custom",
        "Default",
        "Knowledge",
        "Business",
        "General",
        "Redials",
    ]
    assert [value for value in values if value not in page] == []
    assert call.counters == {
        "turns": 3,
        "affirmed": 2,
        "denied": 2,
        "refused": 0,
        "custom": 0,
        "default": 0,
        "knowledge": 0,
        "knowledge_business": 0,
        "knowledge_common": 0,
        "redials": 2,
    }


def test_the_envelope_of_an_answer_stands_in_its_raw_data(supervisor_client):
    call = sample("aiccs-sample.json")

    page = seen(supervisor_client.get(f"/calls/{call.pk}/answers/1/").text)

    said = json.loads((SAMPLES / "aiccs-sample.json").read_text())
    for name in ["AccessDeniedDetail", "Message", "RequestId", "Code", "Success"]:
        assert f'"{name}": {json.dumps(said[name], ensure_ascii=False)}' in page


def test_a_reviewer_never_gets_a_whole_number(reviewer_client):
    whole = {"callee": "13800005678", "caller": "0571-88996676", "transfer_number": "0571-88336676"}
    call = make_call(
        **whole,
        turns=(TurnSnapshot(Speaker.CUSTOMER, "我的号码是13800005678"),),
        variables=(VariableSnapshot("phone", "电话", "13800005678"),),
        complaints=("13800005678 looks odd",),
        failure_reason="057188996676 refused",
        unread_transcript="13800005678",
    )
    job = Job.objects.create(
        kind=JobKind.REFRESH, subject=str(call.ref), call=call, state=JobState.DEAD, last_message="13800005678 unknown"
    )
    Job.objects.filter(pk=job.pk).update(finished_at=timezone.now())

    for query in ("", "?numbers=1"):
        page = reviewer_client.get(f"/calls/{call.pk}/{query}").text
        for number in (*whole.values(), "057188996676", "057188336676"):
            assert number not in page, query
    assert "138****5678" in page


def test_those_who_may_see_numbers_ask_for_them_first(supervisor_client):
    call = make_call(callee="13800005678")

    masked = supervisor_client.get(f"/calls/{call.pk}/").text
    shown = supervisor_client.get(f"/calls/{call.pk}/?numbers=1").text

    assert "13800005678" not in masked
    assert "Show the whole number" in masked
    assert "13800005678" in shown
    assert "Show the whole number" not in shown


@pytest.mark.parametrize("part", ["freshness", "summary", "transcript", "panel", "player"])
def test_htmx_gets_a_slice_of_the_very_same_page(supervisor_client, part):
    call = make_call()

    page = supervisor_client.get(f"/calls/{call.pk}/")
    answer = supervisor_client.get(f"/calls/{call.pk}/", headers={**HX, "HX-Target": part})

    assert seen(answer.text).strip() in seen(page.text)
    assert f'id="{part}"' in answer.text
    assert "<html" not in answer.text
    assert "HX-Target" in answer.headers["Vary"]


def test_the_picture_is_a_slice_of_the_very_same_page(supervisor_client):
    call = heard_call()

    page = supervisor_client.get(f"/calls/{call.pk}/")
    answer = supervisor_client.get(f"/calls/{call.pk}/", headers={**HX, "HX-Target": "wave"})

    assert answer.text.strip() in page.text
    assert answer.text.strip().startswith('<div class="player__wave" id="wave"')
    assert "<audio" not in answer.text


def test_a_target_that_is_no_part_gets_the_page(reviewer_client):
    call = make_call()

    answer = reviewer_client.get(f"/calls/{call.pk}/", headers={**HX, "HX-Target": "number"})

    assert "<html" in answer.text


def test_text_of_the_source_stays_text(supervisor_client):
    evil = "<script>alert(1)</script><p hx-get=/boom hx-trigger=load>\u202egpj"
    call = make_call(
        turns=(TurnSnapshot(Speaker.OTHER, evil, original_role="<b>x"),),
        tags=(TagSnapshot(evil, evil, f'" onmouseover="{evil}', evil),),
        variables=(VariableSnapshot(evil, evil, evil, None, evil, evil),),
        complaints=(evil,),
        status_text=evil,
        status_code="<i>",
        failure_reason=evil,
        intent="<img>",
        out_id=evil,
        unread_transcript=evil,
        implausible_times={"ended_at": evil},
        counters={"<u>": 1},
    )

    page = supervisor_client.get(f"/calls/{call.pk}/?q=alert").text
    raw = supervisor_client.get(f"/calls/{call.pk}/answers/1/").text

    for text in (page, raw):
        for tag in ("<script>alert", "<p hx-get=/boom", '" onmouseover="', "<img>", "<u>", "<b>x"):
            assert tag not in text
    assert "<mark>alert</mark>" in page


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("上次退款还没到账", "退款", "上次<mark>退款</mark>还没到账"),
        ("加我ＷｅＣｈａｔ", "wechat", "加我<mark>ＷｅＣｈａｔ</mark>"),
        ("a<b>退款</b>", "退款 b>", "a&lt;<mark>b&gt;</mark><mark>退款</mark>&lt;/<mark>b&gt;</mark>"),
        ("半½价", "1⁄2", "半<mark>½</mark>价"),
        ("退款退款", "退款", "<mark>退款</mark><mark>退款</mark>"),
        ("没有", "退款", "没有"),
    ],
)
def test_found_words_are_marked_after_escaping(reviewer_client, text, query, marked):
    call = make_call(turns=(TurnSnapshot(Speaker.CUSTOMER, text),))

    page = reviewer_client.get(f"/calls/{call.pk}/", {"q": query}).text

    assert f"</span>{marked}</p>" in page


def test_robot_turns_stand_at_their_offset_from_the_start(reviewer_client):
    turns = tuple(
        TurnSnapshot(Speaker.AGENT, "喂", spoken_at=NOON + timedelta(seconds=after)) for after in (2, 65, -2, 400_000)
    )
    call = make_call(
        source=Source.ROBOT,
        task_id="1045001",
        started_at=NOON,
        answered_at=None,
        ended_at=None,
        duration=80,
        turns=turns,
    )

    page = reviewer_client.get(f"/calls/{call.pk}/").text

    times = re.findall(r'class="turn__time".*?>([^<]+)</a>', page)
    assert times[:3] == ["≈0:02", "≈1:05", "≈0:00"]
    assert "≈" not in times[3]
    assert re.findall(r'data-at="(\d+)"', page) == ["2", "65", "0"]


def test_turns_of_a_call_that_rang_stand_where_the_recording_has_them(reviewer_client):
    turns = (TurnSnapshot(Speaker.AGENT, "喂", spoken_at=NOON + timedelta(seconds=15)),)
    ended_at = NOON + timedelta(seconds=52)
    call = make_call(started_at=NOON, answered_at=None, ended_at=ended_at, duration=40, turns=turns)

    page = reviewer_client.get(f"/calls/{call.pk}/").text

    assert re.findall(r'data-at="(\d+)"', page) == ["3"]


def test_a_call_that_will_be_looked_at_again_does_not_say_there_is_nothing(reviewer_client):
    call = make_call(turns=(), is_final=True)
    Recording.objects.update(state=RecordingState.EXPECTED)

    resting = reviewer_client.get(f"/calls/{call.pk}/").text
    Call.objects.update(due_at=NOON)
    watched = reviewer_client.get(f"/calls/{call.pk}/").text

    assert "No transcript" in resting and "No recording yet" in resting
    assert "The transcript is not ready yet" in watched and "Recording expected" in watched


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"result": CallResult.BUSY, "duration": 0, "is_final": True}, "Nobody answered"),
        ({"is_final": False}, "The transcript is not ready yet"),
        ({"is_final": True}, "No transcript"),
        ({"unread_transcript": "[{broken"}, "The transcript could not be read"),
    ],
)
def test_a_transcript_that_is_not_there_says_why(reviewer_client, changes, words):
    call = make_call(turns=(), **changes)

    assert words in reviewer_client.get(f"/calls/{call.pk}/").text


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (RecordingState.NONE, "No recording"),
        (RecordingState.EXPECTED, "No recording yet"),
        (RecordingState.WAITING, "Not stored yet"),
        (RecordingState.FETCHING, "Fetching the recording"),
        (RecordingState.MISSING, "The recording is gone"),
        (RecordingState.PURGED, "The recording was purged"),
    ],
)
def test_a_player_without_sound_says_why(reviewer_client, state, words):
    call = make_call()
    Recording.objects.update(state=state, reason="The disk was full")

    page = reviewer_client.get(f"/calls/{call.pk}/").text

    assert words in page
    assert "<audio" not in page
    assert ("The disk was full" in page) == (state in {"waiting", "fetching", "missing", "purged"})
    assert (f"/calls/{call.pk}/recording/fetch" in page) == (state in {"waiting", "missing"})


def test_a_stored_recording_has_a_player_that_works_without_scripts(reviewer_client):
    call = make_call()
    store_sound(call, seconds=1)

    page = reviewer_client.get(f"/calls/{call.pk}/").text

    assert f'<audio controls preload="metadata" src="/calls/{call.pk}/recording"' in page
    assert "download=1" not in page


def test_who_may_not_hear_reads_so(client, otto):
    from django.contrib.auth.models import Permission

    otto.user_permissions.add(Permission.objects.get(codename="view_call"))
    client.force_login(otto)
    call = make_call()
    store_sound(call, seconds=1)

    page = client.get(f"/calls/{call.pk}/").text

    assert "You may read this call, not hear it" in page
    assert "<audio" not in page


def test_refresh_asks_for_one_job_and_comes_back(reviewer_client, rui):
    call = make_call()

    for _ in range(2):
        answer = reviewer_client.post(f"/calls/{call.pk}/refresh", follow=True)

    job = Job.objects.get()
    assert (job.kind, job.subject, job.call, job.asked_by) == (JobKind.REFRESH, str(call.ref), call, rui)
    assert answer.redirect_chain == [(f"/calls/{call.pk}/", 302)]
    assert "Queued. A worker will ask the source." in answer.text


def test_refresh_by_htmx_answers_with_the_waiting_part(reviewer_client):
    call = make_call()

    answer = reviewer_client.post(f"/calls/{call.pk}/refresh", headers=HX)

    assert "Queued, waiting for a worker" in answer.text
    assert 'hx-trigger="every 1s"' in answer.text
    assert "<html" not in answer.text


def test_a_call_without_ids_says_that_it_cannot_be_refreshed(reviewer_client):
    call = make_call(task_id="", batch_id="", detail_id="")

    page = reviewer_client.get(f"/calls/{call.pk}/").text
    answer = reviewer_client.post(f"/calls/{call.pk}/refresh", follow=True)

    assert "Imported without its ids" in page
    assert f'action="/calls/{call.pk}/refresh"' not in page
    assert "Imported without its ids" in answer.text
    assert not Job.objects.exists()


def claimed(job: Job) -> Job:
    """As a worker takes it."""
    held = Job.objects.claim(job.pk)
    assert held
    return held


def poll(client, page: str):
    """What HTMX would do with the freshness part of this page."""
    (url,) = re.findall(r'id="freshness" hx-get="([^"]+)"', page)
    return client.get(html.unescape(url), headers={**HX, "HX-Target": "freshness"})


def test_a_poll_without_news_changes_nothing(reviewer_client):
    call = make_call()
    reviewer_client.post(f"/calls/{call.pk}/refresh")
    page = reviewer_client.get(f"/calls/{call.pk}/").text

    assert poll(reviewer_client, page).status_code == 204


def test_a_poll_without_news_reads_nothing_of_what_was_said(reviewer_client):
    call = make_call(turns=(TurnSnapshot(Speaker.AGENT, "您好"),))
    reviewer_client.post(f"/calls/{call.pk}/refresh")
    page = reviewer_client.get(f"/calls/{call.pk}/").text

    with CaptureQueriesContext(connection) as looking:
        poll(reviewer_client, page)
    with CaptureQueriesContext(connection) as opening:
        reviewer_client.get(f"/calls/{call.pk}/")

    assert tables_of(opening) >= {"calls_transcript", "calls_payload"}
    assert not tables_of(looking) & {"calls_transcript", "calls_payload", "calls_tag"}


def tables_of(queries: CaptureQueriesContext) -> set[str]:
    return {table for query in queries for table in re.findall(r'FROM "(\w+)"', query["sql"])}


def test_the_last_fragment_carries_no_trigger_and_wakes_the_other_parts(reviewer_client):
    snapshot = make_snapshot(intent="")
    call = Call.objects.absorb(make_answer(snapshot)).call
    reviewer_client.post(f"/calls/{call.pk}/refresh")
    page = reviewer_client.get(f"/calls/{call.pk}/").text
    job = claimed(Job.objects.get())
    running = poll(reviewer_client, page)
    Call.objects.absorb(make_answer(replace(snapshot, intent="A")))
    job.finish()

    last = poll(reviewer_client, running.text)

    assert "Asking the source" in running.text
    assert "HX-Trigger" not in running.headers
    assert "hx-trigger" not in last.text
    assert "Checked" in last.text
    assert "call-changed" in last.headers["HX-Trigger"]


def test_a_failed_refresh_says_why_and_offers_another(reviewer_client):
    call = make_call()
    job = claimed(Job.objects.ask(JobKind.REFRESH, str(call.ref), call=call))
    job.fail("NoPermission", "The key lacks a right", "REQ-1")

    page = reviewer_client.get(f"/calls/{call.pk}/").text

    for words in ("The refresh failed, 1 try", "NoPermission", "The key lacks a right", "REQ-1", "Try again"):
        assert words in page


def test_a_later_success_makes_an_old_failure_history(reviewer_client):
    answer = make_answer()
    call = Call.objects.absorb(answer).call
    job = claimed(Job.objects.ask(JobKind.REFRESH, str(call.ref), call=call))
    job.fail("NoPermission", "The key lacks a right")
    Call.objects.absorb(answer)

    assert "The refresh failed" not in reviewer_client.get(f"/calls/{call.pk}/").text


def test_asking_for_a_recording_makes_a_job(reviewer_client):
    call = make_call(recording_url="https://r.aliyuncs.com/a.wav")

    answer = reviewer_client.post(f"/calls/{call.pk}/recording/fetch", headers=HX)

    assert Job.objects.get().kind == JobKind.KEEP_RECORDING
    assert "Queued, waiting for a worker" in answer.text
    assert "aliyuncs" not in answer.text


def test_people_without_the_right_see_no_call(client, otto):
    call = make_call()
    client.force_login(otto)

    for path in ("", "recording", "answers/1/", "answers/1/compare"):
        assert client.get(f"/calls/{call.pk}/{path}").status_code == 403
    for path in ("refresh", "recording/fetch"):
        assert client.post(f"/calls/{call.pk}/{path}").status_code == 403


def test_raw_data_needs_the_right_to_see_numbers(reviewer_client):
    call = make_call()

    assert reviewer_client.get(f"/calls/{call.pk}/answers/1/").status_code == 403
    assert "Raw data" not in reviewer_client.get(f"/calls/{call.pk}/").text


def test_raw_data_never_shows_the_signature_of_a_link(supervisor_client):
    url = "http://r.aliyuncs.com/a_record.wav?Expires=1&Signature=99lo%2Bs"
    raw = json.dumps({"Data": json.dumps({"recordFile": url}), "other": url})
    snapshot = make_snapshot(recording_url=url)
    call = Call.objects.absorb(Answer(snapshot, "Made", raw=raw, unsigned=raw)).call

    page = seen(supervisor_client.get(f"/calls/{call.pk}/answers/1/").text)

    assert page.count("a_record.wav?…") == 2
    assert "Signature" not in page.replace("Signatures of links", "")
    assert "99lo" not in page


def robot_answer(**changes: object) -> Answer:
    said = json.loads((SAMPLES / "robot-sample.json").read_text())
    said["Data"].update(changes)
    return read_saved(json.dumps(said))[0]


def test_two_answers_are_compared_in_our_words(reviewer_client):
    Call.objects.absorb(robot_answer())
    later = robot_answer(callResult="已接听", label="邀约,有房", sureCount=5, transferFailReason="13000000000 忙")
    call = Call.objects.absorb(later).call

    page = seen(reviewer_client.get(f"/calls/{call.pk}/answers/2/compare").text)
    panel = seen(reviewer_client.get(f"/calls/{call.pk}/").text)

    changes = re.findall(r'<th scope="row">([^<]+)</th><td>(.*?)</td><td>(.*?)</td>', page)
    assert ("Affirmed", "<del>2</del>", "<ins>5</ins>") in changes
    assert ("无车", "<del>yes</del>", "–") in [
        (label, before, re.sub("<.*?>", "", after)) for label, before, after in changes
    ]
    assert {"Vendor's result", "Vendor&#x27;s result"} & {label for label, *_ in changes}
    assert any("130****0000 忙" in after for *_, after in changes)
    assert "13000000000" not in page + panel
    assert "<del>" in panel


def test_answers_that_cannot_be_read_are_compared_raw_by_those_who_may(reviewer_client, supervisor_client):
    snapshot = make_snapshot(intent="")
    Call.objects.absorb(make_answer(snapshot))
    call = Call.objects.absorb(make_answer(replace(snapshot, intent="A"))).call

    refused = reviewer_client.get(f"/calls/{call.pk}/answers/2/compare")
    given = supervisor_client.get(f"/calls/{call.pk}/answers/2/compare")

    assert "cannot be read" in refused.text
    assert call.callee not in refused.text
    assert "intent=&#x27;A&#x27;" in given.text


def test_the_first_answer_has_nothing_to_be_compared_with(reviewer_client):
    call = make_call()

    assert reviewer_client.get(f"/calls/{call.pk}/answers/1/compare").status_code == 404
    assert reviewer_client.get(f"/calls/{call.pk}/answers/7/compare").status_code == 404
    assert reviewer_client.get("/calls/999999/").status_code == 404


def test_back_leads_to_the_list_as_it_was(reviewer_client):
    call = make_call()

    from_list = reviewer_client.get(f"/calls/{call.pk}/", headers={"Referer": "http://testserver/?q=退款&intent=A"})
    from_elsewhere = reviewer_client.get(f"/calls/{call.pk}/", headers={"Referer": "https://example.org/?q=1"})

    assert 'href="/?q=退款&amp;intent=A" aria-label="Back to the list"' in from_list.text
    assert 'href="/" aria-label="Back to the list"' in from_elsewhere.text


def test_an_unknown_carrier_code_stays_and_says_so(reviewer_client):
    page = reviewer_client.get(f"/calls/{make_call(status_code='00001').pk}/").text

    assert "00001" in page
    assert "A code that nobody documented" in page


def test_the_page_asks_the_database_no_more_for_a_longer_call(reviewer_client, django_assert_max_num_queries):
    CallTask.objects.create(source="aiccs", task_id="138000", name="回访", seen_at=timezone.now())
    turns = tuple(TurnSnapshot(Speaker.CUSTOMER, "嗯") for _ in range(300))
    call = make_call(turns=turns, tags=tuple(TagSnapshot("标签", str(index)) for index in range(50)))

    with django_assert_max_num_queries(18):
        page = reviewer_client.get(f"/calls/{call.pk}/")

    assert page.text.count("data-turn") == 300
