"""What the typed requests of both APIs share: a request is a dataclass named after its operation."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from functools import cache
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A request. What is None is not sent; `task_id` travels as `TaskId`."""

    @property
    def name(self) -> str:
        return type(self).__name__

    def params(self) -> dict[str, str]:
        """The query as the official SDK sends it: numbers as decimal text, lists as one JSON text."""
        names = _names(type(self))  # type: ignore[arg-type]  # a class can be hashed
        values = ((wire_name, getattr(self, name)) for name, wire_name in names)
        return {wire_name: _wire_text(value) for wire_name, value in values if value is not None}


@cache
def _names(operation: Any) -> tuple[tuple[str, str], ...]:
    names = [field.name for field in fields(operation)]
    return tuple((name, "".join(part.capitalize() for part in name.split("_"))) for name in names)


def _wire_text(value: str | int | tuple[int, ...]) -> str:
    return json.dumps(value, separators=(",", ":")) if isinstance(value, tuple) else str(value)
