"""What a database would refuse, made storable: the raw answer keeps the original."""

from __future__ import annotations

import math
from typing import Any

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
BIGGEST = 2**63 - 1


def clean_text(value: str, limit: int | None = None) -> str:
    """No NUL (PostgreSQL refuses it), no lone surrogate (neither database takes it), at most `limit` characters."""
    value = value.replace("\x00", "").encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return value if limit is None else value[:limit]


def clean_json(value: Any) -> Any:
    """The same for everything inside a JSON value; NaN and infinity become null, integers past 64 bits text."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(str(key)): clean_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > BIGGEST:
        return str(value)
    return value
