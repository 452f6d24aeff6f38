from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reviews.scoring import Card
from reviews.vocabulary import VersionState

if TYPE_CHECKING:
    from django_stubs_ext.db.models.manager import RelatedManager


class Scorecard(models.Model):
    """What calls are judged by, under one name through all its versions."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    if TYPE_CHECKING:
        versions: RelatedManager[ScorecardVersion]

    class Meta:
        verbose_name = _("scorecard")
        verbose_name_plural = _("scorecards")
        ordering = ["name"]
        permissions = [("manage_scorecard", "Can edit, publish and retire scorecards")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("scorecard_view", args=[self.pk])

    @property
    def published(self) -> ScorecardVersion | None:
        return self.versions.published().first()  # type: ignore[attr-defined, no-any-return]


class VersionQuerySet(models.QuerySet["ScorecardVersion"]):
    def published(self) -> Self:
        return self.filter(state=VersionState.PUBLISHED)


class ScorecardVersion(models.Model):
    """One wording of a scorecard. Published it never changes again: reviews keep the version they were made with."""

    scorecard = models.ForeignKey(Scorecard, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=16, choices=VersionState, default=VersionState.DRAFT)
    # scoring.Card.as_json()
    content = models.JSONField(_("content"), default=dict)
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)
    changed_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    published_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("scorecard version")
        verbose_name_plural = _("scorecard versions")
        ordering = ["scorecard", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["scorecard", "number"], name="one_version_of_a_number"),
            models.UniqueConstraint(fields=["scorecard"], condition=Q(state="draft"), name="one_draft_per_scorecard"),
            models.UniqueConstraint(
                fields=["scorecard"], condition=Q(state="published"), name="one_published_version_per_scorecard"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scorecard} v{self.number}"

    @cached_property
    def card(self) -> Card:
        return Card.from_json(self.content)
