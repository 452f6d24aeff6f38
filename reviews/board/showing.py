"""What the page draws of the tables: bars, a curve, a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from reviews.board import charts, words
from reviews.board.cells import Cell, Table
from reviews.board.figures import Figures
from reviews.board.period import Period
from reviews.board.tables import is_same

# of what is drawn; the tables beside the drawings have the rest
MOST_BARS, MOST_DAYS, MOST_DATES, DAYS_WITHOUT_MONTH = 8, 14, 5, 31
# off the diagonal: from which part of the largest count on a cell is darker
HEATS = (0.0, 0.25, 0.6)


@dataclass(frozen=True, slots=True)
class Bar:
    """A lying bar. `is_ours`: people judged it."""

    name: str
    cell: Cell
    width: str
    share: str = ""
    is_ours: bool = False
    lang: str = ""


def days_chart(table: Table, period: Period) -> dict[str, Any]:
    """The columns of calls dialled and answered."""
    rows = [(row[1].count or 0, row[2].count or 0) for row in table.rows]
    drawn = charts.columns(rows)
    bars = zip(drawn.columns, table.rows, _labels(period), strict=True)
    return {"grid": _scale(drawn.grid), "bars": list(bars)}


def score_chart(table: Table, figures: Figures, period: Period) -> dict[str, Any]:
    """The mean score of each day with its interval."""
    points = [
        None if reviewed.mean is None else (reviewed.mean, reviewed.margin or 0.0) for _taken, reviewed in figures.days
    ]
    drawn = charts.curve(points)
    dots = [(dot, row, label) for dot, row, label in zip(drawn.dots, table.rows, _labels(period), strict=True)]
    places = charts.columns([(0, 0)] * len(points)).columns
    return {
        "grid": _scale(drawn.grid),
        "dots": list(zip(dots, places, strict=True)),
        "lines": drawn.lines,
        "bands": drawn.bands,
        "is_empty": not any(points),
    }


def step_bars(table: Table) -> list[Bar]:
    whole = table.rows[0][1].count or 0
    ours = {_("Reviewed"), pgettext("reviews", "Passed")}
    return [_bar(row, row[0].text, whole, row[2].text, is_ours=row[0].text in ours) for row in table.rows]


def value_bars(table: Table) -> list[Bar]:
    """Of results, intents and tags: the longest is as wide as there is room."""
    rows = table.rows[:MOST_BARS]
    longest = max((row[-2].count or 0 for row in rows), default=0)
    return [
        _bar(row, " ".join(cell.text for cell in row[:-2]), longest, row[-1].text, lang=row[0].lang) for row in rows
    ]


def criterion_bars(table: Table) -> list[Bar]:
    """The pass rate of each; the bar leads to what failed."""
    return [
        Bar(row[1].text, row[3], charts.width((float(row[5].value or 0)) / 100), row[5].text, is_ours=True)
        for row in table.rows
        if row[5].value is not None
    ]


def matrix(table: Table) -> list[tuple[Cell, list[tuple[Cell, str, str]], Cell]]:
    """Each row's name, its cells with column and class, and how often both were the same."""
    heard = table.heads[1:-1]
    others = [
        cell.count or 0
        for row in table.rows
        for cell, judged in zip(row[1:-1], heard, strict=True)
        if row[0].text != words.DASH and not is_same(row[0].text, judged)
    ]
    most = max(others, default=0)
    return [
        (
            row[0],
            [
                (cell, judged, _heat(row[0].text, judged, cell.count or 0, most))
                for cell, judged in zip(row[1:-1], heard, strict=True)
            ],
            row[-1],
        )
        for row in table.rows
    ]


def _bar(row: Sequence[Cell], name: str, whole: int, share: str, *, is_ours: bool = False, lang: str = "") -> Bar:
    cell = next(cell for cell in row if cell.count is not None)
    return Bar(name, cell, charts.width((cell.count or 0) / whole if whole else 0), share, is_ours, lang)


def _labels(period: Period) -> list[str]:
    """Under the bars: days of the month, with its name where it would not be clear."""
    bars = period.trend.bars()
    is_short = period.trend.days <= DAYS_WITHOUT_MONTH
    shown = charts.labelled(len(bars), MOST_DAYS if is_short else MOST_DATES)
    return [
        (str(bar.first.day) if is_short else words.day(bar.first)) if is_shown else ""
        for bar, is_shown in zip(bars, shown, strict=True)
    ]


def _scale(grid: Sequence[charts.Gridline]) -> list[tuple[str, str]]:
    return [(line.y, words.count(line.value)) for line in grid]


def _heat(said: str, judged: str, count: int, most: int) -> str:
    if is_same(said, judged):
        return "matrix__same"
    if said == words.DASH:
        return "heat-0" if count else ""
    return f"heat-{sum(count > most * heat for heat in HEATS)}" if count else ""
