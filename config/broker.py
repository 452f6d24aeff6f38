"""Where Redis is: REDIS_URL, or the embedded server's socket under a short private directory."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path

import redis

SET_ASIDE_FOR = 7 * 24 * 3600  # seconds


def socket_path(data_dir: Path) -> Path:
    """The embedded server's socket. Not under `data_dir`: a socket path holds 108 bytes, and a project can lie deep."""
    base = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    digest = hashlib.sha256(str(data_dir).encode()).hexdigest()[:10]
    return base / f"earshot-{os.getuid()}-{digest}" / "redis.sock"


def make_private(directory: Path) -> None:
    """Creates `directory` for its owner alone; PermissionError when someone else could have put it there."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    state = directory.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid() or state.st_mode & 0o077:
        raise PermissionError(f"{directory} is not a private directory of this user: remove it")


def broker_url(redis_url: str, data_dir: Path) -> str:
    if not redis_url:
        return f"redis+socket://{socket_path(data_dir)}?virtual_host=0"
    if redis_url.startswith("unix://"):
        return redis_url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=")
    return redis_url


def client_url(redis_url: str, data_dir: Path) -> str:
    """For redis-py: the limiter and the health check."""
    return redis_url or f"unix://{socket_path(data_dir)}?db=0"


def cache_url(redis_url: str, data_dir: Path) -> str:
    return redis_url or f"unix://{socket_path(data_dir)}?db=1"


def answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError, ValueError):
        return False


def set_aside(url: str, prefix: str, queues: Iterable[str]) -> int:
    """Moves all messages out of the workers' way; how many lists there were.

    One that cannot be decoded kills each worker that reads it, and some are put back for the next. Nothing is lost:
    the messages only name jobs, and the rows of those are sent again.
    """
    with redis.Redis.from_url(url, socket_timeout=5) as client:
        patterns = [*(f"{prefix}{queue}*" for queue in queues), f"{prefix}unacked*"]
        keys = [key for pattern in patterns for key in client.scan_iter(pattern)]
        for key in keys:
            aside = b"set-aside:" + key
            if client.exists(key):
                client.rename(key, aside)
                client.expire(aside, SET_ASIDE_FOR)
        return len(keys)
