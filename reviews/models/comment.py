from __future__ import annotations

from django.contrib.auth.models import User
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from calls.models import Call


class Comment(models.Model):
    """What somebody has to say about a turn, or about a call as a whole. It outlives the call."""

    call = models.ForeignKey(Call, models.SET_NULL, null=True, related_name="comments")
    source = models.CharField(_("source"), max_length=8)
    task_id = models.CharField(_("task id"), max_length=64, blank=True)
    key = models.CharField(max_length=255)
    # from 1; None for the whole call
    turn = models.PositiveIntegerField(_("turn"), null=True, blank=True)
    # the words it is about, as they were
    quote = models.TextField(_("quote"), blank=True)
    text = models.TextField(_("text"))
    author = models.ForeignKey(User, models.PROTECT, related_name="comments", verbose_name=_("author"))
    at = models.DateTimeField(_("at"), default=timezone.now)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["call", "id"], name="comment_by_call"),
            models.Index(fields=["source", "key"], name="comment_by_key"),
        ]
        permissions = [("comment_call", "Can comment on calls")]

    def __str__(self) -> str:
        return self.text[:40]


class Mention(models.Model):
    """Somebody is named in a comment: it waits in their inbox."""

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="mentions")
    user = models.ForeignKey(User, models.CASCADE, related_name="mentions")
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    class Meta:
        verbose_name = _("mention")
        verbose_name_plural = _("mentions")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["comment", "user"], name="one_mention_per_comment")]
        indexes = [models.Index(fields=["user", "read_at"], name="mention_unread")]

    def __str__(self) -> str:
        return f"@{self.user}"


class Label(models.Model):
    """A word of the team's own for calls, apart from the vendor's tags."""

    name = models.CharField(_("name"), max_length=40)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    class Meta:
        verbose_name = _("label")
        verbose_name_plural = _("labels")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="one_label_of_a_name")]
        permissions = [("label_call", "Can label calls")]

    def __str__(self) -> str:
        return self.name


class Labelled(models.Model):
    """A call carries a label: since when and by whom. It outlives the call."""

    label = models.ForeignKey(Label, models.CASCADE, related_name="labelled")
    call = models.ForeignKey(Call, models.SET_NULL, null=True, related_name="labelled")
    source = models.CharField(_("source"), max_length=8)
    task_id = models.CharField(_("task id"), max_length=64, blank=True)
    key = models.CharField(max_length=255)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("labelled call")
        verbose_name_plural = _("labelled calls")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["label", "source", "key"], name="a_label_once_per_call")]
        indexes = [
            models.Index(fields=["call"], name="labelled_by_call"),
            models.Index(fields=["source", "key"], name="labelled_by_key"),
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.key}"
