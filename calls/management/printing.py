"""What commands say on the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils import timezone
from django.utils.formats import date_format

from calls.aliyun import AliyunError
from calls.models import Call
from calls.vocabulary import CallResult


def in_words(error: AliyunError) -> str:
    """One sentence with all the vendor said: its code, message and request id, and the right that is missing."""
    what = f"{error.operation}: " if error.operation else ""
    said = ", ".join(
        part
        for part in (
            f"Code {error.code}" if error.code else "",
            f"Message “{error.message}”",
            f"RequestId {error.request_id}" if error.request_id else "",
        )
        if part
    )
    missing = getattr(error, "missing_permission", "")
    return f"{what}{said}." + (f" Grant the RAM action {missing} to the user of the access key." if missing else "")


def call_lines(call: Call) -> Iterator[str]:
    """The call as a page would tell it, ids first, then what was said."""
    yield f"{call.get_source_display()} {call.call_id or call.key}"
    yield f"  {call.caller or '?'} → {call.callee or '?'}"
    result = CallResult(call.result).label if call.result else "no result yet"
    length = f", {call.duration} s" if call.duration is not None else ""
    yield f"  {result}{length}" + (f", intent {call.intent}" if call.intent else "")
    for name in ("started_at", "answered_at", "ended_at"):
        words = name.removesuffix("_at")
        if moment := getattr(call, name):
            yield f"  {words} {date_format(timezone.localtime(moment), 'Y-m-d H:i:s')}"
        elif raw := call.implausible_times.get(name):
            yield f"  {words} {raw} (implausible)"
    if tags := [str(tag) for tag in call.tags.all()]:
        yield f"  {' · '.join(tags)}"
    for turn in call.transcript:
        cut = " (interrupts)" if turn.interrupted else ""
        yield f"  {turn.speaker.label}{cut}: {turn.text}"
    for complaint in call.complaints:
        yield f"  ! {complaint}"
