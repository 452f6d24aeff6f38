from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ReviewsConfig(AppConfig):
    name = "reviews"
    verbose_name = _("Reviews")

    def ready(self) -> None:
        from calls import exporting, roles, slices
        from calls.models import judged
        from calls.models.signals import call_changed
        from calls.vocabulary import JobKind
        from reviews import keys
        from reviews.exporting import exported
        from reviews.models.judged import are_open, label_names, labels_on, newest_of
        from reviews.queues.picking import picked
        from reviews.reviewing.seen import follow_call

        # the permissions of this app exist only after its own models
        post_migrate.connect(roles.ensure_groups, sender=self)
        judged.provide(judged.People(newest_of, labels_on, label_names, are_open))
        call_changed.connect(follow_call)
        exporting.provide(JobKind.EXPORT_REVIEWS, exported())
        slices.provide(JobKind.QUEUE_CALLS, picked())
        keys.make_known()
