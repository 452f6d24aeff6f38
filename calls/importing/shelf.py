"""Where an upload waits for its confirmation, and what became of it. Files of this machine, readable by us alone."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User

# seconds: an upload holds customers' numbers and is not ours to keep; a receipt is only numbers of rows
UPLOAD_STAYS = 2 * 3600
RECEIPT_STAYS = 7 * 24 * 3600
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
    (directory / "about.json").write_text(json.dumps({"user": user.pk, "name": name[:200]}))
    (directory / "content").write_bytes(content)
    return token


def take(user: User, token: str) -> tuple[str, bytes]:
    """The upload's name and content; Gone when there is none of this user's."""
    directory = _directory(user, token)
    try:
        return str(_about(directory)["name"]), (directory / "content").read_bytes()
    except OSError as error:
        raise Gone(token) from error


def finish(user: User, token: str, receipt: Receipt) -> None:
    """The receipt takes the place of the upload."""
    directory = _directory(user, token)
    (directory / "receipt.json").write_text(json.dumps(asdict(receipt)))
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
        about: dict[str, str | int] = json.loads((directory / "about.json").read_text())
    except (OSError, ValueError):
        return {}
    return about


def _is_over(directory: Path) -> bool:
    stays = UPLOAD_STAYS if (directory / "content").exists() else RECEIPT_STAYS
    return directory.stat().st_mtime + stays < time.time()


def _sweep() -> None:
    for directory in _root().iterdir():
        if _is_over(directory):
            shutil.rmtree(directory, ignore_errors=True)


def _root() -> Path:
    root = settings.DATA_DIR / "imports"
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Path(root)
