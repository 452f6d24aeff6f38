"""What stands in a row of the file: the review, and four cells for each criterion of its scorecards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from calls.columns import Cell
from calls.exporting.cells import UNWRITABLE
from calls.models.labels import label_of
from calls.numbers import Numbers, mask_all
from calls.templatetags.formats import duration
from calls.vocabulary import Source, Speaker
from reviews.exporting.answers import Given, Quoted
from reviews.models import Review, ScorecardVersion
from reviews.models.review import ReviewQuerySet
from reviews.scoring import Criterion
from reviews.scoring.score import number_of
from reviews.vocabulary import CriterionKind, Purpose

UNASKED: list[Cell] = [None, None, None, None]


@dataclass(frozen=True, slots=True)
class Head:
    """`name` says whether it is a time; `label` is what the first row shows."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A criterion of a scorecard through all its versions, under its newest title."""

    scorecard: int
    key: str
    title: str


def asked_in(known: Mapping[int, ScorecardVersion]) -> list[Asked]:
    """Every criterion of these versions, in the order of the newest form."""
    versions = sorted(known.values(), key=lambda version: -version.number)
    names = {version.scorecard_id: version.scorecard.name for version in versions}
    found: dict[tuple[int, str], Asked] = {}
    for pk in sorted(names, key=names.__getitem__):
        for version in versions:
            if version.scorecard_id == pk:
                for criterion in version.card:
                    # two scorecards may ask the same: their name tells them apart
                    title = f"{names[pk]}: {criterion.title}" if len(names) > 1 else criterion.title
                    found.setdefault((pk, criterion.key), Asked(pk, criterion.key, title))
    return list(found.values())


def versions_of(reviews: ReviewQuerySet) -> dict[int, ScorecardVersion]:
    numbers = reviews.order_by().values_list("version", flat=True).distinct()
    return ScorecardVersion.objects.select_related("scorecard").in_bulk(list(numbers))


def heads_of(asked: Sequence[Asked]) -> list[Head]:
    labels = (
        ("time", _("Call time")),
        ("number", _("Number")),
        ("task", _("Task")),
        ("task_id", _("Task id")),
        ("call", _("Call id")),
        ("source", _("Made by")),
        ("reviewer", _("Reviewer")),
        ("purpose", _("Purpose")),
        ("scorecard", _("Scorecard")),
        ("version", _("Version")),
        ("score", _("Score")),
        ("critical", _("Critical score")),
        ("fatal", _("Fatal")),
        ("passed", pgettext("review", "Passed")),
        ("intent", _("Vendor's intent")),
        ("judged", _("Judged intent")),
        ("changed", _("Data changed")),
        ("note", _("Note")),
        ("time", _("Started")),
        ("time", pgettext("review", "Finished")),
        ("seconds", _("Seconds until first play")),
        ("seconds", _("Seconds until first answer")),
        ("seconds", _("Seconds spent")),
    )
    heads = [Head(name, label) for name, label in labels]
    for one in asked:
        heads.append(Head("answer", one.title))
        heads += [
            Head("part", _("%(criterion)s: %(part)s") % {"criterion": one.title, "part": part})
            for part in (_("points"), _("comment"), _("evidence"))
        ]
    return heads


def row_of(
    review: Review,
    answers: Mapping[str, Given],
    asked: Sequence[Asked],
    tasks: Mapping[tuple[str, str], str],
    *,
    shows_numbers: bool,
) -> list[Cell]:
    """The cells below `heads_of`; numbers are hidden in what was said and noted as well."""
    hidden = _Hiding(review, shows_numbers=shows_numbers)
    call, version = review.call, review.version
    cells: list[Cell] = [
        review.placed_at,
        hidden.number(call.callee) if call else _("The call is gone"),
        tasks.get((review.source, review.task_id), ""),
        review.task_id,
        call.call_id if call else "",
        label_of(Source, review.source),
        review.reviewer.get_username(),
        label_of(Purpose, review.purpose),
        version.scorecard.name,
        version.number,
        review.score,
        review.critical_score,
        _yes(review.is_fatal),
        _yes(review.passed),
        review.intent,
        review.judged_intent,
        _yes(review.is_outdated),
        review.note,
        review.started_at,
        review.finished_at,
        review.seconds_to_play,
        review.seconds_to_answer,
        review.seconds,
    ]
    for one in asked:
        given = answers.get(one.key) if one.scorecard == version.scorecard_id else None
        criterion = version.card.criterion(one.key) if given else None
        cells += _answered(given, criterion) if given and criterion else UNASKED
    # half of them are empty: left out, a workbook is written in two thirds of the time
    return [None if cell is None or cell == "" else hidden.written(cell) for cell in cells]


def _answered(given: Given, criterion: Criterion) -> list[Cell]:
    points = None if given.share is None else round(given.share * given.weight, 4)
    return [_answer(given, criterion), points, given.comment, "\n".join(map(_quoted, given.quotes))]


def _answer(given: Given, criterion: Criterion) -> Cell:
    if given.is_na:
        return _("N/A")
    if criterion.kind == CriterionKind.NUMBER:
        number = number_of(given.value)
        return given.value if number is None else number
    option = criterion.option(given.value)
    return option.label if option else given.value


def _quoted(quote: Quoted) -> str:
    """`#6 0:31–0:39 Customer: …`"""
    times = [duration(at) for at in (quote.start, quote.end) if at is not None]
    who = label_of(Speaker, quote.speaker) if quote.speaker else ""
    place = " ".join(filter(None, [f"#{quote.turn}", "–".join(times), f"{who}:" if who else ""]))
    return f"{place} {quote.text}".strip()


def _yes(value: bool | None) -> str:
    return "" if value is None else _("yes") if value else _("no")


class _Hiding:
    """Numbers as the file may hold them. Of a call that is gone nobody knows them: all that look like one go."""

    def __init__(self, review: Review, *, shows_numbers: bool) -> None:
        call = review.call
        phones = call.phones if call else ()
        self._numbers = Numbers(phones, may_see=shows_numbers, is_shown=shows_numbers)
        self._hides_all = call is None and not shows_numbers

    def number(self, number: str) -> str:
        return self._numbers.show(number)

    def written(self, cell: Cell) -> Cell:
        if isinstance(cell, datetime):
            return timezone.localtime(cell).replace(tzinfo=None, microsecond=0)
        if isinstance(cell, str):
            text = self._numbers.hide(cell)
            text = mask_all(text) if self._hides_all else text
            return text if text.isprintable() else UNWRITABLE.sub("", text)
        return cell
