"""How a call's answers differ from one revision to the next, in our words where they can be read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.utils.formats import localize
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from calls.aliyun import AliyunError, read_saved
from calls.dates import moment_in_words
from calls.models import Call, Payload
from calls.numbers import Numbers
from calls.snapshot import CallSnapshot
from calls.views.call_details import COUNTERS

# of a snapshot, what is compared elsewhere or never shown
APART = {"source", "turns", "tags", "variables", "counters", "implausible_times", "complaints", "recording_url"}
PHONES = {"caller", "callee", "transfer_number"}
# a signed link opens the recording for everyone who has it: its query never reaches a page
SIGNATURE = re.compile(r"(https?:(?:\\?/){2}[^\s\"'?<>]+)\?[^\s\"'<>]+")


@dataclass(frozen=True, slots=True)
class Change:
    """`before` and `after` are `""` where there was nothing."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Revision:
    payload: Payload
    changes: list[Change] | None
    """None for the first one, and where one of the two cannot be read."""


def revisions_of(call: Call, numbers: Numbers, *, limit: int = 5) -> list[Revision]:
    """The newest answers, each with what it changed."""
    payloads = list(call.payloads.order_by("-revision")[: limit + 1])
    snapshots = [snapshot_in(payload) for payload in payloads]
    pairs = zip_longest(payloads[:limit], snapshots[:limit], snapshots[1:])
    return [
        Revision(payload, changes_between(before, after, numbers) if before and after else None)
        for payload, after, before in pairs
        if payload is not None
    ]


def snapshot_in(payload: Payload) -> CallSnapshot | None:
    """The kept answer read again; None when it cannot be."""
    try:
        answers = read_saved(payload.body)
    except (AliyunError, NotImplementedError):
        return None
    return answers[0].snapshot if len(answers) == 1 else None


def changes_between(before: CallSnapshot, after: CallSnapshot, numbers: Numbers) -> list[Change]:
    changes = [
        *_fields(before, after, numbers),
        *_keyed(_tags(before), _tags(after)),
        *_keyed(_variables(before), _variables(after)),
        *_keyed(_counters(before), _counters(after)),
        *_turns(before, after),
        *_times(before, after),
    ]
    return [Change(change.label, numbers.hide(change.before), numbers.hide(change.after)) for change in changes]


def raw_changes(before: str, after: str) -> list[Change]:
    """The same for answers that cannot be read: every value of the raw text that differs, under its own path."""
    return list(_keyed(_flat(_loaded(before)), _flat(_loaded(after))))


def pretty(body: str) -> str:
    """The raw answer laid out for reading, without the signatures of links."""
    loaded = _loaded(body)
    text = loaded if isinstance(loaded, str) else json.dumps(loaded, ensure_ascii=False, indent=2)
    return SIGNATURE.sub(r"\1?…", text)


def _fields(before: CallSnapshot, after: CallSnapshot, numbers: Numbers) -> Iterator[Change]:
    for name in CallSnapshot.__dataclass_fields__:
        old, new = getattr(before, name), getattr(after, name)
        if name in APART or old == new:
            continue
        as_text = numbers.show if name in PHONES else _said
        yield Change(_label(name), as_text(old), as_text(new))


def _label(name: str) -> str:
    extra = {"has_recording": _("recording"), "unread_transcript": _("unread transcript")}
    try:
        return capfirst(extra.get(name) or str(Call._meta.get_field(name).verbose_name))  # type: ignore[union-attr]
    except FieldDoesNotExist:
        return name


def _said(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if hasattr(value, "label"):
        return str(value.label)
    return moment_in_words(value) if isinstance(value, datetime) else str(localize(value))


def _keyed(before: dict[str, str], after: dict[str, str]) -> Iterator[Change]:
    for key in {**before, **after}:
        old, new = before.get(key), after.get(key)
        if old != new:
            yield Change(key, old or "", new or "")


def _tags(snapshot: CallSnapshot) -> dict[str, str]:
    values: dict[str, list[str]] = {}
    for tag in snapshot.tags:
        # a tag without a value says all by being there
        values.setdefault(tag.name, []).append(tag.value or _("yes"))
    return {name: " · ".join(several) for name, several in values.items()}


def _variables(snapshot: CallSnapshot) -> dict[str, str]:
    return {variable.name or variable.key: variable.value for variable in snapshot.variables}


def _counters(snapshot: CallSnapshot) -> dict[str, str]:
    return {str(COUNTERS.get(name, name)): str(count) for name, count in snapshot.counters.items()}


def _times(before: CallSnapshot, after: CallSnapshot) -> Iterator[Change]:
    old = {_label(name): value for name, value in before.implausible_times.items()}
    return _keyed(old, {_label(name): value for name, value in after.implausible_times.items()})


def _turns(before: CallSnapshot, after: CallSnapshot) -> Iterator[Change]:
    for index, (old, new) in enumerate(zip_longest(before.turns, after.turns), start=1):
        if old != new:
            label = _("Turn %(number)d") % {"number": index}
            yield Change(label, old.text if old else "", new.text if new else "")


def _loaded(text: str) -> Any:
    """JSON as values; anything else as its text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _flat(value: Any, path: str = "") -> dict[str, str]:
    if isinstance(value, dict):
        members = [(f"{path}.{key}" if path else str(key), item) for key, item in value.items()]
    elif isinstance(value, list):
        members = [(f"{path}[{index}]", item) for index, item in enumerate(value)]
    else:
        return {path or _("Answer"): SIGNATURE.sub(r"\1?…", str(value))}
    return {key: text for name, item in members for key, text in _flat(item, name).items()}
