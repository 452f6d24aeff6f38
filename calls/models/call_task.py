from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.contrib.auth.models import User
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from calls.models.cleaning import clean_json, clean_text
from calls.models.naming import cached
from calls.models.scope import in_scope
from calls.snapshot import TaskSnapshot
from calls.vocabulary import Source, TaskStatus

# TaskSnapshot fields that the row takes over as they are
TAKEN = (
    "name",
    "agent_id",
    "agent_name",
    "status",
    "status_original",
    "failure_reason",
    "created_at",
    "started_at",
    "ended_at",
    "total_count",
    "finished_count",
    "failed_count",
    "calling_count",
    "answered_rate",
)


class CallTaskQuerySet(models.QuerySet["CallTask"]):
    def seen_by(self, user: User | None) -> Self:
        """Those that this reader may see; nobody sees any."""
        return self.filter(in_scope(user))

    def followed(self) -> Self:
        return self.filter(followed_at__isnull=False)

    def absorb(self, snapshot: TaskSnapshot) -> CallTask:
        """Create or update the task; what people decided about it (following) stays."""
        values: dict[str, Any] = {name: _cleaned(getattr(snapshot, name)) for name in TAKEN}
        values |= {"raw": clean_json(dict(snapshot.raw)), "seen_at": timezone.now()}
        task, _created = self.update_or_create(
            source=snapshot.source, task_id=clean_text(snapshot.task_id, 64), defaults=values
        )
        return task

    def delete(self) -> tuple[int, dict[str, int]]:
        with transaction.atomic():
            # They forget their task: held in one order for everybody, as workers hold what they write.
            list(cached().filter(call_task__in=self.order_by().values("pk")).held().values_list("pk"))
            return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


class CallTask(models.Model):
    """An outbound task at the vendor: the campaign that calls belong to. (A bare "task" is Celery's.)"""

    source = models.CharField(_("source"), max_length=8, choices=Source)
    task_id = models.CharField(_("task id"), max_length=64)
    name = models.CharField(_("name"), max_length=255, blank=True)
    agent_id = models.CharField(_("robot id"), max_length=64, blank=True)
    agent_name = models.CharField(_("robot"), max_length=255, blank=True)
    status = models.CharField(_("status"), max_length=16, choices=TaskStatus, default=TaskStatus.OTHER)
    status_original = models.CharField(_("vendor's status"), max_length=64, blank=True)
    failure_reason = models.CharField(_("failure reason"), max_length=255, blank=True)
    created_at = models.DateTimeField(_("created at"), null=True, blank=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    total_count = models.IntegerField(_("numbers in all"), null=True, blank=True)
    finished_count = models.IntegerField(_("finished"), null=True, blank=True)
    failed_count = models.IntegerField(_("failed"), null=True, blank=True)
    calling_count = models.IntegerField(_("in progress"), null=True, blank=True)
    answered_rate = models.FloatField(_("answered, %"), null=True, blank=True)
    raw = models.JSONField(_("vendor's row"), default=dict, blank=True)
    seen_at = models.DateTimeField(_("last seen at the vendor"), null=True, blank=True)

    followed_at = models.DateTimeField(_("followed since"), null=True, blank=True)
    followed_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("followed by")
    )
    # up to when the call lists were walked completely; the next walk begins a little earlier
    discovered_until = models.DateTimeField(_("discovered until"), null=True, blank=True)

    objects = CallTaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("call task")
        verbose_name_plural = _("call tasks")
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["source", "task_id"], name="one_row_per_task")]
        permissions = [("follow_calltask", "Can follow call tasks and discover their calls")]

    def __str__(self) -> str:
        return self.name or self.task_id

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Its calls stay, and forget it."""
        with transaction.atomic():
            list(cached().filter(call_task=self).held().values_list("pk"))
            return super().delete(*args, **kwargs)

    def follow(self, user: User | None) -> None:
        if self.followed_at is None:
            self._write_followed(timezone.now(), user)

    def unfollow(self) -> None:
        self._write_followed(None, None)

    def _write_followed(self, at: datetime | None, by: User | None) -> None:
        """Nothing, when somebody has deleted it in this very moment."""
        self.followed_at, self.followed_by = at, by
        CallTask.objects.filter(pk=self.pk).update(followed_at=at, followed_by=by)


def _cleaned(value: Any) -> Any:
    return clean_text(value, 255) if isinstance(value, str) else value
