from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Tag(models.Model):
    """One value of one of the vendor's tags on a call; shown as a badge."""

    call = models.ForeignKey("calls.Call", models.CASCADE, related_name="tags", db_index=False)
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(_("name"), max_length=128)
    value = models.CharField(_("value"), max_length=255, blank=True)
    description = models.CharField(_("description"), max_length=500, blank=True)
    tag_id = models.CharField(_("vendor's tag id"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["position", "pk"]
        indexes = [
            models.Index(fields=["name", "value"], name="tag_by_name_and_value"),
            # also all that the filter column and the board count, without the wide rows
            models.Index(fields=["call", "name", "value"], name="tag_of_call"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.value}" if self.value else self.name
