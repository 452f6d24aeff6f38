"""Where an upload waits for its confirmation, and what became of it. Files of this machine, readable by us alone."""

from __future__ import annotations

import fcntl
import json
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User

from calls.sweeping import is_untouched_for

# seconds: an upload holds customers' numbers and is not ours to keep; a receipt is only numbers of rows
UPLOAD_STAYS = 2 * 3600
RECEIPT_STAYS = 7 * 24 * 3600
ABOUT = "about.json"
TOKEN = re.compile(r"^[A-Za-z0-9_-]{22}$")


class Gone(Exception):
    """Nothing waits under this token: expired, or somebody else's."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What confirming did: the jobs it asked for, the calls it wrote, the rows it left out."""

    jobs: list[int] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)
    added: int = 0
    changed: int = 0
    left_out: int = 0


def put(user: User, name: str, content: bytes) -> str:
    """Keeps the upload and returns its token."""
    _sweep()
    token = secrets.token_urlsafe(16)
    directory = _root() / token
    directory.mkdir(mode=0o700, parents=True)
    (directory / ABOUT).write_text(json.dumps({"user": user.pk, "name": name[:200]}))
    (directory / "content").write_bytes(content)
    return token


def take(user: User, token: str) -> tuple[str, bytes]:
    """The upload's name and content; Gone when there is none of this user's."""
    directory = _directory(user, token)
    try:
        return str(_about(directory)["name"]), (directory / "content").read_bytes()
    except OSError as error:
        raise Gone(token) from error


@contextmanager
def alone_with(user: User, token: str) -> Iterator[None]:
    """Two clicks reach two processes: the second waits here for the first. Gone when there is no such upload."""
    try:
        file = (_directory(user, token) / ABOUT).open()
    except OSError as error:
        raise Gone(token) from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def finish(user: User, token: str, receipt: Receipt) -> None:
    """The receipt takes the place of the upload."""
    directory = _directory(user, token)
    written = directory / f"{secrets.token_hex(8)}.json"
    written.write_text(json.dumps(asdict(receipt)))
    # whole at once: a page may read it in this very moment
    written.replace(directory / "receipt.json")
    (directory / "content").unlink(missing_ok=True)


def receipt_of(user: User, token: str) -> Receipt | None:
    """None while the upload still waits."""
    try:
        return Receipt(**json.loads((_directory(user, token) / "receipt.json").read_text()))
    except FileNotFoundError:
        return None


def _directory(user: User, token: str) -> Path:
    directory = _root() / token
    if not TOKEN.match(token) or _about(directory).get("user") != user.pk or _is_over(directory):
        raise Gone(token)
    return directory


def _about(directory: Path) -> dict[str, str | int]:
    try:
        about: dict[str, str | int] = json.loads((directory / ABOUT).read_text())
    except (OSError, ValueError):
        return {}
    return about


def _is_over(directory: Path) -> bool:
    stays = UPLOAD_STAYS if (directory / "content").exists() else RECEIPT_STAYS
    return is_untouched_for(directory, stays)


def _sweep() -> None:
    for directory in _root().iterdir():
        if _is_over(directory):
            shutil.rmtree(directory, ignore_errors=True)


def _root() -> Path:
    root = settings.DATA_DIR / "imports"
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Path(root)
