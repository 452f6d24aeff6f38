from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ReviewsConfig(AppConfig):
    name = "reviews"
    verbose_name = _("Reviews")

    def ready(self) -> None:
        from calls import roles
        from calls.models import judged
        from calls.models.signals import call_changed
        from reviews import keys
        from reviews.models.judged import newest_of
        from reviews.reviewing.seen import follow_call

        # the permissions of this app exist only after its own models
        post_migrate.connect(roles.ensure_groups, sender=self)
        judged.provide(newest_of)
        call_changed.connect(follow_call)
        keys.make_known()
