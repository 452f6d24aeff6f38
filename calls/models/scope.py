"""Which tasks somebody may see. Nobody restricted sees all."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

# source and task id
TaskKey = tuple[str, str]
# where the answer is kept on the account's object
KEPT = "_permitted_tasks"


class TaskScope(models.Model):
    """A reader who may see the calls of these tasks and no others. Without a row there is no limit."""

    user = models.OneToOneField(
        User, models.CASCADE, primary_key=True, related_name="task_scope", verbose_name=_("user")
    )
    tasks = models.ManyToManyField("calls.CallTask", blank=True, related_name="+", verbose_name=_("tasks"))

    class Meta:
        verbose_name = _("permitted tasks")
        verbose_name_plural = _("permitted tasks")

    def __str__(self) -> str:
        # the admin names it once more when it is deleted
        return str(self.user) if self.pk else ""


def tasks_of(user: User | None) -> tuple[TaskKey, ...] | None:
    """Source and task id of each task that the reader may see; None when there is no limit. Nobody sees nothing.

    Read once for an account's object, as its permissions are: once a request, once a job.
    """
    if user is None:
        return ()
    if user.is_superuser:
        return None
    if not hasattr(user, KEPT):
        setattr(user, KEPT, _read(user))
    kept: tuple[TaskKey, ...] | None = getattr(user, KEPT)
    return kept


def task_words_of(user: User | None) -> tuple[str, ...] | None:
    """The same as the search index has them: `source/task_id`."""
    tasks = tasks_of(user)
    return None if tasks is None else tuple(f"{source}/{task_id}" for source, task_id in tasks)


def in_scope(user: User | None, of: str = "") -> Q:
    """For every model with `source` and `task_id`: the rows of tasks that this reader may see.

    `of` leads to that model from another one: `call__`.
    """
    tasks = tasks_of(user)
    if tasks is None:
        return Q()
    by_source: dict[str, list[str]] = {}
    for source, task_id in tasks:
        by_source.setdefault(source, []).append(task_id)
    permitted = Q(pk__in=[])
    for source, ids in by_source.items():
        permitted |= Q(**{f"{of}source": source, f"{of}task_id__in": ids})
    return permitted


def _read(user: User) -> tuple[TaskKey, ...] | None:
    """One statement: a row without tasks comes as one pair of nothing."""
    rows = list(
        TaskScope.objects.filter(user=user).order_by("tasks__pk").values_list("tasks__source", "tasks__task_id")
    )
    return tuple((source, task_id) for source, task_id in rows if source) if rows else None
