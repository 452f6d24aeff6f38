"""The kinds of field in the filter form. Each says what is wrong with a value; the form then leaves it out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calls.search.grammar import LONGEST
from calls.search.text import storable

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Label = str | _StrPromise

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)
MOST_VALUES = 50
LONGEST_VALUE = 400
# The value itself is not repeated: it may be ten thousand characters long.
UNKNOWN: dict[str, Any] = {"invalid_choice": gettext_lazy("There is no such choice. It was left out.")}
WRONG_WAY_ROUND = gettext_lazy("The end lies before the beginning. The range was left out.")


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


class Question(forms.CharField):
    """Any text at all: the grammar reads it, and says itself what it did not understand."""

    def to_python(self, value: Any) -> str:
        # One character more than is searched, so that the grammar knows and says so.
        return storable(super().to_python(value) or "")[: LONGEST + 1]


class WithRanges(forms.Form):
    """A form with fields of a lower and an upper end."""

    ranges: ClassVar[Sequence[tuple[str, str]]] = ()

    def clean(self) -> None:
        """A range that is the wrong way round is named and left out, both ends of it."""
        super().clean()
        for low, high in self.ranges:
            least, most = self.cleaned_data.get(low), self.cleaned_data.get(high)
            if least is not None and most is not None and least > most:
                self.add_error(high, WRONG_WAY_ROUND)
                del self.cleaned_data[low]


class Amount(forms.IntegerField):
    def __init__(self, label: Label, most: int) -> None:
        sentence = gettext_lazy("Write a whole number from 0 to %(most)s.") % {"most": most}
        super().__init__(
            label=label,
            required=False,
            error_messages={"invalid": sentence},
            validators=[MinValueValidator(0, sentence), MaxValueValidator(most, sentence)],
        )


def any_of(choices: Any, label: Label) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(choices=choices, required=False, label=label, error_messages=UNKNOWN)
