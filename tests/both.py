"""The whole test run: the gates, then every test on SQLite and again on PostgreSQL. Words go to pytest.

python -m tests.both -k recording
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

from tests import gates
from tests.postgres import NoPostgres, postgres


def main(words: list[str]) -> int:
    started = time.monotonic()
    outcomes = {"gates": _gates()}
    outcomes["SQLite"] = _pytest("SQLite", words, {})
    try:
        with postgres() as server:
            rows = ["--rows-only", *words]
            outcomes["PostgreSQL"] = _pytest(
                f"{server.version}: all that touch the database", rows, {"DATABASE_URL": server.url}
            )
    except NoPostgres as error:
        outcomes["PostgreSQL"] = f"SKIPPED: {error}"
    if reason := os.environ.get("NO_CHROMIUM"):
        outcomes["browser tests"] = f"SKIPPED: {reason}"
    _say(f"All in all {time.monotonic() - started:.0f} s:")
    for name, outcome in outcomes.items():
        _say(f"  {name}: {outcome}")
    return 1 if any(_is_bad(outcome) for outcome in outcomes.values()) else 0


def _gates() -> str:
    started = time.monotonic()
    bad = gates.failing(list(gates.GATES))
    return f"FAILED: {'; '.join(bad)}" if bad else f"passed in {time.monotonic() - started:.0f} s"


def _pytest(title: str, words: list[str], extra: dict[str, str]) -> str:
    _say(f"Tests on {title}")
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | extra
    started = time.monotonic()
    code = subprocess.call([sys.executable, "-m", "pytest", *words], env=env)
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
