"""One call as the vendor told it, already in our words: what `calls.aliyun` gives and `calls.models` absorbs.

Plain frozen data, no database. Times are aware and in UTC, durations whole seconds, numbers and ids text.
`""` means "no text", `None` means "did not happen" or "was not said".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self
from urllib.parse import quote, unquote

from calls.vocabulary import (
    CallResult,
    HungUpBy,
    NumberHash,
    Source,
    Speaker,
    TaskStatus,
    TransferResult,
)


@dataclass(frozen=True, slots=True)
class CallRef:
    """What must be known to ask the vendor for one call.

    AI agent calls need `task_id`, `batch_id` and `detail_id`; robot calls need `task_id`, `callee` and `query_date`
    (the instant from which the vendor looks for the call, in epoch milliseconds).
    """

    source: Source
    task_id: str
    batch_id: str = ""
    detail_id: str = ""
    callee: str = ""
    query_date: int | None = None

    @classmethod
    def aiccs(cls, task_id: str, batch_id: str, detail_id: str) -> Self:
        return cls(Source.AICCS, task_id, batch_id=batch_id, detail_id=detail_id)

    @classmethod
    def robot(cls, task_id: str, callee: str, query_date: int) -> Self:
        return cls(Source.ROBOT, task_id, callee=callee, query_date=query_date)

    def __str__(self) -> str:
        """A stable key: `aiccs/138/139/966`, `robot/1045001/13000000000/1562297550000`."""
        if self.source == Source.AICCS:
            parts = [self.task_id, self.batch_id, self.detail_id]
        else:
            parts = [self.task_id, self.callee, str(self.query_date)]
        return "/".join([self.source.value, *(quote(part, safe="") for part in parts)])

    @classmethod
    def from_key(cls, key: str) -> Self:
        """The inverse of `str()`; ValueError when the text is no such key."""
        source, first, second, third = key.split("/")
        first, second, third = unquote(first), unquote(second), unquote(third)
        if Source(source) == Source.AICCS:
            return cls.aiccs(first, second, third)
        return cls.robot(first, second, int(third))


@dataclass(frozen=True, slots=True)
class TurnSnapshot:
    """One utterance. `spoken_at` is wall clock to the second, known for robot calls only."""

    speaker: Speaker
    text: str
    interrupted: bool = False
    spoken_at: datetime | None = None
    original_role: str = ""


@dataclass(frozen=True, slots=True)
class TagSnapshot:
    """One value of one tag: a tag with three values is three of these. `tag_id` is the vendor's."""

    name: str
    value: str = ""
    description: str = ""
    tag_id: str = ""


@dataclass(frozen=True, slots=True)
class VariableSnapshot:
    key: str
    name: str = ""
    value: str = ""
    is_required: bool | None = None
    source: str = ""
    variable_id: str = ""


@dataclass(frozen=True, slots=True)
class CallSnapshot:
    """One call. Every `*_original` keeps the vendor's value beside our word for it."""

    source: Source
    task_id: str = ""
    batch_id: str = ""
    detail_id: str = ""
    call_id: str = ""
    out_id: str = ""

    caller: str = ""
    callee: str = ""
    number_hash: NumberHash = NumberHash.PLAIN

    result: CallResult | None = None
    result_original: str = ""
    status_code: str = ""
    status_text: str = ""
    failure_reason: str = ""
    hung_up_by: HungUpBy | None = None
    hung_up_by_original: str = ""
    intent: str = ""

    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    # field name -> the vendor's value, for times outside 2010 … tomorrow: shown as "implausible", never computed with
    implausible_times: Mapping[str, str] = field(default_factory=dict)
    duration: int | None = None

    turns: tuple[TurnSnapshot, ...] = ()
    # the transcript as it came, only when it could not be read
    unread_transcript: str = ""
    tags: tuple[TagSnapshot, ...] = ()
    variables: tuple[VariableSnapshot, ...] = ()

    transfer_result: TransferResult | None = None
    transfer_result_original: str = ""
    transfer_number: str = ""
    transfer_failure: str = ""
    # affirmed denied refused custom default knowledge knowledge_business knowledge_common turns redials -> count
    counters: Mapping[str, int] = field(default_factory=dict)

    # True: the vendor says there is one; False: it says there is none; None: it does not say (yet)
    has_recording: bool | None = None
    recording_url: str = ""

    # True when the vendor will not change this call any more, apart from its recording
    is_final: bool = False
    # sentences in English about what could not be read, one a field; shown to operators
    complaints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A fetched call together with the vendor's words for it.

    `raw` is the body as it came, decoded; `unsigned` is the same content in a canonical form without request id and
    without the signature of the recording link, so that two answers with equal `unsigned` say the same thing.
    """

    snapshot: CallSnapshot
    operation: str
    raw: str
    unsigned: str
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class ListedCall:
    """One row of a task's call list: enough to know whether asking for the whole call is worth it."""

    ref: CallRef
    call_id: str = ""
    started_at: datetime | None = None
    is_final: bool = False
    has_recording: bool | None = None


@dataclass(frozen=True, slots=True)
class ListedCallPage:
    """`total` is None where the vendor gives no total (robot tasks)."""

    calls: tuple[ListedCall, ...]
    page: int
    total: int | None
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class TaskSnapshot:
    """One outbound task. Rates are percentages, 0 to 100."""

    source: Source
    task_id: str
    name: str = ""
    agent_id: str = ""
    agent_name: str = ""
    status: TaskStatus = TaskStatus.OTHER
    status_original: str = ""
    failure_reason: str = ""
    created_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    total_count: int | None = None
    finished_count: int | None = None
    failed_count: int | None = None
    calling_count: int | None = None
    answered_rate: float | None = None
    # the vendor's row as it came: nothing unknown is lost
    raw: Mapping[str, Any] = field(default_factory=dict)
