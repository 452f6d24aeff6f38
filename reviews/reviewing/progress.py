"""How far somebody is with a queue, and how long the rest takes them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Count

from reviews.models import Queue, Review
from reviews.reviewing.waiting import Turn, coming_from, held_by, turns_of

# seconds for a call, of somebody who has reviewed none yet
USUAL_PACE = 50.0
# how many of the last reviews say how fast somebody is
REMEMBERED = 20


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` calls; the others at one's own pace in seconds."""

    done: int
    total: int
    seconds_left: float

    @property
    def minutes_left(self) -> int:
        """At least one while anything is left."""
        return max(round(self.seconds_left / 60), 1) if self.total > self.done else 0


def progress_of(user: User, queue: Queue) -> Progress:
    """What this person has reviewed of the queue, and what may still come to them."""
    return progress_in(user, [queue.pk], turns_of(user, queue))[queue.pk]


def progress_in(user: User, queues: Sequence[int], turns: Sequence[Turn]) -> dict[int, Progress]:
    """The same of several queues, in as many statements as of one; `turns` are this person's at those that are open."""
    finished = Review.objects.finished().filter(reviewer=user, item__queue__in=queues).order_by()
    done = dict(finished.values_list("item__queue").annotate(Count("pk")))
    held = dict(held_by(user).filter(queue__in=queues).order_by().values_list("queue").annotate(Count("pk")))
    coming, pace = coming_from(user, turns), pace_of(user)
    found = {}
    for queue in queues:
        left = held.get(queue, 0) + coming.get(queue, 0)
        found[queue] = Progress(done.get(queue, 0), done.get(queue, 0) + left, left * pace)
    return found


def pace_of(user: User) -> float:
    """Seconds that this person needs for a call: the median of their last ones."""
    finished = Review.objects.finished().filter(reviewer=user, seconds__isnull=False).order_by("-finished_at")
    last = [seconds for seconds in finished.values_list("seconds", flat=True)[:REMEMBERED] if seconds is not None]
    return statistics.median(last) if last else USUAL_PACE
