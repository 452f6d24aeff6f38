"""The wish for a file: written down with everything that decides what it holds."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.utils.translation import get_language

from calls.models import BulkAction
from calls.selection import Selection
from calls.vocabulary import ExportFormat, JobKind


def ask_export(
    selection: Selection,
    *,
    count: int,
    format: ExportFormat,
    columns: Sequence[str],
    wants_numbers: bool,
    asked_by: User,
) -> BulkAction:
    """Have a worker write these calls to a file; `columns` are names of exporting.AVAILABLE in their order."""
    wish = BulkAction(
        kind=JobKind.EXPORT,
        **selection.kept,
        columns=list(columns),
        format=format,
        wants_numbers=wants_numbers,
        expected=count,
    )
    return ask_file(wish, asked_by)


def ask_file(wish: BulkAction, asked_by: User) -> BulkAction:
    """Have a worker write this in the reader's language."""
    wish.language = get_language() or ""
    return BulkAction.objects.ask(wish, asked_by)
