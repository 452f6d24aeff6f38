"""What the tests of the sandbox's answers share: whole lists, and calls out of them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from tests.aliyun.official import OfficialClients
from tests.sandboxes import NOON

AGENT_TASKS = ["1380000000000001", "1380000000000002", "1380000000000003", "1380000000000004"]
ROBOT_TASKS = ["1045001", "1045002", "1045003"]
NOW = int(NOON * 1000)


def agent_rows(clients: OfficialClients, task_id: str, status: int, size: int = 20, **params: Any) -> list[Any]:
    rows: list[Any] = []
    while True:
        page = clients.calls(task_id, status, page_no=len(rows) // size + 1, page_size=size, **params).data
        rows += page.list
        if not page.list or len(rows) >= page.total:
            return rows


def robot_rows(clients: OfficialClients, task_id: str, **params: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for number in range(1, 1000):
        content = clients.robot_calls(task_id, page_no=number, page_size=20, **params).data
        page = json.loads(content) if isinstance(content, str) else content
        rows += page
        if len(page) < 20:
            return rows
    raise AssertionError("a list without an end")


def robot_answer(clients: OfficialClients, row: dict[str, Any]) -> Any:
    return clients.robot_call(str(row["taskId"]), row["called"], millis(row["callStartTime"])).data


def robot_call(clients: OfficialClients, row: dict[str, Any]) -> dict[str, Any]:
    told = robot_answer(clients, row)
    call: dict[str, Any] = json.loads(told) if isinstance(told, str) else told
    assert call["callId"] == row["callId"]
    return call


def millis(dotted: str) -> int:
    return int(datetime.strptime(f"{dotted} +0800", "%Y.%m.%d %H:%M:%S %z").timestamp() * 1000)
