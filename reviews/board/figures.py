"""All that a board shows, counted in one go or taken from the last minute."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models import Q
from django.utils import timezone
from redis.exceptions import RedisError

from calls.models import Call, CallTask, traffic
from calls.models.call import CallQuerySet
from calls.models.scope import in_scope, tasks_of
from calls.models.traffic import Outcomes, Taken
from reviews.board import judged
from reviews.board.asking import Question
from reviews.board.judged import Answered, Reviewed, Work
from reviews.models import Review
from reviews.models.review import ReviewQuerySet
from reviews.opinions.agreement import Agreement
from reviews.queues.sampling import Rate
from reviews.vocabulary import Purpose

KEPT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Earlier:
    """The same of the period before."""

    taken: Taken
    keen: int
    reviews: int
    failed: Rate | None
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Figures:
    """`talks` are calls answered with three turns or more, `keen_talks` those of them with an intent of A or B.

    Days and the reviews beside them are those of the trend (see Period.trend), everything else is the period's.
    `second_opinions` are finished ones; `agreement` looks at those whose first opinion is finished as well.
    """

    at: datetime
    days: Sequence[tuple[Taken, Reviewed]]
    taken: Taken
    outcomes: Outcomes
    talks: int
    keen_talks: int
    tags: Counter[tuple[str, str]]
    tasks: Mapping[tuple[str, str], tuple[Taken, Reviewed]]
    reviewed: Reviewed
    failed: Rate | None
    criteria: Sequence[Answered]
    intents: Mapping[tuple[str, str], int]
    work: Sequence[Work]
    second_opinions: int
    agreement: Agreement
    earlier: Earlier
    # followed tasks whose lists were never walked to their end
    undiscovered: int


def figures_of(user: User, question: Question, *, afresh: bool = False) -> Figures:
    """At most a minute old unless they are wanted afresh."""
    key = _key(user, question)
    figures = None if afresh else _kept(key)
    if figures is None:
        figures = _Count(user, question).figures()
        # a board is worth its second of counting also while Redis is away
        with suppress(RedisError):
            cache.set(key, figures, KEPT_SECONDS)
    return figures


def _kept(key: str) -> Figures | None:
    with suppress(RedisError):
        figures: Figures | None = cache.get(key)
        return figures
    return None


def _key(user: User, question: Question) -> str:
    """Everybody's own: of two supervisors one may have a second opinion to give, and must not know the first."""
    seen = (tasks_of(user), user.pk, question.period, question.task, timezone.get_current_timezone_name())
    return f"board:{hashlib.sha256(repr(seen).encode()).hexdigest()}"


class _Count:
    def __init__(self, user: User, question: Question) -> None:
        self.period = question.period
        self.scope = in_scope(user)
        if question.task:
            source, task_id = question.task
            self.scope &= Q(source=source, task_id=task_id)
        self.all_calls: CallQuerySet = Call.objects.filter(self.scope)
        self.all_reviews: ReviewQuerySet = Review.objects.visible_to(user).filter(self.scope)

    def figures(self) -> Figures:
        period = self.period
        calls = traffic.placed(self.all_calls, period.since, period.until)
        reviews = _about(self.all_reviews.counted(), period.since, period.until)
        talks = traffic.talks(calls)
        tasks, outcomes = traffic.by_task_and_outcome(calls)
        reviewed = judged.by_task(reviews)
        seconds = self._seconds(period.since, period.until)
        return Figures(
            at=timezone.now(),
            days=self._days(),
            taken=sum(tasks.values(), Taken()),
            outcomes=outcomes,
            talks=sum(talks.values()),
            keen_talks=traffic.keen_of(talks),
            tags=traffic.by_tag(calls),
            tasks={
                task: (tasks.get(task, Taken()), reviewed.get(task, Reviewed()))
                for task in [*tasks, *(reviewed.keys() - tasks.keys())]
            },
            reviewed=sum(reviewed.values(), Reviewed()),
            failed=judged.failure_rate(reviews, period.since, period.until, self.scope),
            criteria=judged.by_criterion(reviews),
            intents=judged.by_intent(reviews),
            work=judged.by_reviewer(
                self.all_reviews.finished().filter(finished_at__gte=period.since, finished_at__lt=period.until)
            ),
            second_opinions=seconds.count(),
            agreement=judged.agreement(seconds),
            earlier=self._earlier(),
            undiscovered=self._undiscovered(),
        )

    def _days(self) -> list[tuple[Taken, Reviewed]]:
        trend = self.period.trend
        taken = traffic.by_day(self.all_calls, trend.first, trend.last, trend.step)
        by_day = judged.by_day(_about(self.all_reviews.counted(), trend.since, trend.until))
        reviewed = [Reviewed() for _bar in taken]
        for day, reviews in by_day.items():
            reviewed[(day - trend.first).days // trend.step] += reviews
        return list(zip(taken, reviewed, strict=True))

    def _earlier(self) -> Earlier:
        since, until = self.period.before()
        calls = traffic.placed(self.all_calls, since, until)
        outcomes = traffic.outcomes(calls)
        reviews = _about(self.all_reviews.counted(), since, until)
        answered = outcomes.results["answered"]
        return Earlier(
            Taken(calls.count(), answered),
            outcomes.keen,
            reviews.count(),
            judged.failure_rate(reviews, since, until, self.scope),
            judged.agreement(self._seconds(since, until)),
        )

    def _seconds(self, since: datetime, until: datetime) -> ReviewQuerySet:
        return _about(self.all_reviews.finished().filter(purpose=Purpose.SECOND), since, until)

    def _undiscovered(self) -> int:
        return CallTask.objects.followed().filter(self.scope, discovered_until=None).count()


def _about(reviews: ReviewQuerySet, since: datetime, until: datetime) -> ReviewQuerySet:
    """Those of calls from `since` up to but without `until`."""
    return reviews.filter(placed_at__gte=since, placed_at__lt=until)
