"""A place in a list, as an address writes it: the position of a call, with its value where a value orders the list."""

from __future__ import annotations

from calls.search.index import Hit
from calls.search.sorting import Place

UNKNOWN = "none"
# before every call there is
START = "0"


def cursor_of(hit: Hit, *, has_value: bool) -> str:
    if not has_value:
        return str(hit.position)
    return f"{UNKNOWN if hit.value is None else hit.value}.{hit.position}"


def place_at(cursor: str, *, has_value: bool) -> Place | None:
    """None for what is no cursor of such a list: it then begins at its start."""
    value, _dot, position = cursor.rpartition(".")
    if not _is_number(position) or has_value != bool(value):
        return None
    if value in ("", UNKNOWN):
        return Place(int(position), None)
    return Place(int(position), int(value)) if _is_number(value) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19
