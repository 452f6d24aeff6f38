"""What the launcher must have for itself before anything starts: a data directory and ports."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class CannotStart(Exception):
    """A sentence: what is wrong and what to do."""


@contextmanager
def only_one(data_dir: Path) -> Iterator[int]:
    """Holds the data directory; gives the lock for Redis to hold too, so that no second one opens the same files."""
    with (data_dir / "up.lock").open("a+") as lock:
        # A few seconds for the Redis of a launcher that was killed.
        deadline = time.monotonic() + 5
        while not _locked(lock.fileno()):
            if time.monotonic() > deadline:
                lock.seek(0)
                raise CannotStart(
                    f"Earshot already runs on {data_dir} (process {lock.read().strip() or 'unknown'}). "
                    "Stop it first, or set DATA_DIR and WEB_PORT to run a second one."
                )
            time.sleep(0.05)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield lock.fileno()


def require_free_port(host: str, port: int) -> None:
    if not is_here(host):
        raise CannotStart(f"WEB_HOST is {host}, which is no address of this machine: 127.0.0.1, or 0.0.0.0 for all")
    if not is_free(host, port):
        raise CannotStart(
            f"{host}:{port} is taken by another program, or not for us to take. Stop that one, "
            f"or choose another port, for instance: WEB_PORT={free_port()} python3 run.py"
        )


def is_here(host: str) -> bool:
    return is_free(host, 0)


def is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # As gunicorn does: connections that are only being closed do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), port))
        except OSError:
            return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
