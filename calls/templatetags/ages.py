from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _

from calls.templatetags.call_page import day

register = template.Library()


@register.filter
def age(moment: datetime | None) -> str:
    """`just now`, `12 s ago`, `5 min ago`, `3 h ago`; after two days the day. Nothing for what did not happen.

    Plain words, to stand inside a sentence; the tag of the same name counts on by itself.
    """
    if moment is None:
        return ""
    seconds = max(0, int((timezone.now() - moment).total_seconds()))
    if seconds < 3:
        return _("just now")
    if seconds < 60:
        return _("{n} s ago").replace("{n}", str(seconds))
    if seconds < 3600:
        return _("{n} min ago").replace("{n}", str(seconds // 60))
    if seconds < 48 * 3600:
        return _("{n} h ago").replace("{n}", str(seconds // 3600))
    return day(moment)
