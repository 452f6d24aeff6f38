"""Answers of either API that somebody saved: one or many in a file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from calls.aliyun import AliyunError, read_saved
from calls.importing.rows import MOST_ANSWERS, TOO_MANY, Row, Unreadable, Verdict
from calls.snapshot import Answer

OPENERS = ("{", "[", "<")
BETWEEN = re.compile(r"[\s,;]*")

Document = tuple[int, str]


def looks_saved(text: str) -> bool:
    return text.lstrip().startswith(OPENERS)


def rows_of(text: str) -> Iterator[Row]:
    """A row for every answer; a document that cannot be read is a row with its problem."""
    count = 0
    for line, document in _documents(text):
        try:
            answers = read_saved(document)
        except AliyunError as error:
            yield Row(line, _beginning(document), verdict=Verdict.WRONG, note=_problem(error))
            answers = []
        for answer in answers:
            yield _row(line, answer)
        count += len(answers) or 1
        if count > MOST_ANSWERS:
            raise Unreadable(TOO_MANY % {"most": MOST_ANSWERS})


def _documents(text: str) -> Iterator[Document]:
    """The documents one by one, so that a broken one does not take the others with it."""
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if len(lines) > 1 and all(line.lstrip().startswith("{") for _number, line in lines):
        return iter(lines)
    return _xml(text) if text.lstrip().startswith("<") else _json(text)


def _json(text: str) -> Iterator[Document]:
    """Documents one after another, or the members of one array."""
    decoder = json.JSONDecoder(strict=False)
    position = end = len(text) - len(text.lstrip())
    if is_array := text.startswith("[", position):
        position += 1
    while position < len(text) and not (is_array and text.startswith("]", position)):
        position = _after(BETWEEN, text, position)
        try:
            _value, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            # Perhaps only our splitting fails and the vendor's reader is more tolerant.
            end = len(text)
        if chunk := text[position:end].strip():
            yield _line(text, position), chunk
        position = _after(BETWEEN, text, end)


def _xml(text: str) -> Iterator[Document]:
    """Documents with the same root element, one after another."""
    root = re.search(r"<([A-Za-z_][\w.-]*)", text)
    end_tag = f"</{root[1]}>" if root else ""
    position = 0
    while position < len(text):
        found = text.find(end_tag, position) if end_tag else -1
        end = found + len(end_tag) if found >= 0 else len(text)
        if chunk := text[position:end].strip():
            yield _line(text, _after(BETWEEN, text, position)), chunk
        position = end


def _row(line: int, answer: Answer) -> Row:
    snapshot = answer.snapshot
    shown = " · ".join(text for text in (snapshot.call_id, snapshot.callee, snapshot.result_original) if text)
    if not (snapshot.call_id or snapshot.detail_id or (snapshot.callee and snapshot.started_at)):
        note = _("The answer does not say which call it is about: it has no call id.")
        return Row(line, shown or _beginning(answer.raw), verdict=Verdict.WRONG, note=note)
    return Row(line, shown, answer=answer)


def _problem(error: AliyunError) -> str:
    # The reader counts the documents it was given, and we gave it one.
    reason = error.message.removeprefix("document 1: ").rstrip(".")
    return _("This is no answer that can be read: %(reason)s.") % {"reason": reason}


def _beginning(document: str) -> str:
    return " ".join(document[:200].split())[:80]


def _after(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return found.end() if found else position


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
