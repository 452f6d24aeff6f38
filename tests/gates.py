"""What must hold before any test is worth running: style, types, templates, migrations, deployment settings."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAMS = Path(sys.executable).parent
GATES = {
    "lint": [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "--quiet", "."],
        ["djlint", "templates", "--lint", "--quiet"],
    ],
    "types": [["mypy", "."]],
    "django": [
        ["python", "manage.py", "makemigrations", "--check", "--dry-run", "--verbosity", "1"],
        ["python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
    ],
}


def failing(names: list[str]) -> list[str]:
    """The commands that failed; what they found stands on the terminal."""
    with tempfile.TemporaryDirectory(prefix="earshot-gates-") as data_dir:
        env = {**os.environ, "HTTPS": "1", "DATA_DIR": data_dir}
        return [
            " ".join(command)
            for name in names
            for command in GATES[name]
            if subprocess.call([PROGRAMS / command[0], *command[1:]], env=env)
        ]


if __name__ == "__main__":
    bad = failing(sys.argv[1:] or list(GATES))
    sys.exit(f"failed: {'; '.join(bad)}" if bad else 0)
