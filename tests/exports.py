"""Files as people get them: asked for, written as a worker does it, and read by somebody else's code."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import openpyxl
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from calls import exporting
from calls.columns import DEFAULT
from calls.models import BulkAction
from calls.selection import Selection
from calls.tasks import run_job
from calls.vocabulary import ExportFormat


def export(user: User, **wish: Any) -> BulkAction:
    """Asked for and written, as a worker would."""
    return written(ask(user, **wish))


def written(action: BulkAction) -> BulkAction:
    """As a worker writes it."""
    assert action.job is not None
    run_job(action.job.pk)
    action.refresh_from_db()
    return action


def ask(
    user: User,
    *,
    question: str = "",
    chosen: Sequence[int] | None = None,
    format: str = "csv",
    columns: Sequence[str] = DEFAULT,
    numbers: bool = False,
) -> BulkAction:
    selection = Selection(question, None if chosen is None else tuple(chosen), reader=user)
    return exporting.ask_export(
        selection,
        count=selection.count() if selection.is_understood else 0,
        format=ExportFormat(format),
        columns=columns,
        wants_numbers=numbers,
        asked_by=user,
    )


def rows(action: BulkAction) -> list[list[Any]]:
    """Read by somebody else's code."""
    with exporting.open_file(action) as file:
        return rows_in(file.read(), action.format)


def rows_in(content: bytes, format: str) -> list[list[Any]]:
    if format == ExportFormat.XLSX:
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        return [["" if cell is None else cell for cell in row] for row in sheet.iter_rows(values_only=True)]
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))


def ask_for_reviews(client: Client, **fields: str) -> BulkAction:
    """Those of the list with this question, CSV unless `format` says something else."""
    answer = client.post(reverse("review_export"), fields)
    assert answer.status_code == 302, answer.text
    return BulkAction.objects.get(pk=int(answer.headers["Location"].strip("/").split("/")[-1]))


def fetched(client: Client, action: BulkAction) -> int:
    """The status that whoever wants its file gets."""
    name = "review_export_file" if action.is_of_reviews else "export_file"
    answer = client.get(reverse(name, args=[action.pk]))
    answer.getvalue()
    status: int = answer.status_code
    return status


def review_file(client: Client, **fields: str) -> bytes:
    """As it is downloaded."""
    action = written(ask_for_reviews(client, **fields))
    content: bytes = client.get(reverse("review_export_file", args=[action.pk])).getvalue()
    return content
