"""How lengths, times, numbers and badges are written, the same on every page."""

from __future__ import annotations

from datetime import date, timedelta

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from calls.dates import day_in_words
from calls.numbers import mask, mask_all
from calls.templatetags.icons import icon
from calls.vocabulary import CallResult, RecordingState

register = template.Library()

# how a result looks: full = spoke, half = reached, barred = refused, hollow = nobody
RESULT_MARKS = {
    CallResult.ANSWERED: "answered",
    CallResult.FORWARDED: "busy",
    CallResult.VOICEMAIL: "busy",
    CallResult.BUSY: "busy",
    CallResult.REFUSED: "refused",
    CallResult.BARRED: "refused",
    CallResult.BLOCKED: "refused",
}
GRADES = "ABCDEF"


@register.filter
def duration(seconds: float | None) -> str:
    """`1:26`, `1:02:03`; nothing when it is not known."""
    if seconds is None:
        return ""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


@register.filter
def masked(number: str) -> str:
    return mask(number)


@register.filter
def masking_all(text: str) -> str:
    """A text with the phone numbers in it masked."""
    return mask_all(text)


@register.filter
def time_from_now(wait: timedelta | None) -> str:
    """The local wall-clock minute at which the wait is surely over: `14:33`."""
    then = timezone.localtime(timezone.now() + (wait or timedelta()) + timedelta(seconds=59))
    return then.strftime("%H:%M")


@register.filter
def day_name(day: date) -> str:
    """Today, Yesterday, or the day of the week."""
    age = (timezone.localdate() - day).days
    return {0: _("Today"), 1: _("Yesterday")}.get(age) or date_format(day, "l")


@register.filter
def full_day(day: date) -> str:
    return day_in_words(day)


@register.simple_tag
def result_badge(result: str, extra: str = "") -> SafeString:
    """A dot and a word; a call without a result is not over yet."""
    if not result:
        return _dotted("", extra, _("In progress"))
    mark = RESULT_MARKS.get(CallResult(result), "none")
    return _dotted(f"result--{mark}", extra, str(CallResult(result).label))


def _dotted(mark: str, extra: str, word: str) -> SafeString:
    classes = " ".join(filter(None, ["result", mark, extra]))
    return format_html('<span class="{}" title="{}"><span class="result__word">{}</span></span>', classes, word, word)


@register.simple_tag
def intent_badge(intent: str) -> SafeString:
    """A square for the grades A to F, a plain badge for any other word, nothing for none."""
    if not intent:
        return SafeString("")
    if intent.upper() in GRADES and len(intent) == 1:
        title = _("Intent %(intent)s") % {"intent": intent}
        return format_html('<span class="intent intent--{}" title="{}">{}</span>', intent.lower(), title, intent)
    return format_html('<span class="badge intent-word" lang="zh-Hans" title="{}">{}</span>', intent, intent)


@register.simple_tag
def recording_badge(state: str) -> SafeString:
    """Where the sound is. What is as it should be stays quiet."""
    if state == RecordingState.STORED:
        word = _("Stored")
        return format_html(
            '<span class="quiet" title="{}">{}<span class="visually-hidden">{}</span></span>',
            word,
            icon("volume"),
            word,
        )
    if state in {RecordingState.EXPECTED, RecordingState.WAITING, RecordingState.FETCHING}:
        return format_html('<span class="badge">{}{}</span>', icon("clock"), _("On its way"))
    if state in {RecordingState.MISSING, RecordingState.PURGED}:
        return format_html('<span class="badge badge--warn">{}{}</span>', icon("nosound"), RecordingState(state).label)
    return SafeString('<span class="quiet">–</span>')
