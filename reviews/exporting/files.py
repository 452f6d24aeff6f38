"""The file itself. CSV goes out while it is read; a workbook is written beside the other exports and then sent."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from calls.columns import Cell
from calls.exporting import shelf
from calls.exporting.cells import escaped
from calls.exporting.sheets import XlsxSheet
from calls.vocabulary import ExportFormat
from reviews.exporting.columns import Asked, asked_in, heads_of, row_of, versions_of, with_answers
from reviews.finding.paging import chunks_of
from reviews.finding.rows import task_names
from reviews.models.review import ReviewQuerySet

# it is written while somebody waits
MOST_XLSX = 10_000
BYTE_ORDER_MARK = "\ufeff"  # what Excel knows the encoding by


def response(reviews: ReviewQuerySet, format: ExportFormat, *, shows_numbers: bool) -> HttpResponseBase:
    rows = _rows(reviews, asked_in(reviews), shows_numbers=shows_numbers)
    answer: HttpResponseBase
    if format == ExportFormat.CSV:
        # the words of the file are found while it is sent, when the page's language is long gone
        answer = StreamingHttpResponse(_csv(rows, get_language() or ""), content_type="text/csv; charset=utf-8")
    else:
        answer = _workbook(rows)
    name = f"reviews-{timezone.localdate():%Y-%m-%d}.{format.value}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    # customers' words: kept where it was downloaded to, and nowhere else
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _rows(reviews: ReviewQuerySet, asked: list[Asked], *, shows_numbers: bool) -> Iterator[list[Any]]:
    """The heads, then a row a review; no more than a few hundred are in memory."""
    yield heads_of(asked)
    # thousands of reviews share a version: its content is read once
    versions = versions_of(reviews)
    for chunk in chunks_of(with_answers(reviews)):
        tasks = task_names(chunk)
        for review in chunk:
            review.version = versions[review.version_id]
            yield row_of(review, asked, tasks, shows_numbers=shows_numbers)


class _Line:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _csv(rows: Iterator[list[Any]], language: str) -> Iterator[bytes]:
    writer = csv.writer(_Line(), lineterminator="\r\n")
    with override(language or None):
        yield BYTE_ORDER_MARK.encode()
        yield _written(writer, [head.label for head in next(rows)])
        for row in rows:
            yield _written(writer, row)


def _written(writer: Any, row: list[Cell]) -> bytes:
    line: str = writer.writerow([escaped(cell) if isinstance(cell, str) else cell for cell in row])
    return line.encode("utf-8", "replace")


def _workbook(rows: Iterator[list[Any]]) -> FileResponse:
    with shelf.workplace() as place:
        path = place / "reviews"
        with XlsxSheet(path, next(rows), _("Reviews")) as sheet:
            for row in rows:
                sheet.write(row)
            sheet.close()
        # open, it outlives its name
        file = path.open("rb")
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return FileResponse(file, content_type=kind)
