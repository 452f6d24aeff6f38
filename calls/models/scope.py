"""Which tasks somebody may see. Nobody restricted sees all."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from calls.models.call_task import CallTask


class TaskScope(models.Model):
    """A reader who may see the calls of these tasks and no others. Without a row there is no limit."""

    user = models.OneToOneField(
        User, models.CASCADE, primary_key=True, related_name="task_scope", verbose_name=_("user")
    )
    tasks = models.ManyToManyField(CallTask, blank=True, related_name="+", verbose_name=_("tasks"))

    class Meta:
        verbose_name = _("permitted tasks")
        verbose_name_plural = _("permitted tasks")

    def __str__(self) -> str:
        return str(self.user)


def tasks_of(user: User) -> tuple[tuple[str, str], ...] | None:
    """Source and task id of each task that the reader may see; None when there is no limit."""
    if user.is_superuser:
        return None
    scope = TaskScope.objects.filter(user=user).first()
    return None if scope is None else tuple(scope.tasks.order_by("pk").values_list("source", "task_id"))


def in_scope(user: User) -> Q:
    """For every model with `source` and `task_id`: the rows of tasks that this reader may see."""
    tasks = tasks_of(user)
    if tasks is None:
        return Q()
    by_source: dict[str, list[str]] = {}
    for source, task_id in tasks:
        by_source.setdefault(source, []).append(task_id)
    permitted = Q(pk__in=[])
    for source, ids in by_source.items():
        permitted |= Q(source=source, task_id__in=ids)
    return permitted
