from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand
from django.utils import translation

from reviews import ready
from reviews.demo import install_demo_queue


class Command(BaseCommand):
    help = "Give the demo a published scorecard and a queue of calls to review, unless it has them."
    requires_system_checks = ()

    def handle(self, **options: Any) -> None:
        with translation.override(settings.LANGUAGE_CODE):
            ready.install()
            install_demo_queue()
