"""What the fields beside the search box ask, as plain values for the search."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from calls.filters.choices import RECORDINGS, tag_of
from calls.search.filters import Filters
from calls.search.traits import LENGTHS
from calls.vocabulary import Source


def filters_of(chosen: Mapping[str, Any], *, within: tuple[str, ...] | None) -> Filters:
    """`chosen` are the form's fields with what was understood of each, `within` what the reader may see."""
    since, until = _days_chosen(chosen)
    return Filters(
        sources=tuple(chosen.get("source", ())),
        tasks=tuple(f"{source}/{task}" for task in chosen.get("task", ()) for source in Source.values),
        results=tuple(chosen.get("result", ())),
        intents=tuple(chosen.get("intent", ())),
        hung_up_by=tuple(chosen.get("hung", ())),
        recordings=tuple(state for key in chosen.get("recording", ()) for state in RECORDINGS[key]),
        labels=tuple(chosen.get("label", ())),
        tags=tuple((name, value or None) for name, value in map(tag_of, chosen.get("tag", ()))),
        reviews=tuple(chosen.get("review", ())),
        has_transcript=_one_of_two(chosen.get("transcript", ())),
        durations=_durations(chosen),
        turns=(chosen.get("turns_from"), chosen.get("turns_to")),
        since=since,
        until=until,
        within=within,
    )


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _days(when: str) -> tuple[datetime, datetime | None]:
    today = timezone.localdate()
    if when == "yesterday":
        return _start_of(today - timedelta(days=1)), _start_of(today)
    first = {"today": today, "7d": today - timedelta(days=6), "month": today.replace(day=1)}[when]
    return _start_of(first), None


def _days_chosen(chosen: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    """From and before which instant: what a preset and two days leave together."""
    spans = [_days(chosen["when"])] if "when" in chosen else []
    since = [_start_of(chosen["since"])] if "since" in chosen else []
    until = [_start_of(chosen["until"] + timedelta(days=1))] if "until" in chosen else []
    since += [first for first, _end in spans]
    until += [end for _first, end in spans if end]
    return max(since, default=None), min(until, default=None)


def _durations(chosen: Mapping[str, Any]) -> tuple[tuple[int | None, int | None], ...]:
    """Named lengths and a range of seconds stand beside each other: one of them has to hold."""
    named = tuple(LENGTHS[key] for key in chosen.get("length", ()))
    low, high = chosen.get("shortest"), chosen.get("longest")
    return named if low is None and high is None else (*named, (low, high))


def _one_of_two(keys: Collection[str]) -> bool | None:
    return "yes" in keys if len(keys) == 1 else None
