"""Due jobs to the broker, a few at a time: the backlog stays in the database, where people can overtake it."""

from __future__ import annotations

from datetime import timedelta

import redis
from celery import current_app
from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from calls.models import Job
from calls.models.bulk_action import EXPORTS
from calls.models.job import JobQuerySet
from calls.pacing import the_pacer
from calls.vocabulary import JobKind, Priority, Source

# Messages in the broker at most. A million there are 1 GB and 15 minutes; here they are rows. Walks and recordings
# run one at a time and call the next one themselves.
ROOM = {"interactive": 200, "bulk": 300, "media": 2, "maintenance": 4}
# A message that nobody took while others were taken is only late; in an empty queue it is lost.
LATE = timedelta(minutes=5)
# A little more than the vendor lets us ask until the next feeding, so that no worker is idle.
AHEAD = 1.5


def feed() -> int:
    """Fill the queues up, the most urgent first; how many messages were sent."""
    try:
        waiting = {queue: _length(queue) for queue in ROOM}
    except redis.RedisError:
        return 0
    sent = 0
    for queue, room in ROOM.items():
        lanes = _lanes(queue)
        was_empty = waiting[queue] == 0
        for number, (jobs, most) in enumerate(lanes):
            # What is free is shared with the lanes to come, or the first with a long backlog would take it all.
            free = min(most, (room - waiting[queue]) // (len(lanes) - number))
            if free <= 0:
                continue
            sent_now = _send(_unsent(jobs, is_queue_empty=was_empty)[:free])
            waiting[queue] += sent_now
            sent += sent_now
    return sent


def _lanes(queue: str) -> list[tuple[JobQuerySet, int]]:
    """The queue's jobs and how many of them may go now. The inverse of `nudging.queue_of`."""
    due = Job.objects.due()
    if queue == "media":
        # Links die; what is stored can be heard later.
        return [(due.filter(kind=kind), ROOM[queue]) for kind in (JobKind.KEEP_RECORDING, JobKind.HEAR)]
    if queue == "maintenance":
        # What a person waits for stands beside the walks, not behind them.
        # Three lanes: with a fourth, one waiting message left the first of them no room.
        kinds = (EXPORTS, (JobKind.BULK_REFRESH, JobKind.QUEUE_CALLS), (JobKind.DISCOVER,))
        return [(due.filter(kind__in=some), 2) for some in kinds]
    refreshes = due.filter(kind=JobKind.REFRESH)
    if queue == "interactive":
        return [(refreshes.filter(priority=Priority.PEOPLE), ROOM[queue])]
    rates = {Source.AICCS: settings.AICCS_RATE, Source.ROBOT: settings.DYVMSAPI_RATE}
    background = refreshes.exclude(priority=Priority.PEOPLE)
    # Each source as fast as it may be asked: a long backlog of the slow one must not stand before the quick one.
    return [
        (background.filter(subject__startswith=f"{source}/"), max(int(rate * settings.FEED_EVERY * AHEAD), 1))
        for source, rate in rates.items()
    ]


def _unsent(jobs: JobQuerySet, *, is_queue_empty: bool) -> JobQuerySet:
    """Never sent, put back since, or sent and lost on the way."""
    patience = timedelta(seconds=settings.RECONCILE_EVERY) if is_queue_empty else LATE
    lost = Q(nudged_at__lt=timezone.now() - patience)
    return jobs.filter(Q(nudged_at=None) | Q(nudged_at__lt=F("next_at")) | lost).order_by("priority", "next_at", "pk")


def _send(jobs: JobQuerySet) -> int:
    sent = 0
    for job in jobs:
        # Conditional, so that of two feeders one sends.
        mine = Job.objects.due().filter(pk=job.pk, nudged_at=job.nudged_at)
        if mine.update(nudged_at=timezone.now()) != 1:
            continue
        if not job.nudge():
            Job.objects.due().filter(pk=job.pk).update(nudged_at=None)
            break
        sent += 1
    return sent


def _length(queue: str) -> int:
    prefix = current_app.conf.broker_transport_options["global_keyprefix"]
    return int(the_pacer().client.llen(f"{prefix}{queue}"))
