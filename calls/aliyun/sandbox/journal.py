"""What was asked, by whom and when: the measure of rates and duplicates that belongs to no client."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Entry:
    """One answered request. `at` is monotonic seconds, `subject` the call or task asked about."""

    number: int
    at: float
    operation: str
    key_id: str
    status: int
    code: str
    subject: str
    params: Mapping[str, str] = field(repr=False)


# Never journaled: they are secrets or differ in every request.
_UNSAID = {"Signature", "SignatureNonce", "Timestamp", "SecurityToken", "OSSAccessKeyId", "Expires", "AccessKeyId"}


class Journal:
    def __init__(self, longest: int = 200_000) -> None:
        self._entries: deque[Entry] = deque(maxlen=longest)
        self._lock = threading.Lock()
        self._count = 0

    def note(self, operation: str, key_id: str, status: int, code: str, params: Mapping[str, str]) -> None:
        said = {name: value for name, value in params.items() if name not in _UNSAID}
        subject = "/".join(said[name] for name in ("TaskId", "BatchId", "DetailId", "Callee", "name") if name in said)
        with self._lock:
            self._count += 1
            self._entries.append(Entry(self._count, time.monotonic(), operation, key_id, status, code, subject, said))

    def entries(self, operation: str = "", after: int = 0) -> list[Entry]:
        """In the order of their answers; `after` is the number of the last one already seen."""
        with self._lock:
            entries = list(self._entries)
        return [entry for entry in entries if entry.number > after and (not operation or entry.operation == operation)]

    def busiest_second(self, operation: str = "") -> int:
        """The most requests of any sliding second."""
        moments = sorted(entry.at for entry in self.entries(operation))
        return max((index + 1 - bisect_left(moments, at - 1.0) for index, at in enumerate(moments)), default=0)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()


class Quota:
    """At most `per_second` requests of one key and operation in any sliding second; 0 is no limit."""

    def __init__(self, per_second: int = 0) -> None:
        self.per_second = per_second
        self._recent: dict[tuple[str, str], deque[float]] = {}
        self._lock = threading.Lock()

    def allows(self, key_id: str, operation: str) -> bool:
        if self.per_second <= 0:
            return True
        now = time.monotonic()
        with self._lock:
            recent = self._recent.setdefault((key_id, operation), deque())
            while recent and recent[0] <= now - 1.0:
                recent.popleft()
            if len(recent) >= self.per_second:
                return False
            recent.append(now)
            return True
