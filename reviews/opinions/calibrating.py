"""Calibrations: several people review the same calls, each for themselves; an expert's answers show who deviates."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from calls.models import Call
from reviews.models import Calibration, Queue, QueueItem, Scorecard
from reviews.models.judged import hold_living, name_of
from reviews.opinions.comparing import Compared, Pair, against_expert, compared
from reviews.opinions.people import who_may_see
from reviews.vocabulary import ItemState, QueueState

# everybody reviews every call: more of either is no calibration any more
MOST_CALLS = 50
MOST_PEOPLE = 20


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of their calls somebody has reviewed."""

    person: User
    is_expert: bool
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Cell:
    """How often somebody answered a criterion as the expert did."""

    same: int
    n: int

    @property
    def differing(self) -> int:
        return self.n - self.same


@dataclass(frozen=True, slots=True)
class Deviation:
    """Where one person's answers differ from the expert's. `bias`: points that they score higher on average."""

    person: User
    bias: float | None
    cells: list[Cell | None]


def who_may_not_see(people: Sequence[User], calls: Sequence[Call]) -> list[tuple[User, str]]:
    """Each with a task of which they may see no call."""
    tasks = sorted({(call.source, call.task_id) for call in calls})
    missing = []
    for source, task_id in tasks:
        able = set(who_may_see(source, task_id).values_list("pk", flat=True))
        missing += [(person, task_id) for person in people if person.pk not in able]
    return missing


@transaction.atomic
def plan(
    name: str,
    scorecard: Scorecard,
    calls: Sequence[Call],
    *,
    people: Sequence[User],
    expert: User,
    by: User,
    due_at: datetime | None = None,
) -> Calibration:
    """A queue with an item for every call and person, and the calibration that it belongs to; or CallGone."""
    living = hold_living(calls)
    now = timezone.now()
    # nothing is drawn: the seed is one only because every queue has one
    values = {"second_share": 0, "created_by": by, "drawn_at": now, "seed": secrets.token_hex(8)}
    queue = Queue.objects.create(name=name, scorecard=scorecard, **values)
    everybody = [*(person for person in people if person.pk != expert.pk), expert]
    queue.reviewers.set(everybody)
    calibration = Calibration.objects.create(name=name, queue=queue, expert=expert, created_by=by, due_at=due_at)
    QueueItem.objects.bulk_create(
        QueueItem(
            queue=queue,
            call=call,
            **name_of(call),
            place=place,
            assigned_to=person,
            is_calibration=True,
        )
        for place, call in enumerate(living)
        for person in everybody
    )
    return calibration


@transaction.atomic
def end(calibration: Calibration) -> None:
    """Nobody answers any more, and what was answered is shown."""
    if Calibration.objects.filter(pk=calibration.pk, ended_at=None).update(ended_at=timezone.now()):
        Queue.objects.filter(pk=calibration.queue_id).update(state=QueueState.CLOSED)


def is_over(calibration: Calibration, progress: Iterable[Progress]) -> bool:
    """Ended, or everybody has answered."""
    return calibration.ended_at is not None or all(row.done == row.total for row in progress)


def visible_to(user: User) -> QuerySet[Calibration]:
    """Those one takes part in; for whoever plans them, those with a call of their tasks."""
    theirs = QueueItem.objects.filter(is_calibration=True, assigned_to=user)
    if user.has_perm("reviews.plan_calibration"):
        theirs |= QueueItem.objects.filter(is_calibration=True)
    items = theirs & QueueItem.objects.seen_by(user)
    return Calibration.objects.filter(queue__in=items.values("queue")).select_related("queue__scorecard", "expert")


def progress_of(calibrations: Sequence[Calibration]) -> list[list[Progress]]:
    """Of each of them, the expert last; in as many statements for many as for one."""
    experts = {calibration.queue_id: calibration.expert_id for calibration in calibrations}
    counts = QueueItem.objects.filter(queue__in=experts).order_by().values("queue", "assigned_to")
    counts = counts.annotate(done=Count("pk", filter=~Q(state=ItemState.WAITING)), total=Count("pk"))
    people = User.objects.in_bulk({row["assigned_to"] for row in counts})
    found: dict[int, list[Progress]] = {queue: [] for queue in experts}
    for row in counts:
        queue, person = row["queue"], people[row["assigned_to"]]
        found[queue].append(Progress(person, person.pk == experts[queue], row["done"], row["total"]))
    return [sorted(found[one.queue_id], key=lambda row: (row.is_expert, row.person.username)) for one in calibrations]


def answers_of(calibration: Calibration, user: User) -> list[Compared]:
    """Everybody's answers beside the expert's, as this person may see them: nothing before it is over."""
    return compared(against_expert(user, Q(item__queue=calibration.queue_id)))


def deviations(answers: Sequence[Compared]) -> tuple[list[str], list[Deviation]]:
    """The criteria's titles, and a row for each person with a cell for each of them."""
    titles = {one.criterion.key: one.criterion.title for one in answers}
    people = {one.pair.first.reviewer_id: one.pair.first.reviewer for one in answers}
    rows = []
    for person in sorted(people.values(), key=lambda person: person.username):
        theirs = [one for one in answers if one.pair.first.reviewer_id == person.pk]
        cells = [_cell([one for one in theirs if one.criterion.key == key]) for key in titles]
        rows.append(Deviation(person, _bias({one.pair.first.pk: one.pair for one in theirs}.values()), cells))
    return list(titles.values()), rows


def _cell(answers: Sequence[Compared]) -> Cell | None:
    return Cell(sum(one.is_same for one in answers), len(answers)) if answers else None


def _bias(pairs: Iterable[Pair]) -> float | None:
    scores = [(pair.first.score, pair.second.score) for pair in pairs]
    known = [one - expert for one, expert in scores if one is not None and expert is not None]
    return fmean(known) if known else None
