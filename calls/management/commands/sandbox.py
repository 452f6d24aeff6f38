from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from calls.aliyun.sandbox import cli
from calls.aliyun.sandbox.signatures import AccessKey


class Command(BaseCommand):
    help = "A stand-in for both voice APIs and the recording host, with believable calls that keep arriving."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        cli.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            cli.serve(Namespace(**options), self.stdout, AccessKey(*settings.SANDBOX_ACCESS_KEY))
        except cli.CannotStart as error:
            raise CommandError(str(error)) from error
