"""An export job: from the rows to a file under its final name, or a sentence why there is none."""

from __future__ import annotations

from pathlib import Path

from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_noop as _

from calls.exporting import shelf
from calls.exporting.contents import Content, exported
from calls.exporting.sheets import MOST_ROWS, open_sheet
from calls.models import BulkAction, Job
from calls.slices import Impossible
from calls.vocabulary import ExportFormat

NO_ROOM = _("The file could not be written to our storage. Make room there and try again.")
TOO_MANY = _("There are more of them than a worksheet has rows. Export them as CSV, or use more filters.")
TOO_LONG = _("It took more than an hour and was stopped. Use more filters.")


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
    content = exported(action).content(action)
    with shelf.workplace() as place:
        path = place / "rows"
        rows = _write_rows(job, action, content, path)
        name = shelf.keep(path, action.format)
    try:
        with transaction.atomic():
            # First: a worker that lost its lease has nothing to say about the file.
            job.finish()
            size = (shelf.folder() / name).stat().st_size
            action.finish(file=name, size=size, affected=rows, **content.holds)
    except BaseException:
        shelf.discard(name)
        raise


def _write_rows(job: Job, action: BulkAction, content: Content, path: Path) -> int:
    format = ExportFormat(action.format)
    rows = 0
    job.progress(0, action.expected)
    with open_sheet(format, path, content.heads, content.title) as sheet:
        for part in content.slices:
            if rows + len(part) > MOST_ROWS.get(format, rows + len(part)):
                raise Impossible(TOO_MANY)
            for row in part:
                sheet.write(row)
            rows += len(part)
            # Renews the lease, and ends here when somebody cancelled.
            job.progress(rows, max(action.expected, rows))
        sheet.close()
    return rows
