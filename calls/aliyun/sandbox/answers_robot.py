"""dyvmsapi 2017-05-25: scripted robots. Beijing wall clock as text, numbers as text, `Data` as text or object."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from calls.aliyun.sandbox import envelope
from calls.aliyun.sandbox.campaigns import ROBOT_CAMPAIGNS, Campaign
from calls.aliyun.sandbox.dialogues import Turn
from calls.aliyun.sandbox.links import Links
from calls.aliyun.sandbox.plans import BEIJING, Moment
from calls.aliyun.sandbox.refusals import invalid
from calls.aliyun.sandbox.world import DAY, World

VERSION = "2017-05-25"
SHAPES = ("alternate", "string", "object", "malformed")
# result -> (text of the answer, code of the filter)
RESULTS: dict[str, tuple[str, str]] = {
    "ANSWERED": ("接通", "200000"),
    "USER_BUSY": ("占线", "200002"),
    "NO_ANSWER": ("无应答", "200003"),
    "INVALID_NUMBER": ("空号", "200004"),
    "POWERED_OFF": ("关机", "200010"),
    "SUSPEND": ("停机", "200011"),
    "CALL_REJECTED": ("拒接", "200111"),
    "OPERATOR_BLOCK": ("呼损", "200012"),
    "INCOMING_CALL_BARRED": ("呼损", "200012"),
}
UNREACHABLE = ("无法接通", "200005")
SEAT = "0571-88336676"


def call_detail(world: World, links: Links, params: Mapping[str, str], now: int, shape: str) -> dict[str, Any]:
    task_id, callee = envelope.text(params, "TaskId"), envelope.text(params, "Callee")
    envelope.text(params, "QueryDate")
    query_date = envelope.number(params, "QueryDate") or 0
    envelope.number(params, "TaskId")
    moment = world.by_callee(task_id, callee, query_date, now) if abs(query_date) < 10**15 else None
    if moment is None:
        return _ok(None)
    call = _call(moment)
    if not moment.was_answered and moment.is_over:
        call["recordStatus"] = 2
    if moment.has_recording:
        call |= {"recordStatus": 1, "recordFile": links.sign(moment)}
    if moment.has_transcript:
        lines = [_line(moment, turn) for turn in moment.plan.turns]
        # An array in the reference, its text in the wild.
        call["dialogDetail"] = json.dumps(lines, ensure_ascii=False) if moment.plan.slot % 5 == 0 else lines
    return _ok(_shaped(call, shape, is_text=moment.plan.slot % 2 == 0, is_broken=moment.plan.slot % 6 == 0))


def task_list(world: World, links: Links, params: Mapping[str, str], now: int, shape: str) -> dict[str, Any]:
    page_number, size = envelope.page(params, 20)
    rows = [
        row
        for row in (_task(world, campaign, now) for campaign in ROBOT_CAMPAIGNS)
        if params.get("TaskName", "") in row["taskName"]
        and params.get("Status", "") in ("", row["status"])
        and row["createTime"].startswith(params.get("Time", "").replace("-", "."))
    ]
    shown = envelope.cut(rows, page_number, size)
    paging = {"PageNo": str(page_number), "PageSize": str(size), "TotalCount": str(len(rows))}
    return _ok(_shaped(shown, shape, is_text=page_number % 2 == 0)) | paging


def call_list(world: World, links: Links, params: Mapping[str, str], now: int, shape: str) -> dict[str, Any]:
    task_id = envelope.text(params, "TaskId")
    page_number, size = envelope.page(params, 20)
    moments = [plan.at(now) for plan in reversed(world.listed(task_id, now))]
    found = [moment for moment in moments if moment.attempt and _fits(moment, params)]
    rows = [_call(moment) for moment in envelope.cut(found, page_number, size)]
    return _ok(_shaped(rows, shape, is_text=page_number % 2 == 0))


def _ok(content: Any) -> dict[str, Any]:
    return {"RequestId": envelope.request_id(), "Code": "OK", "Message": "OK", "Data": content}


def _shaped(content: Any, shape: str, *, is_text: bool, is_broken: bool = False) -> Any:
    """The same content as an object, as text, or as text that the vendor forgot to quote right.

    `is_text` and `is_broken` decide when shapes alternate.
    """
    if shape == "object" or (shape == "alternate" and not is_text):
        return content
    text = json.dumps(content, ensure_ascii=False)
    if shape == "malformed" or (shape == "alternate" and is_broken):
        text = re.sub(r'"transferNumber": "([\d-]+)"', r'"transferNumber" :\1', text)
    return text


def _call(moment: Moment) -> dict[str, Any]:
    plan, attempt = moment.plan, moment.attempt
    assert attempt is not None
    is_over = moment.is_over
    call: dict[str, Any] = {
        "taskId": int(plan.campaign.task_id),
        "caller": plan.campaign.caller,
        "called": plan.callee,
        "duration": str(attempt.duration if is_over else 0),
        "label": plan.scene.labels if moment.has_tags else "",
        "dialogCount": str(_rounds(moment)),
        "transferResult": "3",
        "callId": moment.call_id,
        "recallCurTimes": attempt.number,
        "callStartTime": _dotted(attempt.dialled_at),
        **_counters(moment),
    }
    if is_over:
        call["callResult"] = RESULTS.get(attempt.result, UNREACHABLE)[0]
        call["callEndTime"] = _dotted(attempt.ended_at)
    if is_over and moment.was_answered:
        call["hangupDirection"] = _hung_up_by(moment)
    if moment.has_transcript and plan.scene.transfer:
        call |= _transfer(moment)
    return call


def _transfer(moment: Moment) -> dict[str, Any]:
    outcome, _, reason = moment.plan.scene.transfer.partition(" ")
    if outcome == "done":
        return {"transferResult": "1", "transferNumber": SEAT}
    # The reference's own two spellings.
    key = "transferFailReason" if moment.plan.slot % 2 else "transferFailReson"
    return {"transferResult": "0", "transferNumber": SEAT, key: reason}


def _line(moment: Moment, turn: Turn) -> dict[str, str]:
    assert moment.attempt is not None
    spoken_at = (moment.attempt.answered_at or 0) + int(turn.at) * 1000
    return {
        "role": "robot" if turn.is_agent else "user",
        "speakTime": _beijing(spoken_at).strftime("%Y-%m-%d %H:%M:%S"),
        "content": turn.text,
    }


def _rounds(moment: Moment) -> int:
    return sum(not turn.is_agent for turn in moment.plan.turns) if moment.has_transcript else 0


def _hung_up_by(moment: Moment) -> str:
    return "0" if moment.plan.scene.customer_hangs_up else "1"


def _counters(moment: Moment) -> dict[str, int]:
    counts = dict.fromkeys(("sure", "deny", "reject", "custom", "knowledge", "default"), 0)
    if moment.has_transcript:
        for turn in moment.plan.turns:
            if not turn.is_agent:
                counts[_meaning(turn.text)] += 1
    # A typing error that the vendor corrected in some of its services only.
    knowledge_key = "knowledgeCount" if moment.plan.slot % 7 == 3 else "konwledgeCount"
    return {
        "sureCount": counts["sure"],
        "denyCount": counts["deny"],
        "rejectCount": counts["reject"],
        "customCount": counts["custom"],
        "defaultCount": counts["default"],
        knowledge_key: counts["knowledge"],
        "knowledgeBusinessCount": counts["knowledge"],
        "knowledgeCommonCount": 0,
    }


def _meaning(text: str) -> str:
    if any(word in text for word in ("别打", "不需要", "没有", "算了")):
        return "reject"
    if "？" in text:
        return "knowledge"
    if text.startswith(("不", "没", "去不了")):
        return "deny"
    if text.startswith(("好", "可以", "行", "嗯", "是", "对", "能", "在看")):
        return "sure"
    return "custom" if "帮我" in text or "分期" in text else "default"


def _fits(moment: Moment, params: Mapping[str, str]) -> bool:
    attempt = moment.attempt
    assert attempt is not None
    if params.get("Called", "") not in ("", moment.plan.callee):
        return False
    code = RESULTS.get(attempt.result, UNREACHABLE)[1] if moment.is_over else ""
    if params.get("CallResult", "") not in ("", code):
        return False
    if wanted := params.get("HangupDirection", ""):
        if wanted not in ("0", "1"):
            raise invalid("HangupDirection")
        if not (moment.was_answered and moment.is_over) or _hung_up_by(moment) != wanted:
            return False
    duration = attempt.duration if moment.is_over else 0
    return _between(duration, params, "Duration") and _between(_rounds(moment), params, "DialogCount")


def _between(value: int, params: Mapping[str, str], name: str) -> bool:
    lowest, highest = envelope.number(params, f"{name}From"), envelope.number(params, f"{name}To")
    return (lowest is None or value >= lowest) and (highest is None or value <= highest)


def _task(world: World, campaign: Campaign, now: int) -> dict[str, Any]:
    moments = [plan.at(now) for plan in world.listed(campaign.task_id, now)]
    created_at = (world.opened_at // DAY - 7) * DAY * 1000 + int(campaign.task_id[-1]) * 3_600_000
    return {
        "id": int(campaign.task_id),
        "taskName": campaign.name,
        "robotId": int(campaign.agent_id),
        "robotName": campaign.agent_name,
        "status": campaign.status,
        "scheduleType": "SINGLE",
        "createTime": _dotted(created_at),
        "fireTime": _dotted(created_at + 600_000),
        "completeTime": "",
        "totalCount": len(moments),
        "finishCount": sum(moment.is_over and moment.is_last for moment in moments),
    }


def _dotted(moment: int) -> str:
    return _beijing(moment).strftime("%Y.%m.%d %H:%M:%S")


def _beijing(moment: int) -> datetime:
    return datetime.fromtimestamp(moment / 1000, BEIJING)
