"""Turns at one rate, in two lanes: what people wait for may use all of it, the background a part."""

from __future__ import annotations

from collections.abc import Callable

import redis
from pyrate_limiter import (
    AbstractClock,
    InMemoryStateStore,
    MonotonicClock,
    Rate,
    RateItem,
    RedisStateStore,
    StateBucket,
    StateStore,
    TokenBucket,
)

Lanes = tuple[StateBucket, StateBucket]  # total, background
SECOND = 1000  # pyrate-limiter counts in milliseconds
# What the background may use; the rest is always free for people.
BACKGROUND_SHARE = 0.7


class RedisClock(AbstractClock):
    """Redis' time: with each host's own, one clock that runs ahead starves all others."""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client

    def now(self) -> int:
        seconds, micros = self.client.time()
        return int(seconds) * SECOND + int(micros) // 1000


def rates_for(per_second: int) -> tuple[Rate, Rate]:
    """Total and background rate that together never pass `per_second` in any one second.

    A token bucket lets rate + burst through in a second, so both have to fit.
    """
    burst = max(1, per_second // 15)
    steady = max(1, per_second - burst)
    background = max(1, int(steady * BACKGROUND_SHARE))
    return Rate(steady, SECOND, burst=burst), Rate(background, SECOND, burst=max(1, burst // 2))


def shared_lanes(client: redis.Redis, per_second: int, key: Callable[[str], str]) -> Lanes:
    """Of all processes together; `key` names each lane in Redis."""
    total, background = rates_for(per_second)
    clock = RedisClock(client)
    stores = [RedisStateStore(client, key(lane)) for lane in ("total", "background")]
    return _bucket(total, stores[0], clock), _bucket(background, stores[1], clock)


def lanes_alone(per_second: int, processes: int) -> Lanes:
    """Of one process that cannot ask the others: its share of half the rate."""
    spacing = int(SECOND * 2 * processes / per_second)
    total = Rate(1, max(spacing, 1), burst=1)
    background = Rate(1, max(int(spacing / BACKGROUND_SHARE), 1), burst=1)
    clock = MonotonicClock()
    return _bucket(total, InMemoryStateStore(), clock), _bucket(background, InMemoryStateStore(), clock)


def take(lanes: Lanes, urgent: bool) -> float:
    """0 when it is our turn, which is then taken; else seconds to wait.

    Background needs a token of both lanes; one of its own that the total then refuses is lost and only slows it.
    """
    total, background = lanes
    for bucket in (total,) if urgent else (background, total):
        now = bucket.now()  # type: ignore[no-untyped-call]
        if not isinstance(now, int):
            raise TypeError("the limiter's clock is asynchronous")
        item = RateItem("turn", now)
        if not bucket.put(item):
            waiting = bucket.waiting(item)
            return max(waiting, 1) / 1000 if isinstance(waiting, int) else 1.0
    return 0.0


def _bucket(rate: Rate, store: StateStore, clock: AbstractClock) -> StateBucket:
    return StateBucket([rate], algorithm=TokenBucket(), store=store, clock=clock)
