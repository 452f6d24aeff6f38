"""Who there is to be named, asked or told about a call."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


def who_may(permission: str) -> QuerySet[User]:
    """Active people who may do this, by name."""
    # with_perm has no types for querysets
    able: QuerySet[User] = User.objects.with_perm(permission, backend=MODEL_BACKEND)
    return able.order_by("username")


def who_may_see(source: str, task_id: str) -> QuerySet[User]:
    """Active people who may see the calls of this task, by name."""
    within = Q(task_scope__tasks__source=source, task_scope__tasks__task_id=task_id)
    everywhere = Q(task_scope=None) | Q(is_superuser=True)
    return who_may("calls.view_call").filter(everywhere | within).distinct()
