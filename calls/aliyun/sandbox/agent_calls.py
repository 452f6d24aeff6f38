"""An AI agent's call in the vendor's words: what both the list and the detail of calls say about it."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import Any

from calls.aliyun.sandbox.plans import NEVER_PLACED, Moment, Plan

# result -> (label, status code, carrier's text, failure)
RESULTS: dict[str, tuple[str, str, str, str]] = {
    "ANSWERED": ("用户接通", "200100", "呼叫结束（双呼）", ""),
    "USER_BUSY": ("被叫忙", "200112", "被叫占线", "被叫忙"),
    "NO_ANSWER": ("无应答", "200113", "被叫收到呼叫但未接听", "无人接听"),
    "CALL_REJECTED": ("拒接", "200111", "被叫无法接通(拒绝)", "用户拒接"),
    "CALL_FORWARDING": ("呼叫转移", "200100", "呼叫结束(双呼)", "呼叫转移"),
    "INTELLIGENT_ANSWER": ("智能接听", "200100", "呼叫结束(双呼)", "智能接听"),
    "INCOMING_CALL_BARRED": ("限制呼入", "200105", "被叫号码受限", "限制呼入"),
    "POWERED_OFF": ("关机", "200010", "关机", "关机"),
    "NO_USER_RESPONSE": ("不在服务区", "200120", "被叫无法接通(不在服务区)", "不在服务区"),
    "NO_USER_RESPONDING": ("不在服务区", "200120", "被叫无法接通(不在服务区)", "不在服务区"),
    "OPERATOR_BLOCK": ("运营商拦截", "200119", "供应商超频限呼", "运营商拦截"),
    "SUSPEND": ("停机", "200011", "停机", "停机"),
    "CANCEL": ("主叫取消", "200005", "呼叫结束(双呼)", "主动取消"),
    "INVALID_NUMBER": ("空号", "200116", "被叫号码不合法", "空号"),
    "UNAVAILABLE": ("暂时无法接通", "200005", "被叫用户无法接通", "暂时无法接通"),
    "NETWORK_BUSY": ("网络忙", "400", "网元繁忙", "网络忙"),
    "OTHERS": ("其他状态", "200130", "其他(无法识别)", "其他"),
}
INITIALISED, WAITING, RETRYING, CALLING, ENDED, FAILED = range(6)


def status_of(moment: Moment) -> int:
    """The row's status, 0 to 5; only ended and failed are final."""
    if moment.attempt is None:
        # Numbers are prepared for a moment before they wait.
        return INITIALISED if moment.now - moment.plan.imported_at < 10_000 else WAITING
    if not moment.is_over:
        return CALLING
    if not moment.is_last:
        return RETRYING
    return FAILED if moment.attempt.result in NEVER_PLACED else ENDED


@lru_cache(maxsize=8192)
def record_text(plan: Plan) -> str:
    """ConversationRecord: a JSON array as text, pretty-printed by some of the vendor's services."""
    record = [
        {
            "content": f"<客户打断>{turn.text}" if turn.interrupts else turn.text,
            "role": "assistant" if turn.is_agent else "user",
        }
        for turn in plan.turns
    ]
    return json.dumps(record, ensure_ascii=False, indent=1 if plan.slot % 2 == 0 else None)


def intent_of(moment: Moment) -> str:
    if moment.has_tags:
        return moment.plan.scene.intent
    # A task can map results to intents: nobody answered, so F.
    return "F" if moment.is_over and moment.is_last and not moment.was_answered else ""


def shown_number(plan: Plan) -> str:
    return hashed(plan.callee, "md5") if plan.campaign.hashes_numbers else plan.callee


def hashed(number: str, kind: str) -> str:
    return hashlib.new(kind, number.encode(), usedforsecurity=False).hexdigest()


def shown_out_id(plan: Plan) -> str:
    # Customers import what their spreadsheets hold, line ends included.
    return plan.out_id + ("\n" if plan.slot % 5 == 0 else "")


@lru_cache(maxsize=8192)
def variables(plan: Plan) -> list[dict[str, Any]]:
    return [
        {
            "Id": str(number),
            "Key": variable.key,
            "Name": variable.name,
            "Value": plan.words[variable.key],
            "Required": variable.is_required,
            "Source": variable.source,
        }
        for number, variable in enumerate(plan.campaign.variables, 21)
    ]


@lru_cache(maxsize=8192)
def tags(plan: Plan) -> list[dict[str, Any]]:
    descriptions = plan.campaign.tag_descriptions
    return [
        {
            "Id": hashed(name, "md5"),
            "OutputTagName": name,
            "OutputTagDescription": descriptions.get(name, ""),
            # Enumerated tags come as a list in a text, free ones as the text itself.
            "OutputTagValue": values[0] if name == "跟进建议" else json.dumps(values, ensure_ascii=False),
        }
        for name, values in plan.scene.tags
    ]
