from __future__ import annotations

import errno
import gzip
import hashlib
import io
import socket
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import OperationalError, connection
from django.utils import timezone

from calls.models import Job, Recording
from calls.models.expiry import expires_at
from calls.recordings import fetching
from calls.recordings.audio import Sound, identify
from calls.recordings.errors import Blocked, NotAudio
from calls.recordings.fetching import Downloaded
from calls.recordings.keeping import save_copy
from calls.recordings.links import is_public, vet
from calls.refresh import ask_recording, ask_refresh
from calls.refresh.keeping import FRESH_LINKS, ask_forgotten_recordings
from calls.snapshot import CallRef
from calls.tasks import run_job
from calls.vocabulary import JobKind, JobState, RecordingState, Source
from tests.builders import make_call
from tests.file_host import FileHost, keep, recording_of, waiting_call, wav
from tests.sandboxes import Fault, RunningSandbox
from tests.test_refresh import listed, run


@pytest.mark.django_db
def test_a_recording_becomes_ours(host: FileHost):
    host.body = wav(seconds=1.5, channels=2)
    call = waiting_call(host)

    job = keep(call)

    kept = recording_of(call)
    assert job.state == JobState.DONE, job.last_message
    assert kept.state == RecordingState.STORED
    assert (kept.size, kept.sha256) == (len(host.body), hashlib.sha256(host.body).hexdigest())
    assert (kept.duration, kept.channels, kept.content_type) == (1.5, 2, "audio/wav")
    with default_storage.open(str(kept.file)) as file:
        assert file.read() == host.body
    # a bearer secret that nobody needs any more
    assert kept.link == ""


@pytest.mark.django_db
def test_the_signed_query_arrives_character_by_character(host: FileHost):
    keep(waiting_call(host))

    assert host.targets == ["/a.wav?Expires=4102444800&Signature=a%2Bb%2fc+d~%7e"]


@pytest.mark.django_db
def test_the_vendors_names_never_reach_our_paths(host: FileHost):
    call = make_call(recording_url=host.link("/../../etc/passwd.wav"), call_id="../../../x")

    keep(call)

    name = str(recording_of(call).file)
    assert ".." not in name
    assert "passwd" not in name


@pytest.mark.django_db
def test_keeping_twice_downloads_once(host: FileHost):
    call = waiting_call(host)
    keep(call)
    name = str(recording_of(call).file)

    assert keep(call).state == JobState.DONE

    assert len(host.targets) == 1
    assert str(recording_of(call).file) == name


@pytest.mark.django_db
def test_a_call_without_a_recording_needs_nothing():
    call = make_call()

    assert keep(call).state == JobState.DONE
    assert recording_of(call).state == RecordingState.EXPECTED


@pytest.mark.django_db
def test_failures_are_tried_again_later_and_later(host: FileHost):
    host.status = 500
    call = waiting_call(host)
    job = ask_recording(call)

    pauses = []
    for _ in range(10):
        before = timezone.now()
        run(job)
        assert (job.state, recording_of(call).state) == (JobState.PENDING, RecordingState.WAITING)
        pauses.append(round((job.next_at - before) / timedelta(minutes=1)))

    assert pauses == [1, 5, 15, 60, 240, 60, 60, 60, 60, 60]
    assert "HTTP 500" in job.last_message


@pytest.mark.django_db
def test_a_link_without_an_expiry_is_replaced_after_a_day_before_anybody_gives_up(host: FileHost):
    host.status = 500
    call = make_call(recording_url=host.link("/a.wav"))
    job = ask_recording(call)
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(hours=25))

    for _fresh_link in range(3):
        assert run(job).state == JobState.PENDING
        answered = Job.objects.filter(kind=JobKind.REFRESH, state=JobState.PENDING, call=call)
        assert answered.update(state=JobState.DONE) == 1
    run(job)

    assert job.state == JobState.FAILED
    assert recording_of(call).state == RecordingState.MISSING
    assert recording_of(call).reason == "The recording's host refused to send the file"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body", [b"<html>404</html>", b"", b"PK\x03\x04" + b"x" * 400, b"MZ" + b"\x00" * 400, b"RIFF\x04\x00\x00\x00WAVE"]
)
def test_what_is_not_audio_is_never_stored(host: FileHost, body: bytes):
    host.body = body
    call = waiting_call(host)
    job = ask_recording(call)

    for _ in range(3):
        run(job)

    kept = recording_of(call)
    assert (job.state, kept.state) == (JobState.FAILED, RecordingState.MISSING)
    assert kept.reason
    assert not kept.file


@pytest.mark.django_db
def test_a_file_shorter_than_promised_is_not_stored(host: FileHost):
    host.promised = len(host.body) + 100
    call = waiting_call(host)

    assert keep(call).state == JobState.PENDING
    assert recording_of(call).state == RecordingState.WAITING


@pytest.mark.django_db
def test_a_file_shorter_than_its_own_header_says_is_taken_when_there_is_no_more(host: FileHost):
    host.body = wav(seconds=1)[:-8000]
    call = waiting_call(host)
    job = ask_recording(call)

    for _ in range(2):
        assert "incomplete" in run(job).last_message
        assert recording_of(call).state == RecordingState.WAITING
    run(job)

    kept = recording_of(call)
    assert (kept.state, kept.duration) == (RecordingState.STORED, 0.5)
    assert "incomplete" in kept.reason


@pytest.mark.django_db
def test_a_host_may_send_us_on_to_another_place_that_is_allowed(host: FileHost):
    there = "/there.wav?Signature=x%2By+z"
    host.moves = {"/a.wav": "/b.wav", "/b.wav": host.link(there)}
    call = waiting_call(host, recording_url=host.link("/a.wav"))

    keep(call)

    assert host.targets == ["/a.wav", "/b.wav", there]
    assert recording_of(call).state == RecordingState.STORED


@pytest.mark.django_db
@pytest.mark.parametrize(
    "place", ["http://localhost:{port}/b.wav", "file:///etc/passwd", "http://[::1", "//10.0.0.1/b"]
)
def test_nobody_is_followed_to_where_we_do_not_go(host: FileHost, place: str):
    host.moves = {"/a.wav": place.format(port=host.port)}
    call = waiting_call(host, recording_url=host.link("/a.wav"))

    job = keep(call)

    assert host.targets == ["/a.wav"]
    assert (job.state, recording_of(call).state) == (JobState.PENDING, RecordingState.WAITING)
    assert recording_of(call).reason


@pytest.mark.django_db
def test_a_host_that_sends_us_in_circles_is_left(host: FileHost):
    host.moves = {"/a.wav": "/a.wav"}
    call = waiting_call(host, recording_url=host.link("/a.wav"))

    assert "on and on" in keep(call).last_message
    assert len(host.targets) == 4


@pytest.mark.django_db
def test_a_packed_file_is_refused(host: FileHost):
    host.body, host.headers = gzip.compress(b"\x00" * 10_000_000), {"Content-Encoding": "gzip"}
    call = waiting_call(host)

    keep(call)

    assert recording_of(call).state == RecordingState.WAITING
    assert not recording_of(call).file


@pytest.mark.django_db
@pytest.mark.parametrize("tells_its_size", [True, False])
def test_a_file_that_is_too_large_is_refused(host: FileHost, settings: Any, tells_its_size: bool):
    settings.RECORDING_MAX_MB = 1
    host.body, host.tells_its_size = wav(seconds=80), tells_its_size
    call = waiting_call(host)

    job = keep(call)

    assert "larger than RECORDING_MAX_MB allows (1 MB)" in job.last_message
    assert recording_of(call).reason == job.last_message


@pytest.mark.django_db
def test_a_host_that_takes_too_long_is_cut_off(host: FileHost, settings: Any):
    settings.RECORDING_MAX_SECONDS = 0

    assert "longer than RECORDING_MAX_SECONDS allows" in keep(waiting_call(host)).last_message


@pytest.mark.django_db
def test_a_link_to_a_foreign_host_is_never_followed(host: FileHost):
    call = make_call(recording_url=host.link(host="localhost"))

    job = keep(call)

    assert (job.state, recording_of(call).state) == (JobState.FAILED, RecordingState.MISSING)
    assert "RECORDING_HOSTS" in recording_of(call).reason
    assert host.targets == []


@pytest.mark.django_db
def test_an_expired_link_is_replaced_by_a_fresh_one(vendor: RunningSandbox):
    call = run(ask_refresh(ref_with_recording())).call
    assert call is not None
    vendor.faults.switch_on(Fault("expired_link", times=1))

    job = keep(call)
    refresh = Job.objects.get(kind=JobKind.REFRESH, state=JobState.PENDING)
    assert (job.state, job.attempts) == (JobState.PENDING, 0)
    assert refresh.call == call

    run_job(refresh.pk)
    # the fresh link wakes the job up at once
    run_job(job.pk)

    job.refresh_from_db()
    assert job.state == JobState.DONE, job.last_message
    assert recording_of(call).state == RecordingState.STORED


@pytest.mark.django_db
def test_a_link_that_says_it_is_dead_is_not_even_tried(vendor: RunningSandbox):
    call = run(ask_refresh(ref_with_recording())).call
    assert call is not None
    link = recording_of(call).link
    Recording.objects.filter(call=call).update(link=link.split("?")[0] + "?Expires=1562740186&Signature=x")

    job = keep(call)

    assert job.last_code == "LinkExpired"
    assert vendor.journal.entries("recording") == []
    assert Job.objects.filter(kind=JobKind.REFRESH, state=JobState.PENDING, call=call).exists()


@pytest.mark.django_db
def test_when_fresh_links_do_not_help_the_recording_is_missing(vendor: RunningSandbox):
    call = run(ask_refresh(ref_with_recording())).call
    assert call is not None
    vendor.faults.switch_on(Fault("expired_link"))
    job = ask_recording(call)

    for _fresh_link in range(3):
        assert run(job).state == JobState.PENDING
        run_job(Job.objects.get(kind=JobKind.REFRESH, state=JobState.PENDING, call=call).pk)
    run(job)

    assert job.state == JobState.FAILED
    assert recording_of(call).state == RecordingState.MISSING
    assert recording_of(call).reason == "The vendor does not honour its link any more"
    assert job.last_message.endswith("(0002-00000069)")
    # whoever revives it may ask for fresh ones again
    run(job.revive())
    assert (job.state, job.last_code) == (JobState.PENDING, "LinkExpired")


@pytest.mark.django_db
def test_a_job_revived_days_later_is_as_patient_as_a_new_one(host: FileHost):
    host.status = 500
    call = make_call(recording_url=host.link("/a.wav"), has_recording=True)
    job = ask_recording(call)
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(days=2), errors=FRESH_LINKS)
    assert run(job).state == JobState.FAILED

    assert run(job.revive()).state == JobState.PENDING


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("which", ["its row", "the job that hears it"])
def test_a_row_that_cannot_be_written_leaves_no_file_behind(host: FileHost, settings: Any, which: str):
    call = waiting_call(host)

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        is_row = sql.startswith("UPDATE") and params[0] == RecordingState.STORED
        is_job = sql.startswith('INSERT INTO "calls_job"') and JobKind.HEAR in params
        if is_row if which == "its row" else is_job:
            raise OperationalError("the database is gone")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        job = keep(call)

    assert (job.state, job.attempts) == (JobState.PENDING, 1)
    assert files_in(settings.MEDIA_ROOT) == []


@pytest.mark.django_db(transaction=True)
def test_a_file_stays_whose_row_was_written_although_nobody_heard_of_it(
    host: FileHost, settings: Any, monkeypatch: Any
):
    """The connection goes with the answer to COMMIT."""
    call = waiting_call(host)
    commit = connection._commit  # type: ignore[attr-defined]
    written: list[bool] = []
    is_lost: list[bool] = []

    def note(execute: Any, sql: str, params: Any, *rest: Any) -> Any:
        if sql.startswith("UPDATE") and params[0] == RecordingState.STORED:
            written.append(True)
        return execute(sql, params, *rest)

    def lose_answer() -> None:
        commit()
        if written and not is_lost:
            is_lost.append(True)
            raise OperationalError("the connection is gone")

    with monkeypatch.context() as patch, connection.execute_wrapper(note):
        patch.setattr(connection, "_commit", lose_answer)
        keep(call)

    recording = Recording.objects.get()
    assert is_lost and recording.state == RecordingState.STORED
    assert [path.name for path in files_in(settings.MEDIA_ROOT)] == [Path(str(recording.file)).name]


class TornFile(io.BytesIO):
    """Cannot be read to its end."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise OSError(errno.EIO, "Input/output error")
        return super().read(1000)


@pytest.mark.django_db
def test_a_copy_that_breaks_off_leaves_no_file_behind(settings: Any):
    recording = recording_of(make_call(recording_url="http://x.aliyuncs.com/a.wav"))

    with pytest.raises(fetching.NoSpace, match="Input/output error"):
        save_copy(recording, File(TornFile(wav())), Downloaded(1, ""), Sound("audio/wav", "wav"))

    assert files_in(settings.MEDIA_ROOT) == []


def files_in(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


@pytest.mark.django_db
def test_the_sandboxs_recordings_can_be_kept(vendor: RunningSandbox):
    call = run(ask_refresh(ref_with_recording())).call
    assert call is not None

    keep(call)

    kept = recording_of(call)
    assert kept.state == RecordingState.STORED, kept.reason
    assert kept.duration is not None
    assert kept.duration > 1


@pytest.mark.django_db
def test_a_recording_without_a_job_is_found():
    forgotten, kept = make_call(recording_url="http://x.aliyuncs.com/a.wav"), make_call()

    ask_forgotten_recordings()
    ask_forgotten_recordings()

    assert [job.call for job in Job.objects.all()] == [forgotten]
    assert not kept.jobs.exists()


@pytest.mark.django_db
def test_the_link_is_in_no_message_and_no_log(host: FileHost, caplog: pytest.LogCaptureFixture):
    caplog.set_level("DEBUG")
    host.promised = 10_000_000
    call = make_call(recording_url=host.link("/a.wav?Expires=4102444800&Signature=CANARY"))

    job = keep(call)

    assert job.last_message
    assert "CANARY" not in job.last_message + recording_of(call).reason + caplog.text


def ref_with_recording() -> CallRef:
    return next(row.ref for row in listed(Source.AICCS) if row.has_recording)


@pytest.mark.parametrize(
    "link",
    [
        "http://0x7f.1/a.wav",
        "http://2130706433/a.wav",
        "http://0177.0.0.1/a.wav",
        "http://127.1/a.wav",
        "http://0.0.0.0/a.wav",
        "http://[::1]/a.wav",
        "http://[::ffff:127.0.0.1]/a.wav",
        "http://100.100.100.200/latest/meta-data",
        "http://x.aliyuncs.com@127.0.0.1/a.wav",
        "http://127.0.0.1:7670\\@x.aliyuncs.com/a.wav",
        "http://127.0.0.1\\.aliyuncs.com/a.wav",
        "http://x.aliyuncs.com.evil.example/a.wav",
        "http://evilaliyuncs.com/a.wav",
        "http://x.aliyuncs.com:22/a.wav",
        "http://x.aliyuncs.com:notaport/a.wav",
        "http://x.aliyuncs.com/a.wav\r\nHost: evil",
        "http://x.aliyuncs.com/a b.wav",
        "http://x.aliyuncs.com/a.wav?Signature=签名",
        "file:///etc/passwd",
        "ftp://x.aliyuncs.com/a.wav",
        "gopher://x.aliyuncs.com/",
        "//x.aliyuncs.com/a.wav",
        "https://********",
        "recording.oss.file",
        "http://[::1",
        "",
    ],
)
def test_no_spelling_leads_elsewhere(settings: Any, link: str):
    settings.RECORDING_HOSTS = [".aliyuncs.com", ".aliyun-inc.com"]

    with pytest.raises(Blocked):
        vet(link)


def test_the_vendors_own_links_pass(settings: Any):
    settings.RECORDING_HOSTS = [".aliyuncs.com", ".aliyun-inc.com"]
    link = (
        "http://alicom-fc-record-biz.cn-hangzhou.oss.aliyun-inc.com/Freeswitch_RU_1_record.wav?Expires=1&Signature=a%2B"
    )

    target = vet(link)

    assert (target.host, target.port) == ("alicom-fc-record-biz.cn-hangzhou.oss.aliyun-inc.com", 80)
    assert target.target == "/Freeswitch_RU_1_record.wav?Expires=1&Signature=a%2B"
    assert not target.is_listed_by_name


def test_an_allowed_name_that_leads_into_a_private_network_is_blocked(host: FileHost, monkeypatch: pytest.MonkeyPatch):
    answers = [[(0, 0, 0, "", ("127.0.0.1", host.port))]]
    monkeypatch.setattr("socket.getaddrinfo", lambda *args, **kwargs: answers[0])

    with pytest.raises(Blocked):
        fetching.download("http://bucket.recordings.example/a.wav", io.BytesIO(), alive=lambda: None)

    assert host.targets == []


def test_a_name_is_resolved_once(host: FileHost, settings: Any, monkeypatch: pytest.MonkeyPatch):
    """Rebinding: the second answer would be another address, and nobody asks for it."""
    asked: list[Any] = []
    settings.RECORDING_HOSTS = ["bucket.recordings.example"]

    def resolve(*args: Any, **kwargs: Any) -> list[Any]:
        asked.append(args[0])
        return [(2, 1, 6, "", ("127.0.0.1" if len(asked) == 1 else "127.0.0.9", host.port))]

    real = socket.getaddrinfo
    monkeypatch.setattr(
        "socket.getaddrinfo",
        lambda name, *args, **kwargs: resolve(name) if "example" in str(name) else real(name, *args, **kwargs),
    )

    fetching.download(host.link("/a.wav", host="bucket.recordings.example"), io.BytesIO(), alive=lambda: None)

    assert asked == ["bucket.recordings.example"]
    assert host.targets == ["/a.wav"]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.100.100.200",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::ffff:100.100.100.200",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "64:ff9b::7f00:1",
        "fec0::1",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "2001:db8::1",
    ],
)
def test_these_addresses_are_not_public(address: str):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["47.96.1.1", "118.31.219.200", "2408:4005:1000::1", "::ffff:47.96.1.1"])
def test_these_addresses_are_public(address: str):
    assert is_public(address)


@pytest.mark.parametrize(
    ("query", "moment"),
    [
        ("Expires=1562740186&OSSAccessKeyId=x&Signature=y", datetime(2019, 7, 10, 6, 29, 46, tzinfo=UTC)),
        ("x-oss-date=20261120T040000Z&x-oss-expires=3600", datetime(2026, 11, 20, 5, 0, tzinfo=UTC)),
        ("x-oss-expires=1562740186", datetime(2019, 7, 10, 6, 29, 46, tzinfo=UTC)),
        ("Expires=never", None),
        ("Expires=99999999999999999999", None),
        ("x-oss-date=yesterday&x-oss-expires=5", None),
        ("", None),
    ],
)
def test_a_link_tells_when_it_dies(query: str, moment: datetime | None):
    assert expires_at(f"http://x.aliyuncs.com/a.wav?{query}") == moment


def test_a_header_of_a_recorder_that_streamed_is_believed_only_where_it_knows():
    for unknown in (0, 0xFFFFFFFF):
        file = bytearray(wav(seconds=2))
        file[4:8] = file[40:44] = struct.pack("<I", unknown)
        assert identify(io.BytesIO(bytes(file))).duration == 2


def test_telephone_encodings_have_a_length_too():
    header = struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", 8036, b"WAVE", b"fmt ", 16, 7, 1, 8000, 8000, 1, 8, b"data", 8000
    )

    sound = identify(io.BytesIO(header + b"\xff" * 8000))

    assert (sound.duration, sound.channels) == (1.0, 1)


@pytest.mark.parametrize(
    ("head", "extension"),
    [
        (b"ID3\x04", "mp3"),
        (b"\xff\xfb\x90\x00", "mp3"),
        (b"OggS", "ogg"),
        (b"fLaC", "flac"),
        (b"\x00\x00\x00\x20ftypM4A ", "m4a"),
        (b"#!AMR\n", "amr"),
    ],
)
def test_other_sounds_are_known_by_their_first_bytes(head: bytes, extension: str):
    assert identify(io.BytesIO(head + b"\x00" * 100)).extension == extension


@pytest.mark.parametrize("size", range(0, 45, 2))
def test_a_file_cut_anywhere_is_no_sound_and_no_crash(size: int):
    with pytest.raises(NotAudio):
        identify(io.BytesIO(wav()[:size]))
