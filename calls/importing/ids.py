"""The ids that name a call, as people type them and spreadsheets mangle them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from calls.snapshot import CallRef
from calls.vocabulary import Source

# Alibaba Cloud's consoles and text times are in Beijing time, wherever this page is read.
BEIJING = ZoneInfo("Asia/Shanghai")
EARLIEST = datetime(2010, 1, 1, tzinfo=UTC)
FIELDS = {
    Source.AICCS: ("task_id", "batch_id", "detail_id"),
    Source.ROBOT: ("task_id", "callee", "query_date"),
}
LONGEST = {"task_id": 64, "batch_id": 64, "detail_id": 64, "callee": 32, "query_date": 40}
FORMULA = re.compile(r'^="?(.*?)"?$|^\'(.*)$')
SHORTENED = re.compile(r"^\d([.,]\d+)?E\+?\d+$", re.IGNORECASE)
PLAIN_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_^-]*$")
NUMBER = re.compile(r"^\+?[0-9][0-9-]{2,}$")
HASH = re.compile(r"^[0-9A-Fa-f]{32}$|^[0-9A-Fa-f]{64}$")


class WrongId(ValueError):
    """`field` is one of ours, the message a sentence that says what to fix."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def checked_ref(source: Source, values: Mapping[str, str]) -> CallRef:
    """The reference these texts name; WrongId for the first that cannot be right."""
    texts = {field: checked_text(field, values.get(field, "")) for field in FIELDS[source]}
    if source == Source.AICCS:
        return CallRef.aiccs(**texts)
    if not texts["task_id"].isdigit():
        raise WrongId("task_id", _("The task id of a scripted robot is a number."))
    return CallRef.robot(texts["task_id"], texts["callee"], checked_instant(texts["query_date"]))


def checked_text(field: str, value: str) -> str:
    """Half-width, trimmed and free of a spreadsheet's wrapping."""
    text = unicodedata.normalize("NFKC", value).strip()
    if found := FORMULA.match(text):
        text = (found[1] or found[2] or "").strip()
    if problem := _problem(field, text):
        raise WrongId(field, problem)
    return text


def _problem(field: str, text: str) -> str:
    name = {"field": field}
    if not text:
        return _("%(field)s is empty.") % name
    if len(text) > LONGEST[field]:
        return _("%(field)s is too long to be one.") % name
    if "*" in text:
        return _("%(field)s is masked. The vendor needs it whole, without asterisks.") % name
    if SHORTENED.match(text):
        return _("A spreadsheet has shortened %(field)s. Format the column as text and export again.") % name
    if field == "callee" and not (NUMBER.match(text) or HASH.match(text)):
        return _("callee is not a phone number.")
    if field.endswith("_id") and not PLAIN_ID.match(text):
        return _("%(field)s may hold letters, digits, - and _ only.") % name
    return ""


def checked_instant(text: str) -> int:
    """Epoch milliseconds, a date (its first moment in Beijing) or a date and time (Beijing's unless it has a zone)."""
    is_count = text.isascii() and text.isdigit() and len(text) != 8
    instant = _from_millis(text) if is_count else _from_words(text)
    if not EARLIEST <= instant <= datetime.now(UTC) + timedelta(days=1):
        raise WrongId("query_date", _("query_date lies before 2010 or in the future."))
    return round(instant.timestamp() * 1000)


def _from_millis(text: str) -> datetime:
    if len(text) == 10:
        raise WrongId("query_date", _("query_date is in seconds. The vendor counts milliseconds: add three digits."))
    if len(text) != 13:
        raise WrongId("query_date", _("query_date in milliseconds has 13 digits, as in 1562297550000."))
    return datetime.fromtimestamp(int(text) / 1000, UTC)


def _from_words(text: str) -> datetime:
    if re.fullmatch(r"\d{8}", text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    day, separator, clock = re.sub(r"(?<=\d)[./](?=\d+[./]\d|\d{1,2}([ T]|$))", "-", text).partition(" ")
    words = f"{day}T{clock.strip()}" if separator else day
    try:
        if instant := parse_datetime(words):
            return instant if instant.tzinfo else instant.replace(tzinfo=BEIJING)
        if date := parse_date(words):
            return datetime(date.year, date.month, date.day, tzinfo=BEIJING)
    except (ValueError, OverflowError):
        pass
    raise WrongId("query_date", _("query_date is no date. Write it as in 2026-11-20 14:32:05 or 2026-11-20."))
