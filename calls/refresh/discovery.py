"""Walking the vendor's lists: its tasks, and the calls of one task."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from calls.account import the_account
from calls.models import Call, CallTask, Job
from calls.pacing import the_pacer
from calls.refresh.asking import ask_discovery
from calls.refresh.turns import WALKING, await_turn, scopes_of
from calls.snapshot import CallRef, ListedCall
from calls.vocabulary import JobKind, JobState, RecordingState, Source, TaskStatus

# Rows move between pages while calls finish, and clocks differ: each walk begins before the last one ended.
OVERLAP = timedelta(minutes=10)
# What was listed late or slipped between two pages is found by the first walk of each hour.
LONG_OVERLAP = timedelta(days=1)
# A call that the vendor refused is not asked for again by every walk.
REST_AFTER_FAILURE = timedelta(days=1)

T = TypeVar("T")


def discover(job: Job) -> None:
    if job.subject in Source.values:
        _list_tasks(job, Source(job.subject))
    elif job.call_task is None:
        # deleted since somebody asked: there is nothing to walk
        job.finish()
    else:
        _walk(job, job.call_task)


def _list_tasks(job: Job, source: Source) -> None:
    pages = the_account().list_tasks(source)
    listed = 0
    for page in _paced(job, source, pages):
        for snapshot in page:
            CallTask.objects.absorb(snapshot)
        listed += len(page)
        job.progress(listed, None)
    if settings.DEMO:
        _follow_first_list(source)
    job.finish()


def _follow_first_list(source: Source) -> None:
    """In the demo every task that has begun is followed, unless somebody chose before."""
    tasks = CallTask.objects.filter(source=source)
    if not tasks.filter(Q(followed_at__isnull=False) | Q(discovered_until__isnull=False)).exists():
        begun = list(tasks.exclude(status__in=[TaskStatus.WAITING, TaskStatus.FAILED]))
        tasks.filter(pk__in=[task.pk for task in begun]).update(followed_at=timezone.now())
        for task in begun:
            ask_discovery(task)


def _walk(job: Job, task: CallTask) -> None:
    started_at = timezone.now()
    source = Source(task.source)
    since = walks_from(task, started_at)
    # everything that started until now, also while the walk takes its time
    pages = the_account().list_calls(source, task.task_id, since=since, until=started_at)
    done = errors = 0
    for page in _paced(job, source, pages):
        errors += _ask_for(page.calls, task)
        done += len(page.calls)
        # Rows move while we walk, so there may be more of them than the first page said.
        job.progress(done, None if page.total is None else max(page.total, done), errors)
    # Calls that were fetched before their task was known.
    with transaction.atomic():
        unclaimed = Call.objects.filter(source=task.source, task_id=task.task_id, call_task=None)
        # locked in the order of everybody; naming them once more could be more than a statement takes
        list(unclaimed.held().values_list("pk"))
        unclaimed.update(call_task=task)
    # Only now: a walk that was cut off in the middle is walked again as a whole.
    CallTask.objects.filter(pk=task.pk).update(discovered_until=started_at)
    job.progress(done, done, errors)
    job.finish()


def walks_from(task: CallTask, now: datetime) -> datetime | None:
    """The start of the earliest call that the next walk looks at; None for all of them."""
    before = task.discovered_until
    # The robot's list has no window: every row comes anyway, so none is left unread.
    if before is None or task.source == Source.ROBOT:
        return None
    is_first_of_hour = int(before.timestamp()) // 3600 != int(now.timestamp()) // 3600
    return before - (LONG_OVERLAP if is_first_of_hour else OVERLAP)


def _paced(job: Job, source: Source, pages: Iterator[T]) -> Iterator[T]:
    """One turn of the limiter for each page: taking the next one sends a request."""
    for _ in count():
        job.renew()
        await_turn(job, source, patience=WALKING)
        try:
            page = next(pages)
        except StopIteration:
            return
        the_pacer().relieve(*scopes_of(job, source))
        yield page


def _ask_for(rows: Iterable[ListedCall], task: CallTask) -> int:
    """Ask for what is unknown or has news; how many rows were left out because the vendor refused them before."""
    rows = list(rows)
    known = _known(rows, task)
    wanted = [row for row in rows if _has_news(row, known.get(row.ref))]
    refused = _refused({str(row.ref) for row in wanted})
    Job.objects.ask_all(
        Job(kind=JobKind.REFRESH, subject=str(row.ref), call=known.get(row.ref), call_task=task)
        for row in wanted
        if str(row.ref) not in refused
    )
    return len(refused)


def _known(rows: list[ListedCall], task: CallTask) -> dict[CallRef, Call]:
    """The cache's calls among these rows. A robot call that the vendor moved is known by its call id."""
    details = {row.ref.detail_id for row in rows if row.ref.detail_id}
    call_ids = {row.call_id for row in rows if row.call_id}
    callees = {row.ref.callee for row in rows if row.ref.callee and not row.call_id}
    named = Q(detail_id__in=details) | Q(call_id__in=call_ids) | Q(callee__in=callees)
    calls = Call.objects.filter(named, source=task.source, task_id=task.task_id).select_related("recording")
    by_ref = {call.ref: call for call in calls}
    by_call_id = {call.call_id: call for call in calls if call.call_id}
    found = ((row.ref, by_ref.get(row.ref) or by_call_id.get(row.call_id)) for row in rows)
    return {ref: call for ref, call in found if call is not None}


def _has_news(row: ListedCall, call: Call | None) -> bool:
    if call is None:
        # numbers that were not dialled yet have nothing to tell
        return row.is_final or row.started_at is not None
    if row.call_id and call.call_id and row.call_id != call.call_id:
        # dialled again: an AI agent's call keeps its ids and gets another call id
        return True
    if not call.is_final:
        # while it goes on, the freshness policy looks at it anyway
        return row.is_final
    recording = getattr(call, "recording", None)
    return bool(row.has_recording) and recording is not None and recording.state == RecordingState.EXPECTED


def _refused(subjects: set[str]) -> set[str]:
    closed = Job.objects.filter(kind=JobKind.REFRESH, subject__in=subjects, state__in=[JobState.FAILED, JobState.DEAD])
    return set(closed.filter(finished_at__gt=timezone.now() - REST_AFTER_FAILURE).values_list("subject", flat=True))
