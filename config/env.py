"""Reading the environment: the only place settings come from."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import environ
from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    """The variable NAME, or the content of the file that NAME_FILE points to."""
    if value := os.environ.get(name, "").strip():
        return value
    if path := os.environ.get(f"{name}_FILE", "").strip():
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(
                f"{name}_FILE points to {path}, which cannot be read: {error.strerror}"
            ) from error
        except ValueError as error:
            raise ImproperlyConfigured(f"{name}_FILE points to {path}, which is no text in UTF-8") from error
    return default


def flag(name: str, default: bool = False) -> bool:
    value = text(name).lower()
    if value in {"", "1", "true", "yes", "on", "0", "false", "no", "off"}:
        return value in {"1", "true", "yes", "on"} if value else default
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}")


def number(name: str, default: int, *, least: int = 0, most: int = 10**9) -> int:
    value = text(name, str(default))
    if not value.isascii() or not value.isdigit():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}")
    if not least <= int(value) <= most:
        raise ImproperlyConfigured(f"{name} must lie between {least} and {most}, not be {value}")
    return int(value)


def port(name: str, default: int) -> int:
    return number(name, default, least=1, most=65535)


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list without blanks."""
    return [word for word in (part.strip() for part in text(name, default).split(",")) if word]


def choice(name: str, default: str, known: Iterable[str]) -> str:
    value = text(name, default)
    if value not in (known := list(known)):
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(known)}, not {value!r}")
    return value


def time_zone(name: str, default: str) -> str:
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ImproperlyConfigured(f"{name} must be a time zone such as {default}, not {value!r}") from error
    return value


def origin(name: str, default: str) -> str:
    """The address of a service: scheme and host, no path."""
    value = text(name, default).rstrip("/")
    if not _is_origin(value):
        raise ImproperlyConfigured(f"{name} must look like {default}, not {value!r}")
    return value


def origins(name: str) -> list[str]:
    """A comma-separated list; without its scheme one would match nothing, and nobody would be told."""
    for value in (values := words(name)):
        if not _is_origin(value):
            raise ImproperlyConfigured(f"{name} must list origins such as https://calls.example.com, not {value!r}")
    return values


def _is_origin(value: str) -> bool:
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - raises when it is no number
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not (parts.path or parts.query)


def redis_url(name: str) -> str:
    value = text(name)
    if value and not value.startswith(("redis://", "rediss://", "unix://")):
        raise ImproperlyConfigured(f"{name} must begin with redis://, rediss:// or unix://")
    return value


def database(name: str, file: Path) -> dict[str, Any]:
    """What the URL `name` describes, a PostgreSQL server or an SQLite file; `file` when there is none."""
    if not (url := text(name)):
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file)}
    try:
        with warnings.catch_warnings(action="ignore"):
            config: dict[str, Any] = environ.Env.db_url_config(url)
    except (ValueError, ImproperlyConfigured):
        config = {}
    if config.get("ENGINE") not in {"django.db.backends.sqlite3", "django.db.backends.postgresql"}:
        # Never the value itself: it may hold a password.
        raise ImproperlyConfigured(f"{name} must look like postgresql://user:password@host/name or sqlite:////a/file")
    return config


def directory(name: str, default: Path) -> Path:
    """A directory that exists and can be written to; made for its owner only, as it holds what people said."""
    path = (default.parent / text(name, default.name)).resolve()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=path).close()
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name} is {path}, which cannot be written to ({error.strerror}): name another directory"
        ) from error
    return path


def kept_secret(name: str, path: Path) -> str:
    """NAME from the environment; else made once and kept in `path`, readable by its owner only."""
    if value := text(name):
        return value
    try:
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(50))
        value = path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name} is kept in {path}, which cannot be used ({error.strerror}): set {name} or {name}_FILE"
        ) from error
    if not value:
        raise ImproperlyConfigured(f"{path} is empty: delete it to have a new secret made")
    return value


def _write_once(path: Path, content: str) -> None:
    """Of two processes that start at once the second finds the whole file of the first."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(content)
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()
