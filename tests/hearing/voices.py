"""Two voices that a test can mix: harmonics under syllables, so that lengths and pauses are known to the sample."""

from __future__ import annotations

import io
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calls.hearing import AGENT, CUSTOMER, Said

RATE = 8000
SYLLABLE = 0.2
# pitch, and how the harmonics fall off
VOICES = {AGENT: (210, 0.8), CUSTOMER: (120, 1.6)}


@dataclass(frozen=True)
class Utterance:
    """`at` in seconds; `seconds` may be shorter than the text needs."""

    said: Said
    at: float
    seconds: float


def utter(speaker: int, text: str, at: float, seconds: float | None = None, **more: object) -> Utterance:
    said = Said(speaker, text, interrupts=bool(more.get("interrupts")), at=None)
    return Utterance(said, at, len(text) * SYLLABLE if seconds is None else seconds)


def voice(speaker: int, seconds: float) -> NDArray[np.float64]:
    pitch, fall = VOICES[speaker]
    moments = np.arange(int(seconds * RATE)) / RATE
    loudness = 0.25 + 0.75 * np.abs(np.sin(np.pi * moments / SYLLABLE))
    tones = [number**-fall * np.sin(2 * np.pi * pitch * number * moments) for number in range(1, 3400 // pitch)]
    sound: NDArray[np.float64] = 0.12 * loudness * np.sum(tones, axis=0)
    return sound


def mix(
    utterances: Sequence[Utterance], seconds: float, *, channels: int = 1, noise: float = 0.002
) -> NDArray[np.int16]:
    """In stereo the agent is on the right: nothing says who is where."""
    sound = np.random.default_rng(7).normal(0, noise, (int(seconds * RATE), channels)) if noise else 0.0
    sound = np.zeros((int(seconds * RATE), channels)) + sound
    for one in utterances:
        first = int(one.at * RATE)
        heard = voice(one.said.speaker, one.seconds)[: len(sound) - first]
        sound[first : first + len(heard), 1 - one.said.speaker if channels == 2 else 0] += heard
    return (np.clip(sound, -1, 1) * 32767).astype("<i2")


def write(path: Path, samples: NDArray[np.int16], rate: int = RATE) -> Path:
    path.write_bytes(as_wave(samples, rate))
    return path


def as_wave(samples: NDArray[np.int16], rate: int = RATE) -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return target.getvalue()


# A call as the vendor tells it, with pauses that the text's share cannot know.
DIALOGUE = (
    utter(AGENT, "您好请问是张女士吗", 0.8),
    utter(CUSTOMER, "对是我", 3.2),
    utter(AGENT, "您的订单已经为您登记退款了", 4.6),
    utter(CUSTOMER, "好", 9.9),
    utter(CUSTOMER, "什么时候能到账啊", 12.4),
    utter(AGENT, "三天之内原路返回", 14.8),
    utter(CUSTOMER, "再见", 17.2),
)
LENGTH = 18.5
