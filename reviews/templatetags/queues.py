"""What waits for a reader, and how stretches of work are said."""

from __future__ import annotations

from django import template
from django.contrib.auth.models import AnonymousUser, User
from django.utils.translation import gettext as _

from reviews.reviewing.waiting import MOST_COUNTED, count_for

register = template.Library()

# What the names of these pages begin with. The board has a place of its own in the rail, and what hangs on a call
# (its comments, its labels) is no page of reviewing.
ROOMS = ("review_", "queue_", "scorecard_", "dispute_", "calibration_", "agreement", "label_", "inbox")


@register.simple_tag
def calls_waiting(user: User | AnonymousUser) -> str:
    """`3`, `99+`; nothing when nothing waits."""
    count = count_for(user) if isinstance(user, User) else 0
    return f"{MOST_COUNTED - 1}+" if count >= MOST_COUNTED else str(count or "")


@register.filter
def is_reviewing(url_name: str | None) -> bool:
    return (url_name or "").startswith(ROOMS)


@register.filter
def about(minutes: float) -> str:
    """`31 min`, `2 h 5 min`."""
    hours, rest = divmod(round(minutes), 60)
    if hours:
        return _("{h} h {min} min").replace("{h}", str(hours)).replace("{min}", str(rest))
    return _("{n} min").replace("{n}", str(rest))


@register.filter
def percent(part: float) -> str:
    """`6.2 %` of a part of 0 to 1."""
    return f"{part * 100:.1f}\u00a0%"
