"""Making a recording ours before the vendor's link dies."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Callable
from datetime import timedelta

from django.core.files import File
from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from calls.models import Recording
from calls.recordings.audio import INCOMPLETE, Sound, identify
from calls.recordings.errors import LinkExpired, Unfetched
from calls.recordings.fetching import Downloaded, NoSpace, download
from calls.recordings.links import expires_at

# Below that a link may die while we wait for the first byte.
TOO_LATE = timedelta(seconds=5)


def store(recording: Recording, *, is_last_try: bool, alive: Callable[[], None]) -> bool:
    """Copy the file into our storage; False when somebody else did meanwhile. Raises RecordingError or NoSpace.

    An incomplete file is better than none, but only when the vendor has sent the same for some time.
    """
    dies_at = expires_at(recording.link)
    if dies_at != recording.link_expires_at:
        recording.note_expiry(dies_at)
    if dies_at is not None and dies_at < timezone.now() + TOO_LATE:
        raise LinkExpired(_("The vendor's link has expired"))
    if not recording.mark_fetching():
        return False
    with tempfile.TemporaryFile() as file:
        downloaded = download(recording.link, file, alive=alive)
        sound = identify(file)
        if sound.is_incomplete and not is_last_try:
            raise Unfetched(INCOMPLETE)
        # The last look at the lease: who lost it leaves no file behind.
        alive()
        file.seek(0)
        return save_copy(recording, File(file), downloaded, sound)


def save_copy(recording: Recording, file: File[bytes], downloaded: Downloaded, sound: Sound) -> bool:
    # Never the vendor's text in a path; a new name each time, so that nobody overwrites what another one just stored.
    name = f"{recording.pk % 1000:03d}/{recording.pk}-{uuid.uuid4().hex}.{sound.extension}"
    is_ours = False
    try:
        name = default_storage.save(name, file)
        is_ours = _mark_stored(recording, name, downloaded, sound)
    except OSError as error:
        raise NoSpace(error.strerror or type(error).__name__) from error
    finally:
        # Half a file on a full disk, and a whole one that no row names, would stay for ever.
        if not is_ours:
            default_storage.delete(name)
    return is_ours


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
