"""Where recordings are kept is configuration: a disk, something far away, or a disk that a proxy sends from."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from calls.recordings import purging
from calls.vocabulary import JobState, RecordingState
from tests.builders import make_call
from tests.file_host import FileHost, keep, recording_of, waiting_call, wav
from tests.sounds import make_wav, store_sound
from tests.test_serving import SOUND, Listener

pytestmark = pytest.mark.django_db(transaction=True)
SIZE = len(SOUND)


@pytest.fixture
def far_recording(far_storage):
    return store_sound(make_call(), SOUND, seconds=3)


@pytest.fixture
def rui_listens(live_server, far_recording, rui):
    return Listener(f"{live_server.url}/calls/{far_recording.call_id}/recording", rui)


def test_a_recording_can_be_kept_where_there_are_no_paths(host: FileHost, far_storage, settings):
    call = waiting_call(host)

    job = keep(call)

    kept = recording_of(call)
    assert (job.state, kept.state) == (JobState.DONE, RecordingState.STORED)
    assert far_storage.blobs == {str(kept.file): wav()}
    assert [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()] == []


def test_a_storage_that_is_down_is_tried_again_and_nothing_is_half(host: FileHost, far_storage):
    far_storage.is_down = True
    call = waiting_call(host)

    job = keep(call)

    waiting = recording_of(call)
    assert (job.state, job.attempts, waiting.state) == (JobState.PENDING, 0, RecordingState.WAITING)
    assert waiting.reason.startswith("The recording could not be written to our storage")
    assert far_storage.blobs == {}


def test_only_the_bytes_that_a_player_asks_for_leave_a_far_storage(rui_listens, far_storage):
    answer = rui_listens.get(Range="bytes=1000-1999")

    assert (answer.status_code, answer.content) == (206, SOUND[1000:2000])
    assert answer.headers["Content-Range"] == f"bytes 1000-1999/{SIZE}"
    assert far_storage.sent == [1000]


def test_a_far_file_comes_whole_and_its_link_never_leaves_the_server(rui_listens):
    answer = rui_listens.get()

    assert answer.content == SOUND
    assert "CANARY" not in str(answer.headers)


def test_what_the_browser_has_is_not_asked_for_far_away(rui_listens, far_recording, far_storage):
    answer = rui_listens.get(If_None_Match=f'"{far_recording.sha256}"')
    refused = rui_listens.get(Range=f"bytes={SIZE}-")

    assert (answer.status_code, refused.status_code) == (304, 416)
    assert far_storage.sent == []


def test_a_far_file_that_is_gone_is_not_found(rui_listens, far_storage):
    far_storage.blobs.clear()

    assert rui_listens.get().status_code == 404


def test_a_far_storage_that_does_not_answer_is_said_in_words(rui_listens, far_storage):
    far_storage.is_down = True

    answer = rui_listens.get()

    assert answer.status_code == 503
    assert "does not answer" in answer.text
    assert answer.headers["Retry-After"]


def test_purging_deletes_far_away_too(far_recording, far_storage, ada):
    assert purging.purge(far_recording, by=ada, reason="asked for")

    assert far_storage.blobs == {}


def test_what_cannot_be_deleted_is_not_called_purged(far_recording, far_storage, ada):
    far_storage.is_down = True

    with pytest.raises(OSError, match="refused"):
        purging.purge(far_recording, by=ada, reason="asked for")

    assert recording_of(far_recording.call).state == RecordingState.STORED


# ---- A proxy in front sends the file


@pytest.fixture
def accelerated(settings):
    settings.RECORDING_ACCEL = "/protected/"


def test_a_proxy_is_told_where_the_file_is_and_how_to_send_it(accelerated, reviewer_client, supervisor_client):
    recording = store_sound(make_call(), make_wav(1), seconds=1)
    address = f"/calls/{recording.call_id}/recording"

    heard = reviewer_client.get(address, headers={"Range": "bytes=5-9"})
    loaded = supervisor_client.get(f"{address}?download=1")

    assert (heard.status_code, heard.content) == (200, b"")
    assert heard["X-Accel-Redirect"] == f"/protected/{recording.file.name}"
    assert heard["Content-Type"] == "audio/wav"
    assert heard["ETag"] == f'"{recording.sha256}"'
    assert heard["Cache-Control"] == "private, no-cache"
    assert heard["Content-Disposition"].startswith("inline")
    assert loaded["Content-Disposition"].startswith("attachment")
    assert default_storage.exists(heard["X-Accel-Redirect"].removeprefix("/protected/"))


def test_a_proxy_is_told_nothing_for_people_who_may_not_hear(accelerated, client, otto, reviewer_client):
    recording = store_sound(make_call(), make_wav(1), seconds=1)
    address = f"/calls/{recording.call_id}/recording"
    client.force_login(otto)

    for refused in (client.get(address), reviewer_client.get(f"{address}?download=1")):
        assert refused.status_code == 403
        assert "X-Accel-Redirect" not in refused


# ---- The bucket's packages are an extra


def settings_error(tmp_path, **env: str) -> str:
    """What the settings say when boto3 is not installed, wherever this runs."""
    code = "import sys; sys.modules['boto3'] = None; import config.settings"
    clean = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "RECORDING_STORAGE": "s3", **env}
    run = subprocess.run([sys.executable, "-c", code], env=clean, capture_output=True, text=True, check=False)
    return run.stderr.strip().splitlines()[-1]


def test_a_bucket_without_its_packages_is_one_sentence_that_says_what_to_install(tmp_path):
    assert settings_error(tmp_path, RECORDING_S3_BUCKET="calls").endswith("pip install -r requirements-s3.txt")
    assert Path("requirements-s3.txt").exists()


def test_a_bucket_needs_a_name_and_no_proxy(tmp_path):
    assert "RECORDING_S3_BUCKET" in settings_error(tmp_path)
    assert "RECORDING_ACCEL" in settings_error(tmp_path, RECORDING_ACCEL="/protected/")
