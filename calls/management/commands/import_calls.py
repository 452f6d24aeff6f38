from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from calls import importing


class Command(BaseCommand):
    help = "Add calls from a file: a CSV list of ids, or saved JSON or XML answers of either API."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="only say what the file holds")

    def handle(self, *args: Any, file: Path, dry_run: bool, **options: Any) -> None:
        try:
            plan = importing.read_plan(file.read_bytes(), permitted=None)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except importing.Unreadable as error:
            raise CommandError(str(error)) from error
        for row in plan.rows:
            if dry_run or row.verdict == importing.Verdict.WRONG:
                self.stdout.write(f"line {row.line}  {row.verdict.label}: {row.shown}  {row.note}".rstrip())
        self.stdout.write(", ".join(f"{plan.counts[verdict.value]} {verdict.value}" for verdict in importing.Verdict))
        if not plan.wanted:
            raise CommandError("No row can be used.")
        if not dry_run:
            receipt = importing.carry_out(plan, None)
            self.stdout.write(
                f"{receipt.added} calls added, {receipt.changed} changed, {len(receipt.jobs)} to be fetched, "
                f"{receipt.left_out} rows left out."
            )
