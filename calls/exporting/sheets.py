"""The two formats. Both write row by row: memory does not grow with the number of calls."""

from __future__ import annotations

import csv
import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol, Self

from django.utils.translation import gettext as _
from xlsxwriter import Workbook
from xlsxwriter.exceptions import XlsxFileError

from calls.columns import Cell
from calls.exporting.cells import escaped, is_risky
from calls.vocabulary import ExportFormat

# of a worksheet, beside its head
MOST_ROWS = {ExportFormat.XLSX: 1_048_575}
LONGEST_XLSX_TEXT = 32_767
TIME = "yyyy-mm-dd hh:mm:ss"
# in characters, for what is not text
WIDTH_OF_TIME, WIDTH = 19, 14


class Head(Protocol):
    """A column as far as a sheet knows it: a time is wider, and the label stands in the first row."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> object: ...


class Sheet(ABC):
    """An open file. Leaving the block abandons what was not closed."""

    @abstractmethod
    def write(self, row: Sequence[Cell]) -> None: ...

    @abstractmethod
    def close(self) -> None:
        """Everything is in the file, or OSError."""

    @abstractmethod
    def abandon(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.abandon()


def open_sheet(format: ExportFormat, path: Path, columns: Sequence[Head], title: str) -> Sheet:
    """A new file with the columns' names in its first row; `title` is the worksheet's."""
    return CsvSheet(path, columns) if format == ExportFormat.CSV else XlsxSheet(path, columns, title)


class CsvSheet(Sheet):
    """RFC 4180 in UTF-8; the mark at the beginning is what Excel knows the encoding by."""

    def __init__(self, path: Path, columns: Sequence[Head]) -> None:
        self._file = open(  # noqa: SIM115 (the sheet itself is the context)
            path, "w", encoding="utf-8-sig", errors="replace", newline="", opener=_for_us_only
        )
        self._rows = csv.writer(self._file, lineterminator="\r\n")
        self.write([str(column.label) for column in columns])

    def write(self, row: Sequence[Cell]) -> None:
        self._rows.writerow([escaped(cell) if isinstance(cell, str) else cell for cell in row])

    def close(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def abandon(self) -> None:
        self._file.close()


class XlsxSheet(Sheet):
    """Text is typed as text, so nothing is ever calculated, and keeps its wording; times and lengths can be sorted."""

    def __init__(self, path: Path, columns: Sequence[Head], title: str) -> None:
        self._path = path
        path.touch(0o600)
        options = {
            "constant_memory": True,
            "tmpdir": str(path.parent),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": TIME,
        }
        self._book = Workbook(str(path), options)
        # The apostrophe that one does not see: also a cell that is edited stays text.
        self._quoted = self._book.add_format({"quote_prefix": True})
        self._sheet = self._book.add_worksheet(title[:31])
        self._sheet.freeze_panes(1, 0)
        for at, column in enumerate(columns):
            self._sheet.set_column(at, at, WIDTH_OF_TIME if column.name == "time" else WIDTH)
        bold = self._book.add_format({"bold": True})
        for at, column in enumerate(columns):
            self._sheet.write_string(0, at, str(column.label), bold)
        self._at = 0

    def write(self, row: Sequence[Cell]) -> None:
        self._at += 1
        sheet = self._sheet
        for at, cell in enumerate(row):
            if cell is None:
                continue
            if isinstance(cell, str):
                sheet.write_string(self._at, at, _fitting(cell), self._quoted if is_risky(cell) else None)
            elif isinstance(cell, datetime):
                sheet.write_datetime(self._at, at, cell)
            else:
                sheet.write_number(self._at, at, cell)

    def close(self) -> None:
        try:
            self._book.close()
        except XlsxFileError as error:
            raise OSError(str(error)) from error

    def abandon(self) -> None:
        # The rows wait in a file of their own until the book is closed.
        if not self._book.fileclosed:
            self._sheet.row_data_fh.close()


def _fitting(text: str) -> str:
    """Excel refuses longer cells, and XML turns every line end into a line feed."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) <= LONGEST_XLSX_TEXT:
        return text
    note = _("… (cut off here: a cell holds no more, a CSV file does)")
    return text[: LONGEST_XLSX_TEXT - len(note)] + note


def _for_us_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
