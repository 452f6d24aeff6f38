from __future__ import annotations

import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Concat, StrIndex
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from calls.models.call_task import CallTask
from calls.models.lease import MAX_ATTEMPTS, Lease, LeaseLost
from calls.models.naming import cached
from calls.models.nudging import nudge
from calls.models.scope import in_scope, tasks_of
from calls.vocabulary import JobKind, JobState, Priority

if TYPE_CHECKING:
    from calls.models.bulk_action import BulkAction
    from calls.models.call import Call

# beside what stands here
__all__ = ["MAX_ATTEMPTS", "LeaseLost"]
Row = TypeVar("Row", bound=models.Model)
OPEN = (JobState.PENDING, JobState.RUNNING)
# wishes a statement
AT_ONCE = 500


class JobQuerySet(models.QuerySet["Job"]):
    def seen_by(self, user: User) -> Self:
        """Everything; for whoever is limited to some tasks what is about those, and their own bulk actions."""
        if tasks_of(user) is None:
            return self
        about = in_scope(user, "call__") | in_scope(user, "call_task__")
        # A call that nobody has seen yet is known by the job's subject alone.
        start = Concat("source", Value("/"), "task_id", Value("/"))
        named = CallTask.objects.seen_by(user).annotate(at=StrIndex(OuterRef("subject"), start)).filter(at=1)
        unseen = Q(call=None, call_task=None) & Exists(named)
        return self.filter(about | unseen | Q(bulk__asked_by=user, kind=F("bulk__kind")))

    def open(self) -> Self:
        return self.filter(state__in=OPEN)

    def due(self) -> Self:
        return self.filter(state=JobState.PENDING, next_at__lte=timezone.now())

    def abandoned(self) -> Self:
        """Running jobs whose worker stopped renewing its lease: it is dead, or as good as."""
        return self.filter(state=JobState.RUNNING, lease_until__lt=timezone.now())

    def ask(
        self,
        kind: JobKind,
        subject: str,
        *,
        call: Call | None = None,
        call_task: CallTask | None = None,
        bulk: BulkAction | None = None,
        asked_by: User | None = None,
    ) -> Job:
        """The open job for this subject, made when there is none. A person's wish makes a waiting job urgent."""
        priority = Priority.BACKGROUND if asked_by is None else Priority.PEOPLE
        try:
            with transaction.atomic():
                job = self.create(
                    kind=kind,
                    subject=subject,
                    call=call,
                    call_task=call_task,
                    bulk=bulk,
                    asked_by=asked_by,
                    priority=priority,
                )
        except IntegrityError:
            # one_open_job_per_subject: somebody asked before
            existing = self.open().filter(kind=kind, subject=subject).first()
            if existing is None:
                # finished in between, or what it is about was deleted: the subject says what to ask for
                return self.ask(
                    kind,
                    subject,
                    call=_still_there(call),
                    call_task=_still_there(call_task),
                    bulk=_still_there(bulk),
                    asked_by=_still_there(asked_by),
                )
            job = existing
            if asked_by is not None:
                # Also while it runs: should it be put back, a person waits for it.
                self.open().filter(pk=job.pk).update(priority=priority, asked_by=asked_by)
                self.filter(pk=job.pk, state=JobState.PENDING).update(next_at=timezone.now())
                job.look_again()
        if asked_by is not None and job.state == JobState.PENDING:
            # Background jobs are left to the feeder, which keeps the broker short.
            job.nudge_on_commit()
        return job

    def ask_all(self, jobs: Iterable[Job]) -> None:
        """Many background wishes, so many in one statement. Subjects that have an open job already are left alone, and
        what is about a call that was deleted meanwhile is left out.
        """
        # In one order for everybody, as two who wish for the same would wait for each other.
        left = iter(sorted(jobs, key=lambda job: (job.kind, job.subject)))
        while some := list(islice(left, AT_ONCE)):
            with transaction.atomic():
                about = cached().filter(pk__in={job.call_id for job in some if job.call_id})
                living = {None, *about.held().values_list("pk", flat=True)}
                self.bulk_create([job for job in some if job.call_id in living], ignore_conflicts=True)

    def claim(self, pk: int) -> Job | None:
        """Take a due job for this worker; None when it is done, not due, unknown or in someone else's hands."""
        now = timezone.now()
        token = secrets.token_hex(16)
        taken = self.filter(pk=pk, state=JobState.PENDING, next_at__lte=now).update(
            state=JobState.RUNNING,
            # before the work: one that kills its worker must still run out of attempts
            attempts=F("attempts") + 1,
            token=token,
            lease_until=now + timedelta(seconds=settings.JOB_LEASE),
            started_at=now,
        )
        return self.filter(token=token).first() if taken == 1 else None

    def take_back(self) -> int:
        """Give abandoned jobs another chance, the last of which makes them dead; how many there were."""
        now = timezone.now()
        again = {
            "token": "",
            "lease_until": None,
            "last_message": gettext_noop("The worker died or was stopped"),
            "last_code": "",
        }
        spent = self.abandoned().filter(attempts__gte=MAX_ATTEMPTS)
        dead = spent.update(state=JobState.DEAD, finished_at=now, **again)
        return dead + self.abandoned().update(state=JobState.PENDING, next_at=now, nudged_at=None, **again)


class Job(Lease):
    """One thing to do, and the truth about it. A Celery message only nudges; losing one loses nothing."""

    kind = models.CharField(_("kind"), max_length=16, choices=JobKind)
    # what it is about: str(CallRef) for calls, "source/task_id" for tasks, a primary key for bulk actions
    subject = models.CharField(_("subject"), max_length=255)
    call = models.ForeignKey("calls.Call", models.CASCADE, null=True, blank=True, related_name="jobs")
    call_task = models.ForeignKey("calls.CallTask", models.CASCADE, null=True, blank=True, related_name="jobs")
    # what somebody asked for many calls: the job that does it, and the refreshes that it asked for
    bulk = models.ForeignKey("calls.BulkAction", models.SET_NULL, null=True, blank=True, related_name="jobs")
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority, default=Priority.BACKGROUND)
    nudged_at = models.DateTimeField(_("last sent to the workers"), null=True, blank=True)
    asked_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("asked by")
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=models.Q(state__in=OPEN), name="one_open_job_per_subject"
            )
        ]
        indexes = [
            models.Index(fields=["priority", "next_at"], condition=models.Q(state="pending"), name="job_due"),
            models.Index(fields=["lease_until"], condition=models.Q(state="running"), name="job_leases"),
            models.Index(fields=["call", "kind", "-id"], name="job_by_call"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def cancel(self) -> bool:
        """Stop waiting for it; a worker that is at it finds out with its next write. False when it was closed."""
        now = timezone.now()
        mine = Job.objects.open().filter(pk=self.pk)
        is_cancelled = mine.update(state=JobState.CANCELLED, finished_at=now, token="", lease_until=None) == 1
        self.look_again()
        return is_cancelled

    def revive(self, *, asked_by: User | None = None) -> Job:
        """Try a closed job once more from the start; the open job for the same subject when there is one."""
        now = timezone.now()
        again: dict[str, Any] = {
            "attempts": 0,
            "done": 0,
            "total": None,
            "errors": 0,
            "created_at": now,
            "next_at": now,
        }
        again |= {"nudged_at": None, "started_at": None, "finished_at": None}
        again |= {"last_code": "", "last_message": "", "last_request_id": ""}
        if asked_by is not None:
            again |= {"priority": Priority.PEOPLE, "asked_by": asked_by}
        try:
            with transaction.atomic():
                Job.objects.filter(pk=self.pk).exclude(state__in=OPEN).update(state=JobState.PENDING, **again)
        except IntegrityError:
            # one_open_job_per_subject: somebody asked anew
            return Job.objects.open().filter(kind=self.kind, subject=self.subject).first() or self
        self.look_again()
        self.nudge_on_commit()
        return self

    def look_again(self) -> None:
        """As it is by now. A job goes with its call and some time after its end: then it stays as it was."""
        with suppress(Job.DoesNotExist):
            self.refresh_from_db()

    def nudge_on_commit(self) -> None:
        # After commit: a worker that is faster than our commit would not find the row.
        transaction.on_commit(partial(self.nudge), robust=True)

    def nudge(self) -> bool:
        """Send it to the workers now. A message too many changes nothing: only one claim succeeds."""
        sent = nudge(self.pk, self.kind, self.priority)
        if sent:
            Job.objects.filter(pk=self.pk).update(nudged_at=timezone.now())
        return sent


def _still_there(row: Row | None) -> Row | None:
    return row if row is not None and type(row)._base_manager.filter(pk=row.pk).exists() else None
