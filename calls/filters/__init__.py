"""The filter: a query string becomes a question, chips, and a sentence that says what was understood."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.models import User
from django.http import QueryDict
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calls.filters.asking import filters_of
from calls.filters.choices import (
    LENGTH_LABELS,
    LENGTHS,
    OPEN_REVIEWS,
    RECORDING_LABELS,
    RECORDINGS,
    REVIEWS,
    TRANSCRIPTS,
    WHEN,
    tag_key,
    tag_of,
)
from calls.filters.fields import UNKNOWN, Amount, Day, Question, Words, any_of
from calls.filters.words import FROM_CALLS, NO_CONDITIONS, Chip, conditions
from calls.models import search
from calls.models.call import CallQuerySet
from calls.models.saved_view import EVERYTHING
from calls.models.scope import task_words_of
from calls.models.search import Sort
from calls.reading import sentence
from calls.search.filters import Filters
from calls.search.grammar import parse
from calls.search.ids import or_id
from calls.search.query import Query
from calls.vocabulary import CallResult, HungUpBy, Source

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# What an address can carry: the server reads 8,190 characters of a request's first line, a Chinese one takes nine.
LONGEST_STATE = 7_500
__all__ = [
    "LENGTHS",
    "LENGTH_LABELS",
    "LONGEST_STATE",
    "RECORDINGS",
    "RECORDING_LABELS",
    "TRANSCRIPTS",
    "CallFilterForm",
    "Chip",
    "tag_key",
    "tag_of",
]

# a day, and more turns than anybody takes
LONGEST_CALL, MOST_TURNS = 86_400, 4_000
# characters of what was typed, where it is said back
LONGEST_LABEL = 40
# fields of the lower and the upper end
RANGES = (("since", "until"), ("shortest", "longest"), ("turns_from", "turns_to"))


class CallFilterForm(forms.Form):
    """Which calls a list shows. The query string is its only state; what cannot be read is named and left out.

    It finds and counts nothing that its reader may not see: None is nobody.
    """

    q = Question(required=False, label=gettext_lazy("Search"))
    when = forms.ChoiceField(
        required=False, choices=list(WHEN.items()), label=gettext_lazy("Date"), error_messages=UNKNOWN
    )
    since = Day(gettext_lazy("From"))
    until = Day(gettext_lazy("Until"))
    result = any_of(CallResult.choices, gettext_lazy("Result"))
    intent = Words(required=False, label=gettext_lazy("Intent"))
    task = Words(required=False, label=gettext_lazy("Task"))
    tag = Words(required=False, label=gettext_lazy("Tag"))
    length = any_of(list(LENGTH_LABELS.items()), gettext_lazy("Length"))
    shortest = Amount(gettext_lazy("At least, seconds"), LONGEST_CALL)
    longest = Amount(gettext_lazy("At most, seconds"), LONGEST_CALL)
    hung = any_of(HungUpBy.choices, gettext_lazy("Hung up by"))
    recording = any_of(list(RECORDING_LABELS.items()), gettext_lazy("Recording"))
    source = any_of(Source.choices, gettext_lazy("Made by"))
    transcript = any_of(list(TRANSCRIPTS.items()), gettext_lazy("Transcript"))
    review = any_of(list(REVIEWS.items()), gettext_lazy("Review"))
    turns_from = Amount(gettext_lazy("At least, turns"), MOST_TURNS)
    turns_to = Amount(gettext_lazy("At most, turns"), MOST_TURNS)
    sort = forms.ChoiceField(required=False, choices=Sort.choices, label=gettext_lazy("Order"), error_messages=UNKNOWN)

    # which saved view the list comes from (see views/list_frame.py); every address of this list says so too
    view = ""

    def __init__(self, query: Mapping[str, Any] | None, *, reader: User | None) -> None:
        super().__init__(query)
        self.reader = reader
        review = self.fields["review"]
        assert isinstance(review, forms.MultipleChoiceField)
        review.choices = list(self.reviews.items())

    @cached_property
    def reviews(self) -> Mapping[str, str | _StrPromise]:
        """What may be asked about reviews. Nobody learns another's verdict who may have to give one blindly."""
        sees_all = self.reader is not None and self.reader.has_perm("reviews.see_reviews")
        return REVIEWS if sees_all else {key: REVIEWS[key] for key in OPEN_REVIEWS}

    def clean(self) -> None:
        """A range that is the wrong way round is named and left out, both ends of it."""
        super().clean()
        for low, high in RANGES:
            least, most = self.cleaned_data.get(low), self.cleaned_data.get(high)
            if least is not None and most is not None and least > most:
                self.add_error(high, _("The end lies before the beginning. The range was left out."))
                del self.cleaned_data[low]

    @cached_property
    def chosen(self) -> dict[str, Any]:
        """What was asked for and understood: field name -> value, texts once each."""
        self.full_clean()
        values = {name: self.cleaned_data.get(name) for name in self.fields}
        return {name: _once(value) for name, value in values.items() if value not in (None, "", [])}

    @cached_property
    def query(self) -> Query:
        """What the search box asks."""
        return or_id(parse(self.chosen.get("q", "")))

    @cached_property
    def order(self) -> Sort:
        return Sort(self.chosen.get("sort", ""))

    @property
    def is_newest_first(self) -> bool:
        return self.order == Sort.NEWEST

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is asked that a call could fail to be."""
        return not self.chosen.keys() <= {"sort"}

    def filters(self, *, without: Collection[str] = ()) -> Filters:
        """What everything beside the search box asks."""
        kept = {name: value for name, value in self.chosen.items() if name not in without}
        return filters_of(kept, within=task_words_of(self.reader))

    def narrow(self, calls: CallQuerySet, *, without: Collection[str] = ()) -> CallQuerySet:
        """Finds every hit: for counts and facets. A page of a list comes from `search.find`."""
        query = Query() if "q" in without else self.query
        return search.narrow(calls, query, self.filters(without=without))

    def url(self, **cursor: str) -> str:
        return _url(self._query(self.chosen, **cursor, **self._view()))

    @property
    def state(self) -> str:
        """All that is asked for as a query string, without a place in the list: what a saved view keeps."""
        return self._query(self.chosen).urlencode()

    @property
    def is_too_long(self) -> bool:
        """Whether no address can ask for all this."""
        return len(self.state) > LONGEST_STATE

    def url_without(self, name: str, value: str = "") -> str:
        """The same list without this field, or without this one value of it."""
        rest = dict(self.chosen)
        values = rest.pop(name, [])
        kept = [one for one in values if one != value] if value else []
        if kept:
            rest[name] = kept
        return _url(self._query(rest, **self._view()))

    def url_sorted(self, order: Sort) -> str:
        """The same calls from their beginning in another order."""
        chosen = {**self.chosen, "sort": order.value} if order else self._kept("sort")
        return _url(self._query(chosen, **self._view()))

    def url_cleared(self) -> str:
        """Every call in the same order, and not the reader's default view either."""
        order = {"sort": self.order.value} if self.order else {}
        return _url(self._query(order, **({"view": EVERYTHING} if self.view else {})))

    def chips(self, task_names: Mapping[str, str]) -> list[Chip]:
        return [
            Chip(label, self.url_without(name, value), lang="zh-Hans" if name in FROM_CALLS else "")
            for name, value, label in conditions(self.chosen, task_names)
        ]

    def looser(self, task_names: Mapping[str, str]) -> list[tuple[str, int]]:
        """Each field in words with the number of calls there would be without it, as far as it is counted: for a list
        that came out empty.
        """
        words = {"q": self.chosen["q"][:LONGEST_LABEL]} if "q" in self.chosen else {}
        for name, _value, label in conditions(self.chosen, task_names):
            words[name] = _("%(first)s, %(next)s") % {"first": words[name], "next": label} if name in words else label
        counts = {name: self._count_without(name) for name in words}
        return [(words[name], count) for name, count in counts.items() if count]

    def reading(self) -> SafeString:
        """The whole question in a sentence, as it was understood."""
        return sentence(self.query, has_filters=not self.chosen.keys() <= set(NO_CONDITIONS), order=self.order)

    def _count_without(self, name: str) -> int:
        query = Query() if name == "q" else self.query
        return search.count(query, self.filters(without=[name]))

    def _kept(self, name: str) -> dict[str, Any]:
        return {other: value for other, value in self.chosen.items() if other != name}

    def _view(self) -> dict[str, str]:
        return {"view": self.view} if self.view else {}

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
