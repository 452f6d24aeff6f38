"""The vendor's SDK and our client ask the same sandbox: what they read must be the same, field by field."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from calls.aliyun import Account, Credentials
from calls.snapshot import CallRef, CallSnapshot
from calls.vocabulary import CallResult, HungUpBy, NumberHash, Source, Speaker, TransferResult
from tests.sandboxes import NOON, RunningSandbox, sandbox, tls_files

AGENT_TASKS = ["1380000000000001", "1380000000000002", "1380000000000003", "1380000000000004"]
ROBOT_TASKS = ["1045001", "1045002", "1045003"]
BEIJING = timezone(timedelta(hours=8))

RESULTS = {
    "ANSWERED": CallResult.ANSWERED,
    "USER_BUSY": CallResult.BUSY,
    "NO_ANSWER": CallResult.NO_ANSWER,
    "CALL_REJECTED": CallResult.REFUSED,
    "UNAVAILABLE": CallResult.UNAVAILABLE,
    "POWERED_OFF": CallResult.POWERED_OFF,
    "NO_USER_RESPONSE": CallResult.OUT_OF_AREA,
    "NO_USER_RESPONDING": CallResult.OUT_OF_AREA,
    "SUSPEND": CallResult.SUSPENDED,
    "INVALID_NUMBER": CallResult.INVALID_NUMBER,
    "CALL_FORWARDING": CallResult.FORWARDED,
    "INTELLIGENT_ANSWER": CallResult.VOICEMAIL,
    "INCOMING_CALL_BARRED": CallResult.BARRED,
    "OPERATOR_BLOCK": CallResult.BLOCKED,
    "CANCEL": CallResult.CANCELLED,
    "NETWORK_BUSY": CallResult.NETWORK_BUSY,
    "OTHERS": CallResult.OTHER,
}
ROBOT_RESULTS = {
    "接通": CallResult.ANSWERED,
    "占线": CallResult.BUSY,
    "无应答": CallResult.NO_ANSWER,
    "空号": CallResult.INVALID_NUMBER,
    "关机": CallResult.POWERED_OFF,
    "停机": CallResult.SUSPENDED,
    "拒接": CallResult.REFUSED,
    "呼损": CallResult.LOST,
    "无法接通": CallResult.UNAVAILABLE,
}
HANGUPS = {"0": HungUpBy.CUSTOMER, "1": HungUpBy.AGENT, "用户": HungUpBy.CUSTOMER, "机器人": HungUpBy.AGENT}
TRANSFERS = {
    "0": TransferResult.FAILED,
    "1": TransferResult.TRANSFERRED,
    "3": TransferResult.NOT_TRANSFERRED,
}


@pytest.fixture(scope="module")
def account(stand_in) -> Account:
    return _account(stand_in)


def _account(stand_in: RunningSandbox, verify: bool | str = True) -> Account:
    credentials = Credentials(stand_in.key.key_id, stand_in.key.secret)
    return Account(credentials, aiccs_endpoint=stand_in.url, dyvmsapi_endpoint=stand_in.url, verify=verify)


def test_the_official_sdk_and_our_parser_read_the_same_values(stand_in, clients, account):
    refs = [call.ref for task in AGENT_TASKS for page in account.list_calls(Source.AICCS, task) for call in page.calls]
    begun = 0
    seen_results = set()
    for ref in refs:
        told = clients.call(ref.task_id, ref.batch_id, ref.detail_id).data
        if told is None:
            continue
        begun += 1

        read = account.fetch_call(ref).snapshot

        assert _comparable(read) == _expected_of_agent(ref, told)
        assert read.complaints == ()
        seen_results.add(told.call_result)
    assert begun > 300
    assert seen_results >= RESULTS.keys() - {"NETWORK_BUSY", "OTHERS", "CANCEL", "OPERATOR_BLOCK"}


def test_the_official_sdk_and_our_parser_read_the_same_robot_calls(clients, account):
    refs = [call.ref for task in ROBOT_TASKS for page in account.list_calls(Source.ROBOT, task) for call in page.calls]
    shapes = set()
    for ref in refs:
        assert ref.query_date is not None
        told = clients.robot_call(ref.task_id, ref.callee, ref.query_date).data
        shapes.add("malformed" if '" :0' in str(told) else type(told).__name__)

        read = account.fetch_call(ref).snapshot

        assert _comparable(read) == _expected_of_robot(ref, _mended(told))
        assert not read.unread_transcript
    assert len(refs) > 150
    assert shapes == {"str", "dict", "malformed"}


def test_the_official_sdk_and_our_client_list_the_same_tasks(clients, account):
    listed = {task.task_id: task for page in account.list_tasks(Source.AICCS, page_size=2) for task in page}
    told = clients.tasks(page_size=50).data.list

    assert [(task.task_id, task.task_name, task.total_count, task.agent_name) for task in told] == [
        (task.task_id, task.name, task.total_count, task.agent_name) for task in listed.values()
    ]
    assert listed["1380000000000001"].answered_rate == pytest.approx(float(told[0].history_connect_rate.strip("%")))
    assert listed["1380000000000005"].failure_reason == "智能体不在线"

    robots = {task.task_id: task for page in account.list_tasks(Source.ROBOT, page_size=2) for task in page}
    assert {str(task["id"]): task["taskName"] for task in clients.robot_tasks(page_no=1, page_size=20).data} == {
        task_id: task.name for task_id, task in robots.items()
    }


def test_the_official_sdk_and_our_client_list_the_same_calls(clients, account):
    told = {
        (row.batch_id, row.detail_id, row.status in {4, 5})
        for status in (0, 1, 2)
        for row in clients.calls(AGENT_TASKS[0], status, page_size=500).data.list
    }
    listed = {
        (call.ref.batch_id, call.ref.detail_id, call.is_final)
        for page in account.list_calls(Source.AICCS, AGENT_TASKS[0], page_size=7)
        for call in page.calls
    }

    assert listed == told


def test_our_client_is_let_in_over_tls(tmp_path):
    files, authority = tls_files(tmp_path)
    with sandbox(tls=files, clock=NOON, is_frozen=True) as stand_in:
        pages = list(_account(stand_in, verify=authority).list_tasks(Source.AICCS))

        assert len(pages[0]) == 6


def _comparable(read: CallSnapshot) -> dict[str, Any]:
    """Every field that comes from the wire, links without their expiry."""
    left_out = {"source", "is_final", "has_recording", "complaints", "unread_transcript", "implausible_times"}
    fields = {name: getattr(read, name) for name in read.__dataclass_fields__ if name not in left_out}
    return fields | {
        "recording_url": _unsigned(read.recording_url),
        "turns": [(turn.speaker, turn.text, turn.interrupted, turn.spoken_at) for turn in read.turns],
        "tags": [(tag.name, tag.value, tag.description, tag.tag_id) for tag in read.tags],
        "variables": [
            (one.key, one.name, one.value, one.is_required, one.source, one.variable_id) for one in read.variables
        ],
        "counters": dict(read.counters),
    }


def _expected_of_agent(ref: CallRef, told: Any) -> dict[str, Any]:
    return {
        "task_id": ref.task_id,
        "batch_id": ref.batch_id,
        "detail_id": ref.detail_id,
        "call_id": told.call_id,
        "out_id": told.out_id.strip(),
        "caller": told.caller_phone,
        "callee": told.called_phone,
        "number_hash": {"0": NumberHash.PLAIN, "1": NumberHash.MD5}[told.encryption_type],
        "result": RESULTS[told.call_result] if told.call_result else None,
        "result_original": told.call_result or "",
        "status_code": told.status_code or "",
        "status_text": told.status_msg or "",
        "failure_reason": told.failed_reason or "",
        "hung_up_by": HANGUPS[told.hangup_direction] if told.hangup_direction else None,
        "hung_up_by_original": told.hangup_direction or "",
        "intent": told.major_intent or "",
        "started_at": _utc(told.start_call_time),
        "answered_at": _utc(told.pick_up_time),
        "ended_at": _utc(told.release_time),
        "duration": told.duration,
        "turns": [_expected_turn(line, None) for line in json.loads(told.conversation_record or "[]")],
        "tags": [
            (tag.output_tag_name, value, tag.output_tag_description, tag.id)
            for tag in told.output_tags
            for value in _values(tag.output_tag_value)
        ],
        "variables": [(one.key, one.name, one.value, one.required, one.source, one.id) for one in told.variables],
        **_nothing("transfer_result_original", "transfer_number", "transfer_failure"),
        "transfer_result": None,
        "counters": {},
        "recording_url": _unsigned(told.recording_file_download_url or ""),
    }


def _expected_of_robot(ref: CallRef, told: dict[str, Any]) -> dict[str, Any]:
    dialog = told.get("dialogDetail", [])
    lines = json.loads(dialog) if isinstance(dialog, str) else dialog
    return {
        "task_id": str(told["taskId"]),
        **_nothing("batch_id", "detail_id", "out_id", "status_code", "status_text", "failure_reason", "intent"),
        "call_id": told["callId"],
        "caller": told["caller"],
        "callee": ref.callee,
        "number_hash": NumberHash.PLAIN,
        "result": ROBOT_RESULTS[told["callResult"]] if "callResult" in told else None,
        "result_original": told.get("callResult", ""),
        "hung_up_by": HANGUPS[told["hangupDirection"]] if "hangupDirection" in told else None,
        "hung_up_by_original": told.get("hangupDirection", ""),
        "started_at": _wall(told["callStartTime"]),
        "answered_at": None,
        "ended_at": _wall(told["callEndTime"]) if "callEndTime" in told else None,
        "duration": int(told["duration"]),
        "turns": [_expected_turn(line, _wall(line["speakTime"])) for line in lines],
        "tags": [(label, "", "", "") for label in re.split("[,，]", told["label"]) if label],
        "variables": [],
        "transfer_result": TRANSFERS[told["transferResult"]],
        "transfer_result_original": told["transferResult"],
        "transfer_number": told.get("transferNumber", ""),
        "transfer_failure": told.get("transferFailReason", told.get("transferFailReson", "")),
        "counters": _expected_counters(told),
        "recording_url": _unsigned(told.get("recordFile", "")),
    }


def _expected_turn(line: dict[str, str], spoken_at: datetime | None) -> tuple[Speaker, str, bool, datetime | None]:
    speaker = {"assistant": Speaker.AGENT, "robot": Speaker.AGENT, "user": Speaker.CUSTOMER}[line["role"]]
    text = line["content"]
    return speaker, text.removeprefix("<客户打断>"), text.startswith("<客户打断>"), spoken_at


def _expected_counters(told: dict[str, Any]) -> dict[str, Any]:
    return {
        "affirmed": told["sureCount"],
        "denied": told["denyCount"],
        "refused": told["rejectCount"],
        "custom": told["customCount"],
        "default": told["defaultCount"],
        "knowledge": told.get("konwledgeCount", told.get("knowledgeCount")),
        "knowledge_business": told["knowledgeBusinessCount"],
        "knowledge_common": told["knowledgeCommonCount"],
        "turns": int(told["dialogCount"]),
        "redials": told["recallCurTimes"],
    }


def _nothing(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, "")


def _mended(told: Any) -> dict[str, Any]:
    """The SDK hands the text through as it came; its one known fault is the unquoted number."""
    if not isinstance(told, str):
        return dict(told)
    return dict(json.loads(re.sub(r'("transferNumber") :([\d-]+)', r'\1: "\2"', told)))


def _values(text: str) -> list[str]:
    return list(json.loads(text)) if text.startswith("[") else [text]


def _unsigned(link: str) -> str:
    return link.split("?")[0]


def _utc(millis: int | None) -> datetime | None:
    return None if millis is None else datetime.fromtimestamp(millis / 1000, UTC)


def _wall(text: str) -> datetime:
    return datetime.strptime(text.replace(".", "-"), "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
