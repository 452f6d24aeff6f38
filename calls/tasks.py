"""The doors of the workers: each takes a primary key or nothing, and calls one function. Twice changes nothing."""

from __future__ import annotations

from celery import shared_task

from calls import exporting, refresh
from calls.models import Job, rebuilding
from calls.refresh import feeding, ticking

# So long at a time: the rest is for the next time, and the maintenance queue has other work.
TIDY_SECONDS = 60


@shared_task
def run_job(pk: int) -> None:
    # The row is the truth and this message only a nudge: a claim that fails means the work is done, not due, or in
    # someone else's hands.
    if isinstance(pk, int) and (job := Job.objects.claim(pk)):
        refresh.run(job)


@shared_task
def feed() -> None:
    feeding.feed()


@shared_task
def reconcile() -> None:
    Job.objects.take_back()
    feeding.feed()


@shared_task
def tick() -> None:
    ticking.tick()


@shared_task
def tidy() -> None:
    rebuilding.tidy(TIDY_SECONDS)


@shared_task
def prune() -> None:
    ticking.prune()
    exporting.prune()
