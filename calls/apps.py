from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class CallsConfig(AppConfig):
    name = "calls"
    verbose_name = _("Calls")

    def ready(self) -> None:
        from calls import roles
        from calls.models import indexing, migrating

        pre_migrate.connect(migrating.lift_limit, sender=self)
        # After migrate rather than in a migration: permissions exist only then, and a flushed database gets them back.
        post_migrate.connect(roles.ensure_groups, sender=self)
        post_migrate.connect(indexing.after_migrate, sender=self)
        post_migrate.connect(migrating.restore_limit, sender=self)
