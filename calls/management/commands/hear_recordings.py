from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from calls.recordings.hearing import unheard
from calls.refresh import ask_hearings

AT_ONCE = 1000


class Command(BaseCommand):
    help = "Have the workers listen to stored recordings that nobody has heard, or only an older version of Earshot."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limit", type=int, help="not more than this many, newest calls first")

    def handle(self, *args: Any, limit: int | None, **options: Any) -> None:
        pks = list(unheard().order_by("-pk").values_list("pk", flat=True)[:limit])
        for first in range(0, len(pks), AT_ONCE):
            ask_hearings(pks[first : first + AT_ONCE])
        if pks:
            self.stdout.write(self.style.SUCCESS(f"Queued {len(pks):,} recordings. The workers listen one at a time."))
        else:
            self.stdout.write("Every stored recording has been heard.")
