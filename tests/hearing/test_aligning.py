"""Which stretch of speech is which turn."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from calls.hearing import AGENT, CUSTOMER, Origin, Said, TurnTime, Units, agent_channel, listen, time_turns
from calls.hearing.syllables import clauses_of
from tests.hearing.voices import DIALOGUE, LENGTH, Utterance, mix, utter, write


def units_of(utterances: tuple[Utterance, ...], folder: Path, seconds: float = LENGTH, channels: int = 1) -> Units:
    return listen(write(folder / "sound", mix(utterances, seconds, channels=channels))).units


def said(utterances: tuple[Utterance, ...]) -> list[Said]:
    return [one.said for one in utterances]


def starts(times: list[TurnTime]) -> list[float]:
    return [time.start / 1000 for time in times]


@pytest.mark.parametrize("channels", [1, 2])
def test_turns_are_found_where_they_are_spoken(channels: int, tmp_path: Path):
    units = units_of(DIALOGUE, tmp_path, channels=channels)

    times = time_turns(said(DIALOGUE), units, LENGTH, {})

    assert starts(times) == pytest.approx([one.at for one in DIALOGUE], abs=0.15)
    assert [time.end / 1000 for time in times] == pytest.approx([one.at + one.seconds for one in DIALOGUE], abs=0.25)
    assert {time.origin for time in times} == {Origin.ALIGNED}
    assert min(time.confidence for time in times) > 50


def test_the_agents_channel_is_found_by_what_fits(tmp_path: Path):
    units = units_of(DIALOGUE, tmp_path, channels=2)
    turns = said(DIALOGUE)

    assert agent_channel(turns, units, time_turns(turns, units, LENGTH, {})) == 1


def test_mono_has_no_channel_of_the_agent(tmp_path: Path):
    units = units_of(DIALOGUE, tmp_path)

    assert agent_channel(said(DIALOGUE), units, time_turns(said(DIALOGUE), units, LENGTH, {})) is None


def test_who_breaks_in_is_heard_under_the_other_voice_in_stereo(tmp_path: Path):
    talk = (
        utter(AGENT, "您的订单已经为您登记退款了请注意", 1.0),
        utter(CUSTOMER, "等一下", 2.5, interrupts=True),
        utter(AGENT, "好的请说", 6.0),
    )

    times = time_turns(said(talk), units_of(talk, tmp_path, 9.0, channels=2), 9.0, {})

    assert starts(times) == pytest.approx([1.0, 2.5, 6.0], abs=0.2)


def test_a_start_that_a_person_set_holds_and_the_rest_makes_room(tmp_path: Path):
    # two equal sentences, one spoken: what comes after shows which
    talk = (utter(AGENT, "请问您在听吗", 1.0), utter(AGENT, "请问您在听吗", 6.0), utter(CUSTOMER, "在的", 9.0))
    units = units_of(talk, tmp_path, 11.0)

    times = time_turns(said(talk), units, 11.0, {1: 6.1})

    assert (times[1].start, times[1].origin, times[1].confidence) == (6100, Origin.SET, 100)
    assert starts(times)[0] == pytest.approx(1.0, abs=0.2)
    assert starts(times)[2] == pytest.approx(9.0, abs=0.2)


def test_a_wrong_start_moves_the_turns_after_it(tmp_path: Path):
    units = units_of(DIALOGUE, tmp_path)

    times = time_turns(said(DIALOGUE), units, LENGTH, {3: 12.4})

    assert times[3].start == 12400
    assert all(time.start >= 12400 for time in times[4:])


def test_a_start_set_in_the_middle_of_a_word_is_kept_to_the_millisecond(tmp_path: Path):
    times = time_turns(said(DIALOGUE), units_of(DIALOGUE, tmp_path), LENGTH, {2: 5.217})

    assert times[2].start == 5217


def test_whole_seconds_of_the_vendor_pull_turns_to_their_place(tmp_path: Path):
    # the same words again and again: only the clock tells which of them the vendor heard
    spoken = tuple(utter(CUSTOMER, "喂喂喂", at) for at in (1.0, 4.0, 7.0, 10.0, 13.0))
    units = units_of(spoken, tmp_path, 16.0)
    turns = [replace(one.said, at=float(int(one.at))) for one in (spoken[0], spoken[2], spoken[4])]

    times = time_turns(turns, units, 16.0, {})

    assert starts(times) == pytest.approx([1.0, 7.0, 13.0], abs=0.2)


def test_one_voice_on_one_of_two_channels_is_no_stereo(tmp_path: Path):
    samples = mix(DIALOGUE, LENGTH, channels=1)
    silent = samples.copy()
    silent[:] = 0
    path = write(tmp_path / "sound", np.hstack([samples, silent]))

    times = time_turns(said(DIALOGUE), listen(path).units, LENGTH, {})

    assert starts(times) == pytest.approx([one.at for one in DIALOGUE], abs=0.15)


def test_without_sound_the_text_shares_the_length():
    times = time_turns([Said(AGENT, "一二三"), Said(CUSTOMER, "一")], None, 8.0, {})

    assert [(time.start, time.end, time.origin) for time in times] == [
        (0, 6000, Origin.SHARED),
        (6000, 8000, Origin.SHARED),
    ]
    assert max(time.confidence for time in times) <= 30


def test_without_sound_the_vendors_seconds_are_said_and_not_guessed():
    turns = [Said(AGENT, "一二三", at=2.0), Said(CUSTOMER, "一"), Said(AGENT, "一二", at=7.0)]

    times = time_turns(turns, None, 10.0, {})

    assert [time.origin for time in times] == [Origin.SAID, Origin.SHARED, Origin.SAID]
    assert (times[0].start, times[2].start) == (2000, 7000)


def test_nothing_known_gives_no_times():
    assert time_turns([Said(AGENT, "您好")], None, None, {}) == []


def test_a_recording_without_speech_shares_by_length(tmp_path: Path):
    units = listen(write(tmp_path / "sound", mix((), 10.0, noise=0.0))).units

    times = time_turns([Said(AGENT, "您好"), Said(CUSTOMER, "你好")], units, 10.0, {})

    assert {time.origin for time in times} == {Origin.SHARED}


@pytest.mark.parametrize(
    "texts",
    [
        ["您好"] * 40,
        [""],
        ["。。。", "", "***"],
        ["字" * 3000, "好"],
        ["12345678901234567890" * 30],
        ["hello there"] * 3,
    ],
)
def test_transcripts_that_do_not_fit_still_get_times_in_order(texts: list[str], tmp_path: Path):
    turns = [Said(index % 2, text, interrupts=index % 3 == 1) for index, text in enumerate(texts)]

    times = time_turns(turns, units_of(DIALOGUE, tmp_path), LENGTH, {0: 3.0, 99: 1.0})

    assert len(times) == len(turns)
    assert all(0 <= time.start <= time.end and 0 <= time.confidence <= 100 for time in times)
    assert all(before.start <= after.start for before, after in pairwise(times))


def test_anchors_that_cannot_all_be_true_break_nothing(tmp_path: Path):
    times = time_turns(said(DIALOGUE), units_of(DIALOGUE, tmp_path), LENGTH, {0: 17.3, 1: 17.31, 2: 900.0, 3: 0.0})

    assert len(times) == len(DIALOGUE)


@pytest.mark.parametrize(
    ("text", "syllables"),
    [
        ("您好，请问是张女士吗？", [2, 7]),
        ("399元", [6]),
        ("1,280元", [7]),
        ("13812345678", [11]),
        ("9.9折", [4]),
        ("50%", [5]),
        ("VIP专区", [5]),
        ("打开WiFi", [4]),
        ("18号", [3]),
        ("1005", [4]),
        ("", [1]),
    ],
)
def test_texts_are_counted_as_they_are_spoken(text: str, syllables: list[int]):
    assert clauses_of(text) == syllables


def test_a_long_call_is_searched_in_windows_and_found_as_well(tmp_path: Path):
    talk = tuple(replace(one, at=one.at + 20 * again) for again in range(45) for one in DIALOGUE)
    samples = np.tile(mix(DIALOGUE, 20.0, channels=2), (45, 1))
    units = listen(write(tmp_path / "sound", samples)).units

    times = time_turns(said(talk), units, 900.0, {200: talk[200].at + 0.05})

    near = [abs(start - one.at) <= 0.2 for start, one in zip(starts(times), talk, strict=True)]
    assert sum(near) == len(talk)
    assert times[200].origin is Origin.SET


@pytest.mark.parametrize("channels", [1, 2])
def test_whoever_waits_is_told_that_work_goes_on(channels: int, tmp_path: Path):
    beats: list[int] = []

    time_turns(said(DIALOGUE), units_of(DIALOGUE, tmp_path, channels=channels), LENGTH, {}, lambda: beats.append(1))

    assert beats
