from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.db.models.deletion import Collector
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from calls.models import Call, SavedView
from calls.models.scope import in_scope
from reviews.models.scorecard import Scorecard
from reviews.vocabulary import ItemState, Purpose, QueueState, ReviewState, SkipReason

if TYPE_CHECKING:
    from django_stubs_ext.db.models.manager import RelatedManager

    from reviews.models.calibration import Calibration


def new_seed() -> str:
    return secrets.token_hex(16)


def back_to_all(collector: Collector, field: Any, items: Any, using: str) -> None:
    """When an account goes, a call of the sample waits for others, and their part of a calibration for nobody."""
    models.CASCADE(collector, field, items.filter(is_calibration=True), using)
    models.SET_NULL(collector, field, items.filter(is_calibration=False), using)


class Queue(models.Model):
    """Calls that people shall review: drawn by a plan from what a list's question finds."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    scorecard = models.ForeignKey(Scorecard, models.PROTECT, related_name="queues", verbose_name=_("scorecard"))
    state = models.CharField(_("state"), max_length=16, choices=QueueState, default=QueueState.OPEN)
    # what the calls are drawn from, as the address of the list has it; the view it came from, for its name
    question = models.TextField(_("question"), blank=True)
    view = models.ForeignKey(SavedView, models.SET_NULL, null=True, blank=True, related_name="+")
    # strata in order: see reviews.queues.sampling
    plan = models.JSONField(_("plan"), default=list, blank=True)
    seed = models.CharField(_("seed"), max_length=32, default=new_seed)
    # how many a reviewer does at most; None for as many as there are
    quota = models.PositiveIntegerField(_("calls per reviewer"), null=True, blank=True)
    # the part of the items, 0 to 1, that a second person reviews blindly
    second_share = models.FloatField(_("share of second opinions"), default=0.05)
    # empty: everybody who may review
    reviewers = models.ManyToManyField(User, blank=True, related_name="queues", verbose_name=_("reviewers"))
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    # a worker draws from the calls that come in, as long as the queue is open
    is_live = models.BooleanField(_("keeps drawing"), default=False)
    # when calls were last drawn
    drawn_at = models.DateTimeField(_("drawn at"), null=True, blank=True)

    if TYPE_CHECKING:
        items: RelatedManager[QueueItem]
        calibration: Calibration

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

    def in_pairs(self) -> Self:
        """Items that two people review, each without knowing the other's answers."""
        return self.filter(Q(second_of__isnull=False) | Q(second__isnull=False))

    def awaited_seconds(self) -> Self:
        """Second opinions that may still be given."""
        waiting = self.waiting().filter(second_of__isnull=False, call__isnull=False)
        return waiting.exclude(queue__state=QueueState.CLOSED)

    def offered_to(self, user: User) -> Self:
        """What this person holds, or may be handed."""
        theirs = Q(assigned_to=user) | Q(locked_by=user) | Q(assigned_to=None, queue__reviewers=user)
        if user.has_perm("reviews.review_call"):
            theirs |= Q(assigned_to=None, queue__reviewers=None)
        return self.filter(theirs)

    def closed_to(self, user: User) -> Q:
        """For whatever has an `item`: what this person must not see of others, so that opinions stay their own.

        Of a pair: the answers to one while the person may still give the other, and what nobody has finished. Of a
        calibration: everything until all have answered or it is ended.
        """
        waiting = self.in_pairs().waiting().exclude(queue__state=QueueState.CLOSED)
        mine = waiting.offered_to(user)
        running = Queue.objects.filter(
            calibration__isnull=False, calibration__ended_at=None, items__state=ItemState.WAITING
        )
        return (
            Q(item__in=waiting.values("pk"))
            | Q(item__in=mine.filter(second_of__isnull=False).values("second_of"))
            | Q(item__in=mine.filter(second__isnull=False).values("second"))
            | Q(item__queue__in=running.values("pk"))
        )

    def shared_with(self, user: User) -> Self:
        """Items that this person has given an opinion about, too: the other one of a pair, all of a calibration.

        Whether they are still closed to them is another question.
        """
        given = Q(reviews__reviewer=user, reviews__state=ReviewState.FINISHED)
        mine = self.filter(given)
        return self.filter(
            Q(second_of__in=mine.values("pk"))
            | Q(second__in=mine.values("pk"))
            | Q(queue__in=mine.filter(queue__calibration__isnull=False).values("queue"))
        )


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
    # one of several people's about the same call, each for themselves (see Calibration)
    is_calibration = models.BooleanField(default=False)
    # only for this person (calibration, handed over); None for anybody of the queue
    assigned_to = models.ForeignKey(User, back_to_all, null=True, blank=True, related_name="+")
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
                fields=["queue", "source", "key"],
                condition=Q(second_of=None, is_calibration=False),
                name="one_item_per_call_and_queue",
            ),
            models.UniqueConstraint(
                fields=["queue", "source", "key", "assigned_to"],
                condition=Q(is_calibration=True),
                name="one_item_per_call_and_person",
            ),
        ]
        indexes = [
            models.Index(fields=["queue", "place", "id"], condition=Q(state="waiting"), name="item_next"),
            models.Index(fields=["call"], name="item_by_call"),
        ]

    def __str__(self) -> str:
        return f"{self.queue_id}: {self.key}"

    @property
    def purpose(self) -> Purpose:
        """What a review of this item is for."""
        if self.is_calibration:
            is_expert = self.assigned_to_id == self.queue.calibration.expert_id
            return Purpose.EXPERT if is_expert else Purpose.CALIBRATION
        return Purpose.SECOND if self.second_of_id else Purpose.FIRST

    @property
    def is_held(self) -> bool:
        return self.locked_until is not None and self.locked_until > timezone.now()
