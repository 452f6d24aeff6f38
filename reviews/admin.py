"""The back room of judging calls: every row as it is. People work on their pages; here nothing of it is changed."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from calls.http import user_of
from calls.models.scope import in_scope
from reviews.models import (
    Calibration,
    Comment,
    Dispute,
    Label,
    Mark,
    Queue,
    QueueItem,
    Resolution,
    Review,
    ReviewEvent,
    Scorecard,
    ScorecardVersion,
)


class Unchanged:
    """Seen by whoever has the permission, changed by nobody."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class WorkAdmin(Unchanged, admin.ModelAdmin):  # type: ignore[type-arg]
    show_full_result_count = False
    list_per_page = 50


class OfCallsAdmin(WorkAdmin):
    """What is about a call: of the tasks that the reader may see. The call's key may hold a phone number."""

    exclude: ClassVar[tuple[str, ...]] = ("key",)
    raw_id_fields = ("call",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(in_scope(user_of(request)))


class PartInline(Unchanged, admin.TabularInline):  # type: ignore[type-arg]
    extra = 0
    can_delete = False


class VersionInline(PartInline):
    model = ScorecardVersion
    fk_name = "scorecard"
    fields = ("number", "state", "published_at", "published_by", "retired_at", "changed_at", "changed_by")
    readonly_fields = fields
    show_change_link = True


class MarkInline(PartInline):
    model = Mark
    fields = ("criterion", "value", "is_na", "is_negative", "share", "weight", "comment")
    readonly_fields = fields


class EventInline(PartInline):
    model = ReviewEvent
    fields = ("at", "kind", "by", "detail")
    readonly_fields = fields


class ResolutionInline(PartInline):
    model = Resolution
    fields = ("at", "state", "by", "reason", "before", "after")
    readonly_fields = fields


@admin.register(Scorecard)
class ScorecardAdmin(WorkAdmin):
    list_display = ("name", "created_at", "created_by")
    list_select_related = ("created_by",)
    search_fields = ("name",)
    inlines = (VersionInline,)


@admin.register(ScorecardVersion)
class ScorecardVersionAdmin(WorkAdmin):
    list_display = ("__str__", "state", "published_at", "published_by", "retired_at")
    list_filter = ("state",)
    list_select_related = ("scorecard", "published_by")
    search_fields = ("scorecard__name",)
    exclude = ("content",)
    readonly_fields = ("wording",)

    def view_on_site(self, obj: ScorecardVersion) -> str:
        return f"{obj.scorecard.get_absolute_url()}?version={obj.number}"

    @admin.display(description=_("content"))
    def wording(self, version: ScorecardVersion) -> SafeString:
        return format_html("<pre class='raw'>{}</pre>", json.dumps(version.content, indent=2, ensure_ascii=False))


@admin.register(Queue)
class QueueAdmin(WorkAdmin):
    list_display = ("name", "scorecard", "state", "created_at", "created_by", "drawn_at")
    list_filter = ("state", "scorecard")
    list_select_related = ("scorecard", "created_by")
    search_fields = ("name",)


@admin.register(QueueItem)
class QueueItemAdmin(OfCallsAdmin):
    list_display = ("pk", "queue", "task_id", "stratum", "state", "assigned_to", "locked_by", "locked_until")
    list_filter = ("state", "queue")
    list_select_related = ("queue", "assigned_to", "locked_by")
    search_fields = ("task_id__exact",)
    # whoever has it could finish a review that somebody else holds
    exclude: ClassVar[tuple[str, ...]] = ("key", "token")


@admin.register(Review)
class ReviewAdmin(OfCallsAdmin):
    list_display = ("pk", "placed_at", "task_id", "version", "reviewer", "purpose", "state", "score", "passed")
    list_filter = ("state", "purpose", "passed", "is_outdated")
    list_select_related = ("version__scorecard", "reviewer")
    date_hierarchy = "placed_at"
    search_fields = ("reviewer__username", "task_id__exact")
    inlines = (MarkInline, EventInline)


@admin.register(Dispute)
class DisputeAdmin(WorkAdmin):
    list_display = ("pk", "mark", "state", "raised_by", "raised_at", "due_at")
    list_filter = ("state",)
    list_select_related = ("mark", "raised_by")
    inlines = (ResolutionInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        seen = Review.objects.filter(in_scope(user_of(request)))
        return super().get_queryset(request).filter(mark__review__in=seen)


@admin.register(Calibration)
class CalibrationAdmin(WorkAdmin):
    list_display = ("name", "expert", "created_at", "due_at", "ended_at")
    list_select_related = ("expert",)
    search_fields = ("name",)


@admin.register(Comment)
class CommentAdmin(OfCallsAdmin):
    list_display = ("pk", "author", "at", "turn", "deleted_at")
    list_select_related = ("author",)
    date_hierarchy = "at"
    search_fields = ("author__username",)


@admin.register(Label)
class LabelAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Names are the team's own: added and changed here as well, never deleted from calls that carry them."""

    list_display = ("name", "created_at", "created_by", "retired_at")
    list_select_related = ("created_by",)
    search_fields = ("name",)
    raw_id_fields = ("created_by",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
