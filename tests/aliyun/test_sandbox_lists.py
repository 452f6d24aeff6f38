from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any

import pytest

from tests.aliyun.listing import AGENT_TASKS, NOW, ROBOT_TASKS, agent_rows, robot_rows
from tests.aliyun.official import AICCS, DYVMS, ask


def test_paging_gives_every_call_of_a_task_once(clients, stand_in):
    for task_id in AGENT_TASKS:
        rows = [row for status in (0, 1, 2) for row in agent_rows(clients, task_id, status)]

        plans = stand_in.sandbox.world.listed(task_id, NOW)
        assert Counter(row.detail_id for row in rows) == Counter(plan.detail_id for plan in plans)
        assert len(rows) > 40


def test_a_page_beyond_the_end_is_empty_and_still_knows_the_total(clients):
    page = clients.calls(AGENT_TASKS[0], 1, page_no=999, page_size=50).data

    assert (page.list, page.page_no, page.page_size) == ([], 999, 50)
    assert page.total > 40


def test_paging_gives_every_robot_call_once_in_both_shapes(clients, stand_in):
    for task_id in ROBOT_TASKS:
        rows = robot_rows(clients, task_id)

        dialled = [plan for plan in stand_in.sandbox.world.listed(task_id, NOW) if plan.at(NOW).attempt]
        assert Counter(row["called"] for row in rows) == Counter(plan.callee for plan in dialled)
        assert "dialogDetail" not in rows[0] and "recordFile" not in rows[0]
    shapes = {type(clients.robot_calls(ROBOT_TASKS[0], page_no=number, page_size=20).data) for number in (1, 2)}
    assert shapes == {list, str}


def test_tasks_of_both_products_are_listed_with_their_counts(clients):
    tasks = {task.task_id: task for task in clients.tasks(page_size=50).data.list}
    robot_tasks = {task["id"]: task for task in clients.robot_tasks(page_no=1, page_size=20).data}

    assert tasks[AGENT_TASKS[0]].task_name == "秋季课程续费回访"
    assert tasks[AGENT_TASKS[0]].total_count == sum(len(agent_rows(clients, AGENT_TASKS[0], one)) for one in (0, 1, 2))
    assert tasks["1380000000000005"].start_failed_reason == "智能体不在线"
    assert {task.status for task in tasks.values()} == {0, 1, 3}
    assert robot_tasks[1045001]["status"] == "EXCUTING"
    assert robot_tasks[1045001]["totalCount"] >= len(robot_rows(clients, "1045001"))


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({"task_name": "回访"}, ["秋季课程续费回访", "双十一售后满意度回访"]),
        ({"agent_name": "小骏"}, ["4S店保养邀约"]),
        ({"status": "FAILED"}, ["老客户唤醒试呼"]),
        ({"task_id": "1380000000000006"}, ["年末会员权益通知"]),
        ({"task_name": "没有这个任务"}, []),
        ({"page_no": 2, "page_size": 5}, ["年末会员权益通知"]),
    ],
)
def test_tasks_are_narrowed(clients, params, names):
    assert [task.task_name for task in clients.tasks(**params).data.list] == names


def test_robot_tasks_are_narrowed(clients):
    assert [task["taskName"] for task in clients.robot_tasks(task_name="体检").data] == ["体检预约确认"]
    assert [task["taskName"] for task in clients.robot_tasks(status="INIT").data] == ["车险续保提醒"]
    assert clients.robot_tasks(time="2019-01-01").data == []


def test_the_requested_status_is_another_enumeration_than_the_row_s(clients):
    for requested, expected in ((0, {0, 1, 2, 3}), (1, {4}), (2, {5})):
        assert {row.status for task_id in AGENT_TASKS for row in agent_rows(clients, task_id, requested)} <= expected


def test_calls_are_narrowed_by_every_filter(clients):
    task_id = AGENT_TASKS[0]
    rows = agent_rows(clients, task_id, 1)
    answered = [row for row in rows if row.conversation_duration]
    one = answered[3]

    def ids(**params: Any) -> set[str]:
        return {row.detail_id for row in agent_rows(clients, task_id, 1, **params)}

    def expected(fits: Any) -> set[str]:
        return {row.detail_id for row in rows if fits(row)}

    assert ids(batch_id=one.batch_id) == expected(lambda row: row.batch_id == one.batch_id)
    assert ids(called_number=one.called_number) == {one.detail_id}
    assert ids(out_id=one.out_id.strip()) == {one.detail_id}
    assert ids(detail_ids=[int(one.detail_id), int(answered[0].detail_id)]) == {one.detail_id, answered[0].detail_id}
    assert ids(call_result="ANSWERED") == {row.detail_id for row in answered}
    assert ids(call_result="NO_ANSWER") == expected(lambda row: row.call_result in {"NO_ANSWER", "无应答"})
    assert ids(major_intent="A") == expected(lambda row: row.major_intent == "A")
    assert ids(min_conversation_duration=1) == expected(lambda row: row.conversation_duration >= 60)
    assert ids(max_conversation_duration=1) == expected(lambda row: row.conversation_duration <= 60)
    middle = sorted(row.calling_time for row in rows)[len(rows) // 2]
    assert ids(start_calling_time=middle) == expected(lambda row: row.calling_time >= middle)
    assert ids(end_calling_time=middle) == expected(lambda row: row.calling_time <= middle)
    assert ids(start_imported_time=middle) == expected(lambda row: row.imported_time >= middle)
    assert ids(end_imported_time=middle) == expected(lambda row: row.imported_time <= middle)


def test_hashed_numbers_are_found_by_their_hash(clients, stand_in):
    plan = stand_in.sandbox.world.listed(AGENT_TASKS[3], NOW)[-20]
    digest = hashlib.sha256(plan.callee.encode()).hexdigest()

    found = [
        row.detail_id
        for status in (0, 1, 2)
        for row in agent_rows(clients, AGENT_TASKS[3], status, called_number=digest, encryption_type=2)
    ]

    assert found == [plan.detail_id]


def test_robot_calls_are_narrowed_by_every_filter(clients):
    rows = robot_rows(clients, "1045001")
    answered = next(row for row in rows if row["callResult"] == "接通")

    def called(**params: Any) -> set[str]:
        return {row["called"] for row in robot_rows(clients, "1045001", **params)}

    def expected(fits: Any) -> set[str]:
        return {row["called"] for row in rows if fits(row)}

    assert called(called=answered["called"]) == {answered["called"]}
    assert called(call_result="200002") == expected(lambda row: row.get("callResult") == "占线")
    assert called(hangup_direction="0") == expected(lambda row: row.get("hangupDirection") == "0")
    assert called(duration_from="30", duration_to="60") == expected(lambda row: 30 <= int(row["duration"]) <= 60)
    assert called(dialog_count_from="4") == expected(lambda row: int(row["dialogCount"]) >= 4)


@pytest.mark.parametrize(
    ("operation", "version", "params", "code"),
    [
        ("QueryConversationDetailInfo", AICCS, {"TaskId": "1", "BatchId": "2"}, "MissingDetailId"),
        ("QueryAiCallDetailPage", AICCS, {"TaskId": "1"}, "MissingStatus"),
        ("QueryAiCallDetailPage", AICCS, {"TaskId": "1", "Status": "7"}, "InvalidStatus"),
        ("QueryAiCallDetailPage", AICCS, {"TaskId": "1", "Status": "1", "PageNo": "0"}, "InvalidPageNo"),
        ("QueryAiCallDetailPage", AICCS, {"TaskId": "1", "Status": "1", "PageSize": "many"}, "InvalidPageSize"),
        ("QueryAiCallDetailPage", AICCS, {"TaskId": "1", "Status": "1", "DetailIds": "[1"}, "InvalidDetailIds"),
        ("QueryAiCallTaskPage", AICCS, {"Status": "1"}, "InvalidStatus"),
        ("QueryRobotTaskCallDetail", DYVMS, {"TaskId": "1045001", "Callee": "138"}, "MissingQueryDate"),
        ("QueryRobotTaskCallDetail", DYVMS, {"TaskId": "x", "Callee": "1", "QueryDate": "1"}, "InvalidTaskId"),
        ("QueryRobotTaskCallList", DYVMS, {"TaskId": "1045001", "DurationFrom": "long"}, "InvalidDurationFrom"),
    ],
)
def test_a_missing_or_bad_parameter_is_named(stand_in, operation, version, params, code):
    answer = ask(stand_in, operation, version, params)

    assert (answer.status_code, answer.json()["Code"]) == (400, code)
