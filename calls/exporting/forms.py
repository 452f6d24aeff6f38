"""What may be chosen about a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calls.exporting.cells import AVAILABLE
from calls.exporting.sheets import MOST_ROWS
from calls.vocabulary import ExportFormat


class ExportForm(forms.Form):
    """`shown` are the names of the list's columns, in their order: they come first and are ticked."""

    format = forms.ChoiceField(
        choices=ExportFormat.choices,
        initial=ExportFormat.XLSX,
        label=gettext_lazy("Format"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a format.")},
    )
    columns = forms.MultipleChoiceField(
        label=gettext_lazy("Columns"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy("Choose at least one column."),
            "invalid_choice": gettext_lazy("One of these columns no longer exists. Choose again."),
        },
    )
    numbers = forms.BooleanField(required=False, label=gettext_lazy("Whole phone numbers"))

    def __init__(self, fields: Any = None, *, shown: Sequence[str], count: int, may_see_numbers: bool) -> None:
        super().__init__(fields, initial={"columns": list(shown)})
        self._count = count
        columns = self.fields["columns"]
        assert isinstance(columns, forms.MultipleChoiceField)
        columns.choices = _columns(shown)
        if not may_see_numbers:
            del self.fields["numbers"]

    def clean_format(self) -> ExportFormat:
        format = ExportFormat(self.cleaned_data["format"])
        if self._count > MOST_ROWS.get(format, self._count):
            text = _("A worksheet holds %(most)s calls. Choose CSV, or use more filters.")
            raise forms.ValidationError(text % {"most": f"{MOST_ROWS[format]:,}"})
        return format

    def clean_columns(self) -> list[str]:
        return list(dict.fromkeys(self.cleaned_data["columns"]))


def _columns(shown: Sequence[str]) -> list[tuple[str, str | Promise]]:
    names = [*shown, *(name for name in AVAILABLE if name not in shown)]
    return [(name, AVAILABLE[name].label) for name in names if name in AVAILABLE]
