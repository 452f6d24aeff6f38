"""How old the page's facts are, and what the workers are doing about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from calls.models import Call, Job, Recording
from calls.models.keys import SPEEDS
from calls.numbers import Numbers
from calls.recordings import hearing
from calls.vocabulary import JobKind, JobState, RecordingState

STALE = timedelta(minutes=10)
BROKEN = (JobState.FAILED, JobState.DEAD)
LONG = ("hearing__peaks", "hearing__units", "hearing__times")
SILENT_BUT_HOPEFUL = (RecordingState.EXPECTED, RecordingState.WAITING, RecordingState.FETCHING)


@dataclass(frozen=True, slots=True)
class Freshness:
    """`job` is the last refresh of this call, open or not."""

    call: Call
    job: Job | None
    may_ask: bool
    # a worker is listening to the recording: times and a picture will come
    is_listening: bool = False

    @property
    def is_open(self) -> bool:
        return self.job is not None and self.job.is_open

    @property
    def is_watched(self) -> bool:
        """Nobody asked, but the workers will look by themselves and the page should notice."""
        return not self.is_open and self.call.due_at is not None

    @property
    def is_asking(self) -> bool:
        return self.job is not None and self.job.state == JobState.RUNNING

    @property
    def is_retrying(self) -> bool:
        return self.job is not None and self.job.state == JobState.PENDING and bool(self.job.last_message)

    @property
    def has_failed(self) -> bool:
        """A success that came later by another way makes an old failure history."""
        job = self.job
        return job is not None and job.state in BROKEN and (job.finished_at or job.created_at) >= self.call.checked_at

    @property
    def is_stale(self) -> bool:
        """A final call rests: its age is no news."""
        return not self.call.is_final and timezone.now() - self.call.checked_at > STALE

    @property
    def stamp(self) -> str:
        job = self.job
        return f"{job.pk}.{job.state}.{job.attempts}.{job.next_at.timestamp()}" if job else "-"


@dataclass(frozen=True, slots=True)
class Sound:
    """The recording, or in words why there is nothing to hear."""

    recording: Recording | None
    job: Job | None
    may_hear: bool
    may_download: bool
    may_ask: bool
    may_purge: bool = False
    speeds: tuple[str, ...] = SPEEDS

    @property
    def state(self) -> str:
        if not self.may_hear:
            return "forbidden"
        return self.recording.state if self.recording else RecordingState.NONE.value

    @property
    def is_hopeful(self) -> bool:
        """Worth looking again while the page is open."""
        return self.state in SILENT_BUT_HOPEFUL or (self.is_busy and self.state == RecordingState.MISSING)

    @property
    def is_busy(self) -> bool:
        return self.job is not None and self.job.is_open

    @property
    def can_be_asked(self) -> bool:
        return self.may_ask and not self.is_busy and self.state in {RecordingState.WAITING, RecordingState.MISSING}

    @property
    def why(self) -> str:
        """What is known about the trouble, in the worker's or the vendor's words."""
        reason = self.recording.reason if self.recording else ""
        return reason or (self.job.last_message if self.job else "")

    @property
    def stamp(self) -> str:
        job = f"{self.job.state}.{self.job.attempts}" if self.job else "-"
        return f"{self.state}.{job}.{self.why}"


@dataclass(frozen=True, slots=True)
class State:
    """What a page tells of a call beside its facts. Polls bring a stamp along: the same one again is no news."""

    freshness: Freshness
    sound: Sound
    # one word for "what this page shows", so that the server knows what the reader has
    version: str

    @property
    def freshness_stamp(self) -> str:
        return f"{self.freshness.stamp}~{self.version}"

    @property
    def sound_stamp(self) -> str:
        return f"sound~{self.sound.stamp}"


def state_of(call: Call, user: User, numbers: Numbers) -> State:
    freshness, sound = freshness_of(call, user), sound_of(call, user, numbers)
    return State(freshness, sound, f"{call.changed_at.timestamp()}.{sound.state}.{hearing.stamp_of(sound.recording)}")


def freshness_of(call: Call, user: User) -> Freshness:
    ref = call.ref
    # a job of discovery was asked before the call was known, so it carries the reference only
    mine = Q(call=call) | Q(subject=str(ref)) if ref else Q(call=call)
    job = Job.objects.filter(mine, kind=JobKind.REFRESH).order_by("-pk").first()
    return Freshness(
        call,
        job,
        may_ask=user.has_perm("calls.refresh_call"),
        is_listening=Job.objects.open().filter(call=call, kind=JobKind.HEAR).exists(),
    )


def sound_of(call: Call, user: User, numbers: Numbers) -> Sound:
    # with what listening brought, but for all that is long
    recordings = Recording.objects.select_related("purged_by", "hearing").defer(*LONG)
    recording = recordings.filter(call=call).first()
    job = Job.objects.filter(call=call, kind=JobKind.KEEP_RECORDING).order_by("-pk").first()
    # for showing only
    if recording:
        recording.reason = numbers.hide(recording.reason)
    if job:
        job.last_message = numbers.hide(job.last_message)
    return Sound(
        recording,
        job,
        may_hear=user.has_perm("calls.hear_recording"),
        may_download=user.has_perm("calls.download_recording"),
        may_ask=user.has_perm("calls.refresh_call"),
        may_purge=user.has_perm("calls.purge_recording"),
    )


def polling_of(freshness: Freshness) -> str:
    """When the page looks again, as a trigger; empty once there is nothing to wait for."""
    rhythms = {"every 1s": freshness.is_open, "every 3s": freshness.is_listening, "every 15s": freshness.is_watched}
    return next((trigger for trigger, is_due in rhythms.items() if is_due), "")


def why_not_refreshable(call: Call) -> str:
    """Empty when the vendor can be asked about this call."""
    return "" if call.ref else _("Imported without its ids, so the source cannot be asked about it again.")
