"""Figures as this reader writes them."""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from calls.templatetags.formats import duration
from reviews.board.period import Period

DASH = "–"
# shorter than this, a mean is told in seconds
A_MINUTE = 60


def number(value: float, decimals: int = 1) -> str:
    # number_format cuts off what it does not show
    return number_format(round(value, decimals), decimal_pos=decimals)


def count(value: float) -> str:
    return number(value, 0)


def percent(share: float | None, decimals: int = 1) -> str:
    """`48.1 %` of 0.481; a dash where nothing is known."""
    return DASH if share is None else _("%(number)s %%") % {"number": number(100 * share, decimals)}


def score(points: float | None) -> str:
    return DASH if points is None else number(points)


def seconds(length: float | None) -> str:
    """`38 s`, from a minute on `1:05`."""
    if length is None:
        return DASH
    return duration(length) if length >= A_MINUTE else _("%(number)s s") % {"number": count(length)}


def length(seconds: float | None) -> str:
    """`0:38`: below one another, lengths are told alike."""
    return DASH if seconds is None else duration(round(seconds))


def day(of: date) -> str:
    return date_format(of, pgettext("date format", "j M"))


def days(period: Period) -> str:
    """`20 Nov`, `14–20 Nov`: what a bar stands for."""
    if period.days == 1:
        return day(period.first)
    return _("%(first)s to %(last)s") % {"first": day(period.first), "last": day(period.last)}


def against(period: Period) -> str:
    """What a change is told against."""
    earlier = ngettext("against the day before", "against the %(days)s days before", period.days)
    return earlier % {"days": period.days}
