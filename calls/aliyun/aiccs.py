"""The AI agent API (aiccs 2019-10-15), typed and still in the vendor's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from calls.aliyun import wire
from calls.aliyun.fields import Fields, Moment
from calls.aliyun.operation import Operation
from calls.aliyun.transport import Product

PRODUCT = Product(version="2019-10-15", ram_prefix="aiccs")
DETAIL = "QueryConversationDetailInfo"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryConversationDetailInfo(Operation):
    """One call in full."""

    task_id: str
    detail_id: str
    batch_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryAiCallTaskPage(Operation):
    """Tasks. `status` is INIT, FAILED, RUNNING or STOPPED; `source` 0 by agent, 1 by engine; names match in part."""

    page_no: int | None = None
    page_size: int | None = None
    status: str | None = None
    task_name: str | None = None
    agent_name: str | None = None
    task_id: str | None = None
    application_code: str | None = None
    source: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryAiCallDetailPage(Operation):
    """A task's calls with one `status`: 0 pending, 1 completed, 2 failed.

    Times are epoch milliseconds, but the two conversation durations are minutes. At most 100 `detail_ids`.
    """

    task_id: str
    status: int
    page_no: int | None = None
    page_size: int | None = None
    batch_id: str | None = None
    called_number: str | None = None
    call_result: str | None = None
    major_intent: str | None = None
    min_conversation_duration: int | None = None
    max_conversation_duration: int | None = None
    start_imported_time: int | None = None
    end_imported_time: int | None = None
    start_calling_time: int | None = None
    end_calling_time: int | None = None
    out_id: str | None = None
    detail_ids: tuple[int, ...] | None = None
    encryption_type: int | None = None


class Line(NamedTuple):
    """One element of ConversationRecord; `role` is `assistant` or `user` as documented."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Variable:
    """One element of Variables."""

    id: str
    key: str
    name: str
    value: str
    required: bool | None
    source: str

    @classmethod
    def parse(cls, fields: Fields) -> Self:
        return cls(
            id=fields.text("Id"),
            key=fields.text("Key"),
            name=fields.text("Name"),
            value=fields.text("Value"),
            required=fields.flag("Required"),
            source=fields.text("Source"),
        )


@dataclass(frozen=True, slots=True)
class OutputTag:
    """One element of OutputTags; `output_tag_value` decoded: an enum tag tells a list, a text tag one text."""

    id: str
    output_tag_name: str
    output_tag_description: str
    output_tag_value: tuple[str, ...]

    @classmethod
    def parse(cls, fields: Fields) -> Self:
        return cls(
            id=fields.text("Id"),
            output_tag_name=fields.text("OutputTagName"),
            output_tag_description=fields.text("OutputTagDescription"),
            output_tag_value=_tag_values(fields),
        )


@dataclass(frozen=True, slots=True)
class ConversationDetail:
    """`Data` of QueryConversationDetailInfo; `duration` in seconds.

    The ids and `conversation_turn_count` are told only by the operation's New variant.
    """

    task_id: str
    batch_id: str
    detail_id: str
    call_id: str
    caller_phone: str
    called_phone: str
    call_result: str
    status_code: str
    status_msg: str
    failed_reason: str
    hangup_direction: str
    major_intent: str
    start_call_time: Moment | None
    pick_up_time: Moment | None
    release_time: Moment | None
    duration: int | None
    out_id: str
    recording_file_download_url: str
    conversation_record: tuple[Line, ...]
    unread_record: str
    conversation_turn_count: int | None
    encryption_type: str
    variables: tuple[Variable, ...]
    output_tags: tuple[OutputTag, ...]
    complaints: tuple[str, ...]

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        complaints: list[str] = []
        fields = Fields(data, complaints)
        record, unread_record = read_record(fields)
        variables = fields.objects("Variables", with_any_of=("Id", "Key", "Name", "Value"))
        tags = fields.objects("OutputTags", with_any_of=("Id", "OutputTagName", "OutputTagValue"))
        return cls(
            task_id=fields.text("TaskId"),
            batch_id=fields.text("BatchId"),
            detail_id=fields.text("DetailId"),
            call_id=fields.text("CallId"),
            caller_phone=fields.text("CallerPhone"),
            called_phone=fields.text("CalledPhone"),
            call_result=fields.text("CallResult"),
            status_code=fields.text("StatusCode"),
            status_msg=fields.text("StatusMsg"),
            failed_reason=fields.text("FailedReason"),
            hangup_direction=fields.text("HangupDirection"),
            major_intent=fields.text("MajorIntent"),
            start_call_time=fields.moment("StartCallTime"),
            pick_up_time=fields.moment("PickUpTime"),
            release_time=fields.moment("ReleaseTime"),
            duration=fields.count("Duration"),
            out_id=fields.text("OutId"),
            recording_file_download_url=fields.text("RecordingFileDownloadUrl"),
            conversation_record=record,
            unread_record=unread_record,
            conversation_turn_count=fields.count("ConversationTurnCount"),
            encryption_type=fields.text("EncryptionType"),
            variables=tuple(Variable.parse(row) for row in variables),
            output_tags=tuple(OutputTag.parse(row) for row in tags),
            complaints=tuple(complaints),
        )


def read_record(fields: Fields) -> tuple[tuple[Line, ...], str]:
    """ConversationRecord, chronological, and its text when it cannot be read."""
    raw = fields.values.get("ConversationRecord")
    try:
        record = fields.nested("ConversationRecord")
        if not isinstance(record, list | None):
            raise TypeError("it is no list")
    except wire.UNREADABLE as error:
        fields.complain(f"ConversationRecord was not read and is kept as text: {error}.")
        return (), raw if isinstance(raw, str) else wire.canonical(raw)
    inner = Fields({"ConversationRecord": record}, fields.complaints)
    rows = inner.objects("ConversationRecord", with_any_of=("role", "content"))
    return tuple(Line(row.text("role"), row.text("content")) for row in rows), ""


def _tag_values(fields: Fields) -> tuple[str, ...]:
    value = fields.values.get("OutputTagValue")
    try:
        # decoded once: what comes out as text is somebody's text
        value = wire.load_tolerantly(value) if isinstance(value, str) else value
    except wire.UNREADABLE:
        # a text tag: its text is the value, commas and all
        return tuple(text for text in (fields.text("OutputTagValue"),) if text)
    values = value if isinstance(value, list) else [value]
    return tuple(text for item in values if (text := _as_text(item)))


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else wire.canonical(value)
