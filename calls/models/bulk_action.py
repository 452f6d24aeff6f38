from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Coalesce, Greatest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from calls.models.job import OPEN, Job
from calls.models.judged import are_open
from calls.models.scope import task_words_of
from calls.vocabulary import ExportFormat, JobKind, JobState, Priority

if TYPE_CHECKING:
    from django_stubs_ext.db.models.manager import RelatedManager

FILES_STAY = timedelta(days=7)
EXPORTS = (JobKind.EXPORT, JobKind.EXPORT_REVIEWS)
KINDS = (*EXPORTS, JobKind.BULK_REFRESH, JobKind.QUEUE_CALLS)
# What makes two wishes the same, beside who has them and which calls and columns they name.
ALIKE = ("kind", "question", "queue", "format", "language", "wants_numbers")


class BulkActionQuerySet(models.QuerySet["BulkAction"]):
    def seen_by(self, user: User) -> Self:
        """One's own; whoever sees the workers' jobs, and every task, sees what everybody asked for."""
        sees_all = user.has_perm("calls.view_job") and task_words_of(user) is None
        return self if sees_all else self.filter(asked_by=user)

    def for_list(self) -> Self:
        """Without keys of calls and reviews, which may be thousands; `is_everything` says that none were chosen.

        `reached` is how many calls it is done with, also while a worker is at it.
        """
        is_everything = models.ExpressionWrapper(Q(chosen__isnull=True), models.BooleanField())
        done = Job.objects.filter(bulk=models.OuterRef("pk"), kind=models.OuterRef("kind")).values("done")[:1]
        reached = Greatest(models.F("affected") + models.F("left_out"), Coalesce(models.Subquery(done), 0))
        return self.defer("chosen", "closable").annotate(is_everything=is_everything, reached=reached)

    def ask(self, wish: BulkAction, asked_by: User) -> BulkAction:
        """Have a worker do it. Asked again while it waits or is at it, it is the same one: a double click is one
        action.
        """
        wish.asked_by = asked_by
        with transaction.atomic():
            # two clicks reach two processes: the second waits here for the first
            User.objects.select_for_update().get(pk=asked_by.pk)
            if same := self._open_like(wish):
                return same
            wish.keep(asked_by)
            wish.ask(asked_by)
        return wish

    def with_old_files(self) -> Self:
        return self.exclude(file="").filter(finished_at__lt=timezone.now() - FILES_STAY)

    def filling(self, queue: int) -> Self:
        """Those that still add calls to this queue."""
        at_it = Job.objects.open().filter(kind=JobKind.QUEUE_CALLS).values("bulk")
        return self.filter(kind=JobKind.QUEUE_CALLS, queue=queue, pk__in=at_it)

    def _open_like(self, wish: BulkAction) -> BulkAction | None:
        alike = self.filter(
            asked_by=wish.asked_by, jobs__state__in=OPEN, **{name: getattr(wish, name) for name in ALIKE}
        )
        lists = (wish.chosen, wish.columns)
        return next((action for action in alike.distinct() if (action.chosen, action.columns) == lists), None)


class BulkAction(models.Model):
    """What somebody asked to have done to many calls, or reviews: who, when, which ones, and what became of it. It is
    kept.
    """

    kind = models.CharField(_("kind"), max_length=16, choices=[(kind.value, kind.label) for kind in KINDS])
    asked_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("asked by")
    )
    # stays when the account goes
    asked_name = models.CharField(_("asked by"), max_length=150)
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    # the list's query string; it also gives the order of chosen calls
    question = models.TextField(_("question"), blank=True)
    # primary keys; None stands for everything that matches
    chosen = models.JSONField(_("chosen calls"), null=True, blank=True)
    # how many calls or reviews there were when it was asked
    expected = models.PositiveIntegerField(_("how many expected"))
    # how far it came: where the next slice begins, how many are done, calls it could do nothing about
    place = models.TextField(blank=True, editable=False)
    affected = models.PositiveIntegerField(_("how many done"), default=0)
    left_out = models.PositiveIntegerField(_("calls left out"), default=0)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    # which queue they are added to, by its primary key: calls know no queues
    queue = models.PositiveBigIntegerField(_("queue"), null=True, blank=True)
    # stays when the queue goes
    queue_name = models.CharField(_("queue's name"), max_length=80, blank=True)
    # exports only
    format = models.CharField(_("format"), max_length=8, choices=ExportFormat, blank=True)
    columns = models.JSONField(_("columns"), default=list, blank=True)
    language = models.CharField(_("language"), max_length=16, blank=True)
    wants_numbers = models.BooleanField(_("whole numbers wanted"), default=False)
    # what the file holds: decided by the rights of that moment
    has_numbers = models.BooleanField(_("whole numbers written"), default=False)
    has_others = models.BooleanField(_("others' reviews written"), default=False)
    # numbers of the reviews it tells of: each may be closed to its reader again, when somebody wants a second opinion
    closable = models.JSONField(default=list, blank=True, editable=False)
    # the tasks it is limited to, as `source/task_id`; None for no limit
    within = models.JSONField(_("limited to tasks"), null=True, blank=True, editable=False)
    # its name in the export folder; "" while there is none
    file = models.CharField(_("file"), max_length=64, blank=True)
    size = models.PositiveBigIntegerField(_("size in bytes"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("file deleted at"), null=True, blank=True)

    objects = BulkActionQuerySet.as_manager()

    if TYPE_CHECKING:
        jobs: RelatedManager[Job]

    class Meta:
        verbose_name = _("bulk action")
        verbose_name_plural = _("bulk actions")
        ordering = ["-pk"]
        permissions = [("export_call", "Can export calls")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("bulk_view", args=[self.pk])

    @property
    def job(self) -> Job | None:
        """The one that does it; forgotten some time after its end."""
        return self.jobs.filter(kind=self.kind).first()

    @property
    def is_export(self) -> bool:
        return self.kind in EXPORTS

    @property
    def is_adding(self) -> bool:
        return self.kind == JobKind.QUEUE_CALLS

    @property
    def is_of_reviews(self) -> bool:
        return self.kind == JobKind.EXPORT_REVIEWS

    @property
    def tried(self) -> int:
        """How many it is done with, one way or the other."""
        return self.affected + self.left_out

    @property
    def file_goes_at(self) -> datetime | None:
        return self.finished_at + FILES_STAY if self.file and self.finished_at else None

    def may_be_read_by(self, user: User) -> bool:
        """Whether the file holds no more than its reader may see today: somebody may have limited them since, or
        waits for their opinion.
        """
        if self.has_numbers and not user.has_perm("calls.view_numbers"):
            return False
        if self.has_others and not user.has_perm("reviews.see_reviews"):
            return False
        permitted = task_words_of(user)
        if permitted is not None and not (self.within is not None and set(self.within) <= set(permitted)):
            return False
        return are_open(self.closable, user)

    def keep(self, asked_by: User) -> None:
        self.asked_by, self.asked_name = asked_by, asked_by.get_username()
        self.save()

    def ask(self, user: User) -> Job:
        """Have a worker do it."""
        return Job.objects.ask(JobKind(self.kind), str(self.pk), bulk=self, asked_by=user)

    def go_on(self, place: str, affected: int, left_out: int = 0) -> None:
        """One slice is done; the next begins at `place`."""
        self._write(place=place, affected=self.affected + affected, left_out=self.left_out + left_out)

    def finish(self, **values: Any) -> None:
        self._write(finished_at=timezone.now(), **values)

    def forget_file(self) -> None:
        self._write(file="", deleted_at=timezone.now())

    def cancel(self) -> None:
        """Stop it, and what it asked for that nobody has begun. What is done stays done."""
        with transaction.atomic():
            for job in self.jobs.open().filter(kind=self.kind):  # type: ignore[attr-defined]
                job.cancel()
            # A wish that somebody else had before is theirs.
            mine = Q(priority=Priority.BULK) | Q(asked_by=self.asked_by_id or 0)
            waiting = self.jobs.filter(mine, kind=JobKind.REFRESH, state=JobState.PENDING)
            waiting.update(state=JobState.CANCELLED, finished_at=timezone.now())

    @property
    def refreshes(self) -> dict[str, int]:
        """Of a bulk refresh: state -> number of jobs that are not forgotten yet."""
        states = self.jobs.filter(kind=JobKind.REFRESH).order_by().values_list("state")
        return dict(states.annotate(models.Count("pk")))

    @property
    def is_open(self) -> bool:
        return self.jobs.filter(state__in=OPEN).exists()

    def _write(self, **values: Any) -> None:
        BulkAction.objects.filter(pk=self.pk).update(**values)
        for name, value in values.items():
            setattr(self, name, value)
