from __future__ import annotations

from typing import Self

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reviews.models.review import Mark
from reviews.vocabulary import DisputeState


class DisputeQuerySet(models.QuerySet["Dispute"]):
    def open(self) -> Self:
        return self.filter(state=DisputeState.OPEN)

    def overdue(self) -> Self:
        return self.open().filter(due_at__lt=timezone.now())


class Dispute(models.Model):
    """Somebody thinks that one answer of a review is wrong, and somebody else decides."""

    mark = models.ForeignKey(Mark, models.PROTECT, related_name="disputes")
    raised_by = models.ForeignKey(User, models.PROTECT, related_name="disputes", verbose_name=_("raised by"))
    raised_at = models.DateTimeField(_("raised at"), default=timezone.now)
    reason = models.TextField(_("reason"))
    # the turns that speak for it with their words, as evidence has them: {"turn", "speaker", "text"}, from 1
    turns = models.JSONField(_("turns"), default=list, blank=True)
    due_at = models.DateTimeField(_("due at"))
    state = models.CharField(_("state"), max_length=16, choices=DisputeState, default=DisputeState.OPEN)

    objects = DisputeQuerySet.as_manager()

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["mark"], condition=Q(state="open"), name="one_open_dispute_per_mark")
        ]
        indexes = [models.Index(fields=["state", "due_at"], name="dispute_due")]
        permissions = [
            ("raise_dispute", "Can dispute an answer of a review"),
            ("resolve_dispute", "Can resolve disputes"),
        ]

    def __str__(self) -> str:
        return f"{self.mark}"

    def get_absolute_url(self) -> str:
        return reverse("dispute_view", args=[self.pk])

    @property
    def is_overdue(self) -> bool:
        return self.state == DisputeState.OPEN and self.due_at < timezone.now()


class Resolution(models.Model):
    """A step of a dispute: who decided what, when and why, and the answer and score before and after."""

    dispute = models.ForeignKey(Dispute, models.CASCADE, related_name="resolutions")
    state = models.CharField(_("state"), max_length=16, choices=DisputeState)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), default=timezone.now)
    reason = models.TextField(_("reason"), blank=True)
    # {"value": …, "is_na": …, "score": …}
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("resolution")
        verbose_name_plural = _("resolutions")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.dispute_id}: {self.state}"
