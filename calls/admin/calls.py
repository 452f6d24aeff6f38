"""Calls and what belongs to them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from calls import refresh
from calls.admin.base import CacheAdmin, PartAdmin, PartInline, WithinTasks, may_see, moment, without_numbers
from calls.filters import sees_scores, without_scores
from calls.http import user_of
from calls.models import Call, Payload, Recording, Tag, Transcript, search
from calls.models.indexing import index_calls
from calls.search.grammar import parse
from calls.search.ids import or_id
from calls.views import purging


class FoundByIndex(admin.ModelAdmin):  # type: ignore[type-arg]
    """Lists of calls, or of what belongs to them, whose search box asks what the one of the product asks."""

    search_fields = ("call",)  # shows the box; get_search_results looks elsewhere
    search_help_text = _("As in the list of calls: words that were said, an id, or no:1234 for the end of a number")
    key_of_call = "pk"

    def get_search_results(self, request: HttpRequest, rows: QuerySet[Any], term: str) -> tuple[QuerySet[Any], bool]:
        query = or_id(parse(term))
        query = query if sees_scores(user_of(request)) else without_scores(query)
        if query.is_empty:
            return rows, False
        calls = search.narrow(Call.objects.order_by(), query).values("pk")
        return rows.filter(**{f"{self.key_of_call}__in": calls}), False


class TagInline(PartInline):
    model = Tag
    fields = ("name", "value", "description")


class PayloadInline(PartInline):
    model = Payload
    fields = ("revision", "operation", "received_at", "request_id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payload]:
        return super().get_queryset(request).defer("body")


class RecordingInline(PartInline):
    model = Recording
    fields = ("state", "reason", "size", "duration", "stored_at", "link_expires_at")


@admin.register(Call)
class CallAdmin(FoundByIndex, WithinTasks, CacheAdmin):
    list_display = (
        "placed",
        "source",
        "call_task",
        "to",
        "result",
        "intent",
        "duration",
        "is_final",
        "checked",
    )
    list_display_links = ("placed",)
    list_filter = ("source", "result", "hung_up_by", "is_final", "transfer_result", "number_hash")
    list_select_related = ("call_task",)
    date_hierarchy = "placed_at"
    ordering = ("-placed_at", "-pk")
    inlines = (TagInline, RecordingInline, PayloadInline)
    actions = ("refresh_calls", "fetch_again", "reindex")
    fieldsets = (
        (None, {"fields": ("source", "call_task", "call_id", "out_id", "caller", "callee", "number_hash")}),
        (_("Ids"), {"fields": ("task_id", "batch_id", "detail_id", "query_date")}),
        (
            _("Outcome"),
            {
                "fields": (
                    ("result", "result_original"),
                    ("status_code", "status_text"),
                    "failure_reason",
                    ("hung_up_by", "hung_up_by_original"),
                    "intent",
                    ("transfer_result", "transfer_result_original"),
                    ("transfer_number", "transfer_failure"),
                )
            },
        ),
        (
            _("Times"),
            {"fields": ("started_at", "answered_at", "ended_at", "duration", "placed_at", "implausible_times")},
        ),
        (_("Said and counted"), {"fields": ("variables", "counters", "complaints")}),
        (_("Cache"), {"fields": ("is_final", "first_seen_at", "changed_at", "checked_at", "due_at")}),
    )

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return tuple(name for name in self.list_display if may_see(request, str(name)))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if request.user.has_perm("calls.view_numbers"):
            return self.fieldsets
        return [
            (title, {**options, "fields": without_numbers(options["fields"])})
            for title, options in self.fieldsets or ()
        ]

    def view_on_site(self, obj: Call) -> str:
        return obj.get_absolute_url()

    @admin.display(description=_("placed at"), ordering="placed_at")
    def placed(self, call: Call) -> str:
        return moment(call.placed_at)

    @admin.display(description=_("callee"), ordering="callee")
    def to(self, call: Call) -> str:
        # a hash is as long as a table is wide
        return Truncator(call.callee).chars(16)

    @admin.display(description=_("checked at"), ordering="checked_at")
    def checked(self, call: Call) -> str:
        return moment(call.checked_at)

    def has_refresh_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("calls.refresh_call")

    @admin.action(description=_("Refresh from the vendor"), permissions=["refresh"])
    def refresh_calls(self, request: HttpRequest, calls: QuerySet[Call]) -> None:
        asked = [refresh.ask_refresh(ref, call=call, asked_by=user_of(request)) for call in calls if (ref := call.ref)]
        self._tell(request, len(asked), calls.count() - len(asked))

    @admin.action(description=_("Fetch again, with the recording"), permissions=["refresh"])
    def fetch_again(self, request: HttpRequest, calls: QuerySet[Call]) -> None:
        known = [(ref, call) for call in calls if (ref := call.ref)]
        for ref, call in known:
            refresh.ask_refresh(ref, call=call, asked_by=user_of(request))
            refresh.ask_recording(call, asked_by=user_of(request))
        self._tell(request, len(known), calls.count() - len(known))

    @admin.action(description=_("Index for the search box anew"), permissions=["refresh"])
    def reindex(self, request: HttpRequest, calls: QuerySet[Call]) -> None:
        pks = list(calls.values_list("pk", flat=True))
        index_calls(pks)
        text = ngettext("%(count)s call indexed.", "%(count)s calls indexed.", len(pks)) % {"count": len(pks)}
        self.message_user(request, text)

    def _tell(self, request: HttpRequest, asked: int, nameless: int) -> None:
        text = ngettext("%(count)s call queued.", "%(count)s calls queued.", asked) % {"count": asked}
        self.message_user(request, text)
        if nameless:
            why = ngettext(
                "%(count)s call was imported without its ids, so the vendor cannot be asked.",
                "%(count)s calls were imported without their ids, so the vendor cannot be asked.",
                nameless,
            )
            self.message_user(request, why % {"count": nameless}, messages.WARNING)


@admin.register(Transcript)
class TranscriptAdmin(FoundByIndex, PartAdmin):
    list_display = ("call", "turn_count")
    list_select_related = ("call",)
    key_of_call = "call"
    ordering = ("-call",)
    fields = ("call", "turn_count", "spoken", "unread")
    readonly_fields = ("spoken",)

    @admin.display(description=_("turns"))
    def spoken(self, transcript: Transcript) -> SafeString:
        lines = "\n".join(f"{turn.index:>4}  {turn.speaker.label}: {turn.text}" for turn in transcript)
        return format_html("<pre class='raw' lang='zh-Hans'>{}</pre>", lines)


@admin.register(Tag)
class TagAdmin(PartAdmin):
    list_display = ("name", "value", "call", "description")
    list_select_related = ("call",)
    search_fields = ("name__startswith", "value__startswith")
    ordering = ("-pk",)


@admin.register(Recording)
class RecordingAdmin(FoundByIndex, PartAdmin):
    list_display = ("call", "state", "size", "duration", "stored_at", "link_expires_at", "reason", "purged_by")
    list_filter = ("state", "content_type")
    list_select_related = ("call", "purged_by")
    date_hierarchy = "stored_at"
    key_of_call = "call"
    actions = ("purge",)
    ordering = ("-call",)
    # the link is a bearer secret until it expires
    exclude = ("link", "file")

    def has_purge_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("calls.purge_recording")

    @admin.action(description=_("Purge: delete the sound for good"), permissions=["purge"])
    def purge(self, request: HttpRequest, recordings: QuerySet[Recording]) -> HttpResponse | None:
        """The page behind this asks for a reason first."""
        pks = list(recordings.order_by("-pk").values_list("pk", flat=True)[: purging.AT_ONCE + 1])
        if len(pks) > purging.AT_ONCE:
            self.message_user(request, purging.TOO_MANY % {"count": purging.AT_ONCE}, messages.ERROR)
            return None
        return HttpResponseRedirect(f"{reverse('recordings_purge')}?{urlencode({'call': pks}, doseq=True)}")
