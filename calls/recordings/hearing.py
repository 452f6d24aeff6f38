"""Listening to stored recordings, and keeping when each turn is heard: once per file, again when the words change."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from calls import hearing
from calls.hearing import Origin, Said, TurnTime, Units
from calls.models import Call, Hearing, Recording, Transcript
from calls.recordings.serving import content_type_of
from calls.recordings.starts import anchors_of, replace_start, said_in
from calls.vocabulary import RecordingState

UNDRAWN = {"audio/amr", "audio/mp4", "audio/aac"}
NO_DECODER = _("There is no waveform for this audio format")
# Turns: timing more of them than this takes longer than somebody waits who has pressed a key.
LONG_TALK = 200
BROKEN = _("The recording could not be decoded")


@dataclass(frozen=True, slots=True)
class CallHearing:
    """What a page needs of a hearing. `times` has one entry a turn, or none at all while they are being made."""

    # why there are no peaks and no spans
    reason: str
    duration: float | None
    # one a channel: a byte each tenth of a second, 255 times the square root of the amplitude
    peaks: tuple[bytes, ...]
    # one a channel: (start, end) in milliseconds
    spans: tuple[list[tuple[int, int]], ...]
    agent_channel: int | None
    times: list[TurnTime]


def hearing_of(call: Call) -> CallHearing | None:
    """None while nobody has listened to the recording, or when there is none."""
    heard = Hearing.objects.filter(recording=call.pk).first()
    if heard is None:
        return None
    units = Units.from_bytes(bytes(heard.units)) if heard.units else None
    peaks, size = bytes(heard.peaks), len(heard.peaks) // max(heard.channels, 1)
    return CallHearing(
        reason=heard.reason,
        duration=heard.duration,
        peaks=tuple(peaks[row * size : (row + 1) * size] for row in range(heard.channels)),
        spans=tuple(units.spans(channel) for channel in range(heard.channels)) if units else (),
        agent_channel=heard.agent_channel,
        # made from other words: better none than those of another turn
        times=_times_of(heard) if heard.basis else [],
    )


def stamp_of(recording: Recording | None) -> str:
    """One word that changes whenever what a page needs of its hearing does."""
    heard: Hearing | None = getattr(recording, "hearing", None)
    return f"{heard.heard_at.timestamp()}.{heard.basis[:12]}" if heard else "-"


def unheard() -> QuerySet[Recording]:
    """Stored recordings that nobody has listened to, or only an older version."""
    current = Q(hearing__version=hearing.VERSION)
    return Recording.objects.filter(state=RecordingState.STORED).exclude(file="").exclude(current)


def hear(recording: Recording, *, alive: Callable[[], None] = lambda: None) -> None:
    """Listen to the file unless that was done, and time the turns. FileNotFoundError when it is gone."""
    name = recording.file.name or ""
    if not Hearing.objects.filter(recording=recording, version=hearing.VERSION, file=name).exists():
        Hearing.objects.update_or_create(
            recording=recording,
            defaults={"version": hearing.VERSION, "file": name, "heard_at": timezone.now(), "basis": ""}
            | _listen(recording, alive),
        )
        alive()
    time_turns(recording, alive=alive)


def time_turns(recording: Recording, *, alive: Callable[[], None] = lambda: None) -> None:
    """Lay the transcript of now over what was heard. Changes that come in between are laid over it too."""
    while (heard := Hearing.objects.filter(recording=recording).first()) is not None:
        call = Call.objects.select_related("transcript").filter(pk=recording.pk).first()
        if call is None:  # deleted meanwhile
            return
        turns, anchors = said_in(call), anchors_of(call)
        basis = _basis_of(turns, anchors)
        if heard.basis == basis:
            return
        units = Units.from_bytes(bytes(heard.units)) if heard.units else None
        times = hearing.time_turns(turns, units, heard.duration, anchors, alive)
        channel = hearing.agent_channel(turns, units, times) if units is not None else None
        if _keep_times(heard, basis, times, channel):
            return


def set_turn_start(call: Call, index: int, at: int, *, by: User | None) -> bool:
    """A person says that the turn with this index (from 0) starts at `at` milliseconds; the others make room.

    False when there are so many that a worker has to do it. Raises IndexError when there is no such turn.
    """
    with transaction.atomic():
        _hold(call)
        Hearing.objects.filter(recording=call.pk).update(basis="")
        replace_start(call, index, at, by)
    return _time_while_waiting(call)


def forget_turn_start(call: Call, index: int) -> bool:
    """Back to what listening says. False when a worker has to do it."""
    with transaction.atomic():
        _hold(call)
        Hearing.objects.filter(recording=call.pk).update(basis="")
        replace_start(call, index, None, None)
    return _time_while_waiting(call)


def _hold(call: Call) -> None:
    """First, as everybody does who writes about a call: of two people at once the later one finds what the earlier has
    set, and whoever deletes it waits or is waited for, but not both.
    """
    Call.objects.select_for_update().filter(pk=call.pk).first()


def _time_while_waiting(call: Call) -> bool:
    if Transcript.objects.filter(call=call, turn_count__gt=LONG_TALK).exists():
        return False
    if recording := Recording.objects.filter(pk=call.pk).first():
        time_turns(recording)
    return True


def _listen(recording: Recording, alive: Callable[[], None]) -> dict[str, object]:
    nothing: dict[str, object] = {"duration": recording.duration, "channels": 0, "peaks": b"", "units": b""}
    if content_type_of(recording) in UNDRAWN:
        return nothing | {"reason": NO_DECODER}
    try:
        with _local(recording) as path:
            heard = hearing.listen(path, alive)
    except hearing.Undecodable:
        return nothing | {"reason": BROKEN}
    _complete(recording, heard)
    return {
        "reason": "",
        "duration": heard.duration,
        "channels": heard.channels,
        "peaks": b"".join(heard.peaks),
        "units": heard.units.to_bytes(),
    }


@contextmanager
def _local(recording: Recording) -> Iterator[Path]:
    """The file where a decoder can open it: as it lies on our disk, or a copy of what lies elsewhere."""
    if (path := _path_on_disk(recording)) is not None:
        yield path
        return
    with tempfile.NamedTemporaryFile() as copy, recording.file.storage.open(recording.file.name or "") as file:
        shutil.copyfileobj(file, copy)
        copy.flush()
        yield Path(copy.name)


def _path_on_disk(recording: Recording) -> Path | None:
    try:
        path = Path(recording.file.storage.path(recording.file.name or ""))
    except NotImplementedError:
        return None
    return path if path.exists() else None


def _complete(recording: Recording, heard: hearing.Heard) -> None:
    """The length of an MP3 is known only to who has decoded it."""
    same_file = Recording.objects.filter(pk=recording.pk, file=recording.file.name)
    same_file.filter(duration=None).update(duration=heard.duration)
    same_file.filter(channels=None).update(channels=heard.channels)


def _keep_times(heard: Hearing, basis: str, times: list[TurnTime], channel: int | None) -> bool:
    """False when the words, the anchors or the file changed meanwhile."""
    with transaction.atomic():
        # Whoever changes them empties `basis` in the same transaction and so waits for this row, or is waited for.
        row = Hearing.objects.select_for_update().filter(recording=heard.recording_id).first()
        if row is None or (row.file, row.version, row.basis) != (heard.file, heard.version, heard.basis):
            return False
        call = Call.objects.select_related("transcript").get(pk=heard.recording_id)
        if _basis_of(said_in(call), anchors_of(call)) != basis:
            return False
        row.times = [[time.start, time.end, time.confidence, time.origin.value] for time in times]
        row.basis, row.agent_channel = basis, channel
        row.save(update_fields=["times", "basis", "agent_channel"])
    return True


def _basis_of(turns: list[Said], anchors: dict[int, float]) -> str:
    return hashlib.sha256(json.dumps([turns, anchors], default=str).encode()).hexdigest()


def _times_of(heard: Hearing) -> list[TurnTime]:
    return [TurnTime(start, end, confidence, Origin(origin)) for start, end, confidence, origin in heard.times]
