"""The strange things that the vendor's pages and SDKs show, by their number in the list of oddities."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from calls.snapshot import CallRef, TagSnapshot, VariableSnapshot
from calls.vocabulary import CallResult, HungUpBy, NumberHash, Source, Speaker, TaskStatus, TransferResult
from tests.aliyun.samples import (
    CONVERSATION,
    ROBOT_CALL,
    conversation,
    read,
    read_conversation,
    read_robot_call,
    robot_call,
    text,
)
from tests.aliyun.scripted import Says, scripted

PICKED_UP = datetime(2025, 8, 8, 1, 41, 13, tzinfo=UTC)
TAG = {"Id": "1", "OutputTagName": "意向", "OutputTagDescription": ""}


def odd(number: int, what: str, changes: dict[str, Any], **outcome: Any) -> Any:
    return pytest.param(changes, outcome, id=f"{number} {what}")


def tag(value: Any) -> dict[str, Any]:
    return {"OutputTags": [TAG | {"OutputTagValue": value}]}


def turn(role: Any, content: Any, **more: Any) -> dict[str, Any]:
    return {"role": role, "content": content, **more}


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        odd(
            1,
            "year 5871",
            {"StartCallTime": 123123123123123, "ReleaseTime": ...},
            started_at=None,
            implausible_times={"started_at": "123123123123123"},
        ),
        odd(
            2,
            "ended in 1970",
            {"StartCallTime": ..., "ReleaseTime": 98},
            ended_at=None,
            implausible_times={"ended_at": "98"},
            duration=16,
        ),
        odd(
            3,
            "seconds where milliseconds belong",
            {"StartCallTime": 1286987391, "PickUpTime": 12349732441, "ReleaseTime": ...},
            started_at=None,
            implausible_times={"started_at": "1286987391", "answered_at": "12349732441"},
        ),
        odd(
            3,
            "longer than any calendar",
            {"StartCallTime": 10**30, "PickUpTime": -5, "ReleaseTime": ...},
            implausible_times={"started_at": str(10**30), "answered_at": "-5"},
        ),
        odd(
            4,
            "no times",
            {"StartCallTime": 0, "PickUpTime": None, "ReleaseTime": ""},
            started_at=None,
            answered_at=None,
            ended_at=None,
            implausible_times={},
        ),
        odd(
            4,
            "a time as text",
            {"StartCallTime": "1754617273000", "ReleaseTime": "2025-08-08 09:41:13", "PickUpTime": "n/a"},
            started_at=PICKED_UP,
            ended_at=PICKED_UP,
            answered_at=None,
            implausible_times={"answered_at": "n/a"},
        ),
        odd(4, "a time with a point", {"StartCallTime": 1754617273000.0}, started_at=PICKED_UP),
        odd(5, "line break in the business id", {"OutId": " order-1\n"}, out_id="order-1"),
        odd(13, "no tags", {"OutputTags": ..., "Variables": ...}, tags=(), variables=()),
        odd(13, "null tags", {"OutputTags": None, "Variables": None}, tags=(), variables=()),
        odd(13, "empty tags", {"OutputTags": [], "Variables": {}}, tags=(), variables=()),
        odd(14, "placeholder source", {}, variables=(VariableSnapshot("name", "姓名", "张三", False, "示例值", "22"),)),
        odd(15, "customer by digit", {"HangupDirection": "0"}, hung_up_by=HungUpBy.CUSTOMER),
        odd(15, "robot by number", {"HangupDirection": 1}, hung_up_by=HungUpBy.AGENT, hung_up_by_original="1"),
        odd(15, "customer by word", {"HangupDirection": "用户"}, hung_up_by=HungUpBy.CUSTOMER),
        odd(15, "robot by word", {"HangupDirection": "机器人"}, hung_up_by=HungUpBy.AGENT),
        odd(15, "robot by the receipts' word", {"HangupDirection": "机器"}, hung_up_by=HungUpBy.AGENT),
        odd(15, "nobody", {"HangupDirection": ...}, hung_up_by=None, hung_up_by_original=""),
        odd(15, "somebody unknown", {"HangupDirection": "9"}, hung_up_by=HungUpBy.OTHER, hung_up_by_original="9"),
        odd(16, "label", {"CallResult": "用户接通"}, result=CallResult.ANSWERED, result_original="用户接通"),
        odd(16, "one spelling", {"CallResult": "NO_USER_RESPONSE"}, result=CallResult.OUT_OF_AREA),
        odd(16, "the other spelling", {"CallResult": "NO_USER_RESPONDING"}, result=CallResult.OUT_OF_AREA),
        odd(16, "others", {"CallResult": "OTHERS"}, result=CallResult.OTHER),
        odd(16, "other", {"CallResult": "OTHER"}, result=CallResult.OTHER),
        odd(16, "intelligent answer", {"CallResult": "INTELLIGENT_ANSWER"}, result=CallResult.VOICEMAIL),
        odd(16, "unknown", {"CallResult": "ABDUCTED"}, result=CallResult.OTHER, result_original="ABDUCTED"),
        odd(16, "none", {"CallResult": ...}, result=None, result_original=""),
        odd(
            17,
            "answered, unreachable, ended and cancelled",
            {},
            result=CallResult.ANSWERED,
            status_code="200005",
            status_text="呼叫结束(双呼)",
            failure_reason="主动取消",
        ),
        odd(20, "masked numbers", {}, caller="0571*******", callee="186******"),
        odd(
            20,
            "hashed number",
            {"CalledPhone": "a" * 64, "EncryptionType": 2},
            callee="a" * 64,
            number_hash=NumberHash.SHA256,
        ),
        odd(20, "hash by text", {"EncryptionType": "3"}, number_hash=NumberHash.SM3),
        odd(20, "unknown hash", {"EncryptionType": 7}, number_hash=NumberHash.OTHER),
        odd(21, "a caret in the call id", {}, call_id="1231231231213^11231231231"),
        odd(
            23,
            "masked link",
            {},
            recording_url="https://********",
            complaints=("The recording's link 'https://********' is no address that can be opened.",),
        ),
        odd(
            23,
            "bare file name",
            {"RecordingFileDownloadUrl": "recording.oss.file"},
            recording_url="recording.oss.file",
            complaints=("The recording's link 'recording.oss.file' is no address that can be opened.",),
        ),
        odd(23, "no link", {"RecordingFileDownloadUrl": ""}, recording_url="", has_recording=None, complaints=()),
        odd(26, "ids as numbers", {"CallId": 2**60 + 1, "OutId": 7}, call_id="1152921504606846977", out_id="7"),
        odd(
            27,
            "nothing but a record",
            dict.fromkeys(conversation()["Data"], ...) | {"ConversationRecord": "[]", "MajorIntent": "A"},
            intent="A",
            detail_id="9662000000000001",
            result=None,
            duration=None,
            is_final=False,
        ),
        odd(27, "fields of tomorrow", {"MoodScore": {"a": [1]}}, intent="D"),
        odd(30, "seconds are seconds", {"Duration": "90"}, duration=90),
    ],
)
def test_an_odd_conversation_has_an_outcome_to_live_with(changes, outcome):
    snapshot = read_conversation(**changes)

    assert {name: getattr(snapshot, name) for name in outcome} == outcome


@pytest.mark.parametrize(
    ("record", "spoken"),
    [
        pytest.param('[\n {\n "content": "好",\n "role": "user"\n }\n]', [("customer", "好")], id="6 pretty printed"),
        pytest.param(json.dumps('[{"role":"user","content":"好"}]'), [("customer", "好")], id="6 twice wrapped"),
        pytest.param([turn("user", "好")], [("customer", "好")], id="6 a real list"),
        pytest.param("", [], id="6 empty"),
        pytest.param(None, [], id="6 null"),
        pytest.param("[]", [], id="6 empty list"),
        pytest.param('[{"content":"好","role":"user",},]', [("customer", "好")], id="7 trailing commas"),
        pytest.param('[{"content":"好,]","role":"user"} // 客户\n]', [("customer", "好,]")], id="7 comment"),
        pytest.param(
            '[{"content":"见 https://a.b/c","role":"user"},]', [("customer", "见 https://a.b/c")], id="7 no comment"
        ),
        pytest.param('[{"content":"一\n二","role":"user"}]', [("customer", "一\n二")], id="7 bare line break"),
        pytest.param([turn("user", "<客户打断>好")], [("customer", "好", True)], id="8 barge-in"),
        pytest.param([turn("user", " ＜客户打断＞ 好")], [("customer", "好", True)], id="8 full-width barge-in"),
        pytest.param([turn("user", "〈客户打断〉")], [("customer", "", True)], id="8 nothing but barge-in"),
        pytest.param([turn("user", "我没有<客户打断>你")], [("customer", "我没有<客户打断>你")], id="8 inside a text"),
        pytest.param(
            [turn("user", "一"), turn("user", "二"), turn("assistant", ""), turn("user", None), turn("assistant", " ")],
            [("customer", "一"), ("customer", "二")],
            id="9 same speaker, empty turns",
        ),
        pytest.param(
            [turn(role, "好") for role in ("robot", "Assistant", "AGENT", "机器人", "User", "客户", "system", None)],
            [("agent", "好")] * 4 + [("customer", "好")] * 2 + [("other", "好")] * 2,
            id="10 roles",
        ),
        pytest.param([turn("user", "好", transactionId="t", spoken=[1])], [("customer", "好")], id="11 extra keys"),
        pytest.param([turn("user", "a：b，“c”！")], [("customer", "a：b，“c”！")], id="22 full width stays"),
    ],
)
def test_an_odd_record_is_read(record, spoken):
    snapshot = read_conversation(ConversationRecord=record)

    heard = [(turn.speaker.value, turn.text, turn.interrupted) for turn in snapshot.turns]
    assert heard == [(*expected, False)[:3] for expected in spoken]
    assert snapshot.unread_transcript == ""


@pytest.mark.parametrize("record", ["客服：您好", '[{"role":"user","content":"好"', '{"role":"user"}', 7, {"a": 1}])
def test_7_a_record_that_cannot_be_read_is_kept_as_text(record):
    snapshot = read_conversation(ConversationRecord=record)

    assert snapshot.turns == ()
    assert snapshot.unread_transcript == (
        record if isinstance(record, str) else json.dumps(record, separators=(",", ":"))
    )
    assert any(complaint.startswith("ConversationRecord was not read") for complaint in snapshot.complaints)
    assert snapshot.intent == "D"


@pytest.mark.parametrize(
    ("value", "values"),
    [
        ('["高(非常积极,大概率转化)"]', ["高(非常积极,大概率转化)"]),
        ('["高","中"]', ["高", "中"]),
        (["高", "中"], ["高", "中"]),
        ("高,中", ["高,中"]),
        ("他说“好”", ["他说“好”"]),
        ("“好”", ["“好”"]),
        ('["高",]', ["高"]),
        ("[未知]", ["[未知]"]),
        ("16", ["16"]),
        ('"高"', ["高"]),
        ("", []),
        ("[]", []),
        ("null", []),
        (None, []),
        ('["高", null, ""]', ["高"]),
    ],
)
def test_12_tag_values_are_decoded_but_never_split_at_commas(value, values):
    assert [found.value for found in read_conversation(**tag(value)).tags] == values


@pytest.mark.parametrize("tags", [{"客户意向度": ["高"]}, "意向", [["高"]], [7]])
def test_13_tags_of_a_wrong_shape_cost_the_tags_only(tags):
    snapshot = read_conversation(OutputTags=tags, RecordingFileDownloadUrl=...)

    assert snapshot.tags == ()
    assert len(snapshot.complaints) == 1
    assert "OutputTags" in snapshot.complaints[0]
    assert snapshot.intent == "D"


@pytest.mark.parametrize("denied", ["None", "Access Denied", {"AuthAction": "x"}])
def test_18_access_denied_means_nothing_on_success(denied):
    assert read(conversation() | {"AccessDeniedDetail": denied}).snapshot.intent == "D"


@pytest.mark.parametrize("message", ["成功", "OK", "failed", None])
def test_19_the_message_is_never_compared(message):
    assert read(conversation() | {"Message": message}).snapshot.intent == "D"


def test_24_code_ok_with_success_false_is_a_success():
    assert read(conversation() | {"Success": False}).snapshot.intent == "D"


def test_21_a_caret_and_a_slash_survive_in_a_reference():
    ref = CallRef.robot("1^2", "130/1", 5)

    assert CallRef.from_key(str(ref)) == ref


@pytest.mark.parametrize(
    "data",
    [
        robot_call()["Data"],
        json.dumps(robot_call()["Data"]),
        [robot_call()["Data"]],
        json.dumps([robot_call()["Data"]]),
    ],
    ids=["object", "text", "list of one", "text of a list"],
)
def test_31_data_comes_in_every_wrapping(data):
    snapshot = read(robot_call() | {"Data": data}).snapshot

    assert (snapshot.task_id, snapshot.duration) == ("1045001", 60)


def test_31_of_several_attempts_the_latest_is_read():
    attempts = [robot_call(callStartTime=f"2019.06.1{day} 15:22:23", duration=day)["Data"] for day in (4, 6, 5)]
    with scripted(Says(robot_call() | {"Data": attempts})) as server:
        snapshot = server.account().fetch_call(ROBOT_CALL).snapshot

    assert snapshot.duration == 6


def test_31_of_several_attempts_without_a_start_the_last_one_told_is_read():
    attempts = [robot_call(callStartTime=..., duration=seconds)["Data"] for seconds in (4, 6, 5)]
    with scripted(Says(robot_call() | {"Data": attempts})) as server:
        snapshot = server.account().fetch_call(ROBOT_CALL).snapshot

    assert snapshot.duration == 5


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        odd(32, "numbers as text", {"duration": "60", "dialogCount": " 3 ", "taskId": "1045001"}, duration=60),
        odd(32, "blank numbers", {"duration": "", "dialogCount": " "}, duration=None),
        odd(32, "text as numbers", {"hangupDirection": 1, "transferResult": 3}, hung_up_by=HungUpBy.AGENT),
        odd(34, "one spelling", {"transferFailReason": ..., "transferFailReson": "忙"}, transfer_failure="忙"),
        odd(34, "the other spelling", {"transferFailReason": "忙"}, transfer_failure="忙"),
        odd(
            35,
            "dashes and slashes",
            {"callStartTime": "2019-06-14 15:22:23", "callEndTime": "2019/6/14 15:22:55"},
            started_at=datetime(2019, 6, 14, 7, 22, 23, tzinfo=UTC),
            ended_at=datetime(2019, 6, 14, 7, 22, 55, tzinfo=UTC),
        ),
        odd(
            35,
            "no such day",
            {"callStartTime": "2019.02.31 15:22:23"},
            started_at=None,
            implausible_times={"started_at": "2019.02.31 15:22:23"},
        ),
        odd(
            36,
            "commas of every width",
            {"label": " 邀约,有房， 无车;；、,VIP"},
            tags=(TagSnapshot("邀约"), TagSnapshot("有房"), TagSnapshot("无车"), TagSnapshot("VIP")),
        ),
        odd(36, "no label", {"label": ""}, tags=()),
        odd(36, "null label", {"label": None}, tags=()),
        odd(36, "a list of labels", {"label": ["邀约", "有房"]}, tags=(TagSnapshot("邀约"), TagSnapshot("有房"))),
        odd(39, "no recording fields", {}, has_recording=None, recording_url="", turns=()),
        odd(39, "a file without a status", {"recordFile": "http://a.b/c.wav"}, has_recording=True),
        odd(40, "call id of another task", {}, call_id="116950320375^103750100375", task_id="1045001"),
        odd(43, "robot hung up", {"hangupDirection": "1"}, hung_up_by=HungUpBy.AGENT),
        odd(43, "customer hung up", {"hangupDirection": "0"}, hung_up_by=HungUpBy.CUSTOMER),
        odd(44, "text", {"callResult": "无法接通"}, result=CallResult.UNAVAILABLE),
        odd(44, "code", {"callResult": "200002"}, result=CallResult.BUSY, result_original="200002"),
        odd(44, "lost", {"callResult": "呼损"}, result=CallResult.LOST),
        odd(
            49,
            "signed link",
            {"recordFile": "http://a.b/c.wav?Expires=1&Signature=99l%2BMH%3D"},
            recording_url="http://a.b/c.wav?Expires=1&Signature=99l%2BMH%3D",
        ),
        odd(53, "contradictions", {}, duration=60, result=CallResult.UNAVAILABLE, transfer_failure="用户挂断"),
        odd(53, "not transferred, with a reason", {}, transfer_result=TransferResult.NOT_TRANSFERRED),
        odd(54, "trailing blanks", {"caller": "0571-88996676 "}, caller="0571-88996676"),
    ],
)
def test_an_odd_robot_call_has_an_outcome_to_live_with(changes, outcome):
    snapshot = read_robot_call(**changes)

    assert {name: getattr(snapshot, name) for name in outcome} == outcome


@pytest.mark.parametrize("name", ["konwledgeCount", "knowledgeCount"])
def test_33_the_knowledge_count_is_read_in_both_spellings(name):
    changes = {"konwledgeCount": ..., name: 4}

    assert read_robot_call(**changes).counters["knowledge"] == 4


def test_37_an_unquoted_transfer_number_is_repaired():
    broken = json.dumps(robot_call()["Data"]).replace('"0571-88336676"', "0571-88336676")
    with scripted(Says(robot_call() | {"Data": broken})) as server:
        snapshot = server.account().fetch_call(ROBOT_CALL).snapshot

    assert snapshot.transfer_number == "0571-88336676"
    assert snapshot.caller == "0571-88996676"


def test_37_so_it_is_when_data_is_an_object():
    whole = text("robot-sample.json").replace('"transferNumber":"0571-88336676"', '"transferNumber" :0571-88336676')

    assert read(whole).snapshot.transfer_number == "0571-88336676"


def test_38_the_prose_with_curly_quotes_is_read():
    snapshot = read(text("robot-prose-cell.txt")).snapshot

    assert snapshot.tags == (TagSnapshot("邀约"), TagSnapshot("有房"), TagSnapshot("无车"))
    assert snapshot.transfer_number == "0571-88336676"
    assert snapshot.turns[0].text == "开场白"
    assert snapshot.turns[0].spoken_at == datetime(2019, 6, 19, 12, 44, 17, tzinfo=UTC)
    assert snapshot.recording_url.endswith("&Signature=99losPmytVl%2BMH85noZGD******")
    assert snapshot.has_recording is True


def test_38_curly_quotes_in_what_people_said_stay():
    said = turn("robot", "“好”：他说，0571-88336676 // 没错,]")
    broken = json.dumps(robot_call(dialogDetail=[said])["Data"], ensure_ascii=False)[:-1] + ",}"

    assert read(robot_call() | {"Data": broken}).snapshot.turns[0].text == said["content"]


@pytest.mark.parametrize(
    "dialog",
    [
        [turn("robot", "开场白", speakTime="2019-06-19 20:44:17")],
        json.dumps([turn("robot", "开场白", time="2019.06.19 20:44:17")]),
    ],
    ids=["list and speakTime", "text and time"],
)
def test_41_42_a_dialog_is_read_in_every_wrapping(dialog):
    [spoken] = read_robot_call(dialogDetail=dialog).turns

    assert (spoken.speaker, spoken.text) == (Speaker.AGENT, "开场白")
    assert spoken.spoken_at == datetime(2019, 6, 19, 12, 44, 17, tzinfo=UTC)


def test_41_an_unreadable_dialog_is_kept_as_text():
    snapshot = read_robot_call(dialogDetail="[坏")

    assert (snapshot.turns, snapshot.unread_transcript) == ((), "[坏")


def test_43_the_hang_up_table_flips_in_one_place(monkeypatch):
    from calls.aliyun import normalize

    flipped = {"0": HungUpBy.AGENT, "1": HungUpBy.CUSTOMER}
    monkeypatch.setitem(normalize.HANGUPS, Source.ROBOT, flipped)

    assert read_robot_call(hangupDirection="1").hung_up_by == HungUpBy.CUSTOMER
    assert read_conversation(HangupDirection="1").hung_up_by == HungUpBy.AGENT


def test_45_46_a_robot_call_is_asked_for_with_all_three_in_milliseconds():
    with scripted(Says(robot_call())) as server:
        server.account().fetch_call(ROBOT_CALL)

    assert server.asked[0].query == "Callee=13000000000&QueryDate=1562297550000&TaskId=1045001"


@pytest.mark.parametrize("name", ["robot-sample.xml", "robot-sample.json"])
def test_47_xml_and_json_answers_say_the_same(name):
    with scripted(Says(text(name))) as server:
        answer = server.account().fetch_call(ROBOT_CALL)

    assert answer.unsigned == read(robot_call()).unsigned
    assert answer.request_id == "D9CB3933-9FE3-4870-BA8E-2BEE91B69D23"


def test_47_xml_wraps_lists_in_one_more_element():
    body = """<QueryConversationDetailInfoResponse><Code>OK</Code><Data><CallId>1</CallId><Duration>16</Duration>
      <OutputTags><OutputTags><OutputTagName>意向</OutputTagName><OutputTagValue>["高"]</OutputTagValue></OutputTags>
      <OutputTags><OutputTagName>情绪</OutputTagName><OutputTagValue>好</OutputTagValue></OutputTags></OutputTags>
      <Variables><Key>name</Key><Required>true</Required></Variables></Data></QueryConversationDetailInfoResponse>"""

    snapshot = read(body, CONVERSATION).snapshot

    assert snapshot.tags == (TagSnapshot("意向", "高"), TagSnapshot("情绪", "好"))
    assert snapshot.variables == (VariableSnapshot("name", is_required=True),)
    assert snapshot.duration == 16


def test_48_blanks_before_colons_and_a_missing_bracket_are_forgiven():
    data = '[{ "id" :1,\t"taskName" :"回访 ", "status" :"FINISH" , "createTime" :"2019.06.14 15:22:23" }'
    with scripted(Says({"Code": "OK", "Data": data}), Says({"Code": "OK", "Data": "[]"})) as server:
        [[task]] = server.account().list_tasks(Source.ROBOT)

    assert (task.task_id, task.name, task.status) == ("1", "回访", TaskStatus.FINISHED)


@pytest.mark.parametrize("value", [True, "yes", [], {}, "60.5", 60.5, -1, float("inf"), "9" * 5000])
def test_a_field_of_a_wrong_type_costs_that_field_only(value):
    body = json.dumps(robot_call(duration=...)).replace("Infinity", "1e999")
    body = body.replace('"rejectCount"', f'"duration": {json.dumps(value).replace("Infinity", "1e999")}, "rejectCount"')

    snapshot = read(body).snapshot

    assert snapshot.duration is None
    assert snapshot.complaints[0].startswith("duration was not read: a ")
    assert snapshot.counters["refused"] == 0
