"""How an answer becomes rows: one transaction, and nothing is written that is already there."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from calls.models.call_task import CallTask
from calls.models.cleaning import clean_json, clean_text
from calls.models.expiry import expires_at
from calls.models.hearing import Hearing
from calls.models.indexing import index_calls, take_position
from calls.models.job import Job
from calls.models.naming import NAMES, cached, completed, find, key_of
from calls.models.payload import Payload
from calls.models.recording import Recording
from calls.models.signals import call_changed
from calls.models.tag import Tag
from calls.models.transcript import Transcript
from calls.snapshot import Answer, CallSnapshot
from calls.vocabulary import CallResult, JobKind, RecordingState, Source

if TYPE_CHECKING:
    from calls.models.call import Absorbed, Call

# snapshot fields that a column of the same name takes over, with the column's length
TEXTS = {
    **NAMES,
    "out_id": 160,
    "caller": 128,
    "number_hash": 8,
    "result": 16,
    "result_original": 64,
    "status_code": 32,
    "status_text": 255,
    "failure_reason": 255,
    "hung_up_by": 16,
    "hung_up_by_original": 32,
    "intent": 64,
    "transfer_result": 16,
    "transfer_result_original": 32,
    "transfer_number": 64,
    "transfer_failure": 255,
}
TAG_TEXTS = {"name": 128, "value": 255, "description": 500, "tag_id": 64}
PLAIN = ("started_at", "answered_at", "ended_at", "is_final")
LONGEST = 2**31 - 1


@transaction.atomic
def absorb(answer: Answer, *, asked_at: datetime, replay: bool) -> Absorbed:
    from calls.models.call import Absorbed

    snapshot = answer.snapshot
    call = find(snapshot)
    if call is None:
        call = _create(snapshot, asked_at)
        _write_parts(call, snapshot, is_new=True)
        _keep(call, answer, revision=1, received_at=asked_at)
        call_changed.send(type(call), call=call, is_new=True)
        # last: what people said of it before it went belongs to it again
        index_calls([call.pk])
        return Absorbed(call, is_new=True, is_changed=True)
    if asked_at < call.checked_at and not replay:
        return Absorbed(call, is_stale=True)
    snapshot = completed(snapshot, call)
    latest = call.payloads.order_by("-revision").values("revision", "digest").first() or {"revision": 0, "digest": ""}
    is_changed = latest["digest"] != Payload.digest_of(answer.unsigned)
    # The same words may come under other names: an answer imported without its ids is fetched with them.
    is_written = is_changed or replay or any(getattr(call, name) != getattr(snapshot, name) for name in NAMES)
    if is_written:
        _update(call, snapshot, asked_at)
        _write_parts(call, snapshot, is_new=False)
        index_calls([call.pk])
    else:
        call.checked_at = asked_at
        call.save(update_fields=["checked_at"])
        _renew_link(call, snapshot)
    if is_changed and not replay:
        _keep(call, answer, revision=latest["revision"] + 1, received_at=asked_at)
    if is_written:
        call_changed.send(type(call), call=call, is_new=False)
    return Absorbed(call, is_changed=is_changed)


def _create(snapshot: CallSnapshot, now: datetime) -> Call:
    columns = _columns(snapshot)
    placed_at = snapshot.started_at or snapshot.answered_at or snapshot.ended_at or now
    return cached().create(
        source=snapshot.source,
        key=clean_text(key_of(snapshot), 255),
        placed_at=placed_at,
        position=take_position(placed_at, key_of(snapshot)),
        first_seen_at=now,
        changed_at=now,
        checked_at=now,
        **columns,
    )


def _update(call: Call, snapshot: CallSnapshot, asked_at: datetime) -> None:
    columns = _columns(snapshot)
    if columns["query_date"] is None:
        columns["query_date"] = call.query_date
    key = clean_text(key_of(snapshot), 255)
    if key != call.key and not cached().filter(source=call.source, key=key).exists():
        columns["key"] = key
    columns["placed_at"] = snapshot.started_at or snapshot.answered_at or snapshot.ended_at or call.placed_at
    if columns["placed_at"] != call.placed_at:
        columns["position"] = take_position(columns["placed_at"], call.key)
    changed = [name for name, value in columns.items() if getattr(call, name) != value]
    for name in changed:
        setattr(call, name, columns[name])
    call.changed_at = timezone.now()
    # An answer that is read once more was asked for long ago.
    call.checked_at = max(call.checked_at, asked_at)
    call.save(update_fields=[*changed, "changed_at", "checked_at"])


def _columns(snapshot: CallSnapshot) -> dict[str, Any]:
    columns: dict[str, Any] = {name: clean_text(getattr(snapshot, name) or "", size) for name, size in TEXTS.items()}
    columns |= {name: getattr(snapshot, name) for name in PLAIN}
    duration = snapshot.duration
    columns |= {
        "duration": min(duration, LONGEST) if duration is not None and duration >= 0 else None,
        "implausible_times": clean_json(dict(snapshot.implausible_times)),
        "variables": [clean_json(asdict(variable)) for variable in snapshot.variables],
        "counters": clean_json(dict(snapshot.counters)),
        "complaints": clean_json(list(snapshot.complaints)),
        "query_date": _query_date(snapshot),
        "call_task_id": _call_task_id(snapshot),
    }
    return columns


def _query_date(snapshot: CallSnapshot) -> int | None:
    """Robot calls are asked for again with their own start, which the vendor's window then holds for certain."""
    if snapshot.source != Source.ROBOT or snapshot.started_at is None:
        return None
    return int(snapshot.started_at.timestamp() * 1000)


def _call_task_id(snapshot: CallSnapshot) -> int | None:
    if not snapshot.task_id:
        return None
    tasks = CallTask.objects.filter(source=snapshot.source, task_id=snapshot.task_id)
    return tasks.values_list("pk", flat=True).first()


def _write_parts(call: Call, snapshot: CallSnapshot, *, is_new: bool) -> None:
    _write_transcript(call, snapshot, is_new=is_new)
    _write_tags(call, snapshot, is_new=is_new)
    _write_recording(call, snapshot, is_new=is_new)


def _write_transcript(call: Call, snapshot: CallSnapshot, *, is_new: bool) -> None:
    columns = Transcript.columns(snapshot)
    known = None if is_new else Transcript.objects.filter(call=call).first()
    if known is None:
        Transcript.objects.create(call=call, **columns)
    elif any(getattr(known, name) != value for name, value in columns.items()):
        Transcript.objects.filter(call=call).update(**columns)
        _time_again(call)


def _time_again(call: Call) -> None:
    """Other words: when each turn is heard must be found anew."""
    if Hearing.objects.filter(recording=call.pk).update(basis=""):
        Job.objects.ask(JobKind.HEAR, str(call.pk), call=call)


def _write_tags(call: Call, snapshot: CallSnapshot, *, is_new: bool) -> None:
    names = ("position", *TAG_TEXTS)
    wanted = [
        (index, *(clean_text(getattr(tag, name), size) for name, size in TAG_TEXTS.items()))
        for index, tag in enumerate(snapshot.tags)
    ]
    if not is_new:
        if list(call.tags.values_list(*names)) == wanted:
            return
        call.tags.all().delete()
    Tag.objects.bulk_create(Tag(call=call, **dict(zip(names, row, strict=True))) for row in wanted)


def _write_recording(call: Call, snapshot: CallSnapshot, *, is_new: bool) -> None:
    known = None if is_new else Recording.objects.filter(call=call).first()
    recording = known or Recording(call=call)
    if recording.state in {RecordingState.STORED, RecordingState.PURGED}:
        return
    before = (recording.state, recording.link)
    if snapshot.recording_url:
        recording.link = clean_text(snapshot.recording_url)
        recording.link_expires_at = expires_at(recording.link)
        if recording.state in {RecordingState.NONE, RecordingState.EXPECTED, RecordingState.MISSING}:
            recording.state, recording.reason, recording.lost_at = RecordingState.WAITING, "", None
    elif recording.state in {RecordingState.NONE, RecordingState.EXPECTED}:
        recording.state = RecordingState.EXPECTED if _expects_sound(snapshot) else RecordingState.NONE
    if known is None:
        recording.save(force_insert=True)
    elif before != (recording.state, recording.link):
        recording.save(update_fields=["state", "reason", "link", "link_expires_at", "lost_at"])


def _expects_sound(snapshot: CallSnapshot) -> bool:
    if snapshot.has_recording is not None:
        return snapshot.has_recording
    return snapshot.result == CallResult.ANSWERED or bool(snapshot.duration)


def _renew_link(call: Call, snapshot: CallSnapshot) -> None:
    """An answer that says the same may carry a fresher link, which only matters while the file is not ours."""
    if snapshot.recording_url:
        waiting = Recording.objects.filter(call=call).exclude(state__in=[RecordingState.STORED, RecordingState.PURGED])
        link = clean_text(snapshot.recording_url)
        waiting.exclude(link=link).update(link=link, link_expires_at=expires_at(link))


def _keep(call: Call, answer: Answer, *, revision: int, received_at: datetime) -> None:
    Payload.objects.create(
        call=call,
        subject=str(call.ref or ""),
        operation=answer.operation,
        revision=revision,
        body=clean_text(answer.raw),
        digest=Payload.digest_of(answer.unsigned),
        request_id=clean_text(answer.request_id, 64),
        received_at=received_at,
    )
