from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.contrib.auth.models import User
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from calls.models import absorbing, indexing
from calls.models.judged import Judged
from calls.models.labels import label_of
from calls.models.recording import Recording
from calls.models.scope import in_scope
from calls.snapshot import Answer, CallRef
from calls.vocabulary import CallResult, HungUpBy, NumberHash, Source, TransferResult

# how often an answer is absorbed again after meeting another worker
ATTEMPTS = 3


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
        for _attempt in range(ATTEMPTS):
            try:
                return absorbing.absorb(answer, asked_at=asked_at, replay=replay)
            except IntegrityError:
                # Two workers met the same unknown call, or two calls that want one position: the loser sees it next.
                continue
        return absorbing.absorb(answer, asked_at=asked_at, replay=replay)

    def delete(self) -> tuple[int, dict[str, int]]:
        with transaction.atomic():
            indexing.unindex_calls(self.values_list("pk", flat=True))
            Recording.objects.filter(call__in=self.values("pk")).delete_files_on_commit()
            return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def seen_by(self, user: User | None) -> Self:
        """Those of the tasks that this reader may see; nobody sees any."""
        return self.filter(in_scope(user))

    def held(self) -> Self:
        """Those that are still there, and stay until the transaction ends: for new rows that refer to them."""
        # In one order for everybody. Without their keys, so that others may refer to them at the same time.
        return self.select_for_update(no_key=True).order_by("pk")

    def newest_first(self) -> Self:
        return self.order_by("-placed_at", "-pk")

    def for_ref(self, ref: CallRef) -> Self:
        """The call that this reference names, as far as the cache can tell."""
        if ref.source == Source.AICCS:
            return self.filter(source=ref.source, task_id=ref.task_id, batch_id=ref.batch_id, detail_id=ref.detail_id)
        return self.filter(source=ref.source, task_id=ref.task_id, callee=ref.callee, query_date=ref.query_date)


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
    # when the call took place, as well as it is known
    placed_at = models.DateTimeField(_("placed at"))
    # the same as a unique number: lists sort by it, and the search index is built on it (see search/position.py)
    position = models.BigIntegerField(unique=True, editable=False)

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

    # what people made of it and the names of its labels, where a list asked for that
    judged: Judged | None = None
    labels: Sequence[str] = ()

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
            # all that the filter column counts, without the wide rows
            models.Index(
                fields=["position", "id", "result", "intent", "task_id", "duration", "hung_up_by", "source"],
                name="call_facets",
            ),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="call_due"),
        ]
        permissions = [
            ("view_numbers", "Can see whole phone numbers"),
            ("refresh_call", "Can refresh calls"),
        ]

    def __str__(self) -> str:
        return self.call_id or self.key

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.position is None:
            self.position = indexing.take_position(self.placed_at, self.key)
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("call_view", args=[self.pk])

    # lists and exports show these for every row
    def get_source_display(self) -> str:  # type: ignore[no-redef]
        return label_of(Source, self.source)

    def get_result_display(self) -> str:  # type: ignore[no-redef]
        return label_of(CallResult, self.result)

    def get_hung_up_by_display(self) -> str:  # type: ignore[no-redef]
        return label_of(HungUpBy, self.hung_up_by)

    def get_transfer_result_display(self) -> str:  # type: ignore[no-redef]
        return label_of(TransferResult, self.transfer_result)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with transaction.atomic():
            indexing.unindex_calls([self.pk])
            Recording.objects.filter(call=self.pk).delete_files_on_commit()
            return super().delete(*args, **kwargs)

    @property
    def phones(self) -> tuple[str, ...]:
        """The numbers of this call: whoever may not see them meets none, wherever the source says them again."""
        return self.callee, self.caller, self.transfer_number

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
