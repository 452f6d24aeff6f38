from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from calls.importing import replaying

SAY_EVERY = 500


class Command(BaseCommand):
    help = "Read the kept answers once more with today's parser, also those that could not be read so far."

    def handle(self, *args: Any, **options: Any) -> None:
        payloads = replaying.current()
        total, problems = payloads.count(), 0
        for number, outcome in enumerate(replaying.replay(payloads), start=1):
            if outcome.problem:
                problems += 1
                name = outcome.payload.subject or outcome.payload.call or outcome.payload
                self.stderr.write(f"payload {outcome.payload.pk} ({name}): {outcome.problem}")
            if number % SAY_EVERY == 0:
                self.stdout.write(f"{number} of {total}")
        self.stdout.write(f"{total - problems} of {total} answers read, {problems} cannot be read.")
