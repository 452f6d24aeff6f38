from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
import requests

from tests.aliyun.listing import AGENT_TASKS, NOW, agent_rows, millis, robot_answer, robot_call, robot_rows
from tests.aliyun.official import DYVMS, v1_params


def test_every_documented_field_of_an_ai_agent_s_call_is_there(clients):
    row = next(row for row in agent_rows(clients, AGENT_TASKS[0], 1) if row.conversation_record)

    told = clients.call(row.task_id, row.batch_id, row.detail_id).data.to_map()

    assert told.keys() | {"FailedReason"} == {
        *("CallId", "CallerPhone", "CalledPhone", "CallResult", "StatusCode", "StatusMsg", "FailedReason"),
        *("HangupDirection", "MajorIntent", "StartCallTime", "PickUpTime", "ReleaseTime", "Duration", "OutId"),
        *("RecordingFileDownloadUrl", "ConversationRecord", "EncryptionType", "Variables", "OutputTags"),
    }
    assert told["Variables"][0].keys() == {"Id", "Key", "Name", "Value", "Required", "Source"}
    tag = told["OutputTags"][0]
    assert tag.keys() == {"Id", "OutputTagName", "OutputTagDescription", "OutputTagValue"}
    assert isinstance(json.loads(tag["OutputTagValue"]), list)
    assert all(isinstance(told[name], int) for name in ("StartCallTime", "PickUpTime", "ReleaseTime", "Duration"))
    assert told["StartCallTime"] < told["PickUpTime"] < told["ReleaseTime"] <= NOW


def test_every_documented_field_of_a_robot_s_call_is_there(clients, stand_in):
    stand_in.sandbox.shape = "object"
    try:
        told = [robot_call(clients, row) for row in robot_rows(clients, "1045001")]
    finally:
        stand_in.sandbox.shape = "alternate"

    fields = set().union(*told)
    assert fields >= {
        *("taskId", "caller", "called", "duration", "label", "dialogCount", "callResult", "hangupDirection"),
        *("transferResult", "transferNumber", "transferFailReason", "transferFailReson", "callId", "recallCurTimes"),
        *("callStartTime", "callEndTime", "sureCount", "denyCount", "rejectCount", "customCount", "defaultCount"),
        *("konwledgeCount", "knowledgeCount", "knowledgeBusinessCount", "knowledgeCommonCount"),
        *("recordStatus", "recordFile", "dialogDetail"),
    }
    assert {type(call["dialogDetail"]) for call in told if "dialogDetail" in call} == {list, str}
    assert {call["transferResult"] for call in told} == {"0", "1", "3"}
    assert all(isinstance(call[name], str) for call in told for name in ("duration", "dialogCount", "callStartTime"))
    assert {call.get("recordStatus") for call in told} >= {1, 2}


def test_the_robot_api_wraps_its_calls_as_object_and_as_text(clients, stand_in):
    shapes = {type(robot_answer(clients, row)) for row in robot_rows(clients, "1045002")}

    assert shapes == {dict, str}


def test_the_unquoted_transfer_number_can_be_asked_for(clients, stand_in):
    row = next(row for row in robot_rows(clients, "1045001") if row.get("transferNumber"))
    stand_in.sandbox.shape = "malformed"
    try:
        text = robot_answer(clients, row)
    finally:
        stand_in.sandbox.shape = "alternate"

    assert '"transferNumber" :0571-88336676' in text
    with pytest.raises(ValueError, match="delimiter"):
        json.loads(text)


def test_a_robot_s_call_is_found_by_its_start_and_by_its_day(clients):
    row = robot_rows(clients, "1045001")[5]
    start = millis(row["callStartTime"])
    midnight = start - (start + 8 * 3_600_000) % 86_400_000

    found = [clients.robot_call("1045001", row["called"], moment).data for moment in (start, midnight)]
    late = clients.robot_call("1045001", row["called"], start + 86_400_000).data

    assert all(row["callId"] in str(content) for content in found)
    assert late is None


@pytest.mark.parametrize(
    "ids",
    [("1380000000000001", "1390012026112016", "9662999999999999"), ("1", "2", "3"), ("x", "y", "9662000000000001")],
)
def test_an_unknown_call_is_ok_and_nothing(clients, ids):
    answer = clients.call(*ids)

    assert (answer.code, answer.data) == ("OK", None)


def test_an_unknown_robot_call_is_ok_and_nothing(clients):
    assert clients.robot_call("1045001", "13000000000", NOW).data is None


def test_xml_carries_the_same_call_as_json(clients, stand_in):
    row = next(row for row in robot_rows(clients, "1045003") if row["callResult"] == "接通")
    params = {"TaskId": "1045003", "Callee": row["called"], "QueryDate": str(millis(row["callStartTime"]))}
    stand_in.sandbox.shape = "string"
    try:
        query = v1_params(stand_in, "QueryRobotTaskCallDetail", DYVMS, params, Format="XML")
        document = ElementTree.fromstring(requests.get(stand_in.url, params=query, timeout=5).text)
    finally:
        stand_in.sandbox.shape = "alternate"

    assert document.tag == "QueryRobotTaskCallDetailResponse"
    assert [child.tag for child in document] == ["RequestId", "Code", "Message", "Data"]
    assert json.loads(document.findtext("Data") or "")["callId"] == row["callId"]
