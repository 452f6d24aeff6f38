"""Where somebody speaks, by how much the telephone's band rises above its own noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calls.hearing.decoding import RATE

FRAME = RATE // 100
WINDOW = 256
FRAMES_A_SECOND = RATE // FRAME
# 300 to 3400 Hz in bands that widen upwards, as bins of 31.25 Hz
EDGES = np.array([10, 13, 16, 19, 22, 26, 30, 34, 39, 44, 50, 57, 65, 74, 84, 96, 109])
BANDS = len(EDGES) - 1
# Of full scale: below it nobody hears anything, and a silent line has no noise to compare with.
SILENCE = 10 ** (-62 / 10)
# A noise floor is what the quietest tenth of 10 s sounds like; lines drift.
FLOOR_FRAMES = 10 * FRAMES_A_SECOND
QUIETEST = 0.1
# Mean of the bands' rise over the floor, in nepers of power: speech begins above the first and lasts above the second.
BEGINS, LASTS = 0.5, 0.3
# The first look takes for a pause what stays below the first figure for so many frames, without its edges.
PAUSE, LONG_PAUSE, MARGIN = 0.9, 16, 4
# frames of pause that a floor is the mean of, on either side
AROUND = 100
# frames
BRIDGED = 5
SHORTEST = 5

Frames = NDArray[np.floating[Any]]


class Analysis:
    """The bands of one channel, frame by frame, fed in blocks."""

    def __init__(self) -> None:
        self._rest = np.zeros(WINDOW // 2, np.float32)
        self._parts: list[NDArray[np.float16]] = []
        self._shape = np.hanning(WINDOW).astype(np.float32)

    def feed(self, samples: NDArray[np.int16]) -> None:
        sound = np.concatenate([self._rest, samples.astype(np.float32) / 32768])
        count = max((len(sound) - WINDOW) // FRAME + 1, 0)
        if count:
            frames = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[: count * FRAME : FRAME]
            spectrum = np.fft.rfft(frames * self._shape, axis=1)[:, : EDGES[-1]]
            power = spectrum.real**2 + spectrum.imag**2
            bands = np.add.reduceat(power, EDGES[:-1], axis=1)
            bands /= np.diff(EDGES) * (WINDOW * WINDOW / 16)
            self._parts.append(np.log(bands + SILENCE / 100).astype(np.float16))
        self._rest = sound[count * FRAME :]

    def bands(self) -> Frames:
        """Log power, relative to full scale."""
        if not self._parts:
            return np.zeros((0, BANDS), np.float32)
        return np.concatenate(self._parts).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Rise:
    """How far each frame stands above the noise: by band, and all in all."""

    bands: Frames
    score: Frames


def rise_of(bands: Frames) -> Rise:
    """Twice: the first look finds the pauses, the second measures each frame against the pauses around it."""
    first = bands - _quietest(bands)
    floor = _between(bands, _score(first))
    above = bands - floor
    return Rise(above, _score(above))


def _score(above: Frames) -> Frames:
    return _smooth(np.maximum(above, 0).mean(axis=1), 3) if len(above) else np.zeros(0, np.float32)


def _quietest(bands: Frames) -> Frames:
    """For each frame what the quietest tenth of the ten seconds around it sounds like."""
    floor = np.empty_like(bands)
    for first in range(0, len(bands), FLOOR_FRAMES // 5):
        window = bands[max(first - 2 * FLOOR_FRAMES // 5, 0) : first + 3 * FLOOR_FRAMES // 5]
        loudness = _smooth(window.mean(axis=1), 9)
        count = max(int(len(loudness) * QUIETEST), 1)
        quietest = np.argpartition(loudness, count - 1)[:count]
        floor[first : first + FLOOR_FRAMES // 5] = np.log(np.exp(window[quietest]).mean(axis=0))
    return np.maximum(floor, np.log(SILENCE))


def _between(bands: Frames, score: Frames) -> Frames:
    """The mean of the pauses around each frame; where somebody speaks on and on, of the nearest ones."""
    pauses = runs_of(score < PAUSE)
    pauses = pauses[pauses[:, 1] - pauses[:, 0] >= LONG_PAUSE]
    is_pause = np.zeros(len(bands), bool)
    for first, last in pauses:
        is_pause[first + MARGIN : last - MARGIN] = True
    if not is_pause.any():
        return _quietest(bands)
    sums = np.cumsum(np.vstack([np.zeros((1, BANDS)), np.where(is_pause[:, None], bands, 0)]), axis=0, dtype=np.float64)
    counts = np.concatenate([[0], np.cumsum(is_pause)])
    # As many pause frames before as after, wherever they are.
    rank = counts[1:]
    places = np.flatnonzero(is_pause)
    low = places[np.clip(rank - AROUND, 0, len(places) - 1)]
    high = places[np.clip(rank + AROUND, 0, len(places) - 1)] + 1
    mean: Frames = ((sums[high] - sums[low]) / (counts[high] - counts[low])[:, None]).astype(np.float32)
    return np.maximum(mean, np.log(SILENCE))


def _smooth(values: Frames, width: int) -> Frames:
    if len(values) < width:
        return values
    smooth: Frames = np.convolve(values, np.ones(width, np.float32) / width, "same")
    return smooth


def runs_of(active: NDArray[np.bool_]) -> NDArray[np.int64]:
    """First and last-plus-one of each stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], active, [False]]).astype(np.int8)))
    return edges.reshape(-1, 2)


def speech_of(score: Frames) -> NDArray[np.int64]:
    """Stretches of speech in frames, as short as one word; pauses of a tenth of a second part them."""
    runs = runs_of(score > LASTS)
    if not len(runs):
        return runs
    is_sure = np.maximum.reduceat(np.append(score, 0), runs.ravel())[::2] > BEGINS
    runs = runs[is_sure]
    if not len(runs):
        return runs
    is_apart = runs[1:, 0] - runs[:-1, 1] > BRIDGED
    firsts = runs[np.concatenate([[True], is_apart]), 0]
    lasts = runs[np.concatenate([is_apart, [True]]), 1]
    joined: NDArray[np.int64] = np.stack([firsts, lasts], axis=1)
    is_long: NDArray[np.bool_] = joined[:, 1] - joined[:, 0] >= SHORTEST
    return joined[is_long]
