"""When to look at a call again. The only place that knows."""

from __future__ import annotations

from datetime import datetime, timedelta

from calls.models import Call, Recording
from calls.vocabulary import RecordingState

UNFINISHED = timedelta(minutes=1)
# A recording appears some time after the call has ended; these are ages of the call.
RECORDING_AGES = (
    *(timedelta(minutes=minutes) for minutes in (1, 5, 15)),
    *(timedelta(hours=hours) for hours in range(1, 25)),
)
# A call that never ends at the vendor is looked at less and less often.
STALE_AFTER, STALE = timedelta(days=1), timedelta(hours=1)
LOST_AFTER = timedelta(days=7)


def next_look(call: Call, recording: Recording | None, now: datetime) -> datetime | None:
    """None rests until somebody asks."""
    if not call.is_final:
        age = now - call.first_seen_at
        if age > LOST_AFTER:
            return None
        return now + (STALE if age > STALE_AFTER else UNFINISHED)
    if recording is not None and recording.state == RecordingState.EXPECTED:
        return _next_look_for_recording(call, now)
    return None


def is_recording_overdue(call: Call, recording: Recording | None, now: datetime) -> bool:
    """The vendor had a day to offer it."""
    is_expected = recording is not None and recording.state == RecordingState.EXPECTED
    return call.is_final and is_expected and _next_look_for_recording(call, now) is None


def _next_look_for_recording(call: Call, now: datetime) -> datetime | None:
    # A vendor's clock that runs ahead must not postpone the first look.
    ended_at = min(call.ended_at or call.placed_at, now)
    return next((ended_at + age for age in RECORDING_AGES if ended_at + age > now), None)
