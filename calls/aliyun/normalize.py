"""The only tables vendor value -> our vocabulary. An unknown value becomes OTHER; the caller keeps the original."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from calls.vocabulary import (
    CallResult,
    HungUpBy,
    NumberHash,
    Source,
    Speaker,
    TaskStatus,
    TransferResult,
)

Word = TypeVar("Word", CallResult, HungUpBy, NumberHash, Speaker, TaskStatus, TransferResult)

RESULTS: Mapping[str, CallResult] = {
    # the documented enumeration
    "answered": CallResult.ANSWERED,
    "user_busy": CallResult.BUSY,
    "no_answer": CallResult.NO_ANSWER,
    "call_rejected": CallResult.REFUSED,
    "call_forwarding": CallResult.FORWARDED,
    "incoming_call_barred": CallResult.BARRED,
    "powered_off": CallResult.POWERED_OFF,
    "no_user_response": CallResult.OUT_OF_AREA,
    "operator_block": CallResult.BLOCKED,
    "suspend": CallResult.SUSPENDED,
    "cancel": CallResult.CANCELLED,
    "invalid_number": CallResult.INVALID_NUMBER,
    "unavailable": CallResult.UNAVAILABLE,
    "network_busy": CallResult.NETWORK_BUSY,
    "others": CallResult.OTHER,
    # the receipts' spellings of the same
    "no_user_responding": CallResult.OUT_OF_AREA,
    "intelligent_answer": CallResult.VOICEMAIL,
    "other": CallResult.OTHER,
    # Chinese labels, which the samples show in place of the enumeration
    "用户接通": CallResult.ANSWERED,
    "已接通": CallResult.ANSWERED,
    "接通": CallResult.ANSWERED,
    "被叫忙": CallResult.BUSY,
    "用户占线": CallResult.BUSY,
    "占线": CallResult.BUSY,
    "无应答": CallResult.NO_ANSWER,
    "无人接听": CallResult.NO_ANSWER,
    "拒接": CallResult.REFUSED,
    "呼叫转移": CallResult.FORWARDED,
    "呼转": CallResult.FORWARDED,
    "智能接听": CallResult.VOICEMAIL,
    "限制呼入": CallResult.BARRED,
    "关机": CallResult.POWERED_OFF,
    "不在服务区": CallResult.OUT_OF_AREA,
    "运营商拦截": CallResult.BLOCKED,
    "停机": CallResult.SUSPENDED,
    "主叫取消": CallResult.CANCELLED,
    "空号": CallResult.INVALID_NUMBER,
    "暂时无法接通": CallResult.UNAVAILABLE,
    "无法接通": CallResult.UNAVAILABLE,
    "网络忙": CallResult.NETWORK_BUSY,
    "呼损": CallResult.LOST,
    "其他状态": CallResult.OTHER,
    # the robot lists' filter codes
    "200002": CallResult.BUSY,
    "200003": CallResult.NO_ANSWER,
    "200004": CallResult.INVALID_NUMBER,
    "200005": CallResult.UNAVAILABLE,
    "200007": CallResult.OUT_OF_AREA,
    "200010": CallResult.POWERED_OFF,
    "200011": CallResult.SUSPENDED,
    "200012": CallResult.LOST,
}
# results after which nobody was on the line, so that there is nothing to hear
UNANSWERED = frozenset(CallResult) - {
    CallResult.ANSWERED,
    CallResult.FORWARDED,
    CallResult.VOICEMAIL,
    CallResult.OTHER,
}
# carrier codes of a call that is still going on
GOING_ON = frozenset({"200101", "200102", "200103", "200201"})

_HANGUP_WORDS: Mapping[str, HungUpBy] = {
    "用户": HungUpBy.CUSTOMER,
    "客户": HungUpBy.CUSTOMER,
    "user": HungUpBy.CUSTOMER,
    "机器人": HungUpBy.AGENT,
    "机器": HungUpBy.AGENT,
    "robot": HungUpBy.AGENT,
    "assistant": HungUpBy.AGENT,
}
# The vendor's pages contradict each other about the robot API's digits. To flip them, swap them here.
HANGUPS: Mapping[Source, Mapping[str, HungUpBy]] = {
    Source.AICCS: {"0": HungUpBy.CUSTOMER, "1": HungUpBy.AGENT, **_HANGUP_WORDS},
    Source.ROBOT: {"0": HungUpBy.CUSTOMER, "1": HungUpBy.AGENT, **_HANGUP_WORDS},
}

SPEAKERS: Mapping[str, Speaker] = {
    "assistant": Speaker.AGENT,
    "robot": Speaker.AGENT,
    "agent": Speaker.AGENT,
    "机器人": Speaker.AGENT,
    "user": Speaker.CUSTOMER,
    "customer": Speaker.CUSTOMER,
    "用户": Speaker.CUSTOMER,
    "客户": Speaker.CUSTOMER,
}

TRANSFERS: Mapping[str, TransferResult] = {
    "1": TransferResult.TRANSFERRED,
    "0": TransferResult.FAILED,
    "3": TransferResult.NOT_TRANSFERRED,
}

NUMBER_HASHES: Mapping[str, NumberHash] = {
    "": NumberHash.PLAIN,
    "0": NumberHash.PLAIN,
    "1": NumberHash.MD5,
    "2": NumberHash.SHA256,
    "3": NumberHash.SM3,
    "none": NumberHash.PLAIN,
    "md5": NumberHash.MD5,
    "sha256": NumberHash.SHA256,
    "sm3": NumberHash.SM3,
}

TASK_STATUSES: Mapping[str, TaskStatus] = {
    # AI agent tasks: answers tell numbers, requests want words
    "0": TaskStatus.WAITING,
    "1": TaskStatus.RUNNING,
    "2": TaskStatus.PAUSED,
    "3": TaskStatus.FAILED,
    "running": TaskStatus.RUNNING,
    "stopped": TaskStatus.PAUSED,
    "failed": TaskStatus.FAILED,
    # robot tasks
    "init": TaskStatus.WAITING,
    "ready": TaskStatus.STARTING,
    "dispatch": TaskStatus.STARTING,
    "excuting": TaskStatus.RUNNING,
    "executing": TaskStatus.RUNNING,
    "manual_stop": TaskStatus.PAUSED,
    "system_stop": TaskStatus.PAUSED,
    "arrears_stop": TaskStatus.PAUSED,
    "cancel": TaskStatus.CANCELLED,
    "system_cancel": TaskStatus.CANCELLED,
    "finish": TaskStatus.FINISHED,
}

RECORDED: Mapping[str, bool] = {"1": True, "2": False}


def look_up(table: Mapping[str, Word], original: str, unknown: Word) -> Word:
    """In any case and spelling of the word; `unknown` is the table's OTHER."""
    return table.get(original) or table.get(original.strip().lower(), unknown)


def result(original: str) -> CallResult | None:
    return look_up(RESULTS, original, CallResult.OTHER) if original else None


def hung_up_by(source: Source, original: str) -> HungUpBy | None:
    return look_up(HANGUPS[source], original, HungUpBy.OTHER) if original else None


def transfer_result(original: str) -> TransferResult | None:
    return look_up(TRANSFERS, original, TransferResult.OTHER) if original else None


def speaker(role: str) -> Speaker:
    return look_up(SPEAKERS, role, Speaker.OTHER)


def task_status(original: str) -> TaskStatus:
    return look_up(TASK_STATUSES, original, TaskStatus.OTHER)


def number_hash(original: str) -> NumberHash:
    return look_up(NUMBER_HASHES, original, NumberHash.OTHER)
