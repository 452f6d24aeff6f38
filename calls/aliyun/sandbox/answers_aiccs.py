"""aiccs 2019-10-15: the AI agent's calls. Times are milliseconds, texts as the reference shows them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from calls.aliyun.sandbox import envelope
from calls.aliyun.sandbox.agent_calls import (
    CALLING,
    ENDED,
    FAILED,
    RESULTS,
    intent_of,
    record_text,
    shown_number,
    shown_out_id,
    status_of,
    tags,
    variables,
)
from calls.aliyun.sandbox.agent_filters import narrow
from calls.aliyun.sandbox.campaigns import AGENT_CAMPAIGNS, Campaign
from calls.aliyun.sandbox.links import Links
from calls.aliyun.sandbox.plans import Moment
from calls.aliyun.sandbox.refusals import invalid
from calls.aliyun.sandbox.world import DAY, World

VERSION = "2019-10-15"
_TASK_STATUS = {"INIT": "0", "RUNNING": "1", "STOPPED": "2", "FAILED": "3"}


def conversation_detail(world: World, links: Links, params: Mapping[str, str], now: int) -> dict[str, Any]:
    task_id, batch_id, detail_id = (envelope.text(params, name) for name in ("TaskId", "BatchId", "DetailId"))
    plan = world.by_detail(task_id, batch_id, detail_id, now)
    moment = plan.at(now) if plan else None
    known = moment is not None and moment.attempt is not None
    return _ok({"Data": _detail(moment, links)} if moment and known else {}, AccessDeniedDetail="None")


def call_page(world: World, links: Links, params: Mapping[str, str], now: int) -> dict[str, Any]:
    task_id = envelope.text(params, "TaskId")
    envelope.text(params, "Status")
    page_number, size = envelope.page(params)
    moments = [plan.at(now) for plan in reversed(world.listed(task_id, now))]
    found = narrow(moments, params)
    rows = [_row(moment, links) for moment in envelope.cut(found, page_number, size)]
    return _ok({"Data": {"PageNo": page_number, "PageSize": size, "Total": len(found), "List": rows}})


def task_page(world: World, links: Links, params: Mapping[str, str], now: int) -> dict[str, Any]:
    page_number, size = envelope.page(params)
    status = params.get("Status", "")
    if status and status not in _TASK_STATUS:
        raise invalid("Status")
    # The engine's tasks (Source 1) live nowhere here.
    found = [
        campaign
        for campaign in AGENT_CAMPAIGNS
        if params.get("TaskName", "") in campaign.name
        and params.get("AgentName", "") in campaign.agent_name
        and params.get("TaskId", "") in ("", campaign.task_id)
        and params.get("ApplicationCode", "") in ("", _application(campaign))
        and params.get("Source", "") in ("", "0")
        and (not status or campaign.status == _TASK_STATUS[status])
    ]
    rows = [_task_row(world, campaign, now) for campaign in envelope.cut(found, page_number, size)]
    return _ok({"Data": {"PageNo": page_number, "PageSize": size, "Total": len(found), "List": rows}})


def _ok(content: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"RequestId": envelope.request_id(), "Code": "OK", "Message": "成功", "Success": True, **more, **content}


def _detail(moment: Moment, links: Links) -> dict[str, Any]:
    plan, attempt = moment.plan, moment.attempt
    assert attempt is not None
    detail: dict[str, Any] = {
        "CallId": moment.call_id,
        "CallerPhone": plan.campaign.caller,
        "CalledPhone": shown_number(plan),
        "EncryptionType": "1" if plan.campaign.hashes_numbers else "0",
        "StartCallTime": attempt.dialled_at,
        "Duration": 0,
        "OutId": shown_out_id(plan),
        "Variables": variables(plan),
        "OutputTags": tags(plan) if moment.has_tags else [],
    }
    if moment.was_answered:
        detail["PickUpTime"] = attempt.answered_at
    if moment.is_over:
        detail.update(_ending(moment))
    if intent := intent_of(moment):
        detail["MajorIntent"] = intent
    if moment.has_transcript:
        detail["ConversationRecord"] = record_text(plan)
    if moment.has_recording:
        detail["RecordingFileDownloadUrl"] = links.sign(moment)
    return detail


def _ending(moment: Moment) -> dict[str, Any]:
    attempt = moment.attempt
    assert attempt is not None
    _, status_code, status_text, failure = RESULTS[attempt.result]
    ending: dict[str, Any] = {
        "CallResult": attempt.result,
        "StatusCode": status_code,
        "StatusMsg": status_text,
        "ReleaseTime": attempt.ended_at,
        "Duration": attempt.duration,
    }
    if failure:
        ending["FailedReason"] = failure
    if moment.was_answered:
        # The reference says digits, its own sample says words.
        spelling = ("0", "1") if moment.plan.slot % 3 else ("用户", "机器人")
        ending["HangupDirection"] = spelling[0 if moment.plan.scene.customer_hangs_up else 1]
    return ending


def _row(moment: Moment, links: Links) -> dict[str, Any]:
    plan, attempt = moment.plan, moment.attempt
    row: dict[str, Any] = {
        "TaskId": plan.campaign.task_id,
        "BatchId": plan.batch_id,
        "DetailId": plan.detail_id,
        "OutId": shown_out_id(plan),
        "CalledNumber": shown_number(plan),
        "EncryptionType": 1 if plan.campaign.hashes_numbers else 0,
        "Status": status_of(moment),
        "ImportedTime": plan.imported_at,
        "CallExpireTime": plan.imported_at + DAY * 1000,
        "ConversationDuration": 0,
        "ConversationTurnCount": 0,
        "Options": json.dumps(plan.words, ensure_ascii=False),
        "BranchId": 1,
        "BranchName": "主分支",
        "BranchVersionId": 3,
        "VersionName": "V3",
        "VersionNo": 3,
    }
    if attempt is not None:
        row |= {"CallId": moment.call_id, "CallingTime": attempt.dialled_at}
    if attempt is not None and moment.is_over:
        label, _, _, failure = RESULTS[attempt.result]
        # Enumerated by the reference, labelled by its sample.
        row["CallResult"] = attempt.result if plan.slot % 2 else label
        row["ConversationDuration"] = attempt.duration
        if failure:
            row["FailedReason"] = failure
    if intent := intent_of(moment):
        row["MajorIntent"] = intent
    if moment.has_transcript:
        row["ConversationTurnCount"] = len(plan.turns)
        row["ConversationRecord"] = record_text(plan)
    if moment.has_recording:
        row["RecordingFilePath"] = links.sign(moment)
    return row


def _application(campaign: Campaign) -> str:
    return f"APP{campaign.agent_id[-3:]}"


def _task_row(world: World, campaign: Campaign, now: int) -> dict[str, Any]:
    moments = [plan.at(now) for plan in world.listed(campaign.task_id, now)]
    states = [status_of(moment) for moment in moments]
    answered = sum(moment.was_answered for moment in moments)
    begun = [moment for moment in moments if moment.attempt]
    day_start = now - (now + 8 * 3600 * 1000) % (DAY * 1000)
    today = [moment for moment in begun if moment.attempt and moment.attempt.dialled_at >= day_start]
    created_at = (world.opened_at // DAY - 7) * DAY * 1000 + int(campaign.task_id[-1]) * 3_600_000
    row: dict[str, Any] = {
        "TaskId": campaign.task_id,
        "TaskName": campaign.name,
        "AgentId": campaign.agent_id,
        "AgentName": campaign.agent_name,
        "ApplicationCode": _application(campaign),
        "ApplicationName": campaign.agent_name,
        "Status": int(campaign.status),
        "CreateTime": created_at,
        "StartTime": created_at + 600_000,
        "TotalCount": len(moments),
        "SucceedCount": states.count(ENDED),
        "FailedCount": states.count(FAILED),
        "CallingCount": states.count(CALLING),
        "TotalCallCount": sum(moment.attempt.number + 1 for moment in begun if moment.attempt),
        "DayCallCount": len(today),
        "DayImportCount": sum(moment.plan.imported_at >= day_start for moment in moments),
        "CompleteRate": _rate(states.count(ENDED) + states.count(FAILED), len(moments)),
        "DayConnectRate": _rate(sum(moment.was_answered for moment in today), len(today)),
        "HistoryConnectRate": _rate(answered, len(begun)),
        "ConcurrentCount": 5,
        "CallExpireType": 1,
        "CallExpireMinutes": 1440,
    }
    if campaign.failed_reason:
        row["StartFailedReason"] = campaign.failed_reason
    if moments:
        row["RealStartTime"] = created_at + 601_357
    return row


def _rate(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f}%" if whole else "0%"
