"""An answer's text and object as `Answer`: the snapshot, and what two answers are compared by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from calls.aliyun import aiccs, robot, snapshots, wire
from calls.aliyun.errors import BadPayload, NotReady
from calls.snapshot import Answer, CallRef, CallSnapshot
from calls.vocabulary import Source

LINKS = ("RecordingFileDownloadUrl", "recordFile")
OPERATIONS = {Source.AICCS: aiccs.DETAIL, Source.ROBOT: robot.DETAIL}


def answer_of(source: Source, data: Any, raw: str, ref: CallRef | None = None, *, request_id: str = "") -> Answer:
    """The answer whose payload is `data`: an object, a list of one, or JSON text of either.

    Raises NotReady when the payload is empty, BadPayload when it cannot be read.
    """
    operation = OPERATIONS[source]
    ref = ref if ref and ref.source == source else None
    try:
        call = _the_call(wire.load_nested(data))
        if call is None:
            raise NotReady("the vendor has nothing to tell about this call", request_id=request_id, operation=operation)
        snapshot = _snapshot(source, call, ref)
        return Answer(snapshot, operation, raw, _unsigned(call), request_id)
    except wire.UNREADABLE as error:
        reason = str(error) or type(error).__name__
        raise BadPayload(
            f"the answer cannot be read: {reason}", raw=raw, request_id=request_id, operation=operation
        ) from None


def _the_call(data: Any) -> Mapping[str, Any] | None:
    if isinstance(data, list):
        # Several attempts of one redialled call: the latest, which of those without a start is the last one told.
        told = [item for item in reversed(data) if item]
        data = max(told, key=_start) if all(isinstance(item, dict) for item in told) and told else (told or None)
    if data is None or data == {}:
        return None
    if not isinstance(data, dict):
        raise TypeError(f"the payload is a {type(data).__name__}, not an object")
    is_empty = all(value is None or value in ("", [], {}) for value in data.values())
    return None if is_empty else data


def _start(call: Mapping[str, Any]) -> str:
    return str(call.get("callStartTime") or "")


def _snapshot(source: Source, call: Mapping[str, Any], ref: CallRef | None) -> CallSnapshot:
    if source == Source.AICCS:
        return snapshots.of_conversation(aiccs.ConversationDetail.parse(call), ref)
    return snapshots.of_robot_call(robot.RobotCall.parse(call), ref)


def _unsigned(call: Mapping[str, Any]) -> str:
    links = {name: _without_query(call[name]) for name in LINKS if isinstance(call.get(name), str)}
    return wire.canonical({**call, **links})


def _without_query(link: str) -> str:
    try:
        return urlunsplit(urlsplit(link)._replace(query="", fragment=""))
    except ValueError:
        return link
