from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandboxes import SandboxProcess, sandbox_process
from tests.workers import Broker, broker

# 20 November 2026, 12:00 in Beijing
NOON = "2026-11-20T12:00:00+08:00"


@pytest.fixture
def redis_server() -> Iterator[Broker]:
    with broker() as server:
        yield server


@pytest.fixture
def far_vendor() -> Iterator[SandboxProcess]:
    """The sandbox in a process of its own: its log is nobody's homework but its own. Hundreds of calls are over."""
    with sandbox_process("--clock", NOON, "--opened", "2026-11-20T06:00:00+08:00") as stand_in:
        yield stand_in


@pytest.fixture
def young_vendor() -> Iterator[SandboxProcess]:
    """The same soon after it has opened, with few calls: what one waits for stands at the end of a queue of them."""
    opened = ("--opened", "2026-11-20T11:50:00+08:00", "--every", "1800")
    with sandbox_process("--clock", NOON, *opened) as stand_in:
        yield stand_in
