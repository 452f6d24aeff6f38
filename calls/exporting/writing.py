"""An export job: from the rows to a file under its final name, or a sentence why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_noop as _

from calls.columns import Column, fetch_for, judge
from calls.exporting import shelf
from calls.exporting.cells import AVAILABLE, TRANSCRIPT, row_of
from calls.exporting.sheets import MOST_ROWS, open_sheet
from calls.models import BulkAction, Job
from calls.models.call import CallQuerySet
from calls.models.scope import task_words_of
from calls.selection import Selection
from calls.vocabulary import ExportFormat

NOT_UNDERSTOOD = _("The filters of this export have changed since. Open the list and export it again.")
NO_COLUMN = _("A column of this export no longer exists. Open the list and export it again.")
NOT_ALLOWED = _("Whoever asked for this export may not export calls any more.")
NO_ROOM = _("The file could not be written to our storage. Make room there and try again.")
TOO_MANY = _("There are more calls than a worksheet has rows. Export them as CSV, or use more filters.")
TOO_LONG = _("It took more than an hour and was stopped. Use more filters.")


class Impossible(Exception):
    """Trying again would bring the same; the text says what to do."""


def write(job: Job) -> None:
    """The work of an export job. Whatever ends it early leaves no file."""
    action = job.bulk
    if action is None or action.finished_at is not None:
        job.finish()
        return
    try:
        with translation.override(action.language or None):
            _write(job, action)
    except Impossible as error:
        job.fail("", str(error))
    except SoftTimeLimitExceeded:
        job.fail("", TOO_LONG)
    except OSError:
        job.fail("", NO_ROOM)


def _write(job: Job, action: BulkAction) -> None:
    selection, columns = Selection.of(action), _columns_of(action)
    if not selection.is_understood:
        raise Impossible(NOT_UNDERSTOOD)
    shows_numbers = _may_show_numbers(action)
    with shelf.workplace() as place:
        path = place / "calls"
        rows = _write_rows(job, action, selection, columns, path, shows_numbers=shows_numbers)
        name = shelf.keep(path, action.format)
    try:
        with transaction.atomic():
            # First: a worker that lost its lease has nothing to say about the file.
            job.finish()
            size = (shelf.folder() / name).stat().st_size
            # as the rows were chosen: whoever is limited later may not fetch it any more
            within = task_words_of(selection.reader)
            action.finish(file=name, size=size, affected=rows, has_numbers=shows_numbers, within=within)
    except BaseException:
        shelf.discard(name)
        raise


def _write_rows(
    job: Job,
    action: BulkAction,
    selection: Selection,
    columns: Sequence[Column],
    path: Path,
    *,
    shows_numbers: bool,
) -> int:
    format = ExportFormat(action.format)
    rows = 0
    job.progress(0, action.expected)
    calls = _with_parts(selection, columns)
    with open_sheet(format, path, columns) as sheet:
        for part in selection.slices():
            if rows + len(part.pks) > MOST_ROWS.get(format, rows + len(part.pks)):
                raise Impossible(TOO_MANY)
            found = {call.pk: call for call in calls.filter(pk__in=part.pks)}
            judge(found.values(), columns, selection.reader)
            for pk in part.pks:
                if pk in found:  # else it was deleted in between
                    sheet.write(row_of(found[pk], columns, shows_numbers=shows_numbers))
                    rows += 1
            # Renews the lease, and ends here when somebody cancelled.
            job.progress(rows, max(action.expected, rows))
        sheet.close()
    return rows


def _columns_of(action: BulkAction) -> list[Column]:
    if not set(action.columns) <= AVAILABLE.keys():
        raise Impossible(NO_COLUMN)
    return [AVAILABLE[name] for name in action.columns]


def _with_parts(selection: Selection, columns: Sequence[Column]) -> CallQuerySet:
    """What these columns ask of a call, in two statements a slice; the talk only when it is written."""
    return fetch_for(selection.calls, columns, with_turns=TRANSCRIPT in {column.name for column in columns})


def _may_show_numbers(action: BulkAction) -> bool:
    """By the rights of this moment, not of the moment of asking."""
    user = action.asked_by
    if user is None or not user.is_active or not user.has_perm("calls.export_call"):
        raise Impossible(NOT_ALLOWED)
    return action.wants_numbers and user.has_perm("calls.view_numbers")
