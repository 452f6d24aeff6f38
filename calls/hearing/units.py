"""The pieces that turns are made of: stretches of speech, cut where a voice dips or another one joins."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from calls.hearing.speech import BANDS, FRAMES_A_SECOND, Rise, runs_of, speech_of

# frames: a dip is the lowest point of so many around it, and so far from the piece's ends
DIP, LEAST = 12, 12
# On a stereo line a channel hears the other one faintly: so far (nepers of power) below it is an echo.
ECHO = 4.0

# silences shorter than this (s) are part of speaking
BREATH = 0.3
# of the other channel's speech: less is crackle
LEAST_SHARE = 0.02
# how a unit is kept: hundredths of a second, a bit a channel, and the colour in sixteenths
RECORD = np.dtype([("start", "<u4"), ("length", "<u2"), ("active", "u1"), ("voice", "i1", (BANDS,))])
COLOUR = 16

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Units:
    """In order of time, never overlapping. `active` says which channels speak; one column for mono."""

    start: Floats
    end: Floats
    active: NDArray[np.bool_]
    voice: Floats

    def __len__(self) -> int:
        return len(self.start)

    @property
    def length(self) -> Floats:
        return self.end - self.start

    @property
    def gap(self) -> Floats:
        """Seconds of silence before each; a minute before the first."""
        before = np.concatenate([[-60], self.end[:-1]])
        gap: Floats = np.maximum(self.start - before, 0).astype(np.float32)
        return gap

    def to_bytes(self) -> bytes:
        """With the number of channels first; about 1.5 kB a minute of speech."""
        rows = np.zeros(len(self), RECORD)
        rows["start"] = np.round(self.start * FRAMES_A_SECOND)
        rows["length"] = np.round(self.length * FRAMES_A_SECOND)
        rows["active"] = self.active @ (1 << np.arange(self.active.shape[1]))
        rows["voice"] = np.clip(np.round(self.voice * COLOUR), -127, 127)
        return bytes([self.active.shape[1]]) + zlib.compress(rows.tobytes())

    @classmethod
    def from_bytes(cls, packed: bytes) -> Self:
        rows = np.frombuffer(zlib.decompress(packed[1:]), RECORD)
        start = rows["start"].astype(np.float32) / FRAMES_A_SECOND
        active = (rows["active"][:, None] >> np.arange(packed[0])) & 1
        voice = rows["voice"].astype(np.float32) / COLOUR
        return cls(start, start + rows["length"].astype(np.float32) / FRAMES_A_SECOND, active.astype(bool), voice)

    def spans(self, channel: int) -> list[tuple[int, int]]:
        """Milliseconds from and to: where this channel speaks, breaths included."""
        mine = self.only(self.active[:, channel])
        if not len(mine):
            return []
        is_apart = mine.gap > BREATH
        starts, ends = mine.start[is_apart], mine.end[np.append(is_apart[1:], True)]
        return [(round(float(start) * 1000), round(float(end) * 1000)) for start, end in zip(starts, ends, strict=True)]

    @property
    def is_stereo(self) -> bool:
        """Both channels speak: many recorders write two and leave one silent."""
        if self.active.shape[1] < 2:
            return False
        spoken = (self.active * self.length[:, None]).sum(axis=0)
        return bool(spoken.min() > LEAST_SHARE * spoken.max())

    def only(self, kept: NDArray[np.bool_]) -> Self:
        """One voice's units, as if they were all there is."""
        return type(self)(self.start[kept], self.end[kept], self.active[kept][:, :1], self.voice[kept])

    def cut_at(self, seconds: float) -> Self:
        """The same with an edge at this moment, if somebody speaks then."""
        inside = np.flatnonzero((self.start + 0.02 < seconds) & (seconds < self.end - 0.02))
        if not len(inside):
            return self
        at = int(inside[0])
        start, end = np.insert(self.start, at + 1, seconds), np.insert(self.end, at, seconds)
        active = np.insert(self.active, at, self.active[at], axis=0)
        return type(self)(start, end, active, np.insert(self.voice, at, self.voice[at], axis=0))


def units_of(rises: list[Rise]) -> Units:
    size = min(len(rise.score) for rise in rises)
    speaks = np.zeros((size, len(rises)), bool)
    for channel, rise in enumerate(rises):
        for first, last in speech_of(rise.score):
            speaks[first:last, channel] = True
    if len(rises) > 1:
        speaks &= ~_echoes(rises, size)
    edges = _edges(speaks, np.max([rise.score[:size] for rise in rises], axis=0))
    voices = _voices(rises, speaks, edges)
    return Units(
        (edges[:, 0] / FRAMES_A_SECOND).astype(np.float32),
        (edges[:, 1] / FRAMES_A_SECOND).astype(np.float32),
        speaks[edges[:, 0]] if len(edges) else np.zeros((0, len(rises)), bool),
        voices,
    )


def _echoes(rises: list[Rise], size: int) -> NDArray[np.bool_]:
    one, other = (rise.bands[:size].max(axis=1) for rise in rises)
    return np.stack([one < other - ECHO, other < one - ECHO], axis=1)


def _edges(speaks: NDArray[np.bool_], score: Floats) -> NDArray[np.int64]:
    """Stretches in which the same channels speak, cut at dips."""
    state = speaks @ (1 << np.arange(speaks.shape[1]))
    pieces = []
    for first, last in runs_of(state > 0):
        inside = state[first:last]
        changes = np.flatnonzero(np.diff(inside)) + 1
        pieces.append(np.unique(np.concatenate([[0], changes, _dips(score[first:last]), [last - first]])) + first)
    pairs = [np.stack([piece[:-1], piece[1:]], axis=1) for piece in pieces]
    return np.concatenate(pairs) if pairs else np.zeros((0, 2), np.int64)


def _dips(score: Floats) -> NDArray[np.int64]:
    if len(score) < 2 * LEAST + 1:
        return np.zeros(0, np.int64)
    padded = np.pad(score, DIP, constant_values=np.inf)
    lowest = np.lib.stride_tricks.sliding_window_view(padded, 2 * DIP + 1).min(axis=1)
    dips = np.flatnonzero(score <= lowest)
    return dips[(dips >= LEAST) & (dips <= len(score) - LEAST)]


def _voices(rises: list[Rise], speaks: NDArray[np.bool_], edges: NDArray[np.int64]) -> Floats:
    """The colour of the voice: the mean of the bands over each unit, without its loudness."""
    bands = np.maximum(np.max([rise.bands[: len(speaks)] for rise in rises], axis=0), -1)
    if not len(edges):
        return np.zeros((0, bands.shape[1]), np.float32)
    sums = np.cumsum(np.vstack([np.zeros((1, bands.shape[1])), bands]), axis=0, dtype=np.float64)
    mean = (sums[edges[:, 1]] - sums[edges[:, 0]]) / (edges[:, 1] - edges[:, 0])[:, None]
    voice: Floats = mean.astype(np.float32)
    return voice
