from __future__ import annotations

import hashlib

from django.db import models
from django.utils.translation import gettext_lazy as _


class Payload(models.Model):
    """The vendor's answer as it came. A changed answer is the next revision; the earlier ones stay.

    An answer that could not be read has `error` and, when the call is not known yet, no call: it waits here for a
    better parser.
    """

    call = models.ForeignKey("calls.Call", models.CASCADE, null=True, blank=True, related_name="payloads")
    subject = models.CharField(_("asked for"), max_length=255, blank=True)
    operation = models.CharField(_("operation"), max_length=64, blank=True)
    revision = models.PositiveIntegerField(_("revision"), default=1)
    body = models.TextField(_("body"))
    # of the answer without request id and link signature: equal digests say the same thing
    digest = models.CharField(_("digest"), max_length=64, db_index=True)
    request_id = models.CharField(_("request id"), max_length=64, blank=True)
    error = models.TextField(_("what could not be read"), blank=True)
    received_at = models.DateTimeField(_("received at"))

    class Meta:
        verbose_name = _("payload")
        verbose_name_plural = _("payloads")
        ordering = ["call", "-revision", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "revision"], condition=models.Q(call__isnull=False), name="one_payload_per_revision"
            )
        ]

    def __str__(self) -> str:
        return f"{self.operation} r{self.revision}"

    @staticmethod
    def digest_of(unsigned: str) -> str:
        return hashlib.sha256(unsigned.encode("utf-8", "surrogatepass")).hexdigest()
