"""The picture of a sound: how loud each tenth of a second gets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calls.hearing.decoding import RATE

PEAKS_A_SECOND = 10
STEP = RATE // PEAKS_A_SECOND


class Levels:
    """One channel, fed in blocks of any length."""

    def __init__(self) -> None:
        self._rest = np.zeros(0, np.int16)
        self._peaks: list[NDArray[np.uint8]] = []

    def feed(self, samples: NDArray[np.int16]) -> None:
        sound = np.concatenate([self._rest, samples])
        whole = len(sound) // STEP * STEP
        self._rest = sound[whole:]
        self._add(sound[:whole].reshape(-1, STEP))

    def peaks(self) -> bytes:
        """One byte a peak: 255 times the square root of the amplitude, because most telephone speech is quiet."""
        if len(self._rest):
            self._add(self._rest[None, :])
            self._rest = self._rest[:0]
        return b"".join(part.tobytes() for part in self._peaks)

    def _add(self, rows: NDArray[np.int16]) -> None:
        # -32768 has no positive twin in 16 bits
        loudest = np.maximum(rows.max(axis=1).astype(np.int32), -rows.min(axis=1).astype(np.int32))
        self._peaks.append(np.round(255 * np.sqrt(loudest / 32768)).astype(np.uint8))
