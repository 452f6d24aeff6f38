from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.aliyun.official import OfficialClients
from tests.sandboxes import NOON, RunningSandbox, sandbox


@pytest.fixture(scope="module")
def stand_in() -> Iterator[RunningSandbox]:
    # Two hours of every call, besides the days before.
    with sandbox(clock=NOON, is_frozen=True, opened_at=NOON - 7200) as running:
        yield running


@pytest.fixture(scope="module")
def clients(stand_in) -> OfficialClients:
    return OfficialClients(stand_in)
