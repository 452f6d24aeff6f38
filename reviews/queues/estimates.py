"""What the reviews of queues say about all the calls that they were drawn from."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.auth.models import User

from reviews.models import Review
from reviews.models.queue import QueueItemQuerySet
from reviews.queues.sampling import PICKED, Judged, Rate, rate_of


def failing(items: QueueItemQuerySet, reader: User) -> Rate | None:
    """The estimated part of calls that do not pass; None while nothing is reviewed.

    A review that this reader must not know yet counts as none: who is asked for a second opinion is chosen by lot as
    well, so the rest stands for all.
    """
    return rate_of(_judged(items, reader))


def _judged(items: QueueItemQuerySet, reader: User) -> Iterator[Judged]:
    """The drawn ones among these items with their verdicts. Second opinions and picks by hand are none of them."""
    drawn = items.filter(second_of=None).exclude(stratum=PICKED).order_by()
    known = Review.objects.visible_to(reader).counted().filter(item__in=drawn.values("pk"), passed__isnull=False)
    passed = dict(known.order_by().values_list("item", "passed"))
    for pk, stratum, probability, queue in drawn.values_list("pk", "stratum", "probability", "queue"):
        yield Judged(stratum, probability, None if pk not in passed else not passed[pk], queue)
