"""A hear job: listening to a stored recording and timing its turns."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from calls.models import Job, Recording
from calls.recordings.hearing import hear as hear_recording
from calls.vocabulary import RecordingState

GONE = _("The recording's file is gone from our storage")


def hear(job: Job) -> None:
    stored = Recording.objects.filter(call=job.call, state=RecordingState.STORED).exclude(file="")
    recording = stored.first() if job.call_id else None
    if recording is not None:
        try:
            hear_recording(recording, alive=job.renew)
        except FileNotFoundError:
            job.fail("", GONE)
            return
    job.finish()
