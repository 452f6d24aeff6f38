"""How long a recording can still be had, and how many are in danger."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import template
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _

from calls.views.recordings_at_risk import recordings_of

register = template.Library()

# Past this many the rail shows "99+", and nothing is counted further.
MOST = 100


@register.filter
def time_left(dies_at: datetime | None) -> str:
    """`3 h 12 min left`, `12 min left`; nothing when the link does not say."""
    if dies_at is None:
        return ""
    minutes = int((dies_at - timezone.now()) / timedelta(minutes=1))
    if minutes < 0:
        return _("link is dead")
    if minutes < 60:
        return _("{n} min left").replace("{n}", str(minutes))
    return _("{h} h {min} min left").replace("{h}", str(minutes // 60)).replace("{min}", str(minutes % 60))


@register.simple_tag
def recordings_in_danger(reader: User) -> str:
    """`3`, `99+`; `0` when only lost ones are listed, and nothing when all is well."""
    count = recordings_of("risk", reader)[:MOST].count()
    if count >= MOST:
        return f"{MOST - 1}+"
    if not count and not recordings_of("lost", reader).exists():
        return ""
    return str(count)
