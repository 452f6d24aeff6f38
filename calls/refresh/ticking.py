"""What is asked for without anybody asking. Every tick asks the rows what is due, so one too many changes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone

from calls.models import Call, CallTask, Hearing, Job
from calls.recordings.keeping import sweep_incoming
from calls.refresh.asking import ask_discovery, ask_hearings, begin_demo, list_tasks
from calls.refresh.keeping import ask_forgotten_recordings
from calls.vocabulary import JobKind, JobState, Source, TaskStatus

AT_ONCE = 1000
# When the job for a due call comes to nothing, the call is due again after this.
SAFETY_NET = timedelta(hours=1)
OVER = (TaskStatus.FINISHED, TaskStatus.CANCELLED, TaskStatus.FAILED)
WALK_RUNNING, WALK_OVER = timedelta(minutes=1), timedelta(hours=1)
LIST_TASKS = timedelta(minutes=5)
DONE_STAYS, FAILED_STAYS = timedelta(days=1), timedelta(days=30)


def tick() -> None:
    begin_demo()
    ask_due_calls()
    ask_followed_tasks()
    ask_forgotten_recordings()
    ask_untimed_turns()


def ask_due_calls() -> None:
    now = timezone.now()
    due = list(Call.objects.filter(due_at__lte=now).order_by("due_at")[:AT_ONCE])
    Job.objects.ask_all(
        Job(kind=JobKind.REFRESH, subject=str(call.ref), call=call, call_task_id=call.call_task_id)
        for call in due
        if call.ref is not None
    )
    with transaction.atomic():
        still_due = Call.objects.filter(pk__in=[call.pk for call in due], due_at__lte=now)
        held = list(still_due.held().values_list("pk", flat=True))
        Call.objects.filter(pk__in=held).update(due_at=now + SAFETY_NET)


def ask_followed_tasks() -> None:
    """A walk a minute while a task runs, one an hour after; and now and then the list that says which is which."""
    now = timezone.now()
    walks = Max("jobs__created_at", filter=Q(jobs__kind=JobKind.DISCOVER))
    followed = list(CallTask.objects.followed())
    walked_at = dict(CallTask.objects.followed().annotate(walked_at=walks).values_list("pk", "walked_at"))
    for task in followed:
        pause = WALK_OVER if task.status in OVER else WALK_RUNNING
        if _is_over(walked_at.get(task.pk), pause, now):
            ask_discovery(task)
    for source in {Source(task.source) for task in followed}:
        lists = Job.objects.filter(kind=JobKind.DISCOVER, subject=source.value)
        if _is_over(lists.aggregate(last=Max("created_at"))["last"], LIST_TASKS, now):
            list_tasks(source)


def ask_untimed_turns() -> None:
    """Recordings whose transcript changed while somebody listened to them, or whose listener was cancelled."""
    busy = Job.objects.open().filter(kind=JobKind.HEAR, call=OuterRef("recording"))
    ask_hearings(Hearing.objects.filter(basis="").filter(~Exists(busy)).values_list("pk", flat=True)[:AT_ONCE])


def prune() -> int:
    """Forget closed jobs, and files that killed workers left behind; how many jobs."""
    sweep_incoming()
    now = timezone.now()
    done = Q(state__in=[JobState.DONE, JobState.CANCELLED], finished_at__lt=now - DONE_STAYS)
    failed = Q(state__in=[JobState.FAILED, JobState.DEAD], finished_at__lt=now - FAILED_STAYS)
    gone = 0
    # In pieces: one statement over a day of a busy house would hold SQLite's only lock for seconds.
    while pks := list(Job.objects.filter(done | failed).values_list("pk", flat=True)[:AT_ONCE]):
        gone += Job.objects.filter(pk__in=pks).delete()[0]
    return gone


def _is_over(last: datetime | None, pause: timedelta, now: datetime) -> bool:
    return last is None or last < now - pause
