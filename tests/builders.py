"""The smallest believable things. Every builder goes through the product's own door."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User

from calls.models import Call
from calls.snapshot import Answer, CallSnapshot, TagSnapshot, TurnSnapshot
from calls.vocabulary import CallResult, HungUpBy, Source, Speaker

_numbers = itertools.count(1)
_minutes = itertools.count(1)
# a reader without limits
ROOT = User(username="root", is_superuser=True)
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def start_at_noon() -> None:
    """The next call begins a minute after NOON: thousands of tests would else run days ahead of the clock."""
    global _minutes
    _minutes = itertools.count(1)


def make_snapshot(**changes: Any) -> CallSnapshot:
    """An answered AI agent call of 86 s with three turns and one tag."""
    number = next(_numbers)
    started_at = NOON + timedelta(minutes=next(_minutes))
    snapshot = CallSnapshot(
        source=Source.AICCS,
        task_id="138000",
        batch_id="139000",
        detail_id=str(966000 + number),
        call_id=f"{101299 + number}^10198273645",
        caller="057188996676",
        callee=f"138{number:08d}",
        result=CallResult.ANSWERED,
        result_original="ANSWERED",
        hung_up_by=HungUpBy.CUSTOMER,
        intent="B",
        started_at=started_at,
        answered_at=started_at + timedelta(seconds=12),
        ended_at=started_at + timedelta(seconds=98),
        duration=86,
        turns=(
            TurnSnapshot(Speaker.AGENT, "您好，请问是张女士吗？"),
            TurnSnapshot(Speaker.CUSTOMER, "等一下，我上次退款还没到账呢。", interrupted=True),
            TurnSnapshot(Speaker.AGENT, "好的，已经为您登记。"),
        ),
        tags=(TagSnapshot("客户情绪", "不满"),),
        is_final=True,
    )
    return replace(snapshot, **changes)


def make_answer(snapshot: CallSnapshot | None = None, **changes: Any) -> Answer:
    """An answer whose raw text stands for its content: another snapshot is another answer."""
    snapshot = snapshot or make_snapshot(**changes)
    text = json.dumps(repr(snapshot))
    return Answer(snapshot, operation="Made", raw=text, unsigned=text, request_id="F2051E18-FF3F-5C08")


def make_call(**changes: Any) -> Call:
    return Call.objects.absorb(make_answer(**changes)).call
