"""Wishes: each is a row of Job, and at most one for the same thing is open."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth.models import User

from calls.models import Call, CallTask, Job
from calls.snapshot import CallRef
from calls.vocabulary import JobKind, Source


def ask_refresh(ref: CallRef, *, call: Call | None = None, asked_by: User | None = None) -> Job:
    """Have a worker fetch this call; at most one such job is open at a time."""
    return Job.objects.ask(JobKind.REFRESH, str(ref), call=call, asked_by=asked_by)


def ask_discovery(task: CallTask, *, asked_by: User | None = None) -> Job:
    """Have a worker walk the task's call lists."""
    return Job.objects.ask(JobKind.DISCOVER, f"{task.source}/{task.task_id}", call_task=task, asked_by=asked_by)


def ask_recording(call: Call, *, asked_by: User | None = None) -> Job:
    """Have a worker copy the call's recording."""
    return Job.objects.ask(JobKind.KEEP_RECORDING, str(call.pk), call=call, asked_by=asked_by)


def ask_hearings(call_pks: Iterable[int]) -> None:
    """Have a worker listen to the stored recordings of these calls."""
    Job.objects.ask_all(Job(kind=JobKind.HEAR, subject=str(pk), call_id=pk) for pk in call_pks)


def ask_hearing(call: Call, *, asked_by: User | None = None) -> Job:
    """Have a worker time the turns of this call's recording."""
    return Job.objects.ask(JobKind.HEAR, str(call.pk), call=call, asked_by=asked_by)


def list_tasks(source: Source, *, asked_by: User | None = None) -> Job:
    """Have a worker read the vendor's list of tasks into ours."""
    return Job.objects.ask(JobKind.DISCOVER, source.value, asked_by=asked_by)


def begin_demo() -> None:
    """On the sandbox a newcomer sees calls without a click: its tasks are listed, and the first list is followed.

    Only wishes are written, so the sandbox and the workers may still be starting.
    """
    if settings.DEMO and not CallTask.objects.exists():
        for source in Source:
            list_tasks(source)
