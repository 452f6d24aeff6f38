"""Two clocks: the world's, which tests set and move, and the server's, which signatures and links are held against."""

from __future__ import annotations

import time


class Clock:
    """Real time, moved by `offset` seconds, or standing still at `frozen_at` (epoch seconds)."""

    def __init__(self, start: float | None = None, *, is_frozen: bool = False) -> None:
        self.offset = 0.0 if start is None else start - time.time()
        self.frozen_at = (time.time() if start is None else start) if is_frozen else None

    def now(self) -> float:
        """Epoch seconds."""
        return time.time() + self.offset if self.frozen_at is None else self.frozen_at

    def move(self, seconds: float) -> None:
        if self.frozen_at is None:
            self.offset += seconds
        else:
            self.frozen_at += seconds

    def set(self, moment: float) -> None:
        self.move(moment - self.now())
