"""The vendor pages' own sample answers, and answers made from them."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from calls.aliyun import read_saved
from calls.snapshot import Answer, CallRef, CallSnapshot

FIXTURES = Path(__file__).parent.parent / "fixtures" / "aliyun"
CONVERSATION = CallRef.aiccs("1380000000000001", "1390000000000216", "9662000000000001")
ROBOT_CALL = CallRef.robot("1045001", "13000000000", 1562297550000)


def text(name: str) -> str:
    return (FIXTURES / name).read_text(encoding="utf-8")


def conversation(**changes: Any) -> dict[str, Any]:
    """The AI agent sample with `Data` changed; a field set to `...` is left out."""
    return _changed("aiccs-sample.json", changes)


def robot_call(**changes: Any) -> dict[str, Any]:
    """The robot sample with `Data` changed; a field set to `...` is left out."""
    return _changed("robot-sample.json", changes)


def read(body: Any, ref: CallRef | None = None) -> Answer:
    [answer] = read_saved(body if isinstance(body, str) else json.dumps(body, ensure_ascii=False), ref)
    return answer


def read_conversation(**changes: Any) -> CallSnapshot:
    return read(conversation(**changes), CONVERSATION).snapshot


def read_robot_call(**changes: Any) -> CallSnapshot:
    return read(robot_call(**changes), ROBOT_CALL).snapshot


def _changed(name: str, changes: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = copy.deepcopy(json.loads(text(name)))
    body["Data"] = {key: value for key, value in (body["Data"] | changes).items() if value is not ...}
    return body
