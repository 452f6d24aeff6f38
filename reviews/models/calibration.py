from __future__ import annotations

from django.contrib.auth.models import User
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reviews.models.queue import Queue


class Calibration(models.Model):
    """Some calls that several people review each for themselves, and an expert as well, to see where they differ.

    Its queue holds an item per call and person, each assigned; nobody sees another's answers before all are given or
    the calibration is ended.
    """

    name = models.CharField(_("name"), max_length=80)
    queue = models.OneToOneField(Queue, models.PROTECT, related_name="calibration")
    expert = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("expert"))
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("calibration")
        verbose_name_plural = _("calibrations")
        ordering = ["-pk"]
        permissions = [("plan_calibration", "Can plan calibrations")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("calibration_view", args=[self.pk])
