"""One call: ask, absorb, and say when to look again."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from calls.account import the_account
from calls.aliyun import NotReady
from calls.models import Call, Job, Recording
from calls.pacing import the_pacer
from calls.refresh.asking import ask_recording
from calls.refresh.freshness import is_recording_overdue, next_look
from calls.refresh.keeping import wake_up
from calls.refresh.turns import await_turn, scopes_of
from calls.snapshot import CallRef
from calls.vocabulary import RecordingState

# When the vendor does not know a call that nobody has seen yet: perhaps it is only late.
NOT_READY_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))


def fetch(job: Job) -> None:
    try:
        ref = CallRef.from_key(job.subject)
    except ValueError:
        job.fail("", _("This is no reference to a call"))
        return
    await_turn(job, ref.source)
    asked_at = timezone.now()
    try:
        answer = the_account().fetch_call(ref)
    except NotReady as error:
        the_pacer().relieve(*scopes_of(job, ref.source))
        _not_ready(job, ref, error)
        return
    the_pacer().relieve(*scopes_of(job, ref.source))
    call = Call.objects.absorb(answer, asked_at=asked_at).call
    plan(call)
    if job.call is not None and job.call != call:
        # A robot number that was dialled again answers with its latest attempt: the one asked about gets its next
        # look too, or it would be asked about for ever.
        plan(job.call)
    job.finish(call=job.call or call)


def plan(call: Call, now: datetime | None = None) -> None:
    """What follows from the call as it is now: the next look, and a copy of its recording."""
    now = now or timezone.now()
    recording = Recording.objects.filter(call=call).first()
    if recording is not None and is_recording_overdue(call, recording, now):
        recording.mark_missing(_("The vendor offered no recording within a day of the call"))
    Call.objects.filter(pk=call.pk).update(due_at=next_look(call, recording, now))
    if recording is not None and recording.state == RecordingState.WAITING:
        ask_recording(call)
        wake_up(call.pk)


def _not_ready(job: Job, ref: CallRef, error: NotReady) -> None:
    call = job.call or Call.objects.for_ref(ref).first()
    if call is not None:
        # What is known stays; a person reads beside it what the vendor said.
        Call.objects.filter(pk=call.pk).update(checked_at=timezone.now())
        plan(call)
        job.finish(call=call, said=str(error))
    elif job.attempts <= len(NOT_READY_AFTER):
        next_at = timezone.now() + NOT_READY_AFTER[job.attempts - 1]
        job.put_back(next_at, error.code, error.message, error.request_id)
    else:
        job.fail(error.code, error.message, error.request_id)
