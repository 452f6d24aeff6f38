"""How far a queue is: by stratum and by reviewer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Avg, Case, CharField, Count, F, Q, Value, When
from django.utils import timezone

from reviews.models import Queue, QueueItem, Review
from reviews.models.queue import QueueItemQuerySet
from reviews.queues.sampling import PICKED
from reviews.vocabulary import ItemState

# shown as a stratum of its own
SECOND = "second"


@dataclass(slots=True)
class Tally:
    """Items of one sort. `probability` is the part that was drawn, None where nothing was."""

    name: str = ""
    probability: float | None = None
    done: int = 0
    waiting: int = 0
    skipped: int = 0
    gone: int = 0

    @property
    def total(self) -> int:
        return self.done + self.waiting + self.skipped + self.gone

    @property
    def is_picked(self) -> bool:
        return self.name == PICKED

    @property
    def is_second(self) -> bool:
        return self.name == SECOND

    @property
    def percent(self) -> str:
        return f"{self.probability * 100:g}" if self.probability is not None else ""


@dataclass(slots=True)
class Share:
    """What one person did for a queue; `seconds` is their mean for a call."""

    user: User
    done: int = 0
    seconds: float | None = None
    held: int = 0


@dataclass(slots=True)
class QueueTally:
    all: Tally
    strata: list[Tally] = field(default_factory=list)
    people: list[Share] = field(default_factory=list)


def by_queue(items: QueueItemQuerySet) -> dict[int, Tally]:
    """Queue -> all of its items."""
    tallies: dict[int, Tally] = {}
    for queue, state, count in _states(items).values_list("queue", "now").annotate(Count("pk")):
        _count(tallies.setdefault(queue, Tally()), state, count)
    return tallies


def tally_of(queue: Queue, items: QueueItemQuerySet) -> QueueTally:
    """Of those items of the queue that the reader may see."""
    strata: dict[tuple[str, float | None], Tally] = {}
    name = Case(When(second_of__isnull=False, then=Value(SECOND)), default=F("stratum"), output_field=CharField())
    rows = _states(items).annotate(name=name).values_list("name", "probability", "now").annotate(Count("pk"))
    result = QueueTally(Tally())
    for stratum, probability, state, count in rows:
        share = None if stratum in (PICKED, SECOND) else probability
        _count(strata.setdefault((stratum, share), Tally(stratum, share)), state, count)
        _count(result.all, state, count)
    order = [row["name"] for row in queue.plan] + [PICKED, SECOND]
    result.strata = sorted(strata.values(), key=lambda one: order.index(one.name) if one.name in order else -1)
    result.people = _people(queue, items)
    return result


def _people(queue: Queue, items: QueueItemQuerySet) -> list[Share]:
    shares = {user.pk: Share(user) for user in queue.reviewers.all()}
    finished = Review.objects.finished().filter(item__in=items).order_by()
    done = {
        pk: (count, mean) for pk, count, mean in finished.values_list("reviewer").annotate(Count("pk"), Avg("seconds"))
    }
    held = items.waiting().filter(locked_until__gte=timezone.now(), locked_by__isnull=False).order_by()
    holds = dict(held.values_list("locked_by").annotate(Count("pk")))
    others = User.objects.filter(pk__in=(done.keys() | holds.keys()) - shares.keys())
    shares |= {user.pk: Share(user) for user in others}
    for pk, share in shares.items():
        share.done, share.seconds = done.get(pk, (0, None))
        share.held = holds.get(pk, 0)
    return sorted(shares.values(), key=lambda share: (-share.done, share.user.username))


def _states(items: QueueItemQuerySet) -> Any:
    """With the state as it is `now`: a call may go while its item waits."""
    is_gone = When(Q(state=ItemState.WAITING, call=None), then=Value(ItemState.GONE.value))
    return items.order_by().annotate(now=Case(is_gone, default=F("state"), output_field=CharField()))


def _count(tally: Tally, state: str, count: int) -> None:
    setattr(tally, state, getattr(tally, state) + count)


def items_of(queue: Queue, user: User) -> QueueItemQuerySet:
    """Those of the tasks that this reader may see."""
    return QueueItem.objects.filter(queue=queue).seen_by(user)
