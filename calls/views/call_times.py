"""When each turn is heard, in words for the page: from listening, or from what the source noted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _

from calls.hearing import Origin, TurnTime
from calls.hearing.talking import SURE
from calls.models import Call
from calls.recordings.starts import SLACK, picked_up_at

ESTIMATED = (Origin.ALIGNED, Origin.SHARED)
UNKNOWN_LENGTH = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class LineTime:
    """Seconds into the recording; `until` is None where only the start is known. `note` says where it is from."""

    at: float
    until: float | None
    is_estimated: bool
    is_unsure: bool
    is_set: bool
    note: str

    @property
    def start(self) -> str:
        """As an attribute: no locale may touch it."""
        return f"{self.at:.3f}".rstrip("0").rstrip(".")

    @property
    def end(self) -> str:
        return "" if self.until is None else f"{self.until:.3f}".rstrip("0").rstrip(".")


def heard_time(time: TurnTime, notes: dict[tuple[Origin, int | None], str]) -> LineTime:
    """`notes` are those made so far: thousands of turns share a few."""
    is_estimated = time.origin in ESTIMATED
    is_unsure = is_estimated and time.confidence < SURE
    key = (time.origin, time.confidence if is_unsure else None)
    if key not in notes:
        notes[key] = _note(time, is_unsure)
    return LineTime(time.start / 1000, time.end / 1000, is_estimated, is_unsure, time.origin == Origin.SET, notes[key])


def noted_time(call: Call, spoken_at: datetime | None) -> LineTime | None:
    """By the source's clock; None when it says nothing about this call, as in the vendor's sample."""
    at = _offset(call, spoken_at)
    if at is None or spoken_at is None:
        return None
    moment = format_date(timezone.localtime(spoken_at), "H:i:s")
    note = _("Estimated; the source noted %(moment)s") % {"moment": moment}
    return LineTime(at, None, is_estimated=True, is_unsure=False, is_set=False, note=note)


def line_times(call: Call, times: Sequence[TurnTime], spoken: Sequence[datetime | None]) -> list[LineTime | None]:
    """One a turn. Times of another transcript would lie, so they count only when there is one for each turn."""
    if len(times) == len(spoken):
        notes: dict[tuple[Origin, int | None], str] = {}
        return [heard_time(time, notes) for time in times]
    return [noted_time(call, spoken_at) for spoken_at in spoken]


def _note(time: TurnTime, is_unsure: bool) -> str:
    if is_unsure:
        return _("Unsure: right within a second with a chance of %(percent)s %%") % {"percent": time.confidence}
    return {
        Origin.SET: _("Set by a person"),
        Origin.SAID: _("As the source noted it"),
        Origin.ALIGNED: _("Estimated by listening to the recording"),
        Origin.SHARED: _("Estimated from the length of the text"),
    }[time.origin]


def _offset(call: Call, spoken_at: datetime | None) -> int | None:
    """Seconds from the start of the call; None for a time outside of it."""
    start = picked_up_at(call)
    if spoken_at is None or start is None:
        return None
    length = timedelta(seconds=call.duration) if call.duration else UNKNOWN_LENGTH
    if call.ended_at and call.ended_at > start:
        length = max(length, call.ended_at - start)
    offset = spoken_at - start
    if not -SLACK <= offset <= length + SLACK:
        return None
    return max(int(offset.total_seconds()), 0)
