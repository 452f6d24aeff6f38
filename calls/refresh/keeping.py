"""A keep_recording job: when to try again, when to ask for a fresh link, and when to stop."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from calls.models import Job, Recording
from calls.models.expiry import expires_at
from calls.models.job import OPEN
from calls.models.recording import UNSTORED
from calls.recordings import keeping
from calls.recordings.errors import Blocked, LinkExpired, NotAudio, RecordingError
from calls.recordings.fetching import NoSpace
from calls.refresh.asking import ask_recording, ask_refresh
from calls.snapshot import CallRef
from calls.vocabulary import JobKind, JobState, RecordingState

PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
)
THEN_EVERY = timedelta(hours=1)
# A link that does not say when it dies is given a day.
PATIENCE = timedelta(days=1)
# A host may send an error page or half a file for some minutes; after that it means it.
HARMLESS_ATTEMPTS = 3
FRESH_LINKS = 3
# The fresh link wakes the job up; this is for the case that none comes.
FRESH_LINK_WITHIN = timedelta(minutes=5)
LINK_EXPIRED = "LinkExpired"
NO_SPACE = _("The recording could not be written to our storage")
TRIES = (*UNSTORED, RecordingState.MISSING)
FORGOTTEN_AT_ONCE = 1000
# What a person cancelled rests for this long.
CANCELLED_RESTS = timedelta(days=1)
# Each dead job is many workers that died at this very recording: that is no coincidence.
MOST_DEAD_JOBS = 3


def keep(job: Job) -> None:
    recording = Recording.objects.filter(call=job.call).select_related("call").first() if job.call else None
    if recording is None or recording.state not in TRIES:
        job.finish()
        return
    try:
        keeping.store(recording, is_last_try=job.attempts >= HARMLESS_ATTEMPTS, alive=job.renew)
    except LinkExpired as error:
        _ask_for_fresh_link(job, recording, error)
    except RecordingError as error:
        _try_again_or_stop(job, recording, error)
    except NoSpace as error:
        message = f"{NO_SPACE} ({error})"
        recording.mark_waiting(message)
        job.put_back(timezone.now() + PAUSES[1], message=message, is_attempt=False)
    else:
        job.finish()


def _ask_for_fresh_link(job: Job, recording: Recording, error: RecordingError) -> None:
    ref = recording.call.ref
    # The vendor may be down or far behind: as long as the question is open, no answer is no refusal.
    is_asked = ref is not None and job.last_code == LINK_EXPIRED and _is_being_asked(ref)
    if ref is None or (job.errors >= FRESH_LINKS and not is_asked):
        _stop(job, recording, error)
        return
    recording.mark_waiting(str(error))
    job.progress(job.done, job.total, job.errors + (not is_asked))
    # Back in the queue before the fresh link can come, which then finds it there.
    job.put_back(timezone.now() + FRESH_LINK_WITHIN, LINK_EXPIRED, str(error), is_attempt=False)
    ask_refresh(ref, call=recording.call, asked_by=job.asked_by)


def _is_being_asked(ref: CallRef) -> bool:
    return Job.objects.open().filter(kind=JobKind.REFRESH, subject=str(ref)).exists()


def wake_up(call_pk: int) -> None:
    """The vendor answered: a job that waits for a fresh link goes on."""
    waiting = Job.objects.filter(kind=JobKind.KEEP_RECORDING, subject=str(call_pk), state=JobState.PENDING)
    waiting.filter(last_code=LINK_EXPIRED).update(next_at=timezone.now(), nudged_at=None)


def ask_forgotten_recordings() -> None:
    """Recordings that wait for a copy without a job: imported, cancelled, or their workers died too often."""
    now = timezone.now()
    jobs = Job.objects.filter(kind=JobKind.KEEP_RECORDING, call=OuterRef("call"))
    cancelled = Q(state=JobState.CANCELLED, finished_at__gt=now - CANCELLED_RESTS)
    busy = jobs.filter(Q(state__in=OPEN) | cancelled | Q(finished_at__gt=now - THEN_EVERY))
    waiting = Recording.objects.filter(state__in=UNSTORED).exclude(link="")
    for recording in waiting.filter(~Exists(busy)).select_related("call")[:FORGOTTEN_AT_ONCE]:
        dead = recording.call.jobs.filter(kind=JobKind.KEEP_RECORDING, state=JobState.DEAD)
        if dead.count() >= MOST_DEAD_JOBS:
            recording.mark_missing(_("The workers that fetched the recording died again and again"))
        else:
            ask_recording(recording.call)


def _try_again_or_stop(job: Job, recording: Recording, error: RecordingError) -> None:
    is_hopeless = isinstance(error, Blocked) or (isinstance(error, NotAudio) and job.attempts >= HARMLESS_ATTEMPTS)
    next_at = _next_try(job, recording)
    if is_hopeless:
        _stop(job, recording, error)
    elif next_at is None:
        _ask_for_fresh_link(job, recording, error)
    else:
        recording.mark_waiting(str(error))
        job.put_back(next_at, message=str(error), limit=None)


def _next_try(job: Job, recording: Recording) -> datetime | None:
    """Later and later; just before the link dies once more, so that a fresh one is asked for after that."""
    pause = PAUSES[job.attempts - 1] if job.attempts <= len(PAUSES) else THEN_EVERY
    next_at = timezone.now() + pause
    dies_at = expires_at(recording.link)
    if dies_at is not None:
        return min(next_at, max(dies_at, timezone.now() + PAUSES[0]))
    return next_at if next_at < job.created_at + PATIENCE else None


def _stop(job: Job, recording: Recording, error: RecordingError) -> None:
    recording.mark_missing(error.sentence)
    job.fail("", str(error))
