"""Recordings over real HTTP: the headers are the point."""

from __future__ import annotations

import pytest
import requests
from django.contrib.auth.models import Permission, User
from django.core.files.base import ContentFile
from django.test import Client

from calls.models import Recording
from calls.vocabulary import RecordingState
from tests.builders import make_call
from tests.sounds import make_wav, store_sound

pytestmark = pytest.mark.django_db(transaction=True)
SOUND = make_wav(3)
SIZE = len(SOUND)


class Listener:
    """A signed-in person asking for one recording."""

    def __init__(self, address: str, user: User) -> None:
        client = Client()
        client.force_login(user)
        self.address = address
        self.cookies = {"sessionid": client.cookies["sessionid"].value}

    def get(self, query: str = "", method: str = "GET", **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.request(
            method, self.address + query, cookies=self.cookies, headers=named, allow_redirects=False, timeout=10
        )


@pytest.fixture
def recording(db):
    return store_sound(make_call(recording_url="https://r.aliyuncs.com/secret.wav?Signature=xyz"), SOUND, seconds=3)


@pytest.fixture
def address(live_server, recording):
    return f"{live_server.url}/calls/{recording.call_id}/recording"


@pytest.fixture
def rui_listens(address, rui):
    return Listener(address, rui)


def test_the_whole_file_comes_with_its_headers(rui_listens, recording):
    answer = rui_listens.get()

    assert answer.status_code == 200
    assert answer.content == SOUND
    assert answer.headers["Content-Type"] == "audio/wav"
    assert answer.headers["Content-Length"] == str(SIZE)
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["ETag"] == f'"{recording.sha256}"'
    assert "private" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == f'inline; filename="call-{recording.call_id}.wav"'


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=100-199", 100, 199),
        ("bytes=1000-", 1000, SIZE - 1),
        ("bytes=-500", SIZE - 500, SIZE - 1),
        ("bytes=0-999999999", 0, SIZE - 1),
        ("bytes=-999999999", 0, SIZE - 1),
    ],
)
def test_a_range_comes_alone(rui_listens, asked, first, last):
    answer = rui_listens.get(Range=asked)

    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert answer.headers["Content-Length"] == str(last - first + 1)
    assert answer.content == SOUND[first : last + 1]


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", f"bytes={SIZE + 5}-{SIZE + 9}", "bytes=-0"])
def test_a_range_behind_the_end_is_refused_with_the_size(rui_listens, asked):
    answer = rui_listens.get(Range=asked)

    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,5-9", "bytes=9-5", "bytes=-", "bytes=a-b", "seconds=0-1", "bytes=٣-", "bytes=" + "9" * 5000]
)
def test_what_is_no_single_range_gets_the_whole_file(rui_listens, asked):
    answer = rui_listens.get(Range=asked.encode())

    assert answer.status_code == 200
    assert answer.content == SOUND


def test_a_resumed_range_of_another_version_starts_over(rui_listens, recording):
    same = rui_listens.get(Range="bytes=5-9", If_Range=f'"{recording.sha256}"')
    other = rui_listens.get(Range="bytes=5-9", If_Range='"another"')
    by_date = rui_listens.get(Range="bytes=5-9", If_Range="Fri, 20 Nov 2026 04:00:00 GMT")

    assert (same.status_code, other.status_code, by_date.status_code) == (206, 200, 200)
    assert other.content == SOUND


def test_what_the_browser_has_already_is_not_sent_again(rui_listens, recording):
    answer = rui_listens.get(If_None_Match=f'"{recording.sha256}"')

    assert answer.status_code == 304
    assert answer.content == b""
    assert answer.headers["ETag"] == f'"{recording.sha256}"'
    assert "private" in answer.headers["Cache-Control"]


def test_head_tells_the_size_and_sends_nothing(rui_listens):
    whole = rui_listens.get(method="HEAD")
    part = rui_listens.get(method="HEAD", Range="bytes=0-9")

    assert (whole.status_code, whole.headers["Content-Length"], whole.content) == (200, str(SIZE), b"")
    assert (part.status_code, part.headers["Content-Range"]) == (206, f"bytes 0-9/{SIZE}")


def test_nothing_can_be_posted_to_a_recording(supervisor_client, recording):
    assert supervisor_client.post(f"/calls/{recording.call_id}/recording").status_code == 405


@pytest.mark.parametrize("said", ["text/html", "image/svg+xml", "", "audio/wav; charset=utf-8", "AUDIO/X-WAV"])
def test_only_audio_is_sent_under_its_own_type(rui_listens, recording, said):
    Recording.objects.update(content_type=said)

    assert rui_listens.get().headers["Content-Type"] == "audio/wav"


def test_a_file_of_unknown_kind_is_bytes_and_nothing_more(rui_listens, recording):
    recording.file.storage.save("page.html", ContentFile(SOUND))
    Recording.objects.update(file="page.html", content_type="text/html")

    answer = rui_listens.get()

    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert f"call-{recording.call_id}.bin" in answer.headers["Content-Disposition"]


def test_downloading_needs_its_own_right(rui_listens, address, su, recording):
    refused = rui_listens.get("?download=1")
    given = Listener(address, su).get("?download=1")

    assert refused.status_code == 403
    assert given.headers["Content-Disposition"] == f'attachment; filename="call-{recording.call_id}.wav"'
    assert given.content == SOUND


def test_strangers_hear_nothing(address, otto):
    anonymous = requests.get(address, allow_redirects=False, timeout=10)

    assert anonymous.status_code == 302
    assert "/login/" in anonymous.headers["Location"]
    assert Listener(address, otto).get().status_code == 403


def test_reading_a_call_is_not_hearing_it(address, otto):
    otto.user_permissions.add(Permission.objects.get(codename="view_call"))

    assert Listener(address, otto).get().status_code == 403


@pytest.mark.parametrize("state", [state for state in RecordingState if state != RecordingState.STORED])
def test_a_recording_that_is_not_stored_is_not_found(rui_listens, state):
    Recording.objects.update(state=state)

    assert rui_listens.get().status_code == 404


def test_a_lost_file_is_not_found_and_names_no_path(rui_listens, recording):
    path = recording.file.path
    recording.file.storage.delete(recording.file.name)

    answer = rui_listens.get()

    assert answer.status_code == 404
    assert path not in answer.text
    assert "aliyuncs" not in answer.text


def test_a_recording_without_a_file_is_not_found(rui_listens, recording):
    Recording.objects.filter(pk=recording.pk).update(file="")

    assert rui_listens.get().status_code == 404


def test_no_answer_names_a_path_or_the_link_of_the_source(rui_listens, recording):
    answer = rui_listens.get()

    told = str(answer.headers)
    assert recording.file.name not in told
    assert "aliyuncs" not in told
    assert "Signature" not in told
