from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.db import IntegrityError, models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from calls.models import absorbing
from calls.models.recording import Recording
from calls.models.tag import Tag
from calls.search.text import fold
from calls.snapshot import Answer, CallRef
from calls.vocabulary import CallResult, HungUpBy, NumberHash, Source, TransferResult


@dataclass(frozen=True, slots=True)
class Absorbed:
    """What an answer did to the cache. `is_stale`: a newer answer was already there, so this one was dropped."""

    call: Call
    is_new: bool = False
    is_changed: bool = False
    is_stale: bool = False


class CallQuerySet(models.QuerySet["Call"]):
    def absorb(self, answer: Answer, *, asked_at: datetime | None = None, replay: bool = False) -> Absorbed:
        """Bring the cache up to this answer in one transaction; the same answer twice writes only the time of checking.

        `asked_at` is when the request left, so that a slow old answer never overwrites a newer one. `replay` reads an
        answer that is already kept once more, after the parser has changed.
        """
        asked_at = asked_at or timezone.now()
        try:
            return absorbing.absorb(answer, asked_at=asked_at, replay=replay)
        except IntegrityError:
            # Two workers met the same unknown call at once: the loser finds it on the second look.
            return absorbing.absorb(answer, asked_at=asked_at, replay=replay)

    def newest_first(self) -> Self:
        return self.order_by("-placed_at", "-pk")

    def for_ref(self, ref: CallRef) -> Self:
        """The call that this reference names, as far as the cache can tell."""
        if ref.source == Source.AICCS:
            return self.filter(source=ref.source, task_id=ref.task_id, batch_id=ref.batch_id, detail_id=ref.detail_id)
        return self.filter(source=ref.source, task_id=ref.task_id, callee=ref.callee, query_date=ref.query_date)

    def mentioning(self, text: str) -> Self:
        """Calls in whose transcript every blank-separated word of `text` was said, in any width and case."""
        calls = self
        for word in fold(text).split():
            calls = calls.filter(transcript__search_text__contains=word)
        return calls

    def tagged(self, name: str, value: str = "") -> Self:
        """Calls carrying this tag, with any value unless one is given."""
        # EXISTS, not a join: a call with two matching tags must stay one row.
        tags = Tag.objects.filter(call=OuterRef("pk"), name=name)
        if value:
            tags = tags.filter(value=value)
        return self.filter(Exists(tags))

    def from_source(self, *sources: str) -> Self:
        return self.filter(source__in=sources)

    def of_task(self, *task_ids: str) -> Self:
        """By the vendor's task id, so that calls of a task nobody has seen yet are found too."""
        return self.filter(task_id__in=task_ids)

    def with_result(self, *results: str) -> Self:
        return self.filter(result__in=results)

    def with_intent(self, *intents: str) -> Self:
        return self.filter(intent__in=intents)

    def hung_up_by(self, *sides: str) -> Self:
        return self.filter(hung_up_by__in=sides)

    def lasting(self, *ranges: tuple[int, int | None]) -> Self:
        """Calls of at least the first and less than the second number of seconds, in any of the ranges."""
        wanted = Q()
        for least, limit in ranges:
            wanted |= Q(duration__gte=least) if limit is None else Q(duration__gte=least, duration__lt=limit)
        return self.filter(wanted)

    def placed_between(self, since: datetime | None, until: datetime | None) -> Self:
        """Calls from `since` on and before `until`; None leaves that end open."""
        calls = self if since is None else self.filter(placed_at__gte=since)
        return calls if until is None else calls.filter(placed_at__lt=until)

    def with_recording(self, *states: str) -> Self:
        return self.filter(Exists(Recording.objects.filter(call=OuterRef("pk"), state__in=states)))


class Call(models.Model):
    """One call as the vendor last told it. A cache: drop it and it can be fetched again."""

    source = models.CharField(_("source"), max_length=8, choices=Source)
    # one row per call: what names it at the vendor, in one column (see naming.key_of)
    key = models.CharField(max_length=255, editable=False)
    task_id = models.CharField(_("task id"), max_length=64, blank=True)
    batch_id = models.CharField(_("batch id"), max_length=64, blank=True)
    detail_id = models.CharField(_("detail id"), max_length=64, blank=True)
    call_id = models.CharField(_("call id"), max_length=128, blank=True)
    out_id = models.CharField(_("business id"), max_length=160, blank=True)
    # robot calls: the instant the vendor is asked from, epoch milliseconds
    query_date = models.BigIntegerField(_("query date"), null=True, blank=True)
    call_task = models.ForeignKey(
        "calls.CallTask", models.SET_NULL, null=True, blank=True, related_name="calls", verbose_name=_("task")
    )

    caller = models.CharField(_("caller"), max_length=128, blank=True)
    callee = models.CharField(_("callee"), max_length=128, blank=True)
    number_hash = models.CharField(_("number disguise"), max_length=8, choices=NumberHash, default=NumberHash.PLAIN)

    result = models.CharField(_("result"), max_length=16, choices=CallResult, blank=True)
    result_original = models.CharField(_("vendor's result"), max_length=64, blank=True)
    status_code = models.CharField(_("carrier status"), max_length=32, blank=True)
    status_text = models.CharField(_("carrier's words"), max_length=255, blank=True)
    failure_reason = models.CharField(_("failure reason"), max_length=255, blank=True)
    hung_up_by = models.CharField(_("hung up by"), max_length=16, choices=HungUpBy, blank=True)
    hung_up_by_original = models.CharField(_("vendor's hang-up side"), max_length=32, blank=True)
    intent = models.CharField(_("intent"), max_length=64, blank=True)

    started_at = models.DateTimeField(_("dialled at"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    # field name -> the vendor's value, for times nobody can believe
    implausible_times = models.JSONField(_("implausible times"), default=dict, blank=True)
    duration = models.PositiveIntegerField(_("length in seconds"), null=True, blank=True)
    # when the call took place, as well as it is known: lists sort by it
    placed_at = models.DateTimeField(_("placed at"))

    variables = models.JSONField(_("variables"), default=list, blank=True)
    counters = models.JSONField(_("counters"), default=dict, blank=True)
    transfer_result = models.CharField(_("transfer"), max_length=16, choices=TransferResult, blank=True)
    transfer_result_original = models.CharField(_("vendor's transfer result"), max_length=32, blank=True)
    transfer_number = models.CharField(_("transfer number"), max_length=64, blank=True)
    transfer_failure = models.CharField(_("transfer failure"), max_length=255, blank=True)

    # sentences about what could not be read
    complaints = models.JSONField(_("unread parts"), default=list, blank=True)
    is_final = models.BooleanField(_("final"), default=False)
    first_seen_at = models.DateTimeField(_("first seen at"), default=timezone.now)
    changed_at = models.DateTimeField(_("changed at"), default=timezone.now)
    checked_at = models.DateTimeField(_("checked at"))
    # when the freshness policy wants to look again; None rests until somebody asks
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)

    objects = CallQuerySet.as_manager()

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        constraints = [
            models.UniqueConstraint(fields=["source", "key"], name="one_row_per_call"),
            models.UniqueConstraint(
                fields=["task_id", "call_id"],
                condition=Q(source="robot") & ~Q(call_id=""),
                name="one_row_per_robot_call_id",
            ),
        ]
        indexes = [
            models.Index(fields=["-placed_at", "-id"], name="call_newest"),
            models.Index(fields=["call_id"], name="call_by_call_id"),
            models.Index(fields=["call_task", "-placed_at"], name="call_by_task"),
            models.Index(fields=["callee", "-placed_at"], name="call_by_callee"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="call_due"),
        ]
        permissions = [
            ("view_numbers", "Can see whole phone numbers"),
            ("refresh_call", "Can refresh calls"),
        ]

    def __str__(self) -> str:
        return self.call_id or self.key

    def get_absolute_url(self) -> str:
        return reverse("call_view", args=[self.pk])

    @property
    def ref(self) -> CallRef | None:
        """What to ask the vendor with; None when an imported answer did not tell."""
        if self.source == Source.AICCS:
            if not (self.task_id and self.batch_id and self.detail_id):
                return None
            return CallRef.aiccs(self.task_id, self.batch_id, self.detail_id)
        if not (self.task_id and self.callee and self.query_date is not None):
            return None
        return CallRef.robot(self.task_id, self.callee, self.query_date)
