from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from calls.models import Call, SavedView
from calls.models.scope import in_scope
from reviews.models.scorecard import Scorecard
from reviews.vocabulary import ItemState, QueueState, SkipReason

if TYPE_CHECKING:
    from django_stubs_ext.db.models.manager import RelatedManager


class Queue(models.Model):
    """Calls that people shall review: drawn by a plan from what a list's question finds."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    scorecard = models.ForeignKey(Scorecard, models.PROTECT, related_name="queues", verbose_name=_("scorecard"))
    state = models.CharField(_("state"), max_length=16, choices=QueueState, default=QueueState.OPEN)
    # what the calls are drawn from, as the address of the list has it; the view it came from, for its name
    question = models.TextField(_("question"), blank=True)
    view = models.ForeignKey(SavedView, models.SET_NULL, null=True, blank=True, related_name="+")
    # strata in order: see reviews.sampling
    plan = models.JSONField(_("plan"), default=list, blank=True)
    seed = models.CharField(_("seed"), max_length=32, default=secrets.token_hex)
    # how many a reviewer does at most; None for as many as there are
    quota = models.PositiveIntegerField(_("calls per reviewer"), null=True, blank=True)
    # the part of the items, 0 to 1, that a second person reviews blindly
    second_share = models.FloatField(_("share of second opinions"), default=0.05)
    # empty: everybody who may review
    reviewers = models.ManyToManyField(User, blank=True, related_name="queues", verbose_name=_("reviewers"))
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    # when calls were last drawn
    drawn_at = models.DateTimeField(_("drawn at"), null=True, blank=True)

    if TYPE_CHECKING:
        items: RelatedManager[QueueItem]

    class Meta:
        verbose_name = _("queue")
        verbose_name_plural = _("queues")
        ordering = ["-pk"]
        permissions = [("plan_queue", "Can plan queues and add calls to them")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("queue_view", args=[self.pk])


class QueueItemQuerySet(models.QuerySet["QueueItem"]):
    def waiting(self) -> Self:
        return self.filter(state=ItemState.WAITING)

    def free(self) -> Self:
        """Nobody holds it, or whoever did was silent for too long."""
        return self.filter(Q(locked_until=None) | Q(locked_until__lt=timezone.now()))

    def seen_by(self, user: User) -> Self:
        return self.filter(in_scope(user))


class QueueItem(models.Model):
    """One call of a queue, for one person to review. It is held by whoever has its page open."""

    queue = models.ForeignKey(Queue, models.CASCADE, related_name="items")
    # a cache: the call may go and come back
    call = models.ForeignKey(Call, models.SET_NULL, null=True, related_name="+")
    source = models.CharField(_("source"), max_length=8)
    task_id = models.CharField(_("task id"), max_length=64, blank=True)
    key = models.CharField(max_length=255)
    # the name of the stratum, and with which probability the call was drawn
    stratum = models.CharField(_("stratum"), max_length=80, blank=True)
    probability = models.FloatField(_("inclusion probability"), default=1.0)
    # the order in which items are handed out
    place = models.BigIntegerField(_("place"), default=0)
    state = models.CharField(_("state"), max_length=16, choices=ItemState, default=ItemState.WAITING)
    # a blind second opinion about the call of another item; never for the same person
    second_of = models.OneToOneField("self", models.CASCADE, null=True, blank=True, related_name="second")
    # only for this person (calibration, handed over); None for anybody of the queue
    assigned_to = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="+")
    locked_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    locked_until = models.DateTimeField(_("locked until"), null=True, blank=True)
    # changes with every lock: a page that lost its lock cannot finish over its successor
    token = models.CharField(max_length=32, blank=True)
    skip_reason = models.CharField(_("skipped because"), max_length=16, choices=SkipReason, blank=True)
    skip_note = models.CharField(_("note"), max_length=500, blank=True)
    skipped_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = QueueItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("queue item")
        verbose_name_plural = _("queue items")
        ordering = ["queue", "place", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["queue", "source", "key"], condition=Q(second_of=None), name="one_item_per_call_and_queue"
            )
        ]
        indexes = [
            models.Index(fields=["queue", "place", "id"], condition=Q(state="waiting"), name="item_next"),
            models.Index(fields=["call"], name="item_by_call"),
        ]

    def __str__(self) -> str:
        return f"{self.queue_id}: {self.key}"

    @property
    def is_held(self) -> bool:
        return self.locked_until is not None and self.locked_until > timezone.now()
