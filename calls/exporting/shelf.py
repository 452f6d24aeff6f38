"""Where exported files lie: names that tell nothing, readable by this account only, for a week."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.conf import settings

from calls.models import BulkAction
from calls.sweeping import is_untouched_for

WRITING = "writing-"
# What no row knows and nobody touched for this long was left by a worker that died; seconds.
LEFT_BEHIND = 24 * 3600


def folder() -> Path:
    root = Path(settings.EXPORT_ROOT)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    return root


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder beside the finished files for what is being written; it goes with everything in it."""
    place = folder() / f"{WRITING}{uuid.uuid4().hex}"
    place.mkdir(mode=0o700)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def keep(written: Path, extension: str) -> str:
    """Give a finished file its name, which is all a row remembers."""
    name = f"{uuid.uuid4().hex}.{extension}"
    written.chmod(0o600)
    written.replace(folder() / name)
    return name


def discard(name: str) -> None:
    (folder() / name).unlink(missing_ok=True)


def open_file(action: BulkAction) -> IO[bytes]:
    """FileNotFoundError when it is not there (any more)."""
    if not action.file:
        raise FileNotFoundError
    return (folder() / action.file).open("rb")


def prune() -> int:
    """Delete files whose week is over and what dead workers left; how many files."""
    old = list(BulkAction.objects.with_old_files())
    for action in old:
        discard(action.file)
        action.forget_file()
    for path in _left_behind():
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    return len(old)


def _left_behind() -> Iterator[Path]:
    known = set(BulkAction.objects.exclude(file="").values_list("file", flat=True))
    for path in folder().iterdir():
        if path.name not in known and is_untouched_for(path, LEFT_BEHIND):
            yield path
