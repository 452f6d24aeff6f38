from __future__ import annotations

import io
import struct
import wave
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
import requests

from calls.aliyun.sandbox.audio import RATE
from calls.aliyun.sandbox.plans import Plan
from tests.aliyun.official import OfficialClients
from tests.sandboxes import NOON, Fault, RunningSandbox, sandbox

NOW = int(NOON * 1000)
AGENT_TASK, ROBOT_TASK = "1380000000000001", "1045001"


@pytest.fixture(scope="module")
def stand_in() -> Iterator[RunningSandbox]:
    with sandbox(clock=NOON, is_frozen=True, shape="object") as running:
        yield running


@pytest.fixture(scope="module")
def link(stand_in) -> str:
    return _link(stand_in, _plan(stand_in, AGENT_TASK))


def _plan(stand_in: RunningSandbox, task_id: str, *, is_a_law: bool = False) -> Plan:
    plans = stand_in.sandbox.world.listed(task_id, NOW)
    return next(plan for plan in plans if plan.at(NOW).has_recording and (plan.slot % 9 == 0) == is_a_law)


def _link(stand_in: RunningSandbox, plan: Plan) -> str:
    call = OfficialClients(stand_in).call(plan.campaign.task_id, plan.batch_id, plan.detail_id)
    return str(call.data.recording_file_download_url)


def _robot_link(stand_in: RunningSandbox, plan: Plan) -> str:
    call = OfficialClients(stand_in).robot_call(ROBOT_TASK, plan.callee, plan.attempts[-1].dialled_at)
    return str(call.data["recordFile"])


def _get(link: str, **headers: str) -> requests.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.get(link, headers=named, timeout=10)


def _sound(link: str) -> wave.Wave_read:
    return wave.Wave_read(io.BytesIO(_get(link).content))


# What is heard


def test_an_ai_agent_s_recording_is_stereo_and_as_long_as_the_call(stand_in):
    plan = _plan(stand_in, AGENT_TASK)
    sound = _sound(_link(stand_in, plan))

    assert (sound.getframerate(), sound.getsampwidth(), sound.getnchannels()) == (8000, 2, 2)
    assert sound.getnframes() == plan.attempts[-1].duration * RATE


def test_a_robot_s_recording_is_mono_and_as_long_as_the_call(stand_in):
    plan = _plan(stand_in, ROBOT_TASK)
    sound = _sound(_robot_link(stand_in, plan))

    assert (sound.getframerate(), sound.getsampwidth(), sound.getnchannels()) == (8000, 2, 1)
    assert sound.getnframes() == plan.attempts[-1].duration * RATE


def test_each_speaker_sounds_on_a_channel_of_their_own_while_they_speak(stand_in):
    plan = _plan(stand_in, AGENT_TASK)
    sound = _sound(_link(stand_in, plan))
    samples = struct.unpack(f"<{2 * sound.getnframes()}h", sound.readframes(sound.getnframes()))

    # Interruptions overlap: a turn that nobody talks into tells best.
    alone = [
        one for one, next_one in zip(plan.turns, plan.turns[1:], strict=False) if next_one.at > one.at + one.length
    ]
    for turn in alone:
        if not turn.interrupts:
            left, right = (_loudness(samples[channel::2], turn.at, turn.length) for channel in (0, 1))
            assert (left > 500, right > 500) == (turn.is_agent, not turn.is_agent)


def _loudness(samples: Any, at: float, length: float) -> float:
    part = samples[int((at + 0.1) * RATE) : int((at + length - 0.1) * RATE)]
    return float(sum(map(abs, part)) / len(part))


def test_some_recordings_are_a_law(stand_in):
    plan = _plan(stand_in, AGENT_TASK, is_a_law=True)
    content = _get(_link(stand_in, plan)).content

    coding, channels, rate = struct.unpack("<HHI", content[20:28])
    assert content[:4] == b"RIFF" and content[8:16] == b"WAVEfmt "
    assert (coding, channels, rate) == (6, 1, 8000)
    assert len(content) == 44 + plan.attempts[-1].duration * RATE
    # The code of silence, heard before the first word.
    assert content[44:144] == b"\xd5" * 100


def test_the_same_call_sounds_the_same_after_a_restart(stand_in, link):
    with sandbox(clock=NOON, is_frozen=True, shape="object") as again:
        assert _get(_link(again, _plan(again, AGENT_TASK))).content == _get(link).content


# Ranges


def test_a_whole_recording_says_that_ranges_are_welcome(link):
    answer = _get(link)

    assert answer.status_code == 200
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert answer.headers["Content-Type"] in {"audio/wav", "audio/x-wav", "application/octet-stream"}


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=0-499", 0, 499),
        ("bytes=500-", 500, -1),
        ("bytes=-500", -500, -1),
        ("bytes=0-", 0, -1),
        ("bytes=0-0", 0, 0),
    ],
)
def test_a_range_is_served(link, wanted, first, last):
    whole = _get(link).content
    first, last = first % len(whole), last % len(whole)

    answer = _get(link, Range=wanted)

    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(whole)}"
    assert answer.content == whole[first : last + 1]


@pytest.mark.parametrize(
    "wanted", ["bytes=0-999999999", "bytes=999999999-", "bytes=9-3", "bytes=0-1,4-5", "lines=1-2", "bytes=-"]
)
def test_a_range_that_does_not_fit_is_ignored(link, wanted):
    answer = _get(link, Range=wanted)

    assert answer.status_code == 200
    assert "Content-Range" not in answer.headers


def test_standard_behaviour_clips_the_end_of_a_range(link):
    size = len(_get(link).content)

    answer = _get(link, Range="bytes=100-999999999", x_oss_range_behavior="standard")

    assert (answer.status_code, answer.headers["Content-Range"]) == (206, f"bytes 100-{size - 1}/{size}")


def test_standard_behaviour_refuses_a_range_beyond_the_end(link):
    answer = _get(link, Range="bytes=999999999-", x_oss_range_behavior="standard")

    assert answer.status_code == 416
    assert ElementTree.fromstring(answer.text).findtext("Code") == "InvalidRange"


# Links


def test_a_link_leads_to_the_sandbox_itself(stand_in, link):
    assert link.startswith(f"{stand_in.url}/recordings/Freeswitch_RU_")
    assert all(f"{name}=" in link for name in ("Expires", "OSSAccessKeyId", "Signature"))


def test_a_link_dies():
    with sandbox(clock=NOON, is_frozen=True, link_ttl=60) as stand_in:
        plan = _plan(stand_in, AGENT_TASK)
        link = _link(stand_in, plan)
        alive = _get(link).status_code
        stand_in.sandbox.skew = 62

        answer = _get(link)

        assert (alive, answer.status_code) == (200, 403)
        assert answer.headers["x-oss-ec"] == "0002-00000069"
        assert answer.headers["Content-Type"] == "application/xml"
        error = ElementTree.fromstring(answer.text)
        assert (error.findtext("Code"), error.findtext("Message")) == ("AccessDenied", "Request has expired.")
        assert error.findtext("EC") == "0002-00000069"
        assert (error.findtext("Expires") or "") < (error.findtext("ServerTime") or "")


def test_a_fresh_link_works_after_the_old_one_died():
    with sandbox(clock=NOON, is_frozen=True) as stand_in:
        stand_in.faults.switch_on(Fault("expired_link", times=1))
        plan = _plan(stand_in, AGENT_TASK)

        assert [_get(_link(stand_in, plan)).status_code for _ in range(2)] == [403, 200]


@pytest.mark.parametrize(
    ("old", "new"), [("Signature=", "Signature=A"), ("Expires=1", "Expires=2"), ("_record.wav", "_other.wav")]
)
def test_a_changed_link_is_refused(link, old, new):
    answer = _get(link.replace(old, new))

    assert answer.status_code == 403
    assert ElementTree.fromstring(answer.text).findtext("Code") == "SignatureDoesNotMatch"


def test_a_link_without_its_signature_is_refused(link):
    assert _get(link.split("?")[0]).status_code == 403


def test_a_link_is_signed_for_get_alone(link):
    assert requests.head(link, timeout=5).status_code == 403


def test_a_recording_that_does_not_exist_yet_is_not_found(stand_in, link):
    stand_in.sandbox.clock.move(-30 * 86_400)
    try:
        answer = _get(link)
    finally:
        stand_in.sandbox.clock.move(30 * 86_400)

    assert answer.status_code == 404
    assert ElementTree.fromstring(answer.text).findtext("Code") == "NoSuchKey"


def test_two_requests_of_one_connection_are_both_answered(link):
    with requests.Session() as session:
        session.head(link, timeout=5)
        parts = [session.get(link, headers={"Range": f"bytes={n}-{n + 9}"}, timeout=5).content for n in (0, 10)]

    assert b"".join(parts) == _get(link).content[:20]
