"""What can be written to a file: calls, and what others keep, who say it here since they import calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from calls.columns import Cell
from calls.exporting.sheets import Head
from calls.models import BulkAction
from calls.vocabulary import JobKind


@dataclass(frozen=True, slots=True)
class Content:
    """What one file holds, by the rights of the moment it is written in."""

    title: str
    heads: Sequence[Head]
    # some hundred rows each: between them a cancelled job ends
    slices: Iterator[Sequence[Sequence[Cell]]]
    # what its BulkAction remembers of that moment: field -> value; complete when the last slice was read
    holds: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Exported:
    """One kind of export."""

    # raises Impossible
    content: Callable[[BulkAction], Content]
    # whether they may have such files at all
    may_export: Callable[[User], bool]
    # what its list asked, in words, for a reader; the list of calls says its own
    conditions: Callable[[BulkAction, User], list[str]] = lambda _action, _reader: []


_kinds: dict[str, Exported] = {}


def provide(kind: JobKind, exported: Exported) -> None:
    _kinds[kind] = exported


def exported(action: BulkAction) -> Exported:
    return _kinds[action.kind]
