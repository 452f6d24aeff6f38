from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from calls.models import Call
from calls.models.scope import in_scope
from calls.vocabulary import Speaker
from reviews.models.queue import QueueItem
from reviews.models.scorecard import ScorecardVersion
from reviews.scoring.score import Answer
from reviews.vocabulary import EventKind, Purpose, ReviewState

if TYPE_CHECKING:
    from django_stubs_ext.db.models.manager import RelatedManager

# whose score and verdict count
COUNTED = (Purpose.FIRST, Purpose.AD_HOC)


class ReviewQuerySet(models.QuerySet["Review"]):
    def finished(self) -> Self:
        return self.filter(state=ReviewState.FINISHED)

    def counted(self) -> Self:
        """Finished ones whose scores and verdicts count on the board."""
        return self.finished().filter(purpose__in=COUNTED)

    def seen_by(self, user: User) -> Self:
        """One's own; whoever may see everybody's sees those of the tasks they may see."""
        if user.has_perm("reviews.see_reviews"):
            return self.filter(in_scope(user))
        return self.filter(in_scope(user), reviewer=user)

    def visible_to(self, user: User) -> Self:
        """What a page may show: `seen_by`, without opinions that must not be known yet; with those shared afterwards.

        Whoever gave one of two opinions, or took part in a calibration, sees the others' when all are given.
        """
        items = QueueItem.objects.all()
        shared = Q(state=ReviewState.FINISHED, item__in=items.shared_with(user).values("pk"))
        others = Q() if user.has_perm("reviews.see_reviews") else shared
        return self.filter(in_scope(user)).filter(Q(reviewer=user) | (others & ~items.closed_to(user)))

    def closed_to(self, user: User) -> Self:
        """Those of `seen_by` that `visible_to` keeps from this person for now, so that a page can say how many."""
        return self.seen_by(user).exclude(reviewer=user).filter(QueueItem.objects.all().closed_to(user))


class Review(models.Model):
    """One person's judgement of one call, and what it rested on. It outlives the call, which is a cache."""

    call = models.ForeignKey(Call, models.SET_NULL, null=True, blank=True, related_name="reviews")
    # who the call was: it may go and come back
    source = models.CharField(_("source"), max_length=8)
    task_id = models.CharField(_("task id"), max_length=64, blank=True)
    key = models.CharField(max_length=255)
    placed_at = models.DateTimeField(_("placed at"))
    # the vendor's intent when it was judged
    intent = models.CharField(_("intent"), max_length=64, blank=True)

    item = models.ForeignKey(QueueItem, models.SET_NULL, null=True, blank=True, related_name="reviews")
    version = models.ForeignKey(ScorecardVersion, models.PROTECT, related_name="reviews")
    purpose = models.CharField(_("purpose"), max_length=16, choices=Purpose, default=Purpose.FIRST)
    reviewer = models.ForeignKey(User, models.PROTECT, related_name="reviews", verbose_name=_("reviewer"))
    state = models.CharField(_("state"), max_length=16, choices=ReviewState, default=ReviewState.DRAFT)
    note = models.TextField(_("note"), blank=True)

    # the answer of the vendor that the reviewer saw, and a digest of what was judged in it
    revision = models.PositiveIntegerField(_("revision"), default=0)
    digest = models.CharField(max_length=64, blank=True)
    # the call has other words, tags or another result now
    is_outdated = models.BooleanField(_("data changed"), default=False)

    # None while it is a draft or when nothing counted; 0 to 100
    score = models.FloatField(_("score"), null=True, blank=True)
    critical_score = models.FloatField(_("critical score"), null=True, blank=True)
    is_fatal = models.BooleanField(_("fatal"), default=False)
    passed = models.BooleanField(_("passed"), null=True, blank=True)
    # what the reviewer thinks the intent was, when the scorecard asks
    judged_intent = models.CharField(_("judged intent"), max_length=64, blank=True)

    started_at = models.DateTimeField(_("started at"), default=timezone.now)
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    # seconds of attention from opening to: first play, first answer, submitting (pauses left out); None unknown
    seconds_to_play = models.FloatField(null=True, blank=True)
    seconds_to_answer = models.FloatField(null=True, blank=True)
    seconds = models.FloatField(_("seconds spent"), null=True, blank=True)
    # raised with every saved draft: of two tabs the older one is told
    edit = models.PositiveIntegerField(default=0)

    objects = ReviewQuerySet.as_manager()

    if TYPE_CHECKING:
        marks: RelatedManager[Mark]
        events: RelatedManager[ReviewEvent]

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ["-pk"]
        constraints = [
            # two tabs, two clicks, two processes: never two reviews
            models.UniqueConstraint(
                fields=["item"], condition=Q(state="finished"), name="one_finished_review_per_item"
            ),
            models.UniqueConstraint(fields=["item", "reviewer"], name="one_review_per_item_and_reviewer"),
        ]
        indexes = [
            models.Index(fields=["state", "finished_at"], name="review_by_end"),
            models.Index(fields=["state", "placed_at"], name="review_by_call_time"),
            models.Index(fields=["reviewer", "state", "finished_at"], name="review_by_reviewer"),
            models.Index(fields=["source", "key"], name="review_by_key"),
        ]
        permissions = [
            ("review_call", "Can review calls"),
            ("see_reviews", "Can see everybody's reviews"),
            ("see_board", "Can see the board"),
            ("export_review", "Can export reviews"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("review_show", args=[self.pk])

    @property
    def is_finished(self) -> bool:
        return self.state == ReviewState.FINISHED

    def answers(self) -> dict[str, Answer]:
        """What was answered so far, by the criterion's key."""
        return {
            mark.criterion: Answer(
                mark.value, mark.is_na, mark.comment, tuple(evidence.turn for evidence in mark.evidence.all())
            )
            for mark in self.marks.prefetch_related("evidence")
        }


class Mark(models.Model):
    """The answer to one criterion. `share` is what it earned of `weight`, None when it does not count."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="marks")
    criterion = models.CharField(_("criterion"), max_length=64)
    # an option's key, a number or a text
    value = models.TextField(_("answer"), blank=True)
    is_na = models.BooleanField(_("not applicable"), default=False)
    is_negative = models.BooleanField(_("negative"), default=False)
    share = models.FloatField(null=True, blank=True)
    weight = models.FloatField(default=0)
    comment = models.TextField(_("comment"), blank=True)

    if TYPE_CHECKING:
        evidence: RelatedManager[Evidence]

    class Meta:
        verbose_name = _("mark")
        verbose_name_plural = _("marks")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["review", "criterion"], name="one_mark_per_criterion")]
        indexes = [models.Index(fields=["criterion", "is_negative"], name="mark_by_criterion")]

    def __str__(self) -> str:
        return f"{self.review_id}: {self.criterion}"


class Evidence(models.Model):
    """A turn that an answer rests on, with its words as they were."""

    mark = models.ForeignKey(Mark, models.CASCADE, related_name="evidence")
    # from 1, as in the address #turn-1
    turn = models.PositiveIntegerField(_("turn"))
    speaker = models.CharField(_("speaker"), max_length=16, choices=Speaker, blank=True)
    text = models.TextField(_("text"), blank=True)
    # seconds into the recording, when known
    start = models.FloatField(_("from"), null=True, blank=True)
    end = models.FloatField(_("to"), null=True, blank=True)

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["turn"]
        constraints = [models.UniqueConstraint(fields=["mark", "turn"], name="one_evidence_per_turn")]

    def __str__(self) -> str:
        return f"{self.mark_id} #{self.turn}"


class ReviewEvent(models.Model):
    """Something that happened to a review. Never changed, never deleted alone."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="events")
    kind = models.CharField(_("kind"), max_length=16, choices=EventKind)
    at = models.DateTimeField(_("at"), default=timezone.now)
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    # scores before and after, the revision, a reason
    detail = models.JSONField(_("detail"), default=dict, blank=True)

    class Meta:
        verbose_name = _("event of a review")
        verbose_name_plural = _("events of reviews")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.review_id}: {self.kind}"
