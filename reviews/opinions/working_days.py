"""Until when an answer is owed. Only weekends are free: which days a country has off is decided year by year."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

SATURDAY = 5


def working_days_after(moment: datetime, days: int) -> datetime:
    """The same time of day that many working days later, on the clock of the site."""
    due = timezone.localtime(moment)
    while days > 0:
        due += timedelta(days=1)
        days -= due.weekday() < SATURDAY
    while due.weekday() >= SATURDAY:
        due += timedelta(days=1)
    return due
