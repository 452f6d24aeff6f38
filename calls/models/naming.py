"""What names a call at the vendor, and which row of the cache an answer is about."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.apps import apps
from django.db.models import Q

from calls.models.cleaning import clean_text
from calls.snapshot import CallSnapshot
from calls.vocabulary import Source

if TYPE_CHECKING:
    from calls.models.call import Call, CallQuerySet

# what an answer may leave out, and what is known already then stays; with the columns' lengths
NAMES = {"task_id": 64, "batch_id": 64, "detail_id": 64, "call_id": 128, "callee": 128}


def key_of(snapshot: CallSnapshot) -> str:
    """The names in one column; `call:` and the call id when a saved answer told no more."""
    if snapshot.source == Source.AICCS:
        if snapshot.detail_id:
            return f"{snapshot.task_id}/{snapshot.batch_id}/{snapshot.detail_id}"
        return f"call:{snapshot.call_id}"
    start = snapshot.started_at.isoformat() if snapshot.started_at else snapshot.implausible_times.get("started_at", "")
    return f"{snapshot.task_id}/{snapshot.callee}/{start or snapshot.call_id}"


def cached() -> CallQuerySet:
    # models/call.py imports absorbing, which imports this
    return apps.get_model("calls", "Call").objects.all()


def find(snapshot: CallSnapshot) -> Call | None:
    """By key, or by call id, which finds a robot call that moved and a call once imported without its ids."""
    key, call_id = clean_text(key_of(snapshot), 255), clean_text(snapshot.call_id, NAMES["call_id"])
    same = Q(key=key)
    if call_id:
        same |= Q(call_id=call_id) & _may_meet(snapshot)
    # Locked as everybody locks calls, by their numbers.
    found = list(cached().select_for_update().filter(same, source=snapshot.source).order_by("pk"))
    found.sort(key=lambda call: call.placed_at, reverse=True)
    found.sort(key=lambda call: call.key != key)
    if snapshot.source == Source.ROBOT:
        # A robot call keeps its call id for life, while its start may be corrected onto another call's.
        found.sort(key=lambda call: call.call_id != call_id)
    return found[0] if found else None


def completed(snapshot: CallSnapshot, call: Call) -> CallSnapshot:
    """With the names that the answer does not tell, all as the database holds them."""
    names = {name: clean_text(getattr(snapshot, name), size) or getattr(call, name) for name, size in NAMES.items()}
    if call.source == Source.ROBOT and "*" in names["callee"] and call.callee:
        # The number is one of the names, and a masked one cannot be asked with.
        names["callee"] = call.callee
    return replace(snapshot, **names)  # type: ignore[arg-type]


def _may_meet(snapshot: CallSnapshot) -> Q:
    """Which calls of the same call id are the same call."""
    if snapshot.source == Source.ROBOT:
        return Q(task_id__in=["", snapshot.task_id]) if snapshot.task_id else Q()
    return Q(detail_id="") if snapshot.detail_id else Q()
