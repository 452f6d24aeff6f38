from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from calls.vocabulary import RecordingState


class Recording(models.Model):
    """The sound of a call: copied before the vendor's link dies, then ours."""

    call = models.OneToOneField("calls.Call", models.CASCADE, primary_key=True, related_name="recording")
    state = models.CharField(_("state"), max_length=16, choices=RecordingState, default=RecordingState.NONE)
    # why it is missing, purged or incomplete, in words
    reason = models.CharField(_("reason"), max_length=255, blank=True)
    # the signed link: a bearer secret until it expires, so it never reaches a page or a log
    link = models.TextField(_("vendor's link"), blank=True)
    link_expires_at = models.DateTimeField(_("link expires at"), null=True, blank=True)
    file = models.FileField(_("file"), upload_to="", blank=True, max_length=255)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    size = models.PositiveBigIntegerField(_("size in bytes"), null=True, blank=True)
    content_type = models.CharField(_("type"), max_length=64, blank=True)
    channels = models.PositiveSmallIntegerField(_("channels"), null=True, blank=True)
    duration = models.FloatField(_("length in seconds"), null=True, blank=True)
    stored_at = models.DateTimeField(_("stored at"), null=True, blank=True)

    class Meta:
        verbose_name = _("recording")
        verbose_name_plural = _("recordings")
        permissions = [
            ("hear_recording", "Can hear recordings"),
            ("download_recording", "Can download recordings"),
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.state}"

    def note_expiry(self, expires_at: datetime | None) -> None:
        self._write(link_expires_at=expires_at)

    def mark_fetching(self) -> bool:
        """False when there is nothing to fetch any more: like every verb here it never touches what is ours."""
        return self._write(state=RecordingState.FETCHING, reason="")

    def mark_waiting(self) -> bool:
        return self._write(state=RecordingState.WAITING)

    def mark_missing(self, reason: str) -> bool:
        return self._write(state=RecordingState.MISSING, reason=reason[:255])

    def mark_stored(
        self,
        *,
        name: str,
        sha256: str,
        size: int,
        content_type: str,
        channels: int | None,
        duration: float | None,
        reason: str = "",
    ) -> bool:
        """The file is ours. The link is forgotten: it is a secret nobody needs any more."""
        return self._write(
            state=RecordingState.STORED,
            reason=reason,
            link="",
            link_expires_at=None,
            file=name,
            sha256=sha256,
            size=size,
            content_type=content_type,
            channels=channels,
            duration=duration,
            stored_at=timezone.now(),
        )

    def _write(self, **values: Any) -> bool:
        """Only these columns: an answer of the vendor may write a fresh link at the same time."""
        unkept = Recording.objects.filter(pk=self.pk).exclude(state__in=[RecordingState.STORED, RecordingState.PURGED])
        is_written = unkept.update(**values) == 1
        if is_written:
            for name, value in values.items():
                setattr(self, name, value)
        return is_written
