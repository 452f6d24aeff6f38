"""From values to places in a drawing: plain numbers as SVG attributes want them, whatever the reader's language.

A drawing is as wide as its place, so everything across is in per cent; heights are in pixels.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

TOP, BOTTOM, LABELS = 20.0, 178.0, 194
HEIGHT = 198
# of the room that a bar has
BAR_SHARE = 0.6
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
GRIDLINES = 4
# the width of what is stretched to any other width
WIDTH = 1_000
FULL_SCORE = 100.0
# how much of the scale is drawn -> points between its gridlines
SCORE_STEPS = {20: 5, 40: 10, 60: 20, 80: 20, 100: 20}


@dataclass(frozen=True, slots=True)
class Gridline:
    y: str
    value: float


@dataclass(frozen=True, slots=True)
class Column:
    """A bar and the part of it that is filled; `slot` is the room around it, for fingers."""

    slot: str
    slot_width: str
    x: str
    width: str
    middle: str
    y: str
    height: str
    part_y: str
    part_height: str


@dataclass(frozen=True, slots=True)
class Columns:
    grid: Sequence[Gridline]
    columns: Sequence[Column]


@dataclass(frozen=True, slots=True)
class Dot:
    x: str
    y: str
    top: str
    bottom: str


@dataclass(frozen=True, slots=True)
class Curve:
    """Dots where something is known, None elsewhere; lines and bands only join neighbours."""

    grid: Sequence[Gridline]
    dots: Sequence[Dot | None]
    lines: Sequence[str]
    bands: Sequence[str]


def columns(values: Sequence[tuple[int, int]]) -> Columns:
    """Of each whole and a part of it."""
    step = _step(max((whole for whole, _part in values), default=0) or 1)
    top = step * GRIDLINES
    slot = 100 / max(len(values), 1)
    bars = []
    for number, (whole, part) in enumerate(values):
        y, part_y = _down(whole / top), _down(part / top)
        bars.append(
            Column(
                slot=_percent(number * slot),
                slot_width=_percent(slot),
                x=_percent((number + (1 - BAR_SHARE) / 2) * slot),
                width=_percent(BAR_SHARE * slot),
                middle=_percent((number + 0.5) * slot),
                y=_px(y),
                height=_px(BOTTOM - y),
                part_y=_px(part_y),
                part_height=_px(BOTTOM - part_y),
            )
        )
    return Columns([Gridline(_px(_down(line / GRIDLINES)), line * step) for line in range(GRIDLINES + 1)], bars)


def curve(points: Sequence[tuple[float, float] | None]) -> Curve:
    """Of scores with half of their intervals' widths, from the lowest end of them up to 100."""
    known = [point for point in points if point]
    lowest = min((mean - margin for mean, margin in known), default=0.0)
    floor = max(math.floor(lowest / 20) * 20.0, 0.0) if lowest < FULL_SCORE else FULL_SCORE - 20
    height = FULL_SCORE - floor

    def down(score: float) -> float:
        return _down((min(max(score, floor), FULL_SCORE) - floor) / height)

    slot = 1 / max(len(points), 1)
    dots = [
        Dot(
            _percent(100 * (number + 0.5) * slot),
            _px(down(point[0])),
            _px(down(point[0] + point[1])),
            _px(down(point[0] - point[1])),
        )
        if point
        else None
        for number, point in enumerate(points)
    ]
    scores = range(int(floor), int(FULL_SCORE) + 1, SCORE_STEPS[int(height)])
    grid = [Gridline(_px(down(score)), score) for score in scores]
    runs = list(_runs(dots))
    places = [[(_px(WIDTH * (number + 0.5) * slot), dot) for number, dot in run] for run in runs]
    return Curve(
        grid,
        dots,
        [" ".join(f"{x},{dot.y}" for x, dot in run) for run in places],
        [
            " ".join([f"{x},{dot.top}" for x, dot in run] + [f"{x},{dot.bottom}" for x, dot in reversed(run)])
            for run in places
        ],
    )


def width(share: float | None) -> str:
    """Of a lying bar; a hair at least, so that one of thousands is seen."""
    return _percent(max(100 * min(share, 1.0), 0.8)) if share else "0%"


def labelled(count: int, most: int) -> list[bool]:
    """Which of so many places have a label: the last one and others at even distances before it."""
    every = max(math.ceil(count / most), 1)
    return [(count - 1 - number) % every == 0 for number in range(count)]


def _runs(dots: Sequence[Dot | None]) -> Iterator[list[tuple[int, Dot]]]:
    run: list[tuple[int, Dot]] = []
    for number, dot in enumerate(dots):
        if dot:
            run.append((number, dot))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _step(most: float) -> float:
    """The distance of gridlines that people can add up, so that they reach above `most`."""
    needed = most / GRIDLINES
    size = 10.0 ** math.floor(math.log10(needed)) if needed >= 1 else 1.0
    return next(step * size for step in STEPS if step * size >= needed and (step * size).is_integer())


def _down(share: float) -> float:
    return BOTTOM - share * (BOTTOM - TOP)


def _px(length: float) -> str:
    return f"{length:.1f}"


def _percent(part: float) -> str:
    return f"{part:.2f}%"
