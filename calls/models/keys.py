from __future__ import annotations

from typing import Any, Self

from django.contrib.auth.models import User
from django.db import models
from django.utils.translation import gettext_lazy as _

# What a player offers, as its <option>s say it: no locale may touch them.
SPEEDS = ("0.5", "0.75", "1", "1.25", "1.5", "1.75", "2", "2.5", "3")


class KeyPreference(models.Model):
    """The keys that one reader chose, and how they listen: every page asks for both at once. No row: nothing chosen."""

    user = models.OneToOneField(
        User, models.CASCADE, primary_key=True, related_name="key_preference", verbose_name=_("user")
    )
    # off: only what is held with Ctrl or Alt does anything
    is_on = models.BooleanField(_("single keys do something"), default=True)
    # action -> name of its key, "" for none; only what is not as usual
    keys = models.JSONField(_("keys"), default=dict, blank=True)

    speed = models.CharField(_("speed"), max_length=4, default="1")
    volume = models.FloatField(_("volume"), default=1)  # from 0 to 1
    skips_silence = models.BooleanField(_("skips silence"), default=False)

    class Meta:
        verbose_name = _("key preference")
        verbose_name_plural = _("key preferences")

    def __str__(self) -> str:
        return str(self.user)

    @classmethod
    def of(cls, user: User) -> Self:
        """What the reader chose so far, asked for once a request; not saved when there is nothing yet."""
        chosen = getattr(user, "key_preference", None)
        return chosen if isinstance(chosen, cls) else cls(user=user)

    @classmethod
    def keep(cls, user: User, **chosen: Any) -> None:
        cls.objects.update_or_create(user=user, defaults=chosen)
