"""How far the workers are with what a receipt asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Count, Q

from calls.importing.shelf import Receipt
from calls.models import Call, Job
from calls.models.job import OPEN
from calls.vocabulary import JobState

AT_ONCE = 5000
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of jobs; `calls` and `troubled` are the first few, to look at."""

    total: int
    done: int
    failed: int
    is_open: bool
    calls: tuple[Call, ...]
    # failed, or waiting to be tried again
    troubled: tuple[Job, ...]

    @property
    def finished(self) -> int:
        return self.done + self.failed


def of(receipt: Receipt, reader: User) -> Progress:
    counts = _counts(receipt.jobs)
    is_open = sum(counts[state] for state in OPEN)
    failed = sum(counts[state] for state in (JobState.FAILED, JobState.DEAD, JobState.CANCELLED))
    return Progress(
        total=len(receipt.jobs),
        # also those that are forgotten by now: only jobs that ended well are forgotten within a day
        done=len(receipt.jobs) - failed - is_open,
        failed=failed,
        is_open=is_open > 0,
        calls=tuple(_calls(receipt, reader)),
        troubled=tuple(_troubled(receipt.jobs, reader)),
    )


def _counts(pks: Sequence[int]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for some in _chunks(pks):
        states = Job.objects.filter(pk__in=some).order_by().values_list("state").annotate(Count("pk"))
        counts.update(dict(states))
    return counts


def _calls(receipt: Receipt, reader: User) -> Iterator[Call]:
    pks = receipt.calls[:SHOWN]
    if not pks:
        jobs = Job.objects.filter(pk__in=receipt.jobs[:AT_ONCE], state=JobState.DONE, call__isnull=False)
        pks = [pk for pk in jobs.values_list("call_id", flat=True)[:SHOWN] if pk is not None]
    yield from Call.objects.seen_by(reader).filter(pk__in=pks).select_related("call_task").newest_first()


def _troubled(pks: Sequence[int], reader: User) -> Iterator[Job]:
    trouble = Q(state__in=(JobState.FAILED, JobState.DEAD)) | Q(state__in=OPEN) & ~Q(last_message="")
    left = SHOWN
    for some in _chunks(pks):
        found = list(Job.objects.seen_by(reader).filter(trouble, pk__in=some)[:left])
        yield from found
        left -= len(found)
        if not left:
            return


def _chunks(pks: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(pks), AT_ONCE):
        yield pks[start : start + AT_ONCE]
