"""One process of the house: started, prefixed, started again after a crash, ended with everything it started."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
_voice = threading.Lock()


def say(name: str, line: str) -> None:
    """One line of output, marked with who says it."""
    with _voice, contextlib.suppress(OSError, ValueError):
        sys.stdout.write(f"{name:>10} | {line}\n")
        sys.stdout.flush()


class Child:
    """`patience`: seconds that its clean end may take; `orphaned`: what it hears when the launcher is killed.

    `ends_by_itself`: it has one thing to do, and is not started again.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        patience: float,
        orphaned: signal.Signals = signal.SIGTERM,
        keep_open: Sequence[int] = (),
        ends_by_itself: bool = False,
    ) -> None:
        self.name = name
        self.ends_by_itself = ends_by_itself
        self.patience = patience
        self._command = command
        self._orphaned = orphaned
        self._keep_open = keep_open
        self._crashes: deque[float] = deque()
        self._process: subprocess.Popen[str] | None = None
        self._asked = False

    def start(self, env: Mapping[str, str], cwd: Path) -> None:
        self._process = subprocess.Popen(
            self._command,
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            # Ctrl+C reaches the whole foreground group: only the launcher may hear it, or Redis would go first.
            start_new_session=True,
            pass_fds=self._keep_open,
            preexec_fn=_dying_with_parent(self._orphaned),
        )
        threading.Thread(target=self._repeat, args=[self._process], daemon=True).start()

    @property
    def has_ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    @property
    def ending(self) -> str:
        """How it ended, for a sentence."""
        code = self._process.returncode if self._process else 0
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"

    def crashes_within(self, seconds: float) -> int:
        """Notes that it has just ended unasked; how often that happened lately."""
        now = time.monotonic()
        self._crashes.append(now)
        while self._crashes[0] < now - seconds:
            self._crashes.popleft()
        self.kill()
        return len(self._crashes)

    def ask_to_end(self) -> None:
        """Once: a second SIGTERM makes Celery begin its farewell again."""
        if self._process and not self._asked and not self.has_ended:
            self._asked = True
            self._process.terminate()

    def kill(self) -> None:
        """The process and whatever it has started and left behind."""
        if self._process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _repeat(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip():
                say(self.name, line.rstrip())


def _dying_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """Linux only: the kernel sends the child this signal when the launcher dies, even by SIGKILL."""
    if _libc is None:
        return None
    libc, parent = _libc, os.getpid()

    def in_child() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return in_child
