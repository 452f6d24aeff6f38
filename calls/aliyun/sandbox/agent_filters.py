"""Narrowing a task's calls by every documented parameter of QueryAiCallDetailPage."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping

from calls.aliyun.sandbox import envelope
from calls.aliyun.sandbox.agent_calls import (
    CALLING,
    ENDED,
    FAILED,
    INITIALISED,
    RETRYING,
    WAITING,
    hashed,
    intent_of,
    status_of,
)
from calls.aliyun.sandbox.plans import Moment
from calls.aliyun.sandbox.refusals import invalid

Condition = Callable[[Moment], bool]
# The number asked for and the number told are different enumerations.
_REQUESTED_STATUS = {0: (INITIALISED, WAITING, RETRYING, CALLING), 1: (ENDED,), 2: (FAILED,)}
_HASHES = {1: "md5", 2: "sha256", 3: "sm3"}


def narrow(moments: list[Moment], params: Mapping[str, str]) -> list[Moment]:
    status = envelope.number(params, "Status")
    if status not in _REQUESTED_STATUS:
        raise invalid("Status")
    chosen = [moment for moment in moments if status_of(moment) in _REQUESTED_STATUS[status]]
    for fits in _conditions(params):
        chosen = [moment for moment in chosen if fits(moment)]
    return chosen


def _conditions(params: Mapping[str, str]) -> list[Condition]:
    texts: dict[str, Callable[[Moment], str]] = {
        "BatchId": lambda moment: moment.plan.batch_id,
        "CallResult": lambda moment: moment.attempt.result if moment.attempt and moment.is_over else "",
        "MajorIntent": intent_of,
        "OutId": lambda moment: moment.plan.out_id,
    }
    conditions = [
        _equals(value_of, wanted) for name, value_of in texts.items() if (wanted := params.get(name, "").strip())
    ]
    if wanted := params.get("CalledNumber", ""):
        digest = _hashing(params)
        conditions.append(_equals(lambda moment: digest(moment.plan.callee), wanted))
    if "DetailIds" in params:
        chosen = _detail_ids(params["DetailIds"])
        conditions.append(lambda moment: moment.plan.detail_id in chosen)
    return conditions + _ranges(params)


def _equals(value_of: Callable[[Moment], str], wanted: str) -> Condition:
    return lambda moment: value_of(moment) == wanted


def _ranges(params: Mapping[str, str]) -> list[Condition]:
    def duration(moment: Moment) -> int:
        return moment.attempt.duration if moment.attempt and moment.is_over else 0

    def called(moment: Moment) -> int | None:
        return moment.attempt.dialled_at if moment.attempt else None

    def imported(moment: Moment) -> int:
        return moment.plan.imported_at

    ranges = (
        (duration, "MinConversationDuration", "MaxConversationDuration", 60),  # asked for in minutes, told in seconds
        (called, "StartCallingTime", "EndCallingTime", 1),
        (imported, "StartImportedTime", "EndImportedTime", 1),
    )
    conditions: list[Condition] = []
    for value_of, lowest_name, highest_name, unit in ranges:
        lowest, highest = envelope.number(params, lowest_name), envelope.number(params, highest_name)
        if lowest is not None or highest is not None:
            conditions.append(_within(value_of, lowest, highest, unit))
    return conditions


def _within(value_of: Callable[[Moment], int | None], lowest: int | None, highest: int | None, unit: int) -> Condition:
    def fits(moment: Moment) -> bool:
        value = value_of(moment)
        if value is None:
            return False
        return (lowest is None or value >= lowest * unit) and (highest is None or value <= highest * unit)

    return fits


def _detail_ids(text: str) -> set[str]:
    try:
        ids = json.loads(text)
    except ValueError as error:
        raise invalid("DetailIds") from error
    if not isinstance(ids, list) or len(ids) > 100:
        raise invalid("DetailIds")
    return {str(one) for one in ids}


def _hashing(params: Mapping[str, str]) -> Callable[[str], str]:
    kind = envelope.number(params, "EncryptionType", 0)
    if kind == 0:
        return lambda number: number
    name = _HASHES.get(kind or 0, "")
    if name not in hashlib.algorithms_available:
        raise invalid("EncryptionType")
    return lambda number: hashed(number, name)
