"""What the workers work on: tasks, answers, jobs."""

from __future__ import annotations

import json

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from calls import refresh
from calls.admin.base import CacheAdmin, PartAdmin, WithinTasks, each, pretty, raw
from calls.http import user_of
from calls.importing.replaying import replay
from calls.models import BulkAction, CallTask, Job, Payload


@admin.register(CallTask)
class CallTaskAdmin(WithinTasks, CacheAdmin):
    list_display = (
        "__str__",
        "task_id",
        "source",
        "agent_name",
        "status",
        "total_count",
        "answered_rate",
        "followed_at",
    )
    list_filter = ("source", "status", ("followed_at", admin.EmptyFieldListFilter))
    list_select_related = ("followed_by",)
    date_hierarchy = "created_at"
    search_fields = ("name", "agent_name", "task_id__exact")
    exclude = ("raw",)
    readonly_fields = ("vendor_row",)
    actions = ("follow", "unfollow", "discover")

    def view_on_site(self, obj: CallTask) -> str:
        return f"{reverse('task_list')}?q={obj.task_id}"

    def has_follow_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("calls.follow_calltask")

    @admin.display(description=_("vendor's row"))
    def vendor_row(self, task: CallTask) -> SafeString:
        return pretty(task.raw)

    @admin.action(description=_("Follow"), permissions=["follow"])
    def follow(self, request: HttpRequest, tasks: QuerySet[CallTask]) -> None:
        each(tasks, lambda task: task.follow(user_of(request)))

    @admin.action(description=_("Stop following"), permissions=["follow"])
    def unfollow(self, request: HttpRequest, tasks: QuerySet[CallTask]) -> None:
        each(tasks, CallTask.unfollow)

    @admin.action(description=_("Discover calls now"), permissions=["follow"])
    def discover(self, request: HttpRequest, tasks: QuerySet[CallTask]) -> None:
        each(tasks, lambda task: refresh.ask_discovery(task, asked_by=user_of(request)))


@admin.register(Payload)
class PayloadAdmin(PartAdmin):
    list_display = ("received_at", "operation", "call", "revision", "subject", "request_id", "is_read")
    list_filter = ("operation", ("call", admin.EmptyFieldListFilter), ("error", admin.EmptyFieldListFilter))
    list_select_related = ("call",)
    date_hierarchy = "received_at"
    search_fields = ("request_id__exact", "subject__startswith")
    ordering = ("-pk",)
    fields = ("call", "subject", "operation", "revision", "received_at", "request_id", "digest", "error", "pretty_body")
    readonly_fields = ("pretty_body",)
    actions = ("read_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payload]:
        # The body is the largest column of all; the page of one payload loads it when it shows it.
        return super().get_queryset(request).defer("body")

    def view_on_site(self, obj: Payload) -> str | None:  # type: ignore[override]
        return obj.call.get_absolute_url() if obj.call else None

    def has_read_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("calls.refresh_call")

    @admin.display(description=_("read"), boolean=True)
    def is_read(self, payload: Payload) -> bool:
        return not payload.error

    @admin.display(description=_("body"))
    def pretty_body(self, payload: Payload) -> SafeString:
        try:
            return pretty(json.loads(payload.body))
        except (ValueError, RecursionError):
            return raw(payload.body)

    @admin.action(description=_("Read again with today's parser"), permissions=["read_again"])
    def read_again(self, request: HttpRequest, payloads: QuerySet[Payload]) -> None:
        outcomes = list(replay(payloads.defer(None)))
        problems = [outcome for outcome in outcomes if outcome.problem]
        count = len(outcomes) - len(problems)
        self.message_user(
            request, ngettext("%(count)s answer read.", "%(count)s answers read.", count) % {"count": count}
        )
        for outcome in problems[:5]:
            self.message_user(request, f"{outcome.payload}: {outcome.problem}", messages.WARNING)


@admin.register(BulkAction)
class BulkActionAdmin(CacheAdmin):
    """Who asked what for many calls or reviews, and who took which file along: kept for the record."""

    list_display = (
        "asked_at",
        "kind",
        "asked_name",
        "expected",
        "affected",
        "has_numbers",
        "has_others",
        "finished_at",
    )
    list_filter = ("kind", "format", "has_numbers", "has_others")
    date_hierarchy = "asked_at"
    search_fields = ("asked_name__exact",)
    ordering = ("-pk",)
    exclude = ("chosen",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[BulkAction]:
        # keys of calls and reviews may be ten thousand
        return super().get_queryset(request).defer("chosen", "closable").select_related("asked_by")

    def view_on_site(self, obj: BulkAction) -> str:
        return obj.get_absolute_url()

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Job)
class JobAdmin(CacheAdmin):
    list_display = (
        "pk",
        "kind",
        "subject",
        "state",
        "priority",
        "attempts",
        "next_at",
        "last_code",
        "asked_by",
        "created_at",
    )
    list_display_links = ("pk", "subject")
    list_filter = ("state", "kind", "priority", "last_code")
    list_select_related = ("asked_by",)
    date_hierarchy = "created_at"
    search_fields = ("subject__startswith", "last_request_id__exact", "last_code__startswith")
    raw_id_fields = ("call", "call_task", "asked_by")
    # all but the token, as a job goes through them
    fields = (
        "kind",
        "subject",
        "call",
        "call_task",
        "bulk",
        "state",
        "priority",
        "attempts",
        "next_at",
        "nudged_at",
        "lease_until",
        "done",
        "total",
        "errors",
        "last_code",
        "last_message",
        "last_request_id",
        "asked_by",
        "created_at",
        "started_at",
        "finished_at",
    )
    actions = ("retry", "cancel")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        return Job.objects.seen_by(user_of(request))

    def view_on_site(self, obj: Job) -> str | None:  # type: ignore[override]
        return obj.call.get_absolute_url() if obj.call else None

    def has_steer_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("calls.change_job")

    @admin.action(description=_("Try again"), permissions=["steer"])
    def retry(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        each(jobs, lambda job: job.revive(asked_by=user_of(request)))

    @admin.action(description=_("Cancel"), permissions=["steer"])
    def cancel(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        each(jobs, Job.cancel)
