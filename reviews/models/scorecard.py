from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.models import User
from django.db import IntegrityError, models, transaction
from django.db.models import F, Max, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reviews.scoring import Card
from reviews.vocabulary import VersionState

if TYPE_CHECKING:
    from django_stubs_ext.db.models.manager import RelatedManager

# what a version keeps for ever once it is published
KEPT = ("scorecard_id", "number", "content")


class Immutable(Exception):
    """Somebody tries to change what reviews rest on. Migration 0002 has databases refuse it as well."""


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

    @property
    def draft(self) -> ScorecardVersion | None:
        return self.versions.filter(state=VersionState.DRAFT).first()

    @property
    def newest(self) -> ScorecardVersion | None:
        return self.versions.order_by("-number").first()

    @property
    def next_number(self) -> int:
        highest: int | None = self.versions.aggregate(highest=Max("number"))["highest"]
        return (highest or 0) + 1

    @property
    def stamp(self) -> str:
        """What a page that edits the draft has seen: its number and how often it was saved."""
        draft = self.draft
        return f"{draft.number}.{draft.edit}" if draft else f"{self.next_number}.0"

    def write_draft(self, card: Card, by: User | None, *, seen: str) -> bool:
        """Keep this as the draft; False when somebody else has saved, published or discarded it since `seen`."""
        number, _dot, edit = seen.partition(".")
        if seen == f"{self.next_number}.0" and self.draft is None:
            try:
                with transaction.atomic():
                    self.versions.create(number=int(number), content=card.as_json(), changed_by=by, edit=1)
            except IntegrityError:
                return False
            return True
        if not (number.isdecimal() and edit.isdecimal()):
            return False
        found = self.versions.filter(state=VersionState.DRAFT, number=int(number), edit=int(edit))
        changes = {"content": card.as_json(), "changed_by": by, "changed_at": timezone.now()}
        return found.update(**changes, edit=F("edit") + 1) == 1


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
    # raised with every saved draft: of two people the later one is told
    edit = models.PositiveIntegerField(default=0)
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

    def save(self, *args: Any, **kwargs: Any) -> None:
        stored = ScorecardVersion.objects.filter(pk=self.pk).values("state", *KEPT).first() if self.pk else None
        if stored and stored["state"] != VersionState.DRAFT:
            is_changed = any(stored[name] != getattr(self, name) for name in KEPT)
            if is_changed or self.state == VersionState.DRAFT:
                raise Immutable(f"{self} is {stored['state']}: make the next version instead.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        if self.state != VersionState.DRAFT:
            raise Immutable(f"{self} is {self.state}: reviews may rest on it.")
        return super().delete(*args, **kwargs)

    @cached_property
    def card(self) -> Card:
        return Card.from_json(self.content)

    @property
    def is_draft(self) -> bool:
        return self.state == VersionState.DRAFT

    @property
    def is_published(self) -> bool:
        return self.state == VersionState.PUBLISHED

    @property
    def stamp(self) -> str:
        return f"{self.number}.{self.edit}"

    def publish(self, by: User | None, *, seen: str) -> bool:
        """From now on calls are judged by this; the version before it retires. False when it changed since `seen`."""
        now = timezone.now()
        with transaction.atomic():
            if not self._is_as(seen):
                return False
            before = ScorecardVersion.objects.filter(scorecard=self.scorecard_id, state=VersionState.PUBLISHED)
            before.update(state=VersionState.RETIRED, retired_at=now)
            self.state, self.published_at, self.published_by = VersionState.PUBLISHED, now, by
            self.save(update_fields=["state", "published_at", "published_by"])
        return True

    def discard(self, *, seen: str) -> bool:
        """Throw the draft away, and a scorecard that has nothing else. False when it changed since `seen`."""
        with transaction.atomic():
            if not self._is_as(seen):
                return False
            self.delete()
            scorecard = self.scorecard
            if not scorecard.versions.exists() and not scorecard.queues.exists():
                scorecard.delete()
        return True

    def retire(self) -> bool:
        """Nobody begins a review with it any more; False when it was not published."""
        found = ScorecardVersion.objects.filter(pk=self.pk, state=VersionState.PUBLISHED)
        return found.update(state=VersionState.RETIRED, retired_at=timezone.now()) == 1

    def _is_as(self, seen: str) -> bool:
        """Whether it is the draft that somebody looked at, which stays so until the transaction ends."""
        # one after the other: the scorecard has one published version at most
        Scorecard.objects.select_for_update().filter(pk=self.scorecard_id).first()
        draft = ScorecardVersion.objects.select_for_update().filter(pk=self.pk, state=VersionState.DRAFT).first()
        return draft is not None and draft.stamp == seen
