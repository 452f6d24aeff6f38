"""What people chose for their lists."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from calls.admin.base import CacheAdmin
from calls.models import KeyPreference, ListPreference, SavedView


@admin.register(SavedView)
class SavedViewAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Made in the list of calls; here a view changes hands or goes when its owner has left."""

    list_display = ("name", "owner", "group", "changed_at")
    list_filter = ("group",)
    list_select_related = ("owner", "group")
    search_fields = ("name", "owner__username__exact")
    fields = ("name", "owner", "group", "query", "columns", "created_at", "changed_at")
    readonly_fields = ("query", "columns", "created_at", "changed_at")
    autocomplete_fields = ("owner",)
    ordering = ("name", "pk")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def view_on_site(self, obj: SavedView) -> str:
        return obj.get_absolute_url()


@admin.register(ListPreference)
class ListPreferenceAdmin(CacheAdmin):
    list_display = ("user", "default_view")
    list_select_related = ("user", "default_view")
    search_fields = ("user__username__startswith",)
    ordering = ("user",)

    def view_on_site(self, obj: Any) -> None:  # type: ignore[override]
        return None


@admin.register(KeyPreference)
class KeyPreferenceAdmin(CacheAdmin):
    list_display = ("user", "is_on")
    list_select_related = ("user",)
    search_fields = ("user__username__startswith",)
    ordering = ("user",)

    def view_on_site(self, obj: Any) -> None:  # type: ignore[override]
        return None
