"""Small words of the call page."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from calls.dates import day_in_words, moment_in_words

register = template.Library()

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600


@register.filter
def moment(at: datetime | None) -> str:
    return moment_in_words(at) if at else ""


@register.filter
def day(at: datetime) -> str:
    """`20 Nov`, with the year unless it is this one."""
    at = timezone.localtime(at)
    is_this_year = at.year == timezone.localdate().year
    return date_format(at, pgettext("date format", "j M")) if is_this_year else day_in_words(at)


@register.simple_tag
def age(checked_at: datetime) -> SafeString:
    """`12 s ago`, which goes on counting where scripts run."""
    seconds = max(int((timezone.now() - checked_at).total_seconds()), 0)
    words = {"s": _("{n} s ago"), "min": _("{n} min ago"), "h": _("{n} h ago"), "d": _("{n} d ago")}
    unit, size = next((unit for unit in (("d", DAY), ("h", HOUR), ("min", MINUTE)) if seconds >= unit[1]), ("s", 1))
    return format_html(
        '<time-ago age="{}" data-s="{}" data-min="{}" data-h="{}" data-d="{}" title="{}">{}</time-ago>',
        seconds,
        *words.values(),
        moment(checked_at),
        words[unit].replace("{n}", str(seconds // size)),
    )
