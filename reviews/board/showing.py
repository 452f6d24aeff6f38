"""What the page draws of the tables: figures on top, bars, a curve, a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from calls.models.traffic import KEEN
from calls.vocabulary import CallResult
from reviews.board import charts, words
from reviews.board.cells import Cell, Table
from reviews.board.figures import Figures
from reviews.board.links import Links
from reviews.board.period import Period
from reviews.board.tables import is_same
from reviews.vocabulary import Purpose

# of what is drawn; the tables beside the drawings have the rest
MOST_BARS, MOST_DAYS, MOST_DATES, DAYS_WITHOUT_MONTH = 8, 14, 5, 31
# off the diagonal: from which part of the largest count on a cell is darker
HEATS = (0.0, 0.25, 0.6)


@dataclass(frozen=True, slots=True)
class Change:
    """Against the period before: an arrow and a word; `is_good` colours it, None leaves it grey."""

    arrow: str
    text: str
    is_good: bool | None


@dataclass(frozen=True, slots=True)
class Tile:
    """`url` leads to a list of `count` calls or reviews."""

    name: str
    figure: str
    unit: str
    url: str
    count: int
    note: str = ""
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """A lying bar. `is_ours`: people judged it."""

    name: str
    cell: Cell
    width: str
    share: str = ""
    is_ours: bool = False
    lang: str = ""


def tiles(figures: Figures, links: Links) -> list[Tile]:
    taken, earlier = figures.taken, figures.earlier
    answered = links.calls(result=CallResult.ANSWERED.value)
    return [
        Tile(
            _("Dialled"),
            words.count(taken.dialled),
            "",
            links.calls(),
            taken.dialled,
            change=_growth(taken.dialled, earlier.taken.dialled),
        ),
        Tile(
            _("Connect rate"),
            *_share(taken.rate),
            answered,
            taken.answered,
            change=_points(taken.rate, earlier.taken.rate, more_is_good=True),
        ),
        Tile(
            _("Intent A or B"),
            words.count(figures.outcomes.keen),
            "",
            links.calls(intent=KEEN),
            figures.outcomes.keen,
            change=_growth(figures.outcomes.keen, earlier.keen, is_good=True),
        ),
        _failed(figures, links),
        _reviewed(figures, links),
        _agreement(figures, links),
    ]


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
        if not is_same(row[0].text, judged)
    ]
    most = max(others, default=0)
    return [
        (
            row[0],
            [
                (cell, judged, _heat(cell.count or 0, most, is_same(row[0].text, judged)))
                for cell, judged in zip(row[1:-1], heard, strict=True)
            ],
            row[-1],
        )
        for row in table.rows
    ]


def _failed(figures: Figures, links: Links) -> Tile:
    rate, earlier = figures.failed, figures.earlier.failed
    url = links.reviews(passed="no")
    name = _("Failed, estimated")
    if rate is None:
        return Tile(name, words.DASH, "", url, figures.reviewed.failed, _("nothing drawn by lot is reviewed"))
    between = {"low": words.number(100 * rate.low, 1), "high": words.number(100 * rate.high, 1)}
    note = _("%(low)s to %(high)s %% at 95 %%") % between
    change = _points(rate.value, earlier.value if earlier else None, more_is_good=False)
    return Tile(name, *_share(rate.value), url, figures.reviewed.failed, note, change)


def _reviewed(figures: Figures, links: Links) -> Tile:
    people = len(figures.work)
    timed = [(work.seconds, work.reviews) for work in figures.work if work.seconds is not None]
    note = ngettext("%(people)s person", "%(people)s people", people) % {"people": people}
    if reviews := sum(count for _seconds, count in timed):
        seconds = sum(each * count for each, count in timed) / reviews
        note = _("%(people)s, %(seconds)s each") % {"people": note, "seconds": words.seconds(seconds)}
    change = _growth(figures.reviewed.reviews, figures.earlier.reviews, is_good=True)
    reviews = figures.reviewed.reviews
    return Tile(_("Reviewed"), words.count(reviews), "", links.reviews(), reviews, note if people else "", change)


def _agreement(figures: Figures, links: Links) -> Tile:
    found, earlier = figures.agreement, figures.earlier.agreement
    seconds = figures.second_opinions
    note = ngettext("%(count)s second opinion", "%(count)s second opinions", seconds) % {"count": words.count(seconds)}
    url = links.reviews(purpose=Purpose.SECOND.value)
    if found.ac1 is None:
        same = words.DASH if found.raw is None else words.percent(found.raw, 0)
        return Tile(_("Agreement"), same, "", url, seconds, note)
    change = None
    if earlier.ac1 is not None:
        change = _change(round(found.ac1 - earlier.ac1, 2), words.number(abs(found.ac1 - earlier.ac1), 2), is_good=True)
    return Tile(_("Agreement"), words.number(found.ac1, 2), "AC1", url, seconds, note, change)


def _growth(now: int, before: int, *, is_good: bool | None = None) -> Change | None:
    """In per cent of before."""
    if not before:
        return None
    change = (now - before) / before
    return _change(change, words.percent(abs(change), 0), is_good=is_good)


def _points(now: float | None, before: float | None, *, more_is_good: bool) -> Change | None:
    """In points of the rate."""
    if now is None or before is None:
        return None
    points = round(100 * (now - before), 1)
    return _change(points, words.number(abs(points), 1), is_good=more_is_good)


def _change(by: float, text: str, *, is_good: bool | None) -> Change:
    if not by:
        return Change("=", "", None)
    return Change("↑" if by > 0 else "↓", text, None if is_good is None else (by > 0) == is_good)


def _share(share: float | None) -> tuple[str, str]:
    return (words.DASH, "") if share is None else (words.number(100 * share, 1), "%")


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


def _heat(count: int, most: int, same: bool) -> str:
    if same:
        return "matrix__same"
    return f"heat-{sum(count > most * heat for heat in HEATS)}" if count else ""
