"""Deleting the sound of a call for good, and taking that back as far as the vendor still has it."""

from __future__ import annotations

from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import default_storage
from django.db import transaction

from calls.models import Hearing, Recording


def purge(recording: Recording, *, by: User, reason: str) -> bool:
    """The file is deleted and never fetched again. False when somebody else purged it before; OSError as it comes."""
    with transaction.atomic():
        name = recording.mark_purged(by=by, reason=reason)
        if name is None:
            return False
        _note(recording, by, DELETION, reason)
        # its picture and its times go with the sound
        Hearing.objects.filter(recording=recording.pk).delete()
        if name:
            # Last, and before the commit: a file that cannot be deleted must not be said to be.
            default_storage.delete(name)
    return True


def unpurge(recording: Recording, *, by: User) -> bool:
    """It may be fetched again. False when it is not purged."""
    with transaction.atomic():
        reason = recording.reason
        is_done = recording.mark_unpurged()
        if is_done:
            _note(recording, by, CHANGE, f"unpurged; it was purged for: {reason}")
    return is_done


def _note(recording: Recording, by: User, flag: int, words: str) -> None:
    """In the history that the admin shows, where it outlives a later change of mind."""
    LogEntry.objects.create(
        user_id=by.pk,
        content_type=ContentType.objects.get_for_model(Recording),
        object_id=str(recording.pk),
        object_repr=str(recording)[:200],
        action_flag=flag,
        change_message=words,
    )
