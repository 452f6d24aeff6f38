"""The fields of the filter form, and what somebody asked in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy

from calls.filters.choices import LENGTH_LABELS, OPEN_REVIEWS, RECORDING_LABELS, REVIEWS, TRANSCRIPTS, WHEN
from calls.filters.fields import UNKNOWN, Amount, Day, Question, WithRanges, Words, any_of
from calls.filters.seeing import BY_SCORE, sees_scores
from calls.models.judged import label_names
from calls.models.search import Sort
from calls.vocabulary import CallResult, HungUpBy, Source

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# a day, and more turns than anybody takes
LONGEST_CALL, MOST_TURNS = 86_400, 4_000


class FilterFields(WithRanges):
    """What its reader may ask, each field with the choices it offers; what cannot be read is named and left out."""

    ranges = (("since", "until"), ("shortest", "longest"), ("turns_from", "turns_to"))

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
    label = any_of([], gettext_lazy("Label"))
    turns_from = Amount(gettext_lazy("At least, turns"), MOST_TURNS)
    turns_to = Amount(gettext_lazy("At most, turns"), MOST_TURNS)
    sort = forms.ChoiceField(required=False, choices=Sort.choices, label=gettext_lazy("Order"), error_messages=UNKNOWN)

    def __init__(
        self,
        query: Mapping[str, Any] | None,
        *,
        reader: User | None,
        read_labels: Callable[[], Mapping[int, str]] = label_names,
    ) -> None:
        super().__init__(query)
        self.reader = reader
        self._read_labels = read_labels
        self._offer("review", list(self.reviews.items()))
        self._offer("sort", [(sort.value, sort.label) for sort in self.sorts])
        # read only when somebody asks for one or is shown them
        self._offer("label", lambda: self.labels.items())

    def _offer(self, name: str, choices: Iterable[Any] | Callable[[], Iterable[Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    @cached_property
    def sees_scores(self) -> bool:
        return sees_scores(self.reader)

    @cached_property
    def reviews(self) -> Mapping[str, str | _StrPromise]:
        return REVIEWS if self.sees_scores else {key: REVIEWS[key] for key in OPEN_REVIEWS}

    @cached_property
    def sorts(self) -> list[Sort]:
        """The orders this reader may ask for."""
        return [sort for sort in Sort if self.sees_scores or sort not in BY_SCORE]

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """The team's labels: number -> name."""
        return {str(number): name for number, name in self._read_labels().items()}

    @cached_property
    def chosen(self) -> dict[str, Any]:
        """What was asked for and understood: field name -> value, texts once each."""
        self.full_clean()
        values = {name: self.cleaned_data.get(name) for name in self.fields}
        return {name: _once(value) for name, value in values.items() if value not in (None, "", [])}


def _once(value: Any) -> Any:
    return list(dict.fromkeys(value)) if isinstance(value, list) else value
