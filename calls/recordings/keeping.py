"""Making a recording ours before the vendor's link dies."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from calls.models import Job, Recording
from calls.models.expiry import expires_at
from calls.recordings.audio import INCOMPLETE, Sound, identify
from calls.recordings.errors import LinkExpired, Unfetched
from calls.recordings.fetching import Downloaded, NoSpace, download
from calls.sweeping import is_untouched_for
from calls.vocabulary import JobKind

# Below that a link may die while we wait for the first byte.
TOO_LATE = timedelta(seconds=5)
# Beside the recordings, so that a whole file is renamed into its place.
INCOMING = "incoming"
# Longer than any download: older ones belong to workers that died.
LEFT_BEHIND_AFTER = 3600.0  # seconds


def store(recording: Recording, *, is_last_try: bool, alive: Callable[[], None]) -> bool:
    """Copy the file into our storage; False when somebody else did meanwhile. Raises RecordingError or NoSpace.

    An incomplete file is better than none, but only when the vendor has sent the same for some time.
    """
    if not recording.link:
        raise LinkExpired(_("The vendor gave no link to the recording"))
    dies_at = expires_at(recording.link)
    if dies_at != recording.link_expires_at:
        recording.note_expiry(dies_at)
    if dies_at is not None and dies_at < timezone.now() + TOO_LATE:
        raise LinkExpired(_("The vendor's link has expired"))
    if not recording.mark_fetching():
        return False
    with incoming_file() as file:
        downloaded = download(recording.link, file, alive=alive)
        sound = identify(file)
        if sound.is_incomplete and not is_last_try:
            raise Unfetched(INCOMPLETE)
        # The last look at the lease: who lost it leaves no file behind.
        alive()
        file.seek(0)
        return save_copy(recording, file, downloaded, sound)


def save_copy(recording: Recording, file: File[bytes], downloaded: Downloaded, sound: Sound) -> bool:
    # Never the vendor's text in a path; a new name each time, so that nobody overwrites what another one just stored.
    name = f"{recording.pk % 1000:03d}/{recording.pk}-{uuid.uuid4().hex}.{sound.extension}"
    is_ours = is_marked = False
    try:
        name = default_storage.save(name, file)
        with transaction.atomic():
            is_marked = _mark_stored(recording, name, downloaded, sound)
            if is_marked:
                Job.objects.ask(JobKind.HEAR, str(recording.pk), call=recording.call)
        is_ours = is_marked
    except OSError as error:
        raise NoSpace(error.strerror or str(error)) from error
    finally:
        # Half a file on a full disk, and a whole one that no row names, would stay for ever.
        if not is_ours and not (is_marked and _may_be_named(name)):
            with suppress(OSError):  # that of the save says more
                default_storage.delete(name)
    return is_ours


def _may_be_named(name: str) -> bool:
    """Whether a row names this file, for all we know: a transaction may be through although nobody heard of it. A file
    too many costs room on a disk, one too few is the only copy there was.
    """
    try:
        return Recording.objects.filter(file=name).exists()
    except DatabaseError:
        return True


class Incoming(File):  # type: ignore[type-arg]
    """A file on the disk of the recordings, which local storage renames instead of copying."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        super().__init__(file, str(path))
        self.path = path

    def temporary_file_path(self) -> str:
        self.flush()
        # The row will say that the file is whole, also after the power was cut.
        os.fsync(self.fileno())
        return str(self.path)


@contextmanager
def incoming_file() -> Iterator[Incoming]:
    """Gone afterwards, unless it was stored."""
    try:
        folder = _incoming_folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=folder)
    except OSError as error:
        raise NoSpace(error.strerror or type(error).__name__) from error
    path, file = Path(name), os.fdopen(descriptor, "w+b")
    try:
        yield Incoming(file, path)
    finally:
        with suppress(OSError):  # on a full disk closing fails once more, for what is deleted anyway
            file.close()
        path.unlink(missing_ok=True)


def sweep_incoming() -> int:
    """Forget what workers that were killed left behind; how many files."""
    folder = _incoming_folder()
    found = folder.iterdir() if folder.is_dir() else ()
    left = [path for path in found if is_untouched_for(path, LEFT_BEHIND_AFTER)]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def _incoming_folder() -> Path:
    return Path(settings.MEDIA_ROOT) / INCOMING


def _mark_stored(recording: Recording, name: str, downloaded: Downloaded, sound: Sound) -> bool:
    return recording.mark_stored(
        name=name,
        sha256=downloaded.sha256,
        size=downloaded.size,
        content_type=sound.content_type,
        channels=sound.channels,
        duration=sound.duration,
        reason=INCOMPLETE if sound.is_incomplete else "",
    )
