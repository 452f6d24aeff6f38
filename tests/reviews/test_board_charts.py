from __future__ import annotations

from datetime import date

import pytest

from reviews.board import charts
from reviews.board.period import Period


@pytest.mark.parametrize("most", [0, 1, 3, 4, 5, 9, 11, 99, 101, 12_345, 999_999])
def test_gridlines_are_whole_and_reach_over_the_highest_bar(most):
    drawn = charts.columns([(most, most // 2), (0, 0)])

    values = [line.value for line in drawn.grid]
    assert values[-1] >= most
    assert all(float(value).is_integer() for value in values)
    assert len(set(values)) == len(values)
    assert all(float(column.height) >= float(column.part_height) >= 0 for column in drawn.columns)


def test_a_part_is_as_high_beside_its_whole_as_it_is_large():
    [column] = charts.columns([(80, 20)]).columns

    assert float(column.part_height) == pytest.approx(float(column.height) / 4, abs=0.1)
    assert (column.slot, column.slot_width, column.middle) == ("0.00%", "100.00%", "50.00%")


def test_a_curve_breaks_where_nothing_is_known():
    drawn = charts.curve([(90.0, 2.0), (92.0, 1.0), None, (85.0, 0.0)])

    assert [len(line.split()) for line in drawn.lines] == [2, 1]
    assert [len(band.split()) for band in drawn.bands] == [4, 2]
    assert drawn.dots[2] is None
    assert [line.value for line in drawn.grid] == [80, 85, 90, 95, 100]


@pytest.mark.parametrize("score", [0.0, 12.5, 55.0, 79.9, 80.0, 100.0])
def test_a_score_and_its_interval_stay_within_the_drawing(score):
    [dot] = charts.curve([(score, 30.0)]).dots

    assert dot
    assert charts.TOP <= float(dot.top) <= float(dot.y) <= float(dot.bottom) <= charts.BOTTOM


def test_one_of_thousands_is_still_a_hair():
    assert charts.width(1 / 100_000) == "0.80%"
    assert charts.width(0) == "0%"
    assert charts.width(None) == "0%"
    assert charts.width(1.0) == "100.00%"


@pytest.mark.parametrize(("count", "most"), [(14, 14), (30, 14), (90, 5), (53, 5), (1, 5)])
def test_labels_are_few_and_the_last_bar_has_one(count, most):
    labelled = charts.labelled(count, most)

    assert sum(labelled) <= most
    assert labelled[-1]


def test_bars_of_a_long_period_are_weeks_without_a_gap():
    period = Period(date(2026, 1, 1), date(2026, 12, 31))

    bars = period.bars()

    assert len(bars) == 53
    assert (bars[0].first, bars[-1].last) == (period.first, period.last)
    assert sum(bar.days for bar in bars) == 365


def test_a_short_period_shows_the_fortnight_that_led_to_it():
    day = Period(date(2026, 11, 21), date(2026, 11, 21))

    assert (day.trend.first, day.trend.last, day.step) == (date(2026, 11, 8), day.last, 1)
