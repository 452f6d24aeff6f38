"""Every documented field of both call details reaches the snapshot."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from calls.snapshot import TagSnapshot, TurnSnapshot, VariableSnapshot
from calls.vocabulary import CallResult, HungUpBy, NumberHash, Source, Speaker, TransferResult
from tests.aliyun.samples import CONVERSATION, ROBOT_CALL, conversation, read, robot_call, text

ALL_OF_A_CONVERSATION = {
    "CallId": "101299^10198273645",
    "CallerPhone": "057188996676",
    "CalledPhone": "13800000001",
    "CallResult": "ANSWERED",
    "StatusCode": "200100",
    "StatusMsg": "呼叫结束（双呼）",
    "FailedReason": "主动取消",
    "HangupDirection": "1",
    "MajorIntent": "B",
    "StartCallTime": 1754617260000,
    "PickUpTime": 1754617273000,
    "ReleaseTime": 1754617289000,
    "Duration": 16,
    "OutId": "order-1\n",
    "RecordingFileDownloadUrl": "https://b.oss-cn-shanghai.aliyuncs.com/a.wav?Expires=1&Signature=a%2Bb",
    "ConversationRecord": '[{"role":"assistant","content":"您好"},{"role":"user","content":"<客户打断>哪位"}]',
    "EncryptionType": "2",
    "Variables": [{"Id": "22", "Key": "name", "Name": "姓名", "Value": "张三", "Required": True, "Source": "import"}],
    "OutputTags": [
        {"Id": "9ca2", "OutputTagName": "意向", "OutputTagDescription": "说明", "OutputTagValue": '["高","要回访"]'}
    ],
}


def test_every_field_of_a_conversation_lands():
    snapshot = read({"Code": "OK", "Data": ALL_OF_A_CONVERSATION}, CONVERSATION).snapshot

    assert snapshot.source == Source.AICCS
    assert (snapshot.task_id, snapshot.batch_id, snapshot.detail_id) == (
        "1380000000000001",
        "1390000000000216",
        "9662000000000001",
    )
    assert snapshot.call_id == "101299^10198273645"
    assert snapshot.caller == "057188996676"
    assert snapshot.callee == "13800000001"
    assert (snapshot.result, snapshot.result_original) == (CallResult.ANSWERED, "ANSWERED")
    assert (snapshot.status_code, snapshot.status_text) == ("200100", "呼叫结束（双呼）")
    assert snapshot.failure_reason == "主动取消"
    assert (snapshot.hung_up_by, snapshot.hung_up_by_original) == (HungUpBy.AGENT, "1")
    assert snapshot.intent == "B"
    assert snapshot.started_at == datetime(2025, 8, 8, 1, 41, 0, tzinfo=UTC)
    assert snapshot.answered_at == datetime(2025, 8, 8, 1, 41, 13, tzinfo=UTC)
    assert snapshot.ended_at == datetime(2025, 8, 8, 1, 41, 29, tzinfo=UTC)
    assert snapshot.duration == 16
    assert snapshot.out_id == "order-1"
    assert snapshot.recording_url.endswith("?Expires=1&Signature=a%2Bb")
    assert snapshot.has_recording is True
    assert snapshot.number_hash == NumberHash.SHA256
    assert snapshot.turns == (
        TurnSnapshot(Speaker.AGENT, "您好", original_role="assistant"),
        TurnSnapshot(Speaker.CUSTOMER, "哪位", interrupted=True, original_role="user"),
    )
    assert snapshot.variables == (VariableSnapshot("name", "姓名", "张三", True, "import", "22"),)
    assert snapshot.tags == (
        TagSnapshot("意向", "高", "说明", "9ca2"),
        TagSnapshot("意向", "要回访", "说明", "9ca2"),
    )
    assert snapshot.is_final
    assert (snapshot.complaints, snapshot.implausible_times) == ((), {})


ALL_OF_A_ROBOT_CALL = {
    "taskId": 1045001,
    "caller": "0571-88996676",
    "called": "13000000000",
    "duration": "32",
    "label": "邀约，有房,无车",
    "dialogCount": "3",
    "callResult": "用户接通",
    "hangupDirection": "0",
    "transferResult": "1",
    "transferNumber": "0571-88336676",
    "transferFailReason": "用户挂断",
    "callId": "116950320375^103750100375",
    "recallCurTimes": 10,
    "callStartTime": "2019.06.14 15:22:23",
    "callEndTime": "2019.06.14 15:22:55",
    "sureCount": 1,
    "denyCount": 2,
    "rejectCount": 3,
    "customCount": 4,
    "defaultCount": 5,
    "konwledgeCount": 6,
    "knowledgeBusinessCount": 7,
    "knowledgeCommonCount": 8,
    "recordStatus": 1,
    "recordFile": "http://x.cn-hangzhou.oss.aliyun-inc.com/r.wav?Expires=1562740186&Signature=a%2B",
    "dialogDetail": [
        {"role": "robot", "speakTime": "2019-06-14 15:22:24", "content": "开场白"},
        {"role": "user", "speakTime": "2019-06-14 15:22:30", "content": "你好"},
    ],
}


def test_every_field_of_a_robot_call_lands():
    snapshot = read({"Code": "OK", "Data": ALL_OF_A_ROBOT_CALL}, ROBOT_CALL).snapshot

    assert (snapshot.source, snapshot.task_id) == (Source.ROBOT, "1045001")
    assert (snapshot.caller, snapshot.callee) == ("0571-88996676", "13000000000")
    assert snapshot.call_id == "116950320375^103750100375"
    assert snapshot.duration == 32
    assert snapshot.tags == (TagSnapshot("邀约"), TagSnapshot("有房"), TagSnapshot("无车"))
    assert (snapshot.result, snapshot.result_original) == (CallResult.ANSWERED, "用户接通")
    assert (snapshot.hung_up_by, snapshot.hung_up_by_original) == (HungUpBy.CUSTOMER, "0")
    assert (snapshot.transfer_result, snapshot.transfer_result_original) == (TransferResult.TRANSFERRED, "1")
    assert (snapshot.transfer_number, snapshot.transfer_failure) == ("0571-88336676", "用户挂断")
    assert snapshot.started_at == datetime(2019, 6, 14, 7, 22, 23, tzinfo=UTC)
    assert snapshot.ended_at == datetime(2019, 6, 14, 7, 22, 55, tzinfo=UTC)
    assert snapshot.counters == {
        "affirmed": 1,
        "denied": 2,
        "refused": 3,
        "custom": 4,
        "default": 5,
        "knowledge": 6,
        "knowledge_business": 7,
        "knowledge_common": 8,
        "turns": 3,
        "redials": 10,
    }
    assert snapshot.has_recording is True
    assert snapshot.recording_url.startswith("http://x.cn-hangzhou.oss.aliyun-inc.com/r.wav?Expires=")
    assert [(turn.speaker, turn.text, turn.spoken_at) for turn in snapshot.turns] == [
        (Speaker.AGENT, "开场白", datetime(2019, 6, 14, 7, 22, 24, tzinfo=UTC)),
        (Speaker.CUSTOMER, "你好", datetime(2019, 6, 14, 7, 22, 30, tzinfo=UTC)),
    ]
    assert snapshot.is_final
    assert (snapshot.complaints, snapshot.implausible_times) == ((), {})


def test_ids_that_an_answer_tells_itself_win_over_the_reference():
    ids = {"TaskId": 138, "BatchId": "B202", "DetailId": "966"}

    snapshot = read({"Code": "OK", "Data": ALL_OF_A_CONVERSATION | ids}, CONVERSATION).snapshot

    assert (snapshot.task_id, snapshot.batch_id, snapshot.detail_id) == ("138", "B202", "966")


def test_a_masked_robot_number_does_not_replace_the_one_that_was_asked_for():
    snapshot = read(robot_call(called="130****0000"), ROBOT_CALL).snapshot

    assert snapshot.callee == "13000000000"


@pytest.mark.parametrize(
    ("changes", "is_final"),
    [
        ({"CallResult": ..., "ReleaseTime": ..., "StatusCode": "200101"}, False),
        ({"CallResult": ..., "ReleaseTime": 0}, False),
        ({"CallResult": "", "ReleaseTime": None}, False),
        ({"CallResult": "ANSWERED", "ReleaseTime": ..., "StatusCode": "200103"}, False),
        ({"CallResult": "NO_ANSWER", "ReleaseTime": ..., "StatusCode": "200003"}, True),
        ({"CallResult": ..., "ReleaseTime": 1754617289000}, True),
    ],
)
def test_a_conversation_is_final_once_it_ended(changes, is_final):
    assert read(conversation(**changes), CONVERSATION).snapshot.is_final is is_final


@pytest.mark.parametrize(
    ("changes", "is_final"),
    [
        ({"callResult": ..., "callEndTime": ...}, False),
        ({"callResult": "", "callEndTime": ""}, False),
        ({"callResult": "关机", "callEndTime": ...}, True),
        ({"callResult": ..., "callEndTime": "2019.06.14 15:22:55"}, True),
    ],
)
def test_a_robot_call_is_final_once_it_has_a_result_or_an_end(changes, is_final):
    assert read(robot_call(**changes), ROBOT_CALL).snapshot.is_final is is_final


@pytest.mark.parametrize(
    ("changes", "has_recording"),
    [
        ({}, True),
        ({"RecordingFileDownloadUrl": ...}, None),
        ({"RecordingFileDownloadUrl": "", "CallResult": "用户接通", "Duration": 5}, None),
        ({"RecordingFileDownloadUrl": None, "CallResult": "NO_ANSWER", "Duration": 0, "ConversationRecord": ""}, False),
        ({"RecordingFileDownloadUrl": ..., "CallResult": ..., "Duration": 0}, None),
    ],
)
def test_a_conversations_recording_is_told_not_told_or_ruled_out(changes, has_recording):
    assert read(conversation(**changes), CONVERSATION).snapshot.has_recording is has_recording


@pytest.mark.parametrize(
    ("changes", "has_recording"),
    [
        ({"recordStatus": 1}, True),
        ({"recordStatus": "2"}, False),
        ({"recordFile": "http://a.b/c.wav"}, True),
        ({"callResult": "关机", "duration": "0"}, False),
        ({"callResult": "无法接通", "duration": "60"}, None),
        ({}, None),
    ],
)
def test_a_robot_calls_recording_is_told_not_told_or_ruled_out(changes, has_recording):
    assert read(robot_call(**changes), ROBOT_CALL).snapshot.has_recording is has_recording


def test_answers_that_differ_only_in_request_and_signature_say_the_same():
    first = conversation(RecordingFileDownloadUrl="https://a.b/c.wav?Expires=1&Signature=x")
    second = conversation(RecordingFileDownloadUrl="https://a.b/c.wav?Expires=2&Signature=y")
    second |= {"RequestId": "another", "Message": "OK", "Success": False}
    second["Data"] = dict(reversed(second["Data"].items()))

    assert read(first).unsigned == read(second).unsigned
    assert read(first).raw != read(second).raw
    assert read(conversation(MajorIntent="A")).unsigned != read(conversation()).unsigned
    assert "Signature" not in read(first).unsigned


def test_the_reference_is_no_part_of_what_is_compared():
    assert read(conversation()).unsigned == read(conversation(), CONVERSATION).unsigned


def test_data_as_text_and_as_object_say_the_same():
    body = robot_call()
    as_text = body | {"Data": json.dumps(body["Data"])}

    assert read(as_text).unsigned == read(body).unsigned


def test_the_raw_answer_is_kept_to_the_letter():
    assert read(text("aiccs-sample.json")).raw == text("aiccs-sample.json").strip()


def test_the_fence_can_be_used_without_django():
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    code = (
        "from calls.aliyun import read_saved; from pathlib import Path;"
        "print(read_saved(Path('tests/fixtures/aliyun/aiccs-sample.json').read_text())[0].snapshot.result)"
    )

    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout == "answered\n"
