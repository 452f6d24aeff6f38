"""What the reviews of queues say about all the calls that they were drawn from."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import OuterRef, Subquery

from reviews.models import Review
from reviews.models.queue import QueueItemQuerySet
from reviews.queues.sampling import PICKED, Judged, Rate, rate_of


def failing(items: QueueItemQuerySet) -> Rate | None:
    """The estimated part of calls that do not pass; None while nothing is reviewed."""
    return rate_of(judged(items))


def judged(items: QueueItemQuerySet) -> Iterator[Judged]:
    """The drawn ones among these items with their verdicts. Second opinions and picks by hand are none of them."""
    verdict = Review.objects.counted().filter(item=OuterRef("pk"), passed__isnull=False).values("passed")[:1]
    drawn = items.filter(second_of=None).exclude(stratum=PICKED).order_by()
    rows = drawn.annotate(passed=Subquery(verdict)).values_list("stratum", "probability", "passed", "queue")
    for stratum, probability, passed, queue in rows:
        yield Judged(stratum, probability, None if passed is None else not passed, queue)
