"""The requests that a live server is still answering."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started


class InFlight:
    def __init__(self) -> None:
        self._count = 0
        self._changed = threading.Condition()

    def started(self, **_signal: Any) -> None:
        self._add(1)

    def finished(self, **_signal: Any) -> None:
        self._add(-1)

    def end(self, seconds: float) -> bool:
        """Whether all of them ended within `seconds`."""
        with self._changed:
            return self._changed.wait_for(lambda: self._count == 0, seconds)

    def _add(self, count: int) -> None:
        with self._changed:
            self._count += count
            self._changed.notify_all()


@contextmanager
def in_flight() -> Iterator[InFlight]:
    requests = InFlight()
    request_started.connect(requests.started, sender=WSGIHandler)
    request_finished.connect(requests.finished, sender=WSGIHandler)
    try:
        yield requests
    finally:
        request_started.disconnect(requests.started, sender=WSGIHandler)
        request_finished.disconnect(requests.finished, sender=WSGIHandler)
