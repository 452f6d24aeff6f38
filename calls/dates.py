"""Days and moments in words: one style on every page."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import pgettext


def day_in_words(day: date) -> str:
    """`20 Nov 2026`, in the reader's order."""
    return date_format(day, pgettext("date format", "j M Y"))


def moment_in_words(at: datetime) -> str:
    """`20 Nov 2026, 12:03:00`, local, in the reader's order."""
    return date_format(timezone.localtime(at), pgettext("date format", "j M Y, H:i:s"))
