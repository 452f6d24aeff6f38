from __future__ import annotations

import logging
from contextlib import nullcontext
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Self

from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from calls.models import indexing
from calls.models.labels import label_of
from calls.models.scope import in_scope
from calls.vocabulary import RecordingState

logger = logging.getLogger(__name__)

# there is a link, and the file behind it is not ours yet
UNSTORED = (RecordingState.WAITING, RecordingState.FETCHING)
# whoever has this little time left should be looked at by a person
AT_RISK = timedelta(hours=12)


class RecordingQuerySet(models.QuerySet["Recording"]):
    def seen_by(self, user: User) -> Self:
        """Those of calls that this reader may see."""
        return self.filter(in_scope(user, "call__"))

    def at_risk(self, now: datetime | None = None) -> Self:
        """Not stored, and the vendor's link dies soon or is dead already; the most urgent first."""
        soon = (now or timezone.now()) + AT_RISK
        return self.filter(state__in=UNSTORED, link_expires_at__lt=soon).order_by("link_expires_at", "call")

    def lost_since(self, since: datetime) -> Self:
        """Given up after `since`, the latest first."""
        return self.filter(state=RecordingState.MISSING, lost_at__gte=since).order_by("-lost_at", "-call")

    def delete_files_on_commit(self) -> None:
        """For rows that go with their calls: nobody could name the files afterwards."""
        names = list(self.exclude(file="").values_list("file", flat=True))
        if names:
            transaction.on_commit(partial(_delete_files, names), robust=True)


class Recording(models.Model):
    """The sound of a call: copied before the vendor's link dies, then ours.

    none -> expected -> waiting -> fetching -> stored, or back to waiting, or missing; a person may try what is missing
    again, and purge any of them. What is stored or purged is changed by no worker.
    """

    call = models.OneToOneField("calls.Call", models.CASCADE, primary_key=True, related_name="recording")
    state = models.CharField(_("state"), max_length=16, choices=RecordingState, default=RecordingState.NONE)
    # why it waits, is missing, incomplete or purged, in words
    reason = models.CharField(_("reason"), max_length=255, blank=True)
    # the signed link: a bearer secret until it expires, so it never reaches a page or a log
    link = models.TextField(_("vendor's link"), blank=True)
    # as the link says itself; empty once there is nothing more to hurry for
    link_expires_at = models.DateTimeField(_("link expires at"), null=True, blank=True)
    file = models.FileField(_("file"), upload_to="", blank=True, max_length=255)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    size = models.PositiveBigIntegerField(_("size in bytes"), null=True, blank=True)
    content_type = models.CharField(_("type"), max_length=64, blank=True)
    channels = models.PositiveSmallIntegerField(_("channels"), null=True, blank=True)
    duration = models.FloatField(_("length in seconds"), null=True, blank=True)
    stored_at = models.DateTimeField(_("stored at"), null=True, blank=True)
    lost_at = models.DateTimeField(_("missing since"), null=True, blank=True)
    purged_at = models.DateTimeField(_("purged at"), null=True, blank=True)
    purged_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("purged by")
    )

    objects = RecordingQuerySet.as_manager()

    class Meta:
        verbose_name = _("recording")
        verbose_name_plural = _("recordings")
        permissions = [
            ("hear_recording", "Can hear recordings"),
            ("download_recording", "Can download recordings"),
            ("purge_recording", "Can purge recordings"),
        ]
        indexes = [
            # Not by state: SQLite uses a partial index only for a condition that it can prove from the query's text.
            models.Index(
                fields=["link_expires_at", "call"], condition=Q(link_expires_at__isnull=False), name="recording_at_risk"
            ),
            models.Index(fields=["-lost_at", "-call"], condition=Q(lost_at__isnull=False), name="recording_lost"),
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.state}"

    def get_state_display(self) -> str:  # type: ignore[no-redef]
        return label_of(RecordingState, self.state)

    def note_expiry(self, expires_at: datetime | None) -> None:
        self._write(link_expires_at=expires_at)

    def mark_fetching(self) -> bool:
        """False when there is nothing to fetch any more: like every verb here it never touches what is ours."""
        return self._write(state=RecordingState.FETCHING, reason="", lost_at=None)

    def mark_waiting(self, reason: str = "") -> bool:
        """`reason` is why the last try failed."""
        return self._write(state=RecordingState.WAITING, reason=reason[:255], lost_at=None)

    def mark_missing(self, reason: str) -> bool:
        """Given up; the link stays, for a person who wants to try again."""
        return self._write(
            state=RecordingState.MISSING, reason=reason[:255], link_expires_at=None, lost_at=timezone.now()
        )

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
            lost_at=None,
            file=name,
            sha256=sha256,
            size=size,
            content_type=content_type,
            channels=channels,
            duration=duration,
            stored_at=timezone.now(),
        )

    def mark_purged(self, *, by: User | None, reason: str) -> str | None:
        """The name of the file that no row names any more, "" for none; None when somebody else purged it before.

        What the file was (its size, length and SHA-256) stays as evidence.
        """
        with indexing.changing([self.pk]):
            unpurged = Recording.objects.filter(pk=self.pk).exclude(state=RecordingState.PURGED)
            # read here: a worker may have stored it since this row was loaded
            name = unpurged.values_list("file", flat=True).first()
            values = {
                "state": RecordingState.PURGED,
                "reason": reason[:255],
                "link": "",
                "link_expires_at": None,
                "lost_at": None,
                "file": "",
                "purged_at": timezone.now(),
                "purged_by": by,
            }
            return name if self._update(unpurged, values) else None

    def mark_unpurged(self) -> bool:
        """Wanted again: without a link, so a worker asks the vendor for one. False when it is not purged."""
        with indexing.changing([self.pk]):
            purged = Recording.objects.filter(pk=self.pk, state=RecordingState.PURGED)
            values = {"state": RecordingState.WAITING, "reason": "", "purged_at": None, "purged_by": None}
            return self._update(purged, values)

    def _write(self, **values: Any) -> bool:
        """Only these columns: an answer of the vendor may write a fresh link at the same time."""
        unkept = Recording.objects.filter(pk=self.pk).exclude(state__in=[RecordingState.STORED, RecordingState.PURGED])
        with indexing.changing([self.pk]) if "state" in values else nullcontext():
            return self._update(unkept, values)

    def _update(self, rows: RecordingQuerySet, values: dict[str, Any]) -> bool:
        is_written = rows.update(**values) == 1
        if is_written:
            for name, value in values.items():
                setattr(self, name, value)
        return is_written


def _delete_files(names: list[str]) -> None:
    for name in names:
        try:
            default_storage.delete(name)
        except OSError as error:
            logger.warning("A deleted call's recording %s stays in the storage: %s", name, error.strerror or error)
