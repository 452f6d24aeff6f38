"""Where two people's answers about the same call are laid side by side: second opinions, and an expert's answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils.translation import gettext as _

from reviews.models import Mark, Review
from reviews.models.review import ReviewQuerySet
from reviews.opinions.agreement import Agreement, agreement_of
from reviews.scoring import Criterion
from reviews.vocabulary import CriterionKind, Purpose

# the newest pairs; more would take longer than they would teach
MOST_PAIRS = 2000
NA = "n/a"
EVERYTHING = Q()
Given = dict[tuple[int, str], tuple[str, bool]]  # review and criterion -> value, is it N/A


@dataclass(frozen=True, slots=True)
class Pair:
    """Two finished reviews of one call. Against an expert, the expert's is the second."""

    first: Review
    second: Review


@dataclass(frozen=True, slots=True)
class Compared:
    """What both answered to one criterion, as the words of its options."""

    pair: Pair
    criterion: Criterion
    first: str
    second: str

    @property
    def is_same(self) -> bool:
        return self.first == self.second

    @property
    def raters(self) -> tuple[User, User]:
        """Both people by name."""
        one, other = sorted((self.pair.first.reviewer, self.pair.second.reviewer), key=lambda user: user.username)
        return one, other

    @property
    def people(self) -> str:
        """Names both in an address."""
        return "-".join(str(person.pk) for person in self.raters)

    @property
    def words(self) -> tuple[str, str]:
        return _in_words(self.criterion, self.first), _in_words(self.criterion, self.second)


@dataclass(frozen=True, slots=True)
class Row:
    """How far one criterion, or two people, agree. `key` is the criterion's, or `Compared.people`."""

    key: str
    title: str
    agreement: Agreement


def second_opinions(user: User, narrowed: Q = EVERYTHING) -> list[Pair]:
    """Pairs that this person may see; `narrowed` is about the second review."""
    seconds = _finished(user).filter(narrowed, item__second_of__isnull=False, purpose=Purpose.SECOND)[:MOST_PAIRS]
    by_item = {second.item.second_of_id: second for second in seconds if second.item}
    firsts = _finished(user).filter(item__in=[pk for pk in by_item if pk])
    return [Pair(first, by_item[first.item_id]) for first in firsts if first.item_id in by_item]


def against_expert(user: User, narrowed: Q = EVERYTHING) -> list[Pair]:
    """Participants' reviews of calibrations that are over, each with the expert's of the same call."""
    others = list(_finished(user).filter(narrowed, purpose=Purpose.CALIBRATION)[:MOST_PAIRS])
    queues = {one.item.queue_id for one in others if one.item}
    experts = _finished(user).filter(purpose=Purpose.EXPERT, item__queue__in=queues)
    by_call = {(one.item.queue_id, one.source, one.key): one for one in experts if one.item}
    found = ((one, by_call.get((one.item.queue_id, one.source, one.key))) for one in others if one.item)
    return [Pair(one, expert) for one, expert in found if expert]


def compared(pairs: Sequence[Pair]) -> list[Compared]:
    """Every criterion that both answered, in the order of the second's scorecard. Free text has no equal."""
    given = _given({review.pk for pair in pairs for review in (pair.first, pair.second)})
    return [
        Compared(pair, criterion, first, second)
        for pair in pairs
        for criterion in pair.second.version.card
        if (first := _category(criterion, given.get((pair.first.pk, criterion.key)))) is not None
        and (second := _category(criterion, given.get((pair.second.pk, criterion.key)))) is not None
    ]


def by_criterion(answers: Iterable[Compared]) -> list[Row]:
    """One row a criterion, in the order in which they come."""
    rows: dict[str, list[Compared]] = {}
    for one in answers:
        rows.setdefault(one.criterion.key, []).append(one)
    return [Row(key, found[-1].criterion.title, _agreement(found)) for key, found in rows.items()]


def by_people(answers: Iterable[Compared]) -> list[Row]:
    """One row for every two people, whoever of them was first."""
    rows: dict[str, list[Compared]] = {}
    for one in answers:
        rows.setdefault(one.people, []).append(one)
    found = [
        Row(key, " · ".join(person.get_username() for person in ones[0].raters), _as_raters(ones))
        for key, ones in rows.items()
    ]
    return sorted(found, key=lambda row: row.title)


def _finished(user: User) -> ReviewQuerySet:
    related = ("version__scorecard", "reviewer", "item", "call")
    return Review.objects.visible_to(user).finished().select_related(*related).order_by("-pk")


def _given(reviews: set[int]) -> Given:
    given: Given = {}
    chosen = sorted(reviews)
    for start in range(0, len(chosen), 500):
        marks = Mark.objects.filter(review__in=chosen[start : start + 500])
        for review, criterion, value, is_na in marks.values_list("review_id", "criterion", "value", "is_na"):
            given[review, criterion] = (value, is_na)
    return given


def _category(criterion: Criterion, given: tuple[str, bool] | None) -> str | None:
    """What counts as the same answer; None when there is nothing to compare."""
    if given is None or criterion.kind == CriterionKind.TEXT:
        return None
    value, is_na = given
    if is_na:
        return NA
    if criterion.kind == CriterionKind.NUMBER and value:
        # two people rarely measure the same second: where a number has a limit, the verdict counts
        limit = criterion.passes_from
        return f"{float(value):g}" if limit is None else ("reached" if float(value) >= limit else "missed")
    return value or None


def _agreement(found: Iterable[Compared]) -> Agreement:
    return agreement_of([(one.first, one.second) for one in found])


def _as_raters(found: Iterable[Compared]) -> Agreement:
    """Each of two people is one rater, whoever of them was asked first."""
    return agreement_of(
        [
            (one.first, one.second) if one.pair.first.reviewer == one.raters[0] else (one.second, one.first)
            for one in found
        ]
    )


def _in_words(criterion: Criterion, category: str) -> str:
    if category == NA:
        return _("Not applicable")
    option = criterion.option(category)
    if option:
        return option.label
    limits = {"reached": _("Reaches the limit"), "missed": _("Stays below the limit")}
    return limits.get(category, category) if criterion.kind == CriterionKind.NUMBER else category
