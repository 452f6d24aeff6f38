from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError

from calls.models import rebuilding

BAR = 24


class Command(BaseCommand):
    help = "Rebuild the search index while the site stays up."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-stale", action="store_true", help="only when the index was made by another version")

    def handle(self, *args: Any, if_stale: bool, **options: Any) -> None:
        if if_stale and not rebuilding.is_stale():
            return
        self.began = time.monotonic()
        self.shown = 0.0
        try:
            number = rebuilding.rebuild(self._report)
        except rebuilding.Overtaken:
            raise CommandError("Another reindex_calls began after this one: leaving it to that one.") from None
        except OperationalError as error:
            raise CommandError(f"The database did not let go ({error}). Nothing is lost: run it again.") from None
        seconds = time.monotonic() - self.began
        self.stdout.write(self._line(number, number))
        self.stdout.write(self.style.SUCCESS(f"Indexed {number:,} calls in {seconds:.1f} s."))

    def _report(self, done: int, total: int) -> None:
        # Not more than ten times a second, and only where somebody is watching.
        if self.stdout.isatty() and time.monotonic() - self.shown > 0.1:
            self.shown = time.monotonic()
            self.stdout.write(self._line(done, total), ending="")
            self.stdout.flush()

    def _line(self, done: int, total: int) -> str:
        share = done / total if total else 1
        rate = done / max(time.monotonic() - self.began, 0.001)
        left = f", {(total - done) / rate:,.0f} s left" if done < total and rate else ""
        start = "\r" if self.stdout.isatty() else ""
        bar = ("#" * round(BAR * share)).ljust(BAR)
        return f"{start}[{bar}] {share:4.0%}  {done:,} of {total:,} calls, {rate:,.0f} a second{left}"
