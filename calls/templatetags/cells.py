"""How a row of the list shows each column. Without a way of its own a column shows its value as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from django import template
from django.utils import timezone
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from calls.columns import COLUMNS, DEFAULT, REVIEW, TIME, Column, review_in_words
from calls.dates import moment_in_words
from calls.models import Call
from calls.numbers import Numbers
from calls.templatetags.formats import duration, intent_badge, recording_badge, result_badge
from calls.templatetags.icons import icon
from calls.vocabulary import Speaker

if TYPE_CHECKING:
    from calls.views.call_list import Row

register = template.Library()
NOTHING = SafeString('<span class="quiet">–</span>')
MOST_BADGES = 1_000
# what a call brought along is in its language, not in the reader's
FROM_CALLS = {"task", "tags", "robot", "status", "failure_reason", "variables"}


@register.simple_tag
def cells(columns: Iterable[Column], call: Call, url: str, *, is_by_time: bool, may_see: bool) -> SafeString:
    """All cells of one row. Built here rather than in a template: fifty rows of many columns stay cheap."""
    numbers = Numbers(call.phones, may_see=may_see, is_shown=False)
    language = get_language()
    return SafeString(
        "".join(
            _time(call, url, is_by_time=is_by_time) if column.name == TIME else _cell(column, call, numbers, language)
            for column in columns
        )
    )


@register.simple_tag
def tick(call: Call) -> SafeString:
    """Selects the call; see static/js/selection.js."""
    label = _("Select the call of %(at)s") % {"at": f"{timezone.localtime(call.placed_at):%H:%M:%S}"}
    return SafeString(
        f'<label class="call-row__check"><input type="checkbox" name="call" value="{call.pk:d}" form="selection" '
        f'autocomplete="off" data-select aria-label="{escape(label)}"></label>'
    )


@register.simple_tag
def hits(row: Row) -> SafeString:
    """The turns of one row that hold a searched word, each leading to its place in the call."""
    url = escape(row.url)
    return SafeString(
        "".join(
            f'<a class="hit hit--{hit.turn.speaker.value}" href="{url}#turn-{hit.turn.index:d}">'
            f'<span class="hit__who">{_speaker(hit.turn.speaker, get_language())}</span>'
            f'<span class="hit__text" lang="zh-Hans">{hit.text}</span></a>'
            for hit in row.hits
        )
    )


@cache
def _speaker(speaker: Speaker, language: str | None) -> SafeString:
    return escape(speaker.label)


def _cell(column: Column, call: Call, numbers: Numbers, language: str | None) -> str:
    show = SHOWN.get(column.name)
    content = show(call, numbers) if show else _text(column.value(call, numbers), numbers)
    return f"{_opening(column.name, language)}{content}</span>"


@cache
def _opening(name: str, language: str | None) -> SafeString:
    """What is the same in every row: put together once a language, since thousands of cells begin with it."""
    column = COLUMNS[name]
    classes = f"cell cell--{name}{' num' if column.is_number else ''}"
    lang = SafeString(' lang="zh-Hans"') if name in FROM_CALLS else ""
    # In a hand columns have no heads: the usual ones explain themselves there, but whose pass or score it is does not.
    explains_itself = name in DEFAULT and name != REVIEW
    label = "" if explains_itself else format_html('<span class="cell__label">{}</span> ', column.label)
    return format_html('<span class="{}"{}>{}', classes, lang, label)


def _time(call: Call, url: str, *, is_by_time: bool) -> str:
    """With its day where no headings of days stand between the rows."""
    is_guess = call.started_at is None
    placed_at = timezone.localtime(call.placed_at)
    dated = "" if is_by_time else ' class="call-row__dated"'
    title = format_html(' title="{}"', _("The source did not say when")) if is_guess else ""
    at = f"{placed_at:%H:%M:%S}" if is_by_time else f"{placed_at:%m-%d %H:%M}"
    return (
        f'<span class="cell cell--time"><a class="call-row__open" href="{escape(url)}" data-row-open>'
        f'<time datetime="{placed_at.isoformat()}"{dated}{title}>{"≈" if is_guess else ""}{at}</time></a></span>'
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
    return _badge(recording_badge, recording.state if recording else "", get_language())


@lru_cache(MOST_BADGES)
def _badge(badge: Callable[[str], SafeString], value: str, language: str | None) -> SafeString:
    """Fifty rows show the same few."""
    return badge(value)


def _review(call: Call, numbers: Numbers) -> SafeString:
    if call.judged is None:
        return NOTHING
    look = {True: " badge--good", False: " badge--bad", None: ""}[call.judged.passed]
    return format_html('<span class="badge{}">{}</span>', look, review_in_words(call.judged))


def _labels(call: Call, numbers: Numbers) -> SafeString:
    if not call.labels:
        return NOTHING
    drawing = icon("people")
    return format_html_join(
        "", '<span class="badge badge--team">{}{}</span>', ((drawing, name) for name in call.labels)
    )


SHOWN: Mapping[str, Callable[[Call, Numbers], SafeString]] = {
    "result": lambda call, numbers: _badge(result_badge, call.result, get_language()),
    "length": lambda call, numbers: SafeString(duration(call.duration)) if call.duration else NOTHING,
    "intent": lambda call, numbers: _badge(intent_badge, numbers.hide(call.intent), get_language()),
    "tags": _tags,
    "recording": _recording,
    "labels": _labels,
    "review": _review,
}
