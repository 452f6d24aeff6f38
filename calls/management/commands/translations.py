from __future__ import annotations

from typing import Any

from django.core.management import BaseCommand
from django.core.management.base import CommandParser

from config import translations


class Command(BaseCommand):
    help = "Bring locale/zh_Hans/LC_MESSAGES/django.po up to the source, keep what is translated, and compile it."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--compile-only", action="store_true", help="leave the .po file as it is")

    def handle(self, *, compile_only: bool, **options: Any) -> None:
        if not compile_only:
            for original in translations.missing(translations.update()):
                self.stdout.write(f"not translated yet: {original}")
        translations.compile()
