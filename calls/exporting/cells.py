"""What stands in one cell: text that no spreadsheet takes for a formula, and times without a time zone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from calls.columns import COLUMNS, Cell, Column
from calls.models import Call
from calls.models.labels import label_of
from calls.numbers import Numbers
from calls.vocabulary import Speaker

# Full-width ones too: a spreadsheet under a Chinese input method takes them for the others.
STARTS_A_FORMULA = tuple("=+-@\t\r\n\0＝＋－＠")
# not in XML 1.0; nobody has ever said one
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# what spreadsheets skip before they look for the sign
SKIPPED = "\ufeff\u200b\u2060"


def transcript_of(call: Call, numbers: Numbers) -> str:
    """One turn a line: `Customer: …`."""
    transcript = getattr(call, "transcript", None)
    return "\n".join(f"{label_of(Speaker, turn.speaker)}: {turn.text}" for turn in transcript or ())


TRANSCRIPT = "transcript"
AVAILABLE: Mapping[str, Column] = {**COLUMNS, TRANSCRIPT: Column(TRANSCRIPT, _("Transcript"), transcript_of)}


def row_of(call: Call, columns: Sequence[Column], *, shows_numbers: bool) -> list[Cell]:
    """The call's cells; masked numbers are hidden in what was said and noted as well."""
    numbers = Numbers(call.phones, may_see=shows_numbers, is_shown=shows_numbers)
    return [_written(column.value(call, numbers), numbers) for column in columns]


def _written(cell: Cell, numbers: Numbers) -> Cell:
    if isinstance(cell, datetime):
        return timezone.localtime(cell).replace(tzinfo=None, microsecond=0)
    if isinstance(cell, str):
        return UNWRITABLE.sub("", numbers.hide(cell))
    return cell


def is_risky(text: str) -> bool:
    """Whether a spreadsheet could take the text for a formula."""
    if text[:1].isalnum():  # nearly all
        return False
    return text.startswith(STARTS_A_FORMULA) or text.lstrip().lstrip(SKIPPED).lstrip().startswith(STARTS_A_FORMULA)


def escaped(text: str) -> str:
    """The text behind an apostrophe when it looks like a formula."""
    return f"'{text}" if is_risky(text) else text
