"""How far somebody is with a queue, and how long the rest takes them."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from django.contrib.auth.models import User

from reviews.models import Queue, Review
from reviews.reviewing.waiting import available, held_by, turns_of

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
    done = Review.objects.finished().filter(reviewer=user, item__queue=queue).count()
    left = held_by(user).filter(queue=queue).count()
    for turn in turns_of(user, queue):
        found = available(user, turn).count()
        left += found if turn.left is None or turn.is_only_assigned else min(found, turn.left)
    return Progress(done, done + left, left * pace_of(user))


def pace_of(user: User) -> float:
    """Seconds that this person needs for a call: the median of their last ones."""
    finished = Review.objects.finished().filter(reviewer=user, seconds__isnull=False).order_by("-finished_at")
    last = [seconds for seconds in finished.values_list("seconds", flat=True)[:REMEMBERED] if seconds is not None]
    return statistics.median(last) if last else USUAL_PACE
