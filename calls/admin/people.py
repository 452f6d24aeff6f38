"""Accounts, and which tasks each of them may see."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from calls.http import user_of
from calls.models import TaskScope
from calls.models.scope import tasks_of


class TaskScopeForm(forms.ModelForm):  # type: ignore[type-arg]
    def has_changed(self) -> bool:
        """A new limit without a single task is one as well: it permits nothing."""
        return self.instance._state.adding or super().has_changed()


class TaskScopeInline(admin.StackedInline):  # type: ignore[type-arg]
    """Out of sight for whoever is limited themselves: it names tasks, and lifts limits."""

    model = TaskScope
    form = TaskScopeForm
    extra = 0
    autocomplete_fields = ("tasks",)
    verbose_name = _("limit to some tasks")
    fieldsets = (
        (
            None,
            {
                "fields": ("tasks",),
                "description": _(
                    "This person meets the calls of these tasks and no others: in lists, pages, sound, exports and "
                    "numbers. Without a task here they meet none. Delete this entry to permit all tasks again."
                ),
            },
        ),
    )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return tasks_of(user_of(request)) is None and super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return tasks_of(user_of(request)) is None and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return tasks_of(user_of(request)) is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return tasks_of(user_of(request)) is None and super().has_delete_permission(request, obj)


def _with_words(fieldsets: Any) -> list[Any]:
    """Beside the permissions, what no limit means: the limits stand further down."""
    words = _("Whoever has no limit to some tasks, at the end of this page, may see the calls of all tasks.")
    return [
        (title, {**options, "description": words} if "groups" in options["fields"] else options)
        for title, options in fieldsets
    ]


admin.site.unregister(User)


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]
    inlines = (TaskScopeInline,)
    fieldsets = _with_words(UserAdmin.fieldsets or ())

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """The first page of a new account asks for a name and a password only."""
        return self.inlines if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # who could change a superuser's password could be one
        is_above = isinstance(obj, User) and obj.is_superuser and not user_of(request).is_superuser
        return not is_above and super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return fields if user_of(request).is_superuser else (*fields, "is_superuser", "user_permissions")
