"""One figure of the board in its cell, and what a reader may see of the names beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from calls.numbers import has_number, mask_all
from reviews.board import words
from reviews.board.figures import Figures
from reviews.board.judged import Answered
from reviews.models import ScorecardVersion

FROM_CALLS = "zh-Hans"


@dataclass(frozen=True, slots=True)
class Cell:
    """`value` is for a file and `text` for a page. `url` leads to a list of `count` calls or reviews."""

    value: str | float | None
    text: str
    url: str = ""
    count: int | None = None
    lang: str = ""
    is_bad: bool = False

    @property
    def is_number(self) -> bool:
        return not isinstance(self.value, str)


@dataclass(frozen=True, slots=True)
class Table:
    """The first cell of each row names it."""

    key: str
    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Known:
    """What the figures' keys are called, and what this reader may see of them."""

    tasks: Mapping[str, str]
    versions: Mapping[int, ScorecardVersion]
    may_see_numbers: bool

    @classmethod
    def of(cls, figures: Figures, tasks: Mapping[str, str], *, may_see_numbers: bool) -> Known:
        versions = ScorecardVersion.objects.select_related("scorecard").in_bulk(
            [one.version for one in figures.criteria]
        )
        return cls(tasks, versions, may_see_numbers)

    def task(self, source: str, task_id: str) -> str:
        name = self.tasks.get(f"{source}/{task_id}") or task_id or _("No task")
        return name if self.may_see_numbers else mask_all(name)

    def may_show(self, text: str) -> bool:
        """A number cannot be masked in what is asked for."""
        return self.may_see_numbers or not has_number(text)

    def scorecard(self, answered: Answered) -> str:
        return self.versions[answered.version].scorecard.name

    def criterion(self, answered: Answered) -> str:
        criterion = self.versions[answered.version].card.criterion(answered.criterion)
        return criterion.title if criterion else answered.criterion


def named(text: str, lang: str = "") -> Cell:
    return Cell(text, text, lang=lang)


def counted(count: int, url: str) -> Cell:
    return Cell(count, words.count(count), url, count)


def part(share: float | None, url: str = "", count: int | None = None, *, is_bad: bool = False) -> Cell:
    return Cell(None if share is None else round(100 * share, 1), words.percent(share), url, count, is_bad=is_bad)


def mean(points: float | None, url: str = "", count: int | None = None) -> Cell:
    return Cell(None if points is None else round(points, 1), words.score(points), url, count)


def length(seconds: float | None, url: str = "", count: int | None = None) -> Cell:
    return Cell(None if seconds is None else round(seconds, 1), words.length(seconds), url, count)
