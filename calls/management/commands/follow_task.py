from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from calls import refresh
from calls.importing import WrongId
from calls.importing.ids import checked_text
from calls.models import CallTask
from calls.vocabulary import Source


class Command(BaseCommand):
    help = "Follow a task: the workers find its calls from now on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", choices=Source.values)
        parser.add_argument("task_id")
        parser.add_argument("--stop", action="store_true", help="follow it no longer")

    def handle(self, *args: Any, source: str, task_id: str, stop: bool, **options: Any) -> None:
        try:
            task_id = checked_text("task_id", task_id)
        except WrongId as wrong:
            raise CommandError(str(wrong)) from wrong
        task = CallTask.objects.filter(source=source, task_id=task_id).first()
        if stop:
            self._stop(task, task_id)
            return
        if task is None:
            task = CallTask.objects.create(source=source, task_id=task_id)
            self.stdout.write(f"{task_id} was not in the list of tasks; it is now.")
        task.follow(None)
        refresh.ask_discovery(task)
        self.stdout.write(f"{task} is followed. The workers look for its calls; see them with: manage.py discover")

    def _stop(self, task: CallTask | None, task_id: str) -> None:
        if task is None:
            raise CommandError(f"There is no task {task_id} to stop following.")
        task.unfollow()
        self.stdout.write(f"{task} is not followed any more.")
