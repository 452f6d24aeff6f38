"""The whole test run: the gates, then every test on SQLite and beside it again on PostgreSQL. Words go to pytest.

python -m tests.both -k recording

The two passes share nothing but the machine: each has its own data directory, Redis and database. Much of a pass is
waiting, so both together take little longer than one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from typing import IO

from tests import gates
from tests.postgres import NoPostgres, postgres


def main(words: list[str]) -> int:
    started = time.monotonic()
    outcomes = {"gates": _gates()}
    _prepare()
    with ThreadPoolExecutor() as beside, tempfile.TemporaryFile() as told:
        second = beside.submit(_on_postgres, words, told)
        _say("Tests on SQLite")
        outcomes["SQLite"] = _pytest(words, {})
        outcomes["PostgreSQL"] = second.result()
        _say("Tests that touch the database on PostgreSQL")
        _repeat(told)
    if reason := os.environ.get("NO_CHROMIUM"):
        outcomes["browser tests"] = f"SKIPPED: {reason}"
    _say(f"All in all {time.monotonic() - started:.0f} s:")
    for name, outcome in outcomes.items():
        _say(f"  {name}: {outcome}")
    return 1 if any(_is_bad(outcome) for outcome in outcomes.values()) else 0


def _prepare() -> None:
    """Static files and words, made once: two passes would get into each other's way."""
    prepare = "from config import prepare, translations; prepare.collect_static(); translations.compile()"
    setup = f"import django; django.setup(); {prepare}"
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    subprocess.run([sys.executable, "-c", setup], env=env, check=True)


def _on_postgres(words: list[str], told: IO[bytes]) -> str:
    try:
        with postgres() as server:
            told.write(f"{server.version}\n".encode())
            told.flush()
            return _pytest(["--rows-only", *words], {"DATABASE_URL": server.url}, told)
    except NoPostgres as error:
        return f"SKIPPED: {error}"


def _repeat(told: IO[bytes]) -> None:
    told.seek(0)
    shutil.copyfileobj(told, sys.stdout.buffer)
    sys.stdout.flush()


def _gates() -> str:
    started = time.monotonic()
    bad = gates.failing(list(gates.GATES))
    return f"FAILED: {'; '.join(bad)}" if bad else f"passed in {time.monotonic() - started:.0f} s"


def _pytest(words: list[str], extra: dict[str, str], told: IO[bytes] | None = None) -> str:
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | extra
    started = time.monotonic()
    code = subprocess.call([sys.executable, "-m", "pytest", *words], env=env, stdout=told, stderr=told)
    seconds = f"{time.monotonic() - started:.0f} s"
    return f"FAILED with code {code} after {seconds}" if code else f"passed in {seconds}"


def _is_bad(outcome: str) -> bool:
    """In CI nothing may be skipped."""
    return outcome.startswith("FAILED") or (outcome.startswith("SKIPPED") and bool(os.environ.get("CI")))


def _say(line: str) -> None:
    sys.stdout.write(f"==== {line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
