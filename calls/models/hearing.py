from __future__ import annotations

import hashlib

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from calls.vocabulary import Speaker


class Hearing(models.Model):
    """What listening to a stored recording brought: its picture, its speech, and when each turn is heard."""

    recording = models.OneToOneField("calls.Recording", models.CASCADE, primary_key=True, related_name="hearing")
    # of the code that listened, and the stored file that it heard
    version = models.PositiveSmallIntegerField(_("version"))
    file = models.CharField(_("file"), max_length=255)
    # why there is no picture, in words
    reason = models.CharField(_("reason"), max_length=255, blank=True)
    duration = models.FloatField(_("length in seconds"), null=True, blank=True)
    channels = models.PositiveSmallIntegerField(_("channels"), default=0)
    # which channel is the robot's, counted from 0; None in mono and while nobody knows
    agent_channel = models.PositiveSmallIntegerField(null=True, blank=True)
    # the channels' rows of bytes one after the other
    peaks = models.BinaryField(default=bytes)
    units = models.BinaryField(default=bytes)
    # [start, end, confidence, origin] of each turn, in milliseconds and percent
    times = models.JSONField(default=list)
    # of the transcript and the starts set by people that `times` were made from; empty when they changed since
    basis = models.CharField(max_length=64, blank=True)
    heard_at = models.DateTimeField(_("heard at"), default=timezone.now)

    class Meta:
        verbose_name = _("hearing")
        verbose_name_plural = _("hearings")
        indexes = [models.Index(fields=["recording"], condition=models.Q(basis=""), name="hearing_untimed")]

    def __str__(self) -> str:
        return str(self.recording_id)


class TurnStart(models.Model):
    """A person heard a turn start. Named by the words of the turn: transcripts are replaced, this is kept."""

    call = models.ForeignKey("calls.Call", models.CASCADE, related_name="turn_starts")
    # the turn's number from 0 when it was set, for telling equal turns apart
    index = models.PositiveIntegerField(_("turn"))
    speaker = models.CharField(_("speaker"), max_length=16, choices=Speaker)
    text_digest = models.CharField(max_length=64)
    at = models.PositiveIntegerField(_("starts at (ms)"))
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("set by")
    )
    set_at = models.DateTimeField(_("set at"), default=timezone.now)

    class Meta:
        verbose_name = _("start of a turn")
        verbose_name_plural = _("starts of turns")
        ordering = ["index", "pk"]

    def __str__(self) -> str:
        return f"{self.call_id} #{self.index + 1}"

    @staticmethod
    def digest_of(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()
