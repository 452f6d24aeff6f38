"""One JSON object of an answer, read field by field. What cannot be read costs that field, never the call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, TypeVar

from calls.aliyun import wire

T = TypeVar("T")

# China has had one zone and no summer time since 1991
BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# An answer that is wrong in a million places is told about in its first ones.
MOST_COMPLAINTS = 50
# no call of these products is older
EARLIEST = datetime(2010, 1, 1, tzinfo=UTC)
_WALL_CLOCK = re.compile(r"(\d{4})[./-](\d{1,2})[./-](\d{1,2})[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as the vendor wrote it; `at` (aware, UTC) is None when nobody can believe it."""

    raw: str
    at: datetime | None

    @classmethod
    def read(cls, value: str | float) -> Moment | None:
        """Epoch milliseconds, or Beijing wall clock with dots, dashes or slashes. None for 0 and blank."""
        raw = str(int(value) if isinstance(value, float) and value.is_integer() else value).strip()
        if not raw.strip("0"):
            return None
        at = _from_millis(raw) if raw.isdigit() else _from_beijing(raw)
        is_plausible = at is not None and EARLIEST <= at <= datetime.now(UTC) + timedelta(days=1)
        return cls(raw, at if is_plausible else None)


def to_millis(at: datetime) -> int:
    """Epoch milliseconds of an aware time."""
    return (at - EPOCH) // timedelta(milliseconds=1)


def _from_millis(raw: str) -> datetime | None:
    try:
        return EPOCH + timedelta(milliseconds=int(raw))
    except (ValueError, OverflowError):
        return None


def _from_beijing(raw: str) -> datetime | None:
    match = _WALL_CLOCK.fullmatch(raw)
    if not match:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=BEIJING).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


class Fields:
    """Reads one object. Sentences about what could not be read gather in `complaints`."""

    __slots__ = ("_of", "complaints", "values")

    def __init__(self, values: Mapping[str, Any], complaints: list[str], *, of: str = "") -> None:
        self.values = values
        self.complaints = complaints
        self._of = of

    def text(self, name: str, *others: str) -> str:
        """Without blanks around; numbers become text, for ids come either way."""
        value = self.values.get(name)
        if value is None and others:
            return self.text(*others)
        if value is None:
            return ""
        if isinstance(value, str):
            return value.strip()
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return str(value)
        return self._skip(name, value, "text", "")

    def whole(self, *names: str) -> int | None:
        """A whole number, also when it comes as text."""
        name, value = self._find(names)
        if isinstance(value, str):
            value = value.strip() or None
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            try:
                number = int(value)
            except (ValueError, OverflowError):
                number = None
            if number is not None and (isinstance(value, str) or number == value):
                return number
        return self._skip(name, value, "a whole number", None)

    def count(self, *names: str) -> int | None:
        """A whole number that is not negative."""
        number = self.whole(*names)
        if number is not None and number < 0:
            return self._skip(names[0], number, "a number from 0", None)
        return number

    def flag(self, *names: str) -> bool | None:
        name, value = self._find(names)
        if isinstance(value, str):
            value = {"true": True, "false": False, "": None}.get(value.strip().lower(), value)
        return value if isinstance(value, bool) else self._skip(name, value, "true or false", None)

    def rate(self, *names: str) -> float | None:
        """Percent, from `74.14%` or a number."""
        name, value = self._find(names)
        text = str(value).strip().rstrip("%％")
        if value is None or not text:
            return None
        if not isinstance(value, bool) and re.fullmatch(r"\d{1,12}(\.\d+)?", text):
            return float(text)
        return self._skip(name, value, "a percentage", None)

    def moment(self, *names: str) -> Moment | None:
        name, value = self._find(names)
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            return Moment.read(value)
        return self._skip(name, value, "a time", None)

    def texts(self, *names: str) -> tuple[str, ...]:
        """A list of texts, or one text."""
        name, value = self._find(names)
        value = [value] if isinstance(value, str) else value
        if isinstance(value, list) and all(isinstance(item, (str, int, float)) for item in value):
            return tuple(str(item).strip() for item in value)
        return self._skip(name, value, "a list of texts", ())

    def objects(self, name: str, *, with_any_of: Iterable[str]) -> list[Fields]:
        """The objects of a list. XML wraps a list in one more element, or tells a list of one as the object itself."""
        rows = self.values.get(name)
        if isinstance(rows, Mapping) and len(rows) == 1:
            rows = next((inner for inner in rows.values() if isinstance(inner, list | Mapping)), rows)
        if isinstance(rows, Mapping) and any(key in rows for key in with_any_of):
            rows = [rows]
        if not isinstance(rows, list):
            rows = self._skip(name, rows or None, "a list", [])
        return [
            Fields(row, self.complaints, of=name)
            for row in rows
            if isinstance(row, dict) or self._skip(f"one of {name}", row, "an object", False)
        ]

    def nested(self, *names: str) -> Any:
        """A value that may be JSON inside a string. ValueError or RecursionError when that cannot be read."""
        return wire.load_nested(self._find(names)[1])

    def complain(self, sentence: str) -> None:
        if len(self.complaints) < MOST_COMPLAINTS:
            self.complaints.append(f"{self._of}: {sentence}" if self._of else sentence)

    def _find(self, names: tuple[str, ...]) -> tuple[str, Any]:
        for name in names:
            if (value := self.values.get(name)) is not None:
                return name, value
        return name, None

    def _skip(self, name: str, value: Any, wanted: str, instead: T) -> T:
        if value is not None:
            self.complain(f"{name} was not read: {wanted} was expected, not {shown(value)}.")
        return instead


def shown(value: Any) -> str:
    """At most 60 characters of a value, for a sentence."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
