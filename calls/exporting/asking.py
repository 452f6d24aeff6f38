"""The wish for a file: written down with everything that decides what it holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import get_language

from calls.models import BulkAction
from calls.models.job import OPEN
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
    """Have a worker write these calls to a file; `columns` are names of exporting.AVAILABLE in their order.

    Asked again while it is being written, it is the same one: a double click makes one file.
    """
    wish: dict[str, Any] = {
        "kind": JobKind.EXPORT,
        "asked_by": asked_by,
        "question": selection.question,
        "format": format,
        "language": get_language() or "",
        "wants_numbers": wants_numbers,
    }
    lists = {"chosen": None if selection.chosen is None else list(selection.chosen), "columns": list(columns)}
    with transaction.atomic():
        # two clicks reach two processes: the second waits here for the first
        User.objects.select_for_update().get(pk=asked_by.pk)
        for action in BulkAction.objects.filter(jobs__state__in=OPEN, **wish).distinct():
            if all(getattr(action, name) == value for name, value in lists.items()):
                return action
        action = BulkAction.objects.create(asked_name=asked_by.get_username(), expected=count, **wish, **lists)
        action.ask(asked_by)
    return action
