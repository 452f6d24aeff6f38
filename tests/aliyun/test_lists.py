from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from calls.aliyun import BadPayload
from calls.aliyun.aiccs_lists import CallRow
from calls.aliyun.fields import Fields
from calls.snapshot import CallRef
from calls.vocabulary import Source, TaskStatus
from tests.aliyun.samples import robot_call
from tests.aliyun.scripted import Asked, Says, scripted

TASK_ROW = {
    "TaskId": "138",
    "TaskName": "八月回访",
    "AgentId": 77,
    "AgentName": "小云",
    "ApplicationCode": "APP",
    "ApplicationName": "应用",
    "Status": 3,
    "StartFailedReason": "智能体不在线",
    "CreateTime": 1754617260000,
    "StartTime": 1754617270000,
    "RealStartTime": 1754617273000,
    "TotalCount": 100,
    "SucceedCount": 60,
    "FailedCount": 10,
    "CallingCount": 5,
    "HistoryConnectRate": "74.14%",
    "SomethingNew": {"a": 1},
}
CALL_ROW = {
    "TaskId": "138",
    "BatchId": "139",
    "DetailId": "966",
    "CallId": "1^2",
    "OutId": "order-1",
    "CalledNumber": "0537101****",
    "CallResult": "用户接通",
    "FailedReason": "",
    "Status": 4,
    "CallingTime": 1754617273000,
    "ImportedTime": 1754617260000,
    "CallExpireTime": "2025-08-09 09:41:13",
    "ConversationDuration": 100,
    "ConversationTurnCount": 10,
    "ConversationRecord": '[{"role":"user","content":"好"}]',
    "MajorIntent": "A",
    "Options": '{"date":"666","name":"张三"}',
    "RecordingFilePath": "https://a.b/c.wav",
    "EncryptionType": 1,
    "BranchId": 5,
    "BranchName": "主干",
    "BranchVersionId": 6,
    "VersionName": "v1",
    "VersionNo": 7,
}


def page(rows: list[dict[str, Any]], total: int, number: int = 1) -> Says:
    data = {"PageNo": number, "PageSize": 50, "Total": total, "List": rows}
    return Says({"Code": "OK", "Success": True, "RequestId": f"P-{number}", "Data": data})


def robot_page(rows: list[dict[str, Any]], **more: Any) -> Says:
    return Says({"Code": "OK", "RequestId": "P", "Data": json.dumps(rows, ensure_ascii=False), **more})


def rows(first: int, last: int) -> list[dict[str, Any]]:
    return [CALL_ROW | {"DetailId": str(number)} for number in range(first, last + 1)]


def robot_rows(first: int, last: int) -> list[dict[str, Any]]:
    days = {n: f"2019.06.{n:02d} 08:00:00" for n in range(first, last + 1)}
    return [robot_call(callId=f"c^{n}", callStartTime=start)["Data"] for n, start in days.items()]


def asked_for(asked: Asked) -> dict[str, str]:
    return {name: value for name, [value] in parse_qs(asked.query).items()}


def test_an_ai_agent_task_lands():
    with scripted(page([TASK_ROW], 1)) as server:
        [[task]] = server.account().list_tasks(Source.AICCS)

    assert (task.source, task.task_id, task.name) == (Source.AICCS, "138", "八月回访")
    assert (task.agent_id, task.agent_name) == ("77", "小云")
    assert (task.status, task.status_original) == (TaskStatus.FAILED, "3")
    assert task.failure_reason == "智能体不在线"
    assert task.created_at == datetime(2025, 8, 8, 1, 41, 0, tzinfo=UTC)
    assert task.started_at == datetime(2025, 8, 8, 1, 41, 13, tzinfo=UTC)
    assert (task.total_count, task.finished_count, task.failed_count, task.calling_count) == (100, 60, 10, 5)
    assert task.answered_rate == 74.14
    assert task.raw == TASK_ROW


@pytest.mark.parametrize(
    ("rate", "percent"), [("70%", 70.0), (70, 70.0), (0.5, 0.5), ("", None), (None, None), ("?", None)]
)
def test_25_rates_are_percent_or_numbers(rate, percent):
    with scripted(page([TASK_ROW | {"HistoryConnectRate": rate}], 1)) as server:
        [[task]] = server.account().list_tasks(Source.AICCS)

    assert task.answered_rate == percent


def test_a_robot_task_lands():
    row = {
        "id": 1045001,
        "taskName": "回访",
        "robotId": 1234567890123,
        "robotName": "小云",
        "status": "EXCUTING",
        "scheduleType": "ORDER",
        "createTime": "2019.06.14 15:22:23",
        "fireTime": "2019-06-14 16:00:00",
        "completeTime": "",
        "totalCount": 10,
        "finishCount": "4",
    }
    with scripted(robot_page([row], PageNo="1", PageSize="50", TotalCount="1")) as server:
        [[task]] = server.account().list_tasks(Source.ROBOT)

    assert (task.source, task.task_id, task.name) == (Source.ROBOT, "1045001", "回访")
    assert (task.agent_id, task.agent_name) == ("1234567890123", "小云")
    assert (task.status, task.status_original) == (TaskStatus.RUNNING, "EXCUTING")
    assert task.created_at == datetime(2019, 6, 14, 7, 22, 23, tzinfo=UTC)
    assert task.started_at == datetime(2019, 6, 14, 8, 0, 0, tzinfo=UTC)
    assert (task.ended_at, task.total_count, task.finished_count) == (None, 10, 4)
    assert task.raw == row


@pytest.mark.parametrize(
    ("wire", "status"),
    [
        ("INIT", TaskStatus.WAITING),
        ("READY", TaskStatus.STARTING),
        ("DISPATCH", TaskStatus.STARTING),
        ("EXCUTING", TaskStatus.RUNNING),
        ("EXECUTING", TaskStatus.RUNNING),
        ("MANUAL_STOP", TaskStatus.PAUSED),
        ("SYSTEM_STOP", TaskStatus.PAUSED),
        ("ARREARS_STOP", TaskStatus.PAUSED),
        ("CANCEL", TaskStatus.CANCELLED),
        ("SYSTEM_CANCEL", TaskStatus.CANCELLED),
        ("FINISH", TaskStatus.FINISHED),
        ("NEW", TaskStatus.OTHER),
    ],
)
def test_52_every_robot_task_status_has_our_word(wire, status):
    with scripted(robot_page([{"id": 1, "status": wire}]), robot_page([])) as server:
        [[task]] = server.account().list_tasks(Source.ROBOT)

    assert (task.status, task.status_original) == (status, wire)


def test_a_row_of_an_ai_agent_list_lands():
    with scripted(page([CALL_ROW], 1), page([], 0)) as server:
        pages = list(server.account().list_calls(Source.AICCS, "138"))

    [call] = pages[0].calls
    assert call.ref == CallRef.aiccs("138", "139", "966")
    assert call.call_id == "1^2"
    assert call.started_at == datetime(2025, 8, 8, 1, 41, 13, tzinfo=UTC)
    assert (call.is_final, call.has_recording) == (True, True)
    assert pages[0].request_id == "P-1"


def test_29_28_every_field_of_a_row_is_typed():
    row = CallRow.parse(Fields(CALL_ROW, []))

    assert row.called_number == "0537101****"
    assert (row.conversation_duration, row.conversation_turn_count) == (100, 10)
    assert row.options == {"date": "666", "name": "张三"}
    assert row.conversation_record[0].content == "好"
    assert row.call_expire_time is not None
    assert row.call_expire_time.at == datetime(2025, 8, 9, 1, 41, 13, tzinfo=UTC)
    assert (row.branch_id, row.branch_name, row.branch_version_id) == ("5", "主干", "6")
    assert (row.version_name, row.version_no, row.encryption_type) == ("v1", "7", "1")
    assert row.complaints == ()


def test_28_options_that_are_no_object_are_kept():
    assert CallRow.parse(Fields({"Options": "name=张三"}, [])).options == {"": "name=张三"}


@pytest.mark.parametrize(("status", "is_final"), [(0, False), (1, False), (2, False), (3, False), (4, True), (5, True)])
def test_only_ended_and_failed_rows_are_final(status, is_final):
    with scripted(page([CALL_ROW | {"Status": status}], 1)) as server:
        listed = next(iter(server.account().list_calls(Source.AICCS, "138")))

    assert listed.calls[0].is_final is is_final


def test_ai_agent_calls_are_listed_pending_first_then_completed_then_failed():
    script = [page(rows(1, 2), 3), page(rows(3, 3), 3, 2), page(rows(1, 1), 1), page([], 0)]
    since = datetime(2025, 8, 8, 1, 41, 13, tzinfo=UTC)
    with scripted(*script) as server:
        account = server.account()
        found = list(
            account.list_calls(Source.AICCS, "138", since=since, until=since + timedelta(hours=1), page_size=2)
        )

    asked = [asked_for(each) for each in server.asked]
    assert [(each["Status"], each["PageNo"], each["PageSize"]) for each in asked] == [
        ("0", "1", "2"),
        ("0", "2", "2"),
        ("1", "1", "2"),
        ("2", "1", "2"),
    ]
    assert {each["StartCallingTime"] for each in asked} == {"1754617273000"}
    assert {each["EndCallingTime"] for each in asked} == {"1754620873000"}
    assert [(each.page, each.total, len(each.calls)) for each in found] == [(1, 3, 2), (2, 3, 1), (3, 4, 1), (4, 4, 0)]


def test_a_window_without_ends_is_not_sent():
    with scripted(page([], 0)) as server:
        list(server.account().list_calls(Source.AICCS, "138"))

    assert "StartCallingTime" not in asked_for(server.asked[0])


def test_pages_are_asked_for_one_at_a_time():
    with scripted(page(rows(1, 2), 100)) as server:
        walk = server.account().list_calls(Source.AICCS, "138", page_size=2)
        next(iter(walk))

    assert len(server.asked) == 1


def test_a_smaller_page_than_asked_for_does_not_end_a_list():
    script = [page(rows(1, 2), 5), page(rows(3, 4), 5), page(rows(5, 5), 5), page([], 0)]
    with scripted(*script) as server:
        found = list(server.account().list_calls(Source.AICCS, "138", page_size=50))

    assert [call.ref.detail_id for each in found for call in each.calls] == ["1", "2", "3", "4", "5"]


def test_robot_calls_are_listed_until_a_page_is_short():
    with scripted(robot_page(robot_rows(1, 3)), robot_page(robot_rows(4, 5)), robot_page([])) as server:
        found = list(server.account().list_calls(Source.ROBOT, "1045001", page_size=3))

    assert [asked_for(each)["PageNo"] for each in server.asked] == ["1", "2"]
    assert [(each.page, each.total, len(each.calls)) for each in found] == [(1, None, 3), (2, None, 2)]


def test_robot_calls_are_listed_on_when_the_vendor_caps_the_page():
    with scripted(robot_page(robot_rows(1, 3)), robot_page(robot_rows(4, 6)), robot_page([])) as server:
        found = list(server.account().list_calls(Source.ROBOT, "1045001", page_size=50))

    assert sum(len(each.calls) for each in found) == 6


def test_a_server_that_repeats_its_page_does_not_hold_us_for_ever():
    with scripted(robot_page(robot_rows(1, 3))) as server:
        found = list(server.account().list_calls(Source.ROBOT, "1045001", page_size=3))

    assert (len(found), len(server.asked)) == (1, 2)


def test_a_listed_robot_call_is_asked_for_with_its_own_start():
    with scripted(robot_page(robot_rows(14, 14)), robot_page([])) as server:
        [listed] = server.account().list_calls(Source.ROBOT, "1045001")

    [call] = listed.calls
    assert call.started_at == datetime(2019, 6, 14, 0, 0, 0, tzinfo=UTC)
    assert call.ref == CallRef.robot("1045001", "13000000000", 1560470400000)
    assert (call.call_id, call.is_final) == ("c^14", True)


def test_a_robot_call_that_has_not_begun_is_asked_for_from_today_on():
    row = robot_call(callStartTime=..., callEndTime=..., callResult=...)["Data"]
    with scripted(robot_page([row]), robot_page([])) as server:
        [listed] = server.account().list_calls(Source.ROBOT, "1045001", since=datetime.now(UTC))

    [call] = listed.calls
    assert (call.started_at, call.is_final) == (None, False)
    assert call.ref.query_date is not None
    midnight = datetime.fromtimestamp(call.ref.query_date / 1000, UTC) + timedelta(hours=8)
    assert (midnight.hour, midnight.minute, midnight.second) == (0, 0, 0)


def test_robot_calls_outside_the_window_are_left_out():
    with scripted(robot_page(robot_rows(10, 20)), robot_page([])) as server:
        [listed] = server.account().list_calls(
            Source.ROBOT,
            "1045001",
            since=datetime(2019, 6, 12, tzinfo=UTC),
            until=datetime(2019, 6, 14, tzinfo=UTC),
        )

    assert [call.call_id for call in listed.calls] == ["c^12", "c^13", "c^14"]


@pytest.mark.parametrize("data", [None, "", "[]", [], {}, {"List": None}, {"List": [], "Total": "0"}])
@pytest.mark.parametrize("source", list(Source))
def test_an_empty_list_is_one_empty_page(data, source):
    with scripted(Says({"Code": "OK", "Data": data})) as server:
        assert list(server.account().list_tasks(source)) == [()]


def test_51_paging_numbers_may_be_text():
    tasks = [TASK_ROW | {"TaskId": str(number)} for number in range(2)]
    data = {"PageNo": "1", "PageSize": "50", "Total": "2", "List": tasks}
    with scripted(Says({"Code": "OK", "Data": data})) as server:
        found = list(server.account().list_tasks(Source.AICCS))

    assert (len(found), len(server.asked)) == (1, 1)


@pytest.mark.parametrize("source", list(Source))
def test_a_list_that_cannot_be_read_is_carried_along(source):
    with scripted(Says({"Code": "OK", "Data": '[{"id": 1'})) as server, pytest.raises(BadPayload) as caught:
        list(server.account().list_tasks(source))

    assert '[{\\"id\\": 1' in caught.value.raw
