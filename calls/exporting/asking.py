"""The wish for a file: written down with everything that decides what it holds."""

from __future__ import annotations

from collections.abc import Sequence

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
    """Have a worker write these calls to a file; `columns` are names of exporting.AVAILABLE in their order."""
    wish = BulkAction(
        kind=JobKind.EXPORT,
        asked_by=asked_by,
        question=selection.question,
        chosen=None if selection.chosen is None else list(selection.chosen),
        columns=list(columns),
        format=format,
        wants_numbers=wants_numbers,
        expected=count,
    )
    return ask_file(wish, asked_by)


def ask_file(wish: BulkAction, asked_by: User) -> BulkAction:
    """Have a worker write this in the reader's language.

    Asked again while it is being written, it is the same one: a double click makes one file.
    """
    wish.asked_by, wish.asked_name, wish.language = asked_by, asked_by.get_username(), get_language() or ""
    with transaction.atomic():
        # two clicks reach two processes: the second waits here for the first
        User.objects.select_for_update().get(pk=asked_by.pk)
        if same := _open_like(wish):
            return same
        wish.save()
        wish.ask(asked_by)
    return wish


def _open_like(wish: BulkAction) -> BulkAction | None:
    names = ("kind", "asked_by", "question", "format", "language", "wants_numbers")
    alike = BulkAction.objects.filter(jobs__state__in=OPEN, **{name: getattr(wish, name) for name in names})
    lists = (wish.chosen, wish.columns)
    return next((action for action in alike.distinct() if (action.chosen, action.columns) == lists), None)
