"""The rows of the AI agent API's two lists, typed and still in the vendor's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from calls.aliyun import wire
from calls.aliyun.aiccs import Line, read_record
from calls.aliyun.fields import Fields, Moment


@dataclass(frozen=True, slots=True)
class CallRow:
    """One row of QueryAiCallDetailPage; `status` 0 initialised, 1 to call, 2 to retry, 3 calling, 4 ended, 5 failed.

    `conversation_duration` is seconds; `options` are the variables, name to value.
    """

    task_id: str
    batch_id: str
    detail_id: str
    call_id: str
    out_id: str
    called_number: str
    call_result: str
    failed_reason: str
    status: int | None
    calling_time: Moment | None
    imported_time: Moment | None
    call_expire_time: Moment | None
    conversation_duration: int | None
    conversation_turn_count: int | None
    conversation_record: tuple[Line, ...]
    major_intent: str
    options: Mapping[str, Any]
    recording_file_path: str
    encryption_type: str
    branch_id: str
    branch_name: str
    branch_version_id: str
    version_name: str
    version_no: str
    complaints: tuple[str, ...]

    @classmethod
    def parse(cls, fields: Fields) -> Self:
        record, _ = read_record(fields)
        return cls(
            task_id=fields.text("TaskId"),
            batch_id=fields.text("BatchId"),
            detail_id=fields.text("DetailId"),
            call_id=fields.text("CallId"),
            out_id=fields.text("OutId"),
            called_number=fields.text("CalledNumber"),
            call_result=fields.text("CallResult"),
            failed_reason=fields.text("FailedReason"),
            status=fields.whole("Status"),
            calling_time=fields.moment("CallingTime"),
            imported_time=fields.moment("ImportedTime"),
            call_expire_time=fields.moment("CallExpireTime"),
            conversation_duration=fields.count("ConversationDuration"),
            conversation_turn_count=fields.count("ConversationTurnCount"),
            conversation_record=record,
            major_intent=fields.text("MajorIntent"),
            options=_options(fields),
            recording_file_path=fields.text("RecordingFilePath"),
            encryption_type=fields.text("EncryptionType"),
            branch_id=fields.text("BranchId"),
            branch_name=fields.text("BranchName"),
            branch_version_id=fields.text("BranchVersionId"),
            version_name=fields.text("VersionName"),
            version_no=fields.text("VersionNo"),
            complaints=tuple(fields.complaints),
        )


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One row of QueryAiCallTaskPage; `status` 0 initialised, 1 running, 2 stopped, 3 start failed; rates in percent.

    `start_time` is the planned one.
    """

    task_id: str
    task_name: str
    agent_id: str
    agent_name: str
    application_code: str
    application_name: str
    status: str
    start_failed_reason: str
    create_time: Moment | None
    start_time: Moment | None
    real_start_time: Moment | None
    total_count: int | None
    succeed_count: int | None
    failed_count: int | None
    calling_count: int | None
    total_call_count: int | None
    day_call_count: int | None
    day_import_count: int | None
    complete_rate: float | None
    day_connect_rate: float | None
    history_connect_rate: float | None
    concurrent_count: int | None
    call_expire_date: Moment | None
    call_expire_minutes: int | None
    call_expire_type: str

    @classmethod
    def parse(cls, fields: Fields) -> Self:
        return cls(
            task_id=fields.text("TaskId"),
            task_name=fields.text("TaskName"),
            agent_id=fields.text("AgentId"),
            agent_name=fields.text("AgentName"),
            application_code=fields.text("ApplicationCode"),
            application_name=fields.text("ApplicationName"),
            status=fields.text("Status"),
            start_failed_reason=fields.text("StartFailedReason"),
            create_time=fields.moment("CreateTime"),
            start_time=fields.moment("StartTime"),
            real_start_time=fields.moment("RealStartTime"),
            total_count=fields.count("TotalCount"),
            succeed_count=fields.count("SucceedCount"),
            failed_count=fields.count("FailedCount"),
            calling_count=fields.count("CallingCount"),
            total_call_count=fields.count("TotalCallCount"),
            day_call_count=fields.count("DayCallCount"),
            day_import_count=fields.count("DayImportCount"),
            complete_rate=fields.rate("CompleteRate"),
            day_connect_rate=fields.rate("DayConnectRate"),
            history_connect_rate=fields.rate("HistoryConnectRate"),
            concurrent_count=fields.count("ConcurrentCount"),
            call_expire_date=fields.moment("CallExpireDate"),
            call_expire_minutes=fields.count("CallExpireMinutes"),
            call_expire_type=fields.text("CallExpireType"),
        )


def read_page(body: Mapping[str, Any]) -> tuple[list[Fields], int | None]:
    """The rows of a list answer and how many there are in all pages."""
    page = wire.load_nested(body.get("Data"))
    fields = Fields(page if isinstance(page, Mapping) else {}, [])
    return fields.objects("List", with_any_of=("TaskId",)), fields.count("Total")


def _options(fields: Fields) -> Mapping[str, Any]:
    try:
        options = fields.nested("Options")
    except wire.UNREADABLE:
        options = None
    if isinstance(options, Mapping):
        return options
    text = fields.text("Options")
    return {"": text} if text else {}
