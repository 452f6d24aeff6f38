"""What all our lists and rows have in common."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from calls.http import user_of
from calls.models.scope import in_scope

Row = TypeVar("Row", bound=models.Model)
NUMBERS = ("caller", "callee", "transfer_number", "to")
# characters of a raw answer that a page can still show
LONGEST_SHOWN = 400_000


class CacheAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that workers write: seen by whoever has the permission, changed by nobody, deleted with permission."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def view_on_site(self, obj: Any) -> str:
        return str(obj.call.get_absolute_url())


class WithinTasks(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows of the tasks that the reader may see; `way_to_task` leads from a row to what names its task."""

    way_to_task = ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(in_scope(user_of(request), self.way_to_task))


class PartAdmin(WithinTasks, CacheAdmin):
    """What belongs to a call goes with it, and only with it: an unchanged answer would never bring a part back."""

    way_to_task = "call__"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        here = request.resolver_match
        is_of_call = here is not None and here.url_name in {"calls_call_delete", "calls_call_changelist"}
        return is_of_call and request.user.has_perm("calls.delete_call")


class PartInline(admin.TabularInline):  # type: ignore[type-arg]
    """What belongs to a call, under the call."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def each(rows: QuerySet[Row], verb: Callable[[Row], Any]) -> None:
    for row in rows:
        verb(row)


def may_see(request: HttpRequest, field: str) -> bool:
    return field not in NUMBERS or request.user.has_perm("calls.view_numbers")


def without_numbers(fields: Sequence[str | Sequence[str]]) -> list[str | Sequence[str]]:
    """The same fields, some of them in rows of their own, without whole phone numbers."""
    kept = [name if isinstance(name, str) else tuple(part for part in name if part not in NUMBERS) for name in fields]
    return [name for name in kept if name not in NUMBERS]


def moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "Y-m-d H:i:s")


def pretty(value: Any) -> SafeString:
    return raw(json.dumps(value, indent=2, ensure_ascii=False))


def raw(text: str) -> SafeString:
    left_out = max(0, len(text) - LONGEST_SHOWN)
    end = _("… and %(count)s characters more") % {"count": left_out} if left_out else ""
    return format_html("<pre class='raw'>{}{}</pre>", text[:LONGEST_SHOWN], end)
