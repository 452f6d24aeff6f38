from __future__ import annotations

import time
from argparse import ArgumentParser
from threading import Event, Thread
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from calls import refresh
from calls.models import CallTask, Job
from calls.vocabulary import JobState, Source

LOOK_EVERY = 0.3  # seconds


class Command(BaseCommand):
    help = "Look for the calls of a task now, of every followed task with --all; without either, list the tasks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", nargs="?", choices=Source.values)
        parser.add_argument("task_id", nargs="?")
        parser.add_argument("--all", action="store_true", help="every followed task")

    def handle(self, *args: Any, **options: Any) -> None:
        jobs = self._jobs(options["source"], options["task_id"], options["all"])
        failed = [name for name, job in jobs if not self._worked_off(name, job)]
        if failed:
            raise CommandError(f"Not discovered: {', '.join(failed)}.")

    def _jobs(self, source: str | None, task_id: str | None, everything: bool) -> list[tuple[str, Job]]:
        if everything:
            tasks = list(CallTask.objects.followed())
            if not tasks:
                raise CommandError("No task is followed. Follow one with: manage.py follow_task SOURCE TASK_ID")
        elif source and task_id:
            tasks = list(CallTask.objects.filter(source=source, task_id=task_id))
            if not tasks:
                raise CommandError(f"There is no task {task_id}. Run discover without arguments to list the tasks.")
        else:
            sources = [Source(source)] if source else list(Source)
            return [(f"tasks of {one.label}", refresh.list_tasks(one)) for one in sources]
        return [(str(task), refresh.ask_discovery(task)) for task in tasks]

    def _worked_off(self, name: str, job: Job) -> bool:
        """Done here, unless a worker has it: then it is watched."""
        over = Event()
        watch = Thread(target=self._watch, args=(name, job.pk, over), daemon=True)
        watch.start()
        try:
            while job.is_open:
                if claimed := Job.objects.claim(job.pk):
                    refresh.run(claimed)
                else:
                    time.sleep(LOOK_EVERY)
                job.refresh_from_db()
        finally:
            over.set()
            watch.join()
        self.stdout.write(f"{name}: {_in_words(job)}")
        return job.state == JobState.DONE

    def _watch(self, name: str, pk: int, over: Event) -> None:
        shown = ""
        try:
            while not over.wait(LOOK_EVERY):
                words = _in_words(Job.objects.get(pk=pk))
                if words != shown:
                    self.stdout.write(f"{name}: {words}")
                    shown = words
        finally:
            connection.close()


def _in_words(job: Job) -> str:
    of = f" of {job.total}" if job.total is not None else ""
    errors = f", {job.errors} errors" if job.errors else ""
    said = ", ".join(part for part in (job.last_message, job.last_code, job.last_request_id) if part)
    return f"{job.get_state_display()}, {job.done}{of} seen{errors}" + (f" ({said})" if said else "")
