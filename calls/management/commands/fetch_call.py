from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from calls import refresh
from calls.account import the_account
from calls.aliyun import AliyunError
from calls.importing import WrongId, checked_ref
from calls.management.printing import call_lines, in_words
from calls.models import Call
from calls.pacing import NotNow, the_pacer
from calls.snapshot import CallRef
from calls.vocabulary import Source

# seconds to wait for a turn while the workers use up what the vendor allows
PATIENCE = 60.0


class Command(BaseCommand):
    help = "Fetch one call from the vendor now, keep it and print it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        sources = parser.add_subparsers(dest="source", required=True, metavar="aiccs|robot")
        agent = sources.add_parser("aiccs", help="a call of an AI agent")
        robot = sources.add_parser("robot", help="a call of a scripted robot")
        for name, source in (("--task-id", agent), ("--batch-id", agent), ("--detail-id", agent)):
            source.add_argument(name, required=True)
        robot.add_argument("--task-id", required=True)
        robot.add_argument("--callee", required=True)
        robot.add_argument(
            "--query-date", required=True, help="a date or date and time in Beijing, or epoch milliseconds"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            ref = checked_ref(Source(options["source"]), {name: str(value) for name, value in options.items()})
            call = self._fetched(ref)
        except WrongId as wrong:
            raise CommandError(str(wrong)) from wrong
        except NotNow as wait:
            raise CommandError(f"The vendor is not asked at the moment: {wait.reason or wait}.") from wait
        except AliyunError as error:
            raise CommandError(in_words(error)) from error
        for line in call_lines(call):
            self.stdout.write(line)

    def _fetched(self, ref: CallRef) -> Call:
        the_pacer().wait_turn(ref.source, urgent=True, patience=PATIENCE)
        asked_at = timezone.now()
        call = Call.objects.absorb(the_account().fetch_call(ref), asked_at=asked_at).call
        refresh.plan(call)
        return Call.objects.select_related("transcript").get(pk=call.pk)
