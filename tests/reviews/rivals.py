"""People at the same thing in the same moment, each in a process of their own: see `rival`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User

from tests.workers import ROOT, database_url

Said = tuple[int, str]


class Rival:
    def __init__(self, process: subprocess.Popen[str], complaints: Path) -> None:
        self._process, self._complaints = process, complaints

    def tell(self, **what: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()

    def said(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, self._complaints.read_text()
        return json.loads(line)


@contextmanager
def rivals(folder: Path, *people: User) -> Iterator[list[Rival]]:
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "DATABASE_URL": database_url()}
    env |= {"DATA_DIR": str(folder), "DEBUG": "1"}
    with ExitStack() as stack:
        found = []
        for number, person in enumerate(people):
            errors = folder / f"{number}.err"
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.reviews.rival", person.username],
                cwd=ROOT,
                env=env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stack.enter_context(errors.open("w")),
                text=True,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            found.append(Rival(process, errors))
        assert [rival.said() for rival in found] == ["ready"] * len(found)
        yield found


def at_once(*told: tuple[Rival, dict[str, Any]]) -> list[Said]:
    for rival, what in told:
        rival.tell(**what)
    return [tuple(rival.said()) for rival, _what in told]
