"""The scripted robot API (dyvmsapi 2017-05-25), typed and still in the vendor's words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from calls.aliyun import wire
from calls.aliyun.fields import Fields, Moment
from calls.aliyun.operation import Operation
from calls.aliyun.transport import Product

# the RAM code is dyvms, not dyvmsapi
PRODUCT = Product(version="2017-05-25", ram_prefix="dyvms")
DETAIL = "QueryRobotTaskCallDetail"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryRobotTaskCallDetail(Operation):
    """One call in full; `query_date` in epoch milliseconds. Some pages call all three optional: always send them."""

    task_id: str
    callee: str
    query_date: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryRobotTaskList(Operation):
    """Tasks; `time` is the day of creation, `yyyy-MM-dd`; `status` one of INIT, READY, DISPATCH, EXCUTING (so spelt),
    MANUAL_STOP, SYSTEM_STOP, ARREARS_STOP, CANCEL, SYSTEM_CANCEL, FINISH.
    """

    task_name: str | None = None
    status: str | None = None
    time: str | None = None
    page_no: int | None = None
    page_size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryRobotTaskCallList(Operation):
    """A task's calls; durations in seconds; `call_result` 200002 busy, 200005 unreachable, 200010 powered off,
    200011 suspended, 200012 lost; `hangup_direction` 0 user, 1 robot.
    """

    task_id: str
    page_no: int | None = None
    page_size: int | None = None
    called: str | None = None
    call_result: str | None = None
    hangup_direction: str | None = None
    dialog_count_from: str | None = None
    dialog_count_to: str | None = None
    duration_from: str | None = None
    duration_to: str | None = None


@dataclass(frozen=True, slots=True)
class DialogTurn:
    """One element of dialogDetail; `role` is `robot` or `user`; `content` may be a script node's name."""

    role: str
    content: str
    speak_time: Moment | None


@dataclass(frozen=True, slots=True)
class RobotCall:
    """`Data` of QueryRobotTaskCallDetail, and one element of QueryRobotTaskCallList; `duration` in seconds.

    `record_status` is 1 with a recording and 2 without; all counts are None when not told.
    """

    task_id: str
    caller: str
    called: str
    duration: int | None
    label: tuple[str, ...]
    dialog_count: int | None
    call_result: str
    hangup_direction: str
    transfer_result: str
    transfer_number: str
    transfer_fail_reason: str
    call_id: str
    recall_cur_times: int | None
    call_start_time: Moment | None
    call_end_time: Moment | None
    sure_count: int | None
    deny_count: int | None
    reject_count: int | None
    custom_count: int | None
    default_count: int | None
    knowledge_count: int | None
    knowledge_business_count: int | None
    knowledge_common_count: int | None
    record_status: str
    record_file: str
    dialog_detail: tuple[DialogTurn, ...]
    unread_dialog: str
    complaints: tuple[str, ...]

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        complaints: list[str] = []
        fields = Fields(data, complaints)
        dialog, unread_dialog = _read_dialog(fields)
        return cls(
            task_id=fields.text("taskId"),
            caller=fields.text("caller"),
            called=fields.text("called"),
            duration=fields.count("duration"),
            label=tuple(part for text in fields.texts("label") for part in _split(text)),
            dialog_count=fields.count("dialogCount"),
            call_result=fields.text("callResult"),
            hangup_direction=fields.text("hangupDirection"),
            transfer_result=fields.text("transferResult"),
            transfer_number=fields.text("transferNumber"),
            # the vendor spells these two both ways
            transfer_fail_reason=fields.text("transferFailReason", "transferFailReson"),
            knowledge_count=fields.count("konwledgeCount", "knowledgeCount"),
            call_id=fields.text("callId"),
            recall_cur_times=fields.count("recallCurTimes"),
            call_start_time=fields.moment("callStartTime"),
            call_end_time=fields.moment("callEndTime"),
            sure_count=fields.count("sureCount"),
            deny_count=fields.count("denyCount"),
            reject_count=fields.count("rejectCount"),
            custom_count=fields.count("customCount"),
            default_count=fields.count("defaultCount"),
            knowledge_business_count=fields.count("knowledgeBusinessCount"),
            knowledge_common_count=fields.count("knowledgeCommonCount"),
            record_status=fields.text("recordStatus"),
            record_file=fields.text("recordFile"),
            dialog_detail=dialog,
            unread_dialog=unread_dialog,
            complaints=tuple(complaints),
        )


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One element of QueryRobotTaskList; `schedule_type` is SINGLE (at once) or ORDER (scheduled)."""

    id: str
    task_name: str
    robot_id: str
    robot_name: str
    status: str
    schedule_type: str
    create_time: Moment | None
    fire_time: Moment | None
    complete_time: Moment | None
    total_count: int | None
    finish_count: int | None

    @classmethod
    def parse(cls, fields: Fields) -> Self:
        return cls(
            id=fields.text("id"),
            task_name=fields.text("taskName"),
            robot_id=fields.text("robotId"),
            robot_name=fields.text("robotName"),
            status=fields.text("status"),
            schedule_type=fields.text("scheduleType"),
            create_time=fields.moment("createTime"),
            fire_time=fields.moment("fireTime"),
            complete_time=fields.moment("completeTime"),
            total_count=fields.count("totalCount"),
            finish_count=fields.count("finishCount"),
        )


def read_rows(body: Mapping[str, Any]) -> tuple[list[Fields], int | None]:
    """The elements of a list answer, and how many there are in all pages where the answer tells."""
    data = wire.load_nested(body.get("Data"))
    if isinstance(data, Mapping) and not data:
        data = None
    rows = Fields({"Data": data}, []).objects("Data", with_any_of=("id", "callId", "taskId", "called"))
    return rows, Fields(body, []).count("TotalCount")


def _read_dialog(fields: Fields) -> tuple[tuple[DialogTurn, ...], str]:
    raw = fields.values.get("dialogDetail")
    try:
        dialog = fields.nested("dialogDetail")
        if not isinstance(dialog, list | None):
            raise TypeError("it is no list")
    except wire.UNREADABLE as error:
        fields.complain(f"dialogDetail was not read and is kept as text: {error}.")
        return (), raw if isinstance(raw, str) else wire.canonical(raw)
    inner = Fields({"dialogDetail": dialog}, fields.complaints)
    rows = inner.objects("dialogDetail", with_any_of=("role", "content"))
    return tuple(DialogTurn(row.text("role"), row.text("content"), row.moment("speakTime", "time")) for row in rows), ""


def _split(label: str) -> list[str]:
    return [part.strip() for part in re.split("[,，、;；]", label) if part.strip()]
