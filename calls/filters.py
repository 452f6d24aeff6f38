"""The filter: a query string becomes a narrower queryset, chips, and a sentence that says what was understood."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calls.dates import day_in_words
from calls.models.call import CallQuerySet
from calls.vocabulary import CallResult, HungUpBy, RecordingState, Source

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Label = str | _StrPromise

WHEN: Mapping[str, Label] = {
    "today": gettext_lazy("Today"),
    "yesterday": gettext_lazy("Yesterday"),
    "7d": gettext_lazy("Last 7 days"),
    "month": gettext_lazy("This month"),
}
LENGTHS: Mapping[str, tuple[int, int | None]] = {
    "0-10": (0, 10),
    "10-30": (10, 30),
    "30-60": (30, 60),
    "60-180": (60, 180),
    "180-": (180, None),
}
LENGTH_LABELS: Mapping[str, Label] = {
    "0-10": gettext_lazy("Under 10 s"),
    "10-30": gettext_lazy("10 to 30 s"),
    "30-60": gettext_lazy("30 to 60 s"),
    "60-180": gettext_lazy("1 to 3 min"),
    "180-": gettext_lazy("3 min and more"),
}
RECORDINGS: Mapping[str, tuple[RecordingState, ...]] = {
    "stored": (RecordingState.STORED,),
    "coming": (RecordingState.EXPECTED, RecordingState.WAITING, RecordingState.FETCHING),
    "missing": (RecordingState.MISSING, RecordingState.PURGED),
}
RECORDING_LABELS: Mapping[str, Label] = {
    "stored": gettext_lazy("Stored"),
    "coming": gettext_lazy("On its way"),
    "missing": gettext_lazy("Missing"),
}
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)
MOST_VALUES = 50
LONGEST_VALUE = 400
LONGEST_SEARCH = 200


# The value itself is not repeated: it may be ten thousand characters long.
UNKNOWN: dict[str, Any] = {"invalid_choice": gettext_lazy("There is no such choice. It was left out.")}


class Words(forms.MultipleChoiceField):
    """Any texts a call can carry: which ones exist is for the database to say."""

    default_error_messages = UNKNOWN

    def valid_value(self, value: str) -> bool:
        return len(value) <= LONGEST_VALUE and "\x00" not in value

    def validate(self, value: list[str]) -> None:
        if len(value) > MOST_VALUES:
            raise forms.ValidationError(_("Choose at most %(count)s.") % {"count": MOST_VALUES})
        super().validate(value)


class Day(forms.DateField):
    def __init__(self, label: Label) -> None:
        year = gettext_lazy("Choose a day between 2000 and 2100.")
        super().__init__(
            label=label,
            required=False,
            input_formats=["%Y-%m-%d"],
            error_messages={"invalid": gettext_lazy("Write the day as 2026-11-20.")},
            validators=[MinValueValidator(FIRST_DAY, year), MaxValueValidator(LAST_DAY, year)],
        )


def _is_searchable(text: str) -> None:
    if len(text) > LONGEST_SEARCH:
        raise forms.ValidationError(
            _("Search for at most %(count)s characters. Nothing was searched for.") % {"count": LONGEST_SEARCH}
        )


def _any_of(choices: Any, label: Label) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(choices=choices, required=False, label=label, error_messages=UNKNOWN)


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition in words; its address is the same list without it."""

    label: str
    url: str
    lang: str = ""


class CallFilterForm(forms.Form):
    """Which calls a list shows. The query string is its only state; what cannot be read is named and left out."""

    q = forms.CharField(required=False, label=gettext_lazy("Search"), validators=[_is_searchable])
    when = forms.ChoiceField(
        required=False, choices=list(WHEN.items()), label=gettext_lazy("Date"), error_messages=UNKNOWN
    )
    since = Day(gettext_lazy("From"))
    until = Day(gettext_lazy("Until"))
    result = _any_of(CallResult.choices, gettext_lazy("Result"))
    intent = Words(required=False, label=gettext_lazy("Intent"))
    task = Words(required=False, label=gettext_lazy("Task"))
    tag = Words(required=False, label=gettext_lazy("Tag"))
    length = _any_of(list(LENGTH_LABELS.items()), gettext_lazy("Length"))
    hung = _any_of(HungUpBy.choices, gettext_lazy("Hung up by"))
    recording = _any_of(list(RECORDING_LABELS.items()), gettext_lazy("Recording"))
    source = _any_of(Source.choices, gettext_lazy("Made by"))

    @cached_property
    def chosen(self) -> dict[str, Any]:
        """What was asked for and understood: field name -> value, texts once each."""
        self.full_clean()
        values = {name: self.cleaned_data.get(name) for name in self.fields}
        return {name: _once(value) for name, value in values.items() if value}

    def narrow(self, calls: CallQuerySet, *, without: Collection[str] = ()) -> CallQuerySet:
        for name, value in self.chosen.items():
            if name not in without:
                calls = NARROWED_BY[name](calls, value)
        return calls

    def url(self, **cursor: str) -> str:
        return _url(self._query(self.chosen, **cursor))

    def url_without(self, name: str, value: str = "") -> str:
        """The same list without this field, or without this one value of it."""
        rest = dict(self.chosen)
        kept = [one for one in rest.pop(name, []) if one != value] if value else []
        if kept:
            rest[name] = kept
        return _url(self._query(rest))

    def chips(self, task_names: Mapping[str, str]) -> list[Chip]:
        return [
            Chip(label, self.url_without(name, value), lang="zh-Hans" if name in FROM_CALLS else "")
            for name, value, label in self._conditions(task_names)
        ]

    def looser(self, calls: CallQuerySet, task_names: Mapping[str, str], limit: int) -> list[tuple[str, int]]:
        """Each field in words with the number of calls there would be without it: for a list that came out empty."""
        words = {"q": self.chosen["q"]} if "q" in self.chosen else {}
        for name, _value, label in self._conditions(task_names):
            words[name] = _("%(first)s, %(next)s") % {"first": words[name], "next": label} if name in words else label
        counts = {name: self.narrow(calls, without=[name]).order_by()[:limit].count() for name in words}
        return [(words[name], count) for name, count in counts.items() if count]

    def reading(self) -> SafeString:
        """The search in a sentence, as it was understood."""
        words = self.chosen.get("q", "").split()
        if not words:
            return format_html("{}", _("Calls that match all of this") if self.chosen else _("All calls, newest first"))
        marked = format_html_join(_(" and "), '<b lang="zh-Hans">{}</b>', ((word,) for word in words))
        if set(self.chosen) - {"q"}:
            return format_html(_("Calls that mention {words} and match all of this"), words=marked)
        return format_html(_("Calls that mention {words}"), words=marked)

    def _conditions(self, task_names: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
        """Field, value and words of every condition but the search."""
        for name, value in self.chosen.items():
            if name == "q":
                continue
            for one in value if isinstance(value, list) else [value]:
                label = task_names.get(one, one) if name == "task" else str(IN_WORDS[name](one))
                yield name, one if isinstance(value, list) else "", label

    @staticmethod
    def _query(chosen: Mapping[str, Any], **cursor: str) -> QueryDict:
        query = QueryDict(mutable=True)
        for name, value in chosen.items():
            query.setlist(name, value if isinstance(value, list) else [str(value)])
        for name, place in cursor.items():
            query[name] = place
        return query


def _url(query: QueryDict) -> str:
    address = reverse("call_list")
    return f"{address}?{query.urlencode()}" if query else address


def _once(value: Any) -> Any:
    return list(dict.fromkeys(value)) if isinstance(value, list) else value


def tag_key(name: str, value: str = "") -> str:
    """A tag in a query string: `加微信=是`, `加微信` for any value."""
    name = name.replace("%", "%25").replace("=", "%3D")
    return f"{name}={value}" if value else name


def tag_of(key: str) -> tuple[str, str]:
    name, _equals, value = key.partition("=")
    return unquote(name), value


def _tagged(calls: CallQuerySet, keys: list[str]) -> CallQuerySet:
    for key in keys:
        calls = calls.tagged(*tag_of(key))
    return calls


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _days(when: str) -> tuple[datetime, datetime | None]:
    today = timezone.localdate()
    if when == "yesterday":
        return _start_of(today - timedelta(days=1)), _start_of(today)
    first = {"today": today, "7d": today - timedelta(days=6), "month": today.replace(day=1)}[when]
    return _start_of(first), None


NARROWED_BY: Mapping[str, Callable[[CallQuerySet, Any], CallQuerySet]] = {
    "q": lambda calls, text: calls.mentioning(text),
    "when": lambda calls, when: calls.placed_between(*_days(when)),
    "since": lambda calls, day: calls.placed_between(_start_of(day), None),
    "until": lambda calls, day: calls.placed_between(None, _start_of(day + timedelta(days=1))),
    "result": lambda calls, results: calls.with_result(*results),
    "intent": lambda calls, intents: calls.with_intent(*intents),
    "task": lambda calls, tasks: calls.of_task(*tasks),
    "tag": _tagged,
    "length": lambda calls, keys: calls.lasting(*(LENGTHS[key] for key in keys)),
    "hung": lambda calls, sides: calls.hung_up_by(*sides),
    "recording": lambda calls, keys: calls.with_recording(*(state for key in keys for state in RECORDINGS[key])),
    "source": lambda calls, sources: calls.from_source(*sources),
}
IN_WORDS: Mapping[str, Callable[[Any], Label]] = {
    "when": lambda when: WHEN[when],
    "since": lambda day: _("From %(day)s") % {"day": day_in_words(day)},
    "until": lambda day: _("Until %(day)s") % {"day": day_in_words(day)},
    "result": lambda result: CallResult(result).label,
    "intent": lambda intent: _("Intent %(intent)s") % {"intent": intent},
    "tag": lambda key: " ".join(tag_of(key)).strip(),
    "length": lambda key: LENGTH_LABELS[key],
    "hung": lambda side: _("Hung up by: %(side)s") % {"side": HungUpBy(side).label},
    "recording": lambda key: _("Recording: %(state)s") % {"state": RECORDING_LABELS[key]},
    "source": lambda source: Source(source).label,
}
# what a call brought along is in its language, not in the reader's
FROM_CALLS = ("task", "tag")
