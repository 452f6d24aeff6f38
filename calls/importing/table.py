"""A list of ids as CSV, from a spreadsheet or a database: one call a line."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from itertools import zip_longest

from django.utils.translation import gettext as _

from calls.importing.ids import FIELDS, WrongId, checked_ref
from calls.importing.rows import MOST_ROWS, TOO_MANY, Row, Unreadable, Verdict
from calls.vocabulary import Source

# what a header may be called, folded: no case, blanks, dashes or underscores
NAMES = {
    "source": ("source", "api", "来源", "接口"),
    "task_id": ("taskid", "task", "任务id", "呼叫任务id", "任务编号"),
    "batch_id": ("batchid", "batch", "批次id", "批次", "批次编号"),
    "detail_id": ("detailid", "detail", "明细id", "任务明细id", "任务明细"),
    "callee": ("callee", "called", "被叫", "被叫号码", "号码"),
    "query_date": ("querydate", "date", "time", "datetime", "日期", "时间", "查询时间", "呼叫时间", "通话时间"),
}
FIELD_OF = {name: field for field, names in NAMES.items() for name in names}

Line = tuple[int, list[str]]


def rows_of(text: str) -> Iterator[Row]:
    """Every line with its reference or its problem. Unreadable when no line can make sense."""
    lines = _lines(text)
    number, first = next(lines, (1, []))
    columns = _columns(first)
    if columns is None:
        if _source(first[0] if first else "") is None:
            raise Unreadable(
                _(
                    "Line %(line)s is no header line and does not begin with aiccs or robot. "
                    "Name the columns in the first line: task_id, batch_id, detail_id or task_id, callee, query_date."
                )
                % {"line": number}
            )
        yield _row((number, first), None)
    for line in lines:
        yield _row(line, columns)


def _lines(text: str) -> Iterator[Line]:
    head = text.lstrip().split("\n", 1)[0]
    delimiter = max(",;\t|，", key=head.count)
    # strict: a quote that is never closed would swallow the rest of the file without a word
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    count, number = 0, 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                count += 1
                yield number, cells
            if count > MOST_ROWS + 1:
                raise Unreadable(TOO_MANY % {"most": MOST_ROWS})
            number = reader.line_num + 1
    except csv.Error as error:
        raise Unreadable(
            _("A quote that opens in line %(line)s is not closed, or something follows it. Correct that line.")
            % {"line": number}
        ) from error


def _columns(cells: list[str]) -> list[str] | None:
    """The field of each column ("" for one we do not need); None when this is no header line."""
    columns = [FIELD_OF.get(_folded(cell), "") for cell in cells]
    named = {column for column in columns if column}
    if not named:
        return None
    if not any(named.issuperset(fields) for fields in FIELDS.values()):
        source = Source.ROBOT if named & {"callee", "query_date"} else Source.AICCS
        missing = ", ".join(field for field in FIELDS[source] if field not in named)
        raise Unreadable(_("The header line lacks %(columns)s.") % {"columns": missing})
    return columns


def _row(line: Line, columns: list[str] | None) -> Row:
    number, cells = line
    shown = " · ".join(cell.strip() for cell in cells if cell.strip())[:160]
    try:
        ref = checked_ref(*_source_and_values(cells, columns))
    except WrongId as wrong:
        return Row(number, shown, verdict=Verdict.WRONG, note=str(wrong))
    return Row(number, shown, ref=ref)


def _source_and_values(cells: list[str], columns: list[str] | None) -> tuple[Source, dict[str, str]]:
    if columns is None:
        source = _source(cells[0])
        if source is None:
            raise WrongId("source", _("The first column says neither aiccs nor robot."))
        return source, dict(zip(FIELDS[source], cells[1:], strict=False))
    values = {column: cell for column, cell in zip_longest(columns, cells, fillvalue="") if column}
    return _source_of(values), values


def _source_of(values: dict[str, str]) -> Source:
    """What the row says; else the API whose own columns are filled."""
    if said := values.get("source", "").strip():
        if source := _source(said):
            return source
        raise WrongId("source", _("source says neither aiccs nor robot."))
    is_robot = any(values.get(field, "").strip() for field in ("callee", "query_date"))
    is_agent = any(values.get(field, "").strip() for field in ("batch_id", "detail_id"))
    if is_robot and is_agent:
        raise WrongId("source", _("The line fills columns of both APIs. Add a column source with aiccs or robot."))
    return Source.ROBOT if is_robot or "detail_id" not in values else Source.AICCS


def _source(text: str) -> Source | None:
    folded = _folded(text)
    return Source(folded) if folded in Source.values else None


def _folded(text: str) -> str:
    return re.sub(r"[\s_-]", "", unicodedata.normalize("NFKC", text)).casefold()
