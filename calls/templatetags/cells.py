"""How a row of the list shows each column. Without a way of its own a column shows its value as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cache

from django import template
from django.utils import timezone
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from calls.columns import COLUMNS, DEFAULT, TIME, Column
from calls.dates import moment_in_words
from calls.models import Call
from calls.numbers import Numbers
from calls.templatetags.formats import duration, intent_badge, recording_badge, result_badge

register = template.Library()
NOTHING = SafeString('<span class="quiet">–</span>')
# what a call brought along is in its language, not in the reader's
FROM_CALLS = {"task", "tags", "robot", "status", "failure_reason", "variables"}


@register.simple_tag
def cells(columns: Iterable[Column], call: Call, url: str, *, is_by_time: bool, may_see: bool) -> SafeString:
    """All cells of one row. Built here rather than in a template: fifty rows of many columns stay cheap."""
    numbers = Numbers([call.callee, call.caller, call.transfer_number], may_see=may_see, is_shown=False)
    return SafeString(
        "".join(
            _time(call, url, is_by_time=is_by_time) if column.name == TIME else _cell(column, call, numbers)
            for column in columns
        )
    )


@register.simple_tag
def tick(call: Call) -> SafeString:
    """Selects the call; see static/js/selection.js."""
    label = _("Select the call of %(at)s") % {"at": f"{timezone.localtime(call.placed_at):%H:%M:%S}"}
    return format_html(
        '<label class="call-row__check"><input type="checkbox" name="call" value="{}" form="selection" '
        'autocomplete="off" data-select aria-label="{}"></label>',
        call.pk,
        label,
    )


def _cell(column: Column, call: Call, numbers: Numbers) -> str:
    show = SHOWN.get(column.name)
    content = show(call, numbers) if show else _text(column.value(call, numbers), numbers)
    return f"{_opening(column.name, get_language())}{content}</span>"


@cache
def _opening(name: str, language: str | None) -> SafeString:
    """What is the same in every row: put together once a language, since thousands of cells begin with it."""
    column = COLUMNS[name]
    classes = f"cell cell--{name}{' num' if column.is_number else ''}"
    lang = SafeString(' lang="zh-Hans"') if name in FROM_CALLS else ""
    # The usual columns explain themselves; in a hand, where columns have no heads, the others need their name.
    label = "" if name in DEFAULT else format_html('<span class="cell__label">{}</span> ', column.label)
    return format_html('<span class="{}"{}>{}', classes, lang, label)


def _time(call: Call, url: str, *, is_by_time: bool) -> str:
    """With its day where no headings of days stand between the rows."""
    is_guess = call.started_at is None
    placed_at = timezone.localtime(call.placed_at)
    return format_html(
        '<span class="cell cell--time"><a class="call-row__open" href="{}" data-row-open>'
        '<time datetime="{}"{}{}>{}{}</time></a></span>',
        url,
        placed_at.isoformat(),
        "" if is_by_time else SafeString(' class="call-row__dated"'),
        format_html(' title="{}"', _("The source did not say when")) if is_guess else "",
        "≈" if is_guess else "",
        f"{placed_at:%H:%M:%S}" if is_by_time else f"{placed_at:%m-%d %H:%M}",
    )


def _text(value: str | float | datetime | None, numbers: Numbers) -> SafeString:
    if value is None or value == "":
        return NOTHING
    text = escape(moment_in_words(value) if isinstance(value, datetime) else numbers.hide(str(value)))
    return SafeString(f'<span class="cell__text" title="{text}">{text}</span>')


def _tags(call: Call, numbers: Numbers) -> SafeString:
    hide = numbers.hide
    return format_html_join(
        "",
        '<span class="badge" title="{}">{}{}</span>',
        (
            (hide(str(tag)), hide(tag.name), format_html(" <b>{}</b>", hide(tag.value)) if tag.value else "")
            for tag in call.tags.all()
        ),
    )


def _recording(call: Call, numbers: Numbers) -> SafeString:
    recording = getattr(call, "recording", None)
    return recording_badge(recording.state if recording else "")


SHOWN: Mapping[str, Callable[[Call, Numbers], SafeString]] = {
    "result": lambda call, numbers: result_badge(call.result),
    "length": lambda call, numbers: format_html("{}", duration(call.duration)) if call.duration else NOTHING,
    "intent": lambda call, numbers: intent_badge(numbers.hide(call.intent)),
    "tags": _tags,
    "recording": _recording,
}
