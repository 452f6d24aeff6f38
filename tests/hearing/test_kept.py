"""What listening leaves in the database, and what becomes of it when words, files or people change it."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage
from django.core.management import call_command

from calls.hearing import AGENT, Origin
from calls.models import Call, Hearing, Job, Recording, Transcript, TurnStart
from calls.recordings.hearing import CallHearing, forget_turn_start, hear, hearing_of, set_turn_start, unheard
from calls.refresh import ask_hearings
from calls.refresh.ticking import ask_untimed_turns
from calls.snapshot import TurnSnapshot
from calls.vocabulary import JobKind, JobState, RecordingState, Source, Speaker
from tests.builders import NOON, make_answer, make_call, make_snapshot
from tests.file_host import FileHost, keep, waiting_call
from tests.hearing.voices import DIALOGUE, LENGTH, as_wave, mix
from tests.sandboxes import RunningSandbox
from tests.sounds import store_sound
from tests.test_refresh import run

pytestmark = pytest.mark.django_db
TURNS = tuple(
    TurnSnapshot(Speaker.AGENT if one.said.speaker == AGENT else Speaker.CUSTOMER, one.said.text) for one in DIALOGUE
)
TRUTH = [one.at for one in DIALOGUE]


def heard_call(**changes: Any) -> Call:
    call = make_call(**{"turns": TURNS, **changes})
    hear(store_sound(call, as_wave(mix(DIALOGUE, LENGTH)), seconds=18))
    return call


def found(call: Call) -> CallHearing:
    hearing = hearing_of(call)
    assert hearing is not None
    return hearing


def starts(call: Call) -> list[float]:
    return [time.start / 1000 for time in found(call).times]


def hear_job(call: Call) -> Job:
    return Job.objects.get(kind=JobKind.HEAR, call=call)


def test_a_stored_file_is_heard_by_a_job_of_its_own(host: FileHost):
    host.body = as_wave(mix(DIALOGUE, LENGTH, channels=2))
    call = waiting_call(host, turns=TURNS)

    keep(call)
    job = run(hear_job(call))

    assert job.state == JobState.DONE, job.last_message
    hearing = found(call)
    assert (hearing.duration, len(hearing.peaks), len(hearing.spans), hearing.agent_channel) == (LENGTH, 2, 2, 1)
    assert [len(row) for row in hearing.peaks] == [185, 185]
    assert starts(call) == pytest.approx(TRUTH, abs=0.15)


def test_a_call_that_nobody_heard_has_no_hearing():
    assert hearing_of(make_call()) is None


def test_hearing_twice_changes_nothing():
    call = heard_call()
    before = Hearing.objects.values().get()

    hear(Recording.objects.get(call=call))

    assert Hearing.objects.values().get() == before


def test_a_worker_that_died_in_between_is_followed_by_another():
    call = heard_call()
    Hearing.objects.update(times=[], basis="")

    hear(Recording.objects.get(call=call))

    assert starts(call) == pytest.approx(TRUTH, abs=0.15)


def test_another_file_is_heard_anew():
    call = heard_call()

    hear(store_sound(call, as_wave(mix((), 5.0)), seconds=5))

    assert found(call).duration == 5.0


def test_other_words_are_timed_anew_and_until_then_have_no_times():
    call = heard_call()

    Call.objects.absorb(make_answer(_same_call(call, turns=TURNS[2:])))

    assert found(call).times == []
    run(hear_job(call))
    assert len(starts(call)) == len(TURNS) - 2


def test_the_same_words_ask_for_nothing():
    call = heard_call()

    Call.objects.absorb(make_answer(_same_call(call, intent="A")))

    assert not Job.objects.filter(kind=JobKind.HEAR).exists()
    assert starts(call) == pytest.approx(TRUTH, abs=0.15)


def test_words_that_changed_while_nobody_looked_are_found_by_the_tick():
    call = heard_call()
    Hearing.objects.update(basis="")

    ask_untimed_turns()
    ask_untimed_turns()

    assert run(hear_job(call)).state == JobState.DONE
    assert starts(call) == pytest.approx(TRUTH, abs=0.15)


def test_a_person_says_where_a_turn_starts(rui: User):
    call = heard_call()

    set_turn_start(call, 3, 12_400, by=rui)

    times = found(call).times
    assert (times[3].start, times[3].origin) == (12_400, Origin.SET)
    assert all(time.start >= 12_400 for time in times[4:])
    start = TurnStart.objects.get()
    assert (start.set_by, start.speaker, start.at) == (rui, Speaker.CUSTOMER, 12_400)


def test_what_a_person_set_can_be_taken_back(rui: User):
    call = heard_call()
    set_turn_start(call, 3, 12_400, by=rui)

    forget_turn_start(call, 3)

    assert starts(call) == pytest.approx(TRUTH, abs=0.15)


def test_the_latest_word_about_a_turn_counts_and_ends_what_contradicts_it(rui: User):
    call = heard_call()
    set_turn_start(call, 2, 9_900, by=rui)
    set_turn_start(call, 3, 12_400, by=rui)

    set_turn_start(call, 3, 9_800, by=rui)

    assert list(TurnStart.objects.values_list("index", "at")) == [(3, 9_800)]


@pytest.mark.parametrize("index", [-1, 7, 1000])
def test_a_turn_that_does_not_exist_cannot_be_set(rui: User, index: int):
    call = heard_call()

    with pytest.raises(IndexError):
        set_turn_start(call, index, 100, by=rui)

    assert starts(call) == pytest.approx(TRUTH, abs=0.15)


def test_a_start_follows_its_turn_into_a_changed_transcript(rui: User):
    call = heard_call()
    set_turn_start(call, 3, 9_950, by=rui)

    Call.objects.absorb(make_answer(_same_call(call, turns=TURNS[1:])))
    run(hear_job(call))

    assert (found(call).times[2].start, found(call).times[2].origin) == (9_950, Origin.SET)


def test_a_start_whose_turn_is_gone_waits_for_its_return(rui: User):
    call = heard_call()
    set_turn_start(call, 3, 9_950, by=rui)

    Call.objects.absorb(make_answer(_same_call(call, turns=TURNS[:3])))
    run(hear_job(call))
    assert Origin.SET not in {time.origin for time in found(call).times}
    Call.objects.absorb(make_answer(_same_call(call, turns=TURNS)))
    run(Job.objects.get(kind=JobKind.HEAR, call=call, state=JobState.PENDING))

    assert found(call).times[3].start == 9_950


def test_a_start_can_be_set_before_anybody_listened(rui: User):
    call = make_call(turns=TURNS)

    set_turn_start(call, 3, 9_950, by=rui)
    hear(store_sound(call, as_wave(mix(DIALOGUE, LENGTH)), seconds=18))

    assert found(call).times[3].start == 9_950


def test_whole_seconds_of_the_robot_are_used_from_the_pick_up():
    turns = tuple(
        TurnSnapshot(one.speaker, one.text, spoken_at=NOON + timedelta(seconds=int(at)))
        for one, at in zip(TURNS, TRUTH, strict=True)
    )
    call = make_call(source=Source.ROBOT, turns=turns, started_at=NOON, answered_at=NOON, duration=18)
    recording = store_sound(call, b"#!AMR\n" + bytes(500), content_type="audio/amr", seconds=18)

    hear(recording)

    assert starts(call) == pytest.approx([int(at) for at in TRUTH])
    assert {time.origin for time in found(call).times} == {Origin.SAID}


def test_a_format_without_a_decoder_has_no_waveform_and_says_why():
    call = make_call(turns=TURNS)

    hear(store_sound(call, b"#!AMR\n" + bytes(500), content_type="audio/amr", seconds=18))

    hearing = found(call)
    assert (hearing.reason, hearing.peaks, hearing.spans) == ("There is no waveform for this audio format", (), ())
    assert {time.origin for time in hearing.times} == {Origin.SHARED}


def test_a_broken_file_has_no_waveform_and_says_why():
    call = make_call(turns=TURNS)

    hear(store_sound(call, b"RIFF" + bytes(500)))

    assert found(call).reason == "The recording could not be decoded"


def test_a_file_that_is_gone_fails_its_job_with_a_reason():
    call = make_call(turns=TURNS)
    recording = store_sound(call)
    recording.file.storage.delete(str(recording.file))
    ask_hearings([call.pk])

    job = run(hear_job(call))

    assert (job.state, job.last_message) == (JobState.FAILED, "The recording's file is gone from our storage")


def test_a_recording_that_is_not_stored_is_not_heard():
    call = make_call()
    ask_hearings([call.pk])

    assert run(hear_job(call)).state == JobState.DONE
    assert hearing_of(call) is None


def test_the_length_of_a_file_that_did_not_tell_is_known_afterwards():
    call = make_call()
    recording = store_sound(call)
    Recording.objects.update(duration=None, channels=None)

    hear(recording)

    assert Recording.objects.values_list("duration", "channels").get() == (20.0, 1)


def test_files_that_lie_elsewhere_are_heard_too():
    call = make_call(turns=TURNS)
    recording = store_sound(call)
    elsewhere = InMemoryStorage()
    recording.file.name = elsewhere.save("elsewhere.wav", ContentFile(as_wave(mix(DIALOGUE, LENGTH))))
    recording.file.storage = elsewhere

    hear(recording)

    assert found(call).duration == LENGTH

    assert starts(call) == pytest.approx(TRUTH, abs=0.15)


def test_a_command_asks_for_all_that_nobody_heard():
    heard, silent, old = heard_call(), make_call(), make_call()
    store_sound(old)
    Recording.objects.filter(call=silent).update(state=RecordingState.MISSING)
    out = StringIO()

    call_command("hear_recordings", stdout=out)

    assert [job.call_id for job in Job.objects.filter(kind=JobKind.HEAR)] == [old.pk]
    assert "1 recording" in out.getvalue()
    assert heard.pk not in unheard().values_list("pk", flat=True)


def test_what_an_older_version_heard_is_heard_again():
    call = heard_call()
    Hearing.objects.update(version=0, peaks=b"", units=b"")

    assert [recording.pk for recording in unheard()] == [call.pk]
    hear(Recording.objects.get(call=call))

    assert len(found(call).peaks[0]) == 185


def test_the_sandboxs_recordings_are_worth_listening_to(vendor: RunningSandbox, settings: Any):
    from calls.refresh import ask_recording, ask_refresh
    from tests.test_refresh import listed

    settings.RECORDING_HOSTS = ["127.0.0.1"]
    for source in Source:
        for row in listed(source)[:12]:
            run(ask_refresh(row.ref))
    for recording in Recording.objects.filter(state=RecordingState.WAITING).select_related("call"):
        run(ask_recording(recording.call))
    for job in Job.objects.filter(kind=JobKind.HEAR):
        run(job)

    hearings = [(found(one.call), one.call) for one in Recording.objects.filter(state=RecordingState.STORED)]

    assert hearings
    for hearing, call in hearings:
        turns = Transcript.objects.get(call=call).turn_count
        assert len(hearing.times) == turns
        surely = [time for time in hearing.times if time.origin is Origin.ALIGNED and time.confidence >= 80]
        assert len(surely) >= 0.7 * turns, (call.key, hearing.times)


def _same_call(call: Call, **changes: Any) -> Any:
    ids = {name: getattr(call, name) for name in ("task_id", "batch_id", "detail_id", "call_id", "callee")}
    return make_snapshot(**{"turns": TURNS, **ids, **changes})
