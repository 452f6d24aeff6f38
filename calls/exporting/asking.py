"""The wish for a file: written down with everything that decides what it holds."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction
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
    with transaction.atomic():
        action = BulkAction.objects.create(
            kind=JobKind.EXPORT,
            asked_by=asked_by,
            asked_name=asked_by.get_username(),
            question=selection.question,
            chosen=selection.chosen,
            expected=count,
            format=format,
            columns=list(columns),
            language=get_language() or "",
            wants_numbers=wants_numbers,
        )
        action.ask(asked_by)
    return action
