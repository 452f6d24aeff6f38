"""Files of every kind become a picture and stretches of speech."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from calls.aliyun.sandbox.audio import recording as sandbox_recording
from calls.aliyun.sandbox.dialogues import Turn
from calls.hearing import AGENT, CUSTOMER, PEAKS_A_SECOND, Undecodable, Units, listen
from tests.hearing.voices import DIALOGUE, LENGTH, RATE, as_wave, mix, utter, voice, write

TWO_WORDS = (utter(AGENT, "您好您好您好", 1.0), utter(AGENT, "您好您好您好", 4.0))


def coded(samples: np.ndarray, coding: int, bits: int, content: bytes) -> bytes:
    channels = samples.shape[1]
    block = channels * bits // 8
    head = struct.pack("<HHIIHH", coding, channels, RATE, RATE * block, block, bits)
    body = b"WAVEfmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", len(content)) + content
    return b"RIFF" + struct.pack("<I", len(body)) + body


def as_24_bit(samples: np.ndarray) -> bytes:
    wide = (samples.astype("<i4") << 8).view(np.uint8).reshape(-1, 4)[:, :3]
    return coded(samples, 1, 24, wide.tobytes())


def as_8_bit(samples: np.ndarray) -> bytes:
    return coded(samples, 1, 8, ((samples >> 8) + 128).astype(np.uint8).tobytes())


def as_mu_law(samples: np.ndarray) -> bytes:
    size = np.minimum(np.abs(samples.astype(np.int32)), 32635) + 132
    exponent = np.floor(np.log2(size)).astype(int) - 7
    mantissa = (size >> (exponent + 3)) & 0x0F
    codes = ~(np.where(samples < 0, 0x80, 0) | (exponent << 4) | mantissa) & 0xFF
    return coded(samples, 7, 8, codes.astype(np.uint8).tobytes())


@pytest.mark.parametrize("encode", [as_wave, as_24_bit, as_8_bit, as_mu_law])
def test_speech_is_found_in_every_coding_of_a_wave_file(encode, tmp_path: Path):
    path = tmp_path / "sound"
    path.write_bytes(encode(mix(TWO_WORDS, 6.0)))

    heard = listen(path)

    assert (heard.duration, heard.channels) == (6.0, 1)
    assert heard.units.spans(0) == [pytest.approx((1000, 2200), abs=120), pytest.approx((4000, 5200), abs=120)]


def test_a_law_of_the_sandbox_is_heard(tmp_path: Path):
    path = tmp_path / "sound"
    path.write_bytes(sandbox_recording((Turn(True, "您好", False, 1.0, 2.0),), 5, "a-law"))

    assert listen(path).units.spans(0) == [pytest.approx((1000, 3000), abs=150)]


def test_peaks_are_the_loudest_moment_of_each_tenth_of_a_second(tmp_path: Path):
    samples = np.zeros((2 * RATE, 2), np.int16)
    samples[RATE // 2, 0] = -32768
    samples[-1, 1] = 8192

    heard = listen(write(tmp_path / "sound", samples))

    left, right = heard.peaks
    assert len(left) == len(right) == 2 * PEAKS_A_SECOND
    assert (left[5], sum(left)) == (255, 255)
    assert (right[-1], sum(right)) == (round(255 * 0.5), round(255 * 0.5))


def test_other_rates_come_to_the_same(tmp_path: Path):
    samples = np.repeat(mix(TWO_WORDS, 6.0), 2, axis=0)

    heard = listen(write(tmp_path / "sound", samples, rate=2 * RATE))

    assert heard.duration == pytest.approx(6.0, abs=0.01)
    assert len(heard.units.spans(0)) == 2


def test_each_channel_has_its_own_speech(tmp_path: Path):
    utterances = (utter(AGENT, "您好您好您好", 1.0), utter(CUSTOMER, "您好您好您好", 1.5))

    heard = listen(write(tmp_path / "sound", mix(utterances, 4.0, channels=2)))

    assert heard.units.spans(1) == [pytest.approx((1000, 2200), abs=120)]
    assert heard.units.spans(0) == [pytest.approx((1500, 2700), abs=120)]


def test_one_sound_written_twice_is_mono(tmp_path: Path):
    samples = np.repeat(mix(TWO_WORDS, 6.0), 2, axis=1)

    assert listen(write(tmp_path / "sound", samples)).channels == 1


def test_an_mp3_is_heard_in_one_channel_when_both_say_the_same(tmp_path: Path):
    # 200 frames of 128 kbit/s at 44.1 kHz in stereo that say nothing, which is the one MP3 that needs no encoder
    path = tmp_path / "sound"
    path.write_bytes((b"\xff\xfb\x90\x00" + bytes(413)) * 200)

    heard = listen(path)

    assert heard.duration == pytest.approx(200 * 1152 / 44_100, abs=0.01)
    assert heard.channels == 1
    assert heard.peaks == (bytes(53),)
    assert not heard.units.spans(0)


def test_what_is_left_of_a_broken_file_is_heard(tmp_path: Path):
    whole = as_wave(mix(TWO_WORDS, 6.0))
    path = tmp_path / "sound"
    path.write_bytes(whole[: len(whole) // 2])

    heard = listen(path)

    assert heard.duration == pytest.approx(3.0, abs=0.05)
    assert len(heard.units.spans(0)) == 1


def test_a_header_that_does_not_know_the_length_does_not_matter(tmp_path: Path):
    whole = bytearray(as_wave(mix(TWO_WORDS, 6.0)))
    whole[4:8] = whole[40:44] = b"\xff\xff\xff\xff"
    path = tmp_path / "sound"
    path.write_bytes(whole)

    assert listen(path).duration == pytest.approx(6.0, abs=0.01)


@pytest.mark.parametrize(
    "content", [b"", b"RIFF", b"#!AMR\n" + bytes(500), b"\xff\xfb\x90" + bytes(30), b"<html>" * 99]
)
def test_what_cannot_be_decoded_says_so(content: bytes, tmp_path: Path):
    path = tmp_path / "sound"
    path.write_bytes(content)

    with pytest.raises(Undecodable):
        listen(path)


@pytest.mark.parametrize("noise", [0.0, 0.03])
def test_silence_and_steady_noise_are_no_speech(noise: float, tmp_path: Path):
    heard = listen(write(tmp_path / "sound", mix((), 20.0, noise=noise)))

    assert sum(end - start for start, end in heard.units.spans(0)) < 400


def test_speech_ten_decibels_over_the_noise_is_found(tmp_path: Path):
    power = float(np.sqrt(np.mean(voice(AGENT, 1.2) ** 2)))

    heard = listen(write(tmp_path / "sound", mix(TWO_WORDS, 6.0, noise=power / 10**0.5)))

    assert heard.units.spans(0) == [pytest.approx((1000, 2200), abs=200), pytest.approx((4000, 5200), abs=200)]


def test_units_survive_being_kept(tmp_path: Path):
    units = listen(write(tmp_path / "sound", mix(DIALOGUE, LENGTH, channels=2))).units

    kept = Units.from_bytes(units.to_bytes())

    assert kept.start.tolist() == pytest.approx(units.start.tolist(), abs=0.006)
    assert (kept.active == units.active).all()
    assert kept.spans(0) == units.spans(0)


def test_units_are_in_order_and_never_overlap(tmp_path: Path):
    units = listen(write(tmp_path / "sound", mix(DIALOGUE, LENGTH))).units

    assert (units.length > 0).all()
    assert (units.start[1:] >= units.end[:-1]).all()


def test_an_hour_does_not_fill_the_memory(tmp_path: Path):
    """Its samples alone, two channels decoded to 32 bits, are 230 MB."""
    samples = np.tile(mix(DIALOGUE, 20.0, channels=2), (180, 1))
    path = write(tmp_path / "sound", samples)
    code = (
        "import resource, sys\nfrom pathlib import Path\nfrom calls.hearing import listen\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "assert listen(Path(sys.argv[1])).duration == 3600\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)"
    )

    grown = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)

    assert int(grown.stdout) < 200
