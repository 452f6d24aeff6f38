"""How often the vendor is asked: one budget per account and source, shared by all workers, and pauses they share."""

from __future__ import annotations

import hashlib
import logging
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from calls.lanes import lanes_alone, shared_lanes, take
from calls.vocabulary import Source
from config.broker import client_url

logger = logging.getLogger(__name__)

# Seconds without asking Redis again after it failed: each try may cost a second.
REDIS_DOWN_FOR = 5.0
PROBE_EVERY = 10


@dataclass(frozen=True, slots=True)
class Pause:
    """How long everybody stops: `first` seconds, doubling with each repetition, `longest` at most."""

    first: float
    longest: float


THROTTLED = Pause(1, 60)
# The key, a right or the bill: someone must act first, and every request until then is wasted.
REFUSED = Pause(60, 900)
# The vendor is down: now and then one worker looks whether it is back.
UNREACHABLE = Pause(15, 60)


# Longer than that the vendor need not tell us to wait: a day's limit would hold a job for a day.
LONGEST_WISH = 900


class NotNow(Exception):
    """No turn within the caller's patience; `seconds` until it is worth asking again, `reason` for people."""

    def __init__(self, seconds: float, reason: str = "") -> None:
        super().__init__(f"not before {seconds:.1f} s")
        self.seconds = seconds
        self.reason = reason


class Pacer:
    """The budget of one account. Without Redis each process keeps to its share of half the rate: never open."""

    def __init__(self, account: str, per_second: dict[Source, int], *, processes: int, client: redis.Redis) -> None:
        self.prefix = f"earshot:pace:{{{hashlib.sha256(account.encode()).hexdigest()[:12]}}}"
        self.client = client
        self.shared = {
            source: shared_lanes(client, rate, partial(self._key, scope=source)) for source, rate in per_second.items()
        }
        self.alone = {source: lanes_alone(rate, processes) for source, rate in per_second.items()}
        self.pauses_alone: dict[str, tuple[float, float]] = {}
        self.redis_down_until = 0.0

    def wait_turn(self, source: Source, *, urgent: bool, patience: float) -> None:
        """Sleep until it is our turn, at most `patience` seconds; else NotNow. Never call inside a transaction."""
        deadline = time.monotonic() + patience
        while seconds := self.turn(source, urgent=urgent):
            if time.monotonic() + seconds > deadline:
                raise NotNow(seconds)
            time.sleep(seconds)

    def turn(self, source: Source, *, urgent: bool) -> float:
        """0 when it is our turn, which is then taken; else the seconds until it is worth asking again."""
        if paused := self.paused_for(source):
            return paused
        if time.monotonic() >= self.redis_down_until:
            try:
                return take(self.shared[source], urgent)
            except redis.RedisError as error:
                self._redis_failed(error)
        return take(self.alone[source], urgent)

    def check_pauses(self, *scopes: str) -> None:
        """NotNow when one of the scopes rests, with the reason it was given."""
        for scope, seconds in self._pauses(scopes).items():
            if seconds:
                raise NotNow(seconds, self._reason(scope))

    def pause(self, scope: str, pause: Pause, *, at_least: float | None = None, reason: str = "") -> float:
        """Stop everybody in this scope; seconds. `at_least` is what the vendor asked for."""
        at_least = min(at_least, LONGEST_WISH) if at_least else None
        if time.monotonic() >= self.redis_down_until:
            try:
                return self._pause_shared(scope, pause, at_least, reason)
            except redis.RedisError as error:
                self._redis_failed(error)
        until, last = self.pauses_alone.get(scope, (0.0, pause.first / 2))
        if until <= time.monotonic():
            last = max(min(last * 2, pause.longest), at_least or 0)
            self.pauses_alone[scope] = (time.monotonic() + last, last)
        return last

    def paused_for(self, scope: str) -> float:
        """Seconds this scope still rests; 0 when it does not."""
        return self._pauses([scope])[scope]

    def may_probe(self, scope: str) -> bool:
        """Whether one request may go out in spite of a pause, to see if it still has its reason: now and then."""
        try:
            return bool(self.client.set(self._key("probe", scope), 1, nx=True, ex=PROBE_EVERY))
        except redis.RedisError as error:
            self._redis_failed(error)
            return False

    def strike(self, scope: str) -> int:
        """Count one failure more in a row; how many there are. 0 when nobody can count."""
        key = self._key("row", scope)
        try:
            count = int(self.client.incr(key))
            self.client.expire(key, 120)
        except redis.RedisError as error:
            self._redis_failed(error)
            return 0
        return count

    def relieve(self, *scopes: str) -> None:
        """The vendor answered: failures are counted from the start, and the next pause is a short one."""
        for scope in scopes:
            self.pauses_alone.pop(scope, None)
        if time.monotonic() < self.redis_down_until:
            return
        try:
            self.client.delete(*(self._key(part, scope) for part in ("row", "pause", "repeats") for scope in scopes))
        except redis.RedisError as error:
            self._redis_failed(error)

    def _pauses(self, scopes: Sequence[str]) -> dict[str, float]:
        now = time.monotonic()
        rests = {scope: max(self.pauses_alone.get(scope, (0.0, 0.0))[0] - now, 0.0) for scope in scopes}
        if now < self.redis_down_until:
            return rests
        # one trip for all of them: this stands before every request
        trip = self.client.pipeline(transaction=False)
        for scope in scopes:
            trip.pttl(self._key("pause", scope))
        try:
            shared = trip.execute()
        except redis.RedisError as error:
            self._redis_failed(error)
            return rests
        return {scope: max(rests[scope], millis / 1000) for scope, millis in zip(scopes, shared, strict=True)}

    def _pause_shared(self, scope: str, pause: Pause, at_least: float | None, reason: str) -> float:
        key, repeats = self._key("pause", scope), self._key("repeats", scope)
        doubled = min(pause.first * 2 ** int(self.client.get(repeats) or 0), pause.longest)
        # Half of it at random, so that all workers of all hosts do not come back in the same instant.
        seconds = at_least or doubled * random.uniform(0.5, 1)
        # NX: eight workers that are throttled in the same moment are one repetition.
        if self.client.set(key, reason[:500], nx=True, px=max(int(seconds * 1000), 1)):
            self.client.incr(repeats)
            self.client.expire(repeats, int(seconds * 2) + 10)
        elif at_least:
            self.client.pexpire(key, max(int(at_least * 1000), 1), gt=True)
        return max(int(self.client.pttl(key)) / 1000, 0.0)

    def _reason(self, scope: str) -> str:
        try:
            kept = self.client.get(self._key("pause", scope))
        except redis.RedisError:
            return ""
        return kept.decode(errors="replace") if isinstance(kept, bytes) else ""

    def _key(self, part: str, scope: str) -> str:
        return f"{self.prefix}:{part}:{scope}"

    def _redis_failed(self, error: redis.RedisError) -> None:
        logger.warning("Pacing without Redis for a while: %s", type(error).__name__)
        self.redis_down_until = time.monotonic() + REDIS_DOWN_FOR


def impatient_client(url: str) -> redis.Redis:
    """For a question that is not worth waiting for; by default a Redis that is gone costs eight seconds of retries."""
    return redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0))


@cache
def the_pacer() -> Pacer:
    """The environment's account; one per process."""
    client = impatient_client(client_url(settings.REDIS_URL, settings.DATA_DIR))
    rates = {Source.AICCS: settings.AICCS_RATE, Source.ROBOT: settings.DYVMSAPI_RATE}
    account = settings.ALIBABA_CLOUD_ACCESS_KEY_ID or "demo"
    return Pacer(account, rates, processes=settings.WORKER_PROCESSES, client=client)
