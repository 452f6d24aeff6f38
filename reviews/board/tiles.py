"""The figures on top of a board: each with its note, and how it moved against the period before."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calls.models.traffic import KEEN
from calls.vocabulary import CallResult
from reviews.board import words
from reviews.board.figures import Figures
from reviews.board.links import Links
from reviews.vocabulary import Purpose


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
    change = round((now - before) / before, 2)
    return _change(change, words.percent(abs(change), 0), is_good=is_good)


def _points(now: float | None, before: float | None, *, more_is_good: bool) -> Change | None:
    """In points of the rate."""
    if now is None or before is None:
        return None
    points = round(100 * (now - before), 1)
    return _change(points, words.number(abs(points), 1), is_good=more_is_good)


def _change(by: float, text: str, *, is_good: bool | None) -> Change:
    if not by:
        return Change("=", _("unchanged"), None)
    return Change("↑" if by > 0 else "↓", text, None if is_good is None else (by > 0) == is_good)


def _share(share: float | None) -> tuple[str, str]:
    return (words.DASH, "") if share is None else (words.number(100 * share, 1), "%")
