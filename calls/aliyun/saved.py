"""Answers that somebody saved: which API they are from, where one ends and the next begins."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from calls.aliyun import failures, wire
from calls.aliyun.answers import answer_of
from calls.aliyun.errors import AliyunError, BadPayload
from calls.snapshot import Answer, CallRef, CallSnapshot
from calls.vocabulary import Source

_ENVELOPE = ("Data", "Code", "RequestId")
_AICCS_NAMES = {"CallId", "CalledPhone", "CallResult", "ConversationRecord", "OutputTags", "PickUpTime", "Variables"}
_ROBOT_NAMES = {"taskId", "callId", "called", "callResult", "dialogDetail", "callStartTime", "hangupDirection"}
_XML_START = re.compile(r"\s*(?:<\?xml[^>]*\?>\s*)?<([\w.-]+)[^>]*>")


def read_saved(text: str, ref: CallRef | None = None) -> list[Answer]:
    """Answers of either API that somebody saved: JSON or XML, one document, several, a JSON array, or one a line.

    `ref` adds ids that a single answer does not carry itself. Raises BadPayload, which names the documents it means.
    """
    read = list(read_each(text, ref))
    errors = [item for item in read if isinstance(item, BadPayload)]
    if errors:
        shown = "; ".join(error.message for error in errors[:5])
        more = f"; and {len(errors) - 5} more" if len(errors) > 5 else ""
        raise BadPayload(f"{shown}{more}", raw=text)
    return [item for item in read if isinstance(item, Answer)]


def read_each(text: str, ref: CallRef | None = None) -> Iterator[Answer | BadPayload]:
    """The same document by document: one that cannot be read is its error, and the next goes on."""
    documents = list(_documents(text))
    if len(documents) > 1:
        # lent to several calls, one call's ids would make them all that call
        ref = None
    for number, (document, raw) in enumerate(documents, 1):
        try:
            yield _read(document, raw, ref)
        except AliyunError as error:
            yield BadPayload(f"document {number}: {error.message}", raw=raw, code=error.code)
        except wire.UNREADABLE as error:
            yield BadPayload(f"document {number}: {error or type(error).__name__}", raw=raw)
    if not documents:
        yield BadPayload("there is no document in it", raw=text)


def _read(document: Any, raw: str, ref: CallRef | None) -> Answer:
    if isinstance(document, Exception):
        raise document
    if not isinstance(document, dict):
        raise TypeError("an answer is an object")
    if isinstance(document.get("body"), dict):
        # the official SDK's whole response, printed
        document = document["body"]
    is_envelope = any(name in document for name in _ENVELOPE)
    code = failures.word(document, "Code") if is_envelope else ""
    if code and code != failures.OK:
        raise BadPayload(f"the vendor refused: {code} {failures.word(document, 'Message')}", code=code)
    data = wire.load_nested(document.get("Data")) if is_envelope else document
    source = _source(data)
    answer = answer_of(source, data, raw, ref, request_id=failures.request_id_of(document, {}))
    if not _names_a_call(answer.snapshot):
        raise ValueError("the answer does not say which call it is; add the call by its ids")
    return answer


def _source(data: Any) -> Source:
    call = data[0] if isinstance(data, list) and len(data) == 1 else data
    if not call:
        raise ValueError("the answer has no call in it")
    if isinstance(call, list):
        raise ValueError(f"the answer holds {len(call)} calls; save each call's own answer")
    names = set(call) if isinstance(call, dict) else set()
    if names & _AICCS_NAMES:
        return Source.AICCS
    if names & _ROBOT_NAMES:
        return Source.ROBOT
    raise ValueError("it is no call detail of either API")


def _names_a_call(snapshot: CallSnapshot) -> bool:
    if snapshot.call_id or snapshot.detail_id:
        return True
    return snapshot.source == Source.ROBOT and bool(snapshot.task_id and snapshot.callee)


def _documents(text: str) -> Iterator[tuple[Any, str]]:
    text = text.strip("\ufeff \t\r\n")
    if not text:
        return iter(())
    return _xml_documents(text) if text.startswith("<") else _json_documents(text)


def _xml_documents(text: str) -> Iterator[tuple[Any, str]]:
    at = 0
    while at < len(text):
        start = _XML_START.match(text, at)
        close = f"</{start[1]}>" if start else ""
        found = text.find(close, at) if close else -1
        end = found + len(close) if found >= 0 else len(text)
        if raw := text[at:end].strip():
            yield _loaded(raw, wire.load_xml), raw
        at = end


def _json_documents(text: str) -> Iterator[tuple[Any, str]]:
    documents, rest = wire.load_sequence(text)
    for document, raw in [*documents, *_tolerant_documents(rest)]:
        if isinstance(document, list):
            yield from ((item, wire.canonical(item)) for item in document)
        else:
            yield document, raw


def _tolerant_documents(text: str) -> list[tuple[Any, str]]:
    whole = _loaded(text, wire.load_tolerantly)
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return []
    is_one_a_line = all(line.lstrip().startswith("{") for line in lines)
    if len(lines) == 1 or not is_one_a_line or not isinstance(whole, Exception):
        return [(whole, text)]
    return [(_loaded(line, wire.load_tolerantly), line) for line in lines]


def _loaded(text: str, load: Any) -> Any:
    try:
        return load(text)
    except RecursionError:
        return ValueError("it is nested too deeply")
    except wire.UNREADABLE as error:
        if isinstance(error, json.JSONDecodeError) and text.lstrip()[:1] not in {"{", "["}:
            return ValueError("it is neither JSON nor XML")
        return error
