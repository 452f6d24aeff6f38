"""Recordings made of tones: a voice for each speaker, speaking and pausing as the transcript does."""

from __future__ import annotations

import math
import re
import struct
from array import array
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

from calls.aliyun.sandbox.dialogues import Turn

RATE = 8000
AGENT_PITCH, CUSTOMER_PITCH = 205, 130
PCM, A_LAW = 1, 6
_CLAUSE = re.compile(r"[^，。！？、：；]+")


# A recording is up to 4 MB: a few of them serve a player's many ranges.
@lru_cache(maxsize=8)
def recording(turns: tuple[Turn, ...], seconds: int, kind: str) -> bytes:
    """A wave file exactly as long as the call; `kind` is mono, stereo (agent left, customer right) or a-law (mono)."""
    if kind == "a-law":
        return _wave(_a_law(_track(turns, seconds)), A_LAW, channels=1)
    if kind == "mono":
        return _wave(_track(turns, seconds).tobytes(), PCM, channels=1)
    stereo = array("h", bytes(4 * seconds * RATE))
    stereo[0::2] = _track([turn for turn in turns if turn.is_agent], seconds)
    stereo[1::2] = _track([turn for turn in turns if not turn.is_agent], seconds)
    return _wave(stereo.tobytes(), PCM, channels=2)


def _track(turns: Iterable[Turn], seconds: int) -> array[int]:
    """One channel; where turns overlap the later one is heard."""
    track = array("h", bytes(2 * seconds * RATE))
    for turn in turns:
        pitch = AGENT_PITCH if turn.is_agent else CUSTOMER_PITCH
        for at, lasting in _clauses(turn):
            first = int(at * RATE)
            length = min(int(lasting * RATE), len(track) - first)
            if length > 0:
                track[first : first + length] = _speech(pitch, length)
    return track


def _clauses(turn: Turn) -> Iterator[tuple[float, float]]:
    """When a stretch without punctuation begins, and how long it is; a mark is as long as a character."""
    slot = turn.length / max(len(turn.text), 1)
    for clause in _CLAUSE.finditer(turn.text):
        yield turn.at + clause.start() * slot, (clause.end() - clause.start()) * slot


def _speech(pitch: int, length: int) -> array[int]:
    block = _block(pitch)
    return (block * (length // len(block) + 1))[:length]


@cache
def _block(pitch: int) -> array[int]:
    """Two seconds of a voice: harmonics, bright or dull, under syllables of a quarter second, no two alike."""
    fall = 0.7 if pitch == AGENT_PITCH else 0.5
    samples = array("h")
    for index in range(2 * RATE):
        moment = index / RATE
        syllable = math.sin(math.pi * ((moment * 4) % 1.0)) ** 0.7
        loudness = (0.15 + 0.85 * syllable) * (0.7 + 0.3 * math.sin(moment * 2.3 * math.pi + pitch))
        turn = 2 * math.pi * pitch * moment
        voice = math.fsum(fall**number * math.sin((number + 1) * turn) for number in range(8))
        samples.append(int(6500 * loudness * voice))
    return samples


def _a_law(samples: array[int]) -> bytes:
    table = _a_law_table()
    return bytes(map(table.__getitem__, memoryview(samples).cast("B").cast("H")))


@cache
def _a_law_table() -> bytes:
    """G.711 code of each 16-bit sample, by its unsigned value."""
    return bytes(_a_law_code(value - 65536 if value > 32767 else value) for value in range(65536))


def _a_law_code(sample: int) -> int:
    sign, magnitude = (0x80, sample >> 3) if sample >= 0 else (0x00, (-sample - 1) >> 3)
    magnitude = min(magnitude, 4095)
    segment = max(magnitude.bit_length() - 5, 0)
    mantissa = (magnitude >> max(segment, 1)) & 0x0F
    return (sign | segment << 4 | mantissa) ^ 0x55


def _wave(samples: bytes, coding: int, channels: int) -> bytes:
    width = 1 if coding == A_LAW else 2
    head = struct.pack("<HHIIHH", coding, channels, RATE, RATE * channels * width, channels * width, 8 * width)
    body = b"WAVEfmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body
