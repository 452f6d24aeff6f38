"""What a recording is made of, found in one pass over it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from calls.hearing.decoding import RATE, Block, Undecodable, blocks
from calls.hearing.levels import Levels
from calls.hearing.speech import Analysis, rise_of
from calls.hearing.units import Units, units_of

# Two channels that differ by less than this share of their power are one sound written twice.
SAME = 1e-4
# seconds; a small packed file can hold days of silence
LONGEST = 6 * 3600


@dataclass(frozen=True, slots=True)
class Heard:
    """`duration` in seconds; `peaks` has one row of bytes a channel (see levels)."""

    duration: float
    peaks: tuple[bytes, ...]
    units: Units

    @property
    def channels(self) -> int:
        return len(self.peaks)


def listen(path: Path, alive: Callable[[], None] = lambda: None) -> Heard:
    """Raises Undecodable. `alive` is called every ten seconds of sound."""
    ear: _Ear | None = None
    for block in blocks(path):
        if ear is not None and ear.frames > LONGEST * RATE:
            raise Undecodable("longer than any call")
        ear = ear or _Ear(block.shape[1])
        ear.feed(block)
        alive()
    if ear is None or not ear.frames:
        raise Undecodable("no samples")
    return ear.heard()


class _Ear:
    def __init__(self, channels: int) -> None:
        self.frames = 0
        self._levels = [Levels() for _ in range(channels)]
        self._analyses = [Analysis() for _ in range(channels)]
        self._power = self._difference = 0.0

    def feed(self, block: Block) -> None:
        self.frames += len(block)
        for channel, (levels, analysis) in enumerate(zip(self._levels, self._analyses, strict=True)):
            levels.feed(block[:, channel])
            analysis.feed(block[:, channel])
        if block.shape[1] > 1:
            sound = block.astype(np.float32)
            self._power += float(np.square(sound).sum())
            self._difference += float(np.square(sound[:, 0] - sound[:, 1]).sum())

    def heard(self) -> Heard:
        count = 1 if self._difference <= SAME * self._power else len(self._levels)
        rises = [rise_of(analysis.bands()) for analysis in self._analyses[:count]]
        peaks = tuple(levels.peaks() for levels in self._levels[:count])
        return Heard(round(self.frames / RATE, 3), peaks, units_of(rises))
