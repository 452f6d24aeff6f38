from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from django.conf import settings

from calls.lanes import rates_for
from calls.pacing import THROTTLED, NotNow, Pacer, Pause, impatient_client
from calls.vocabulary import Source
from config.broker import client_url

RATE = 40
SOURCE = Source.AICCS
MINUTE = Pause(60, 60)
# Takes turns until told to stop, and prints when it got each: Redis' clock at the moment of the grant.
GREEDY = """
import json, sys, time
import redis
from calls.pacing import Pacer
from calls.vocabulary import Source
url, urgent, seconds = sys.argv[1], sys.argv[2] == "urgent", float(sys.argv[3])
client = redis.Redis.from_url(url)
pacer = Pacer("one", {Source.AICCS: int(sys.argv[4])}, processes=3, client=client)
sys.stdin.readline()
until, grants = time.monotonic() + seconds, []
while time.monotonic() < until:
    wait = pacer.turn(Source.AICCS, urgent=urgent)
    if wait:
        time.sleep(wait)
    else:
        at = client.time()
        grants.append(at[0] + at[1] / 1e6)
print(json.dumps(grants))
"""


@pytest.fixture
def client() -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(client_url(settings.REDIS_URL, settings.DATA_DIR))
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


def pacer_of(client: redis.Redis, account: str = "one", rate: int = RATE) -> Pacer:
    return Pacer(account, {Source.AICCS: rate, Source.ROBOT: rate}, processes=3, client=client)


@pytest.fixture
def no_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn a second comes back by itself while this process waits for a busy machine."""
    for clock in ("RedisClock", "MonotonicClock"):
        monkeypatch.setattr(f"calls.lanes.{clock}.now", lambda self: 1_800_000_000_000)


def has_paused(pacer: Pacer, seconds: float, since: float) -> bool:
    """From that moment on, however long this process stood still itself."""
    left = pacer.paused_for(SOURCE)
    return seconds - (time.monotonic() - since) - 0.1 < left <= seconds


def nowhere() -> redis.Redis:
    return impatient_client("unix:///nowhere/redis.sock")


def greedy(*kinds: str, seconds: float) -> list[list[float]]:
    """The moments at which processes of these kinds got their turns, all beginning together."""
    url = client_url(settings.REDIS_URL, settings.DATA_DIR)
    command = [sys.executable, "-c", GREEDY, url]
    processes = [
        subprocess.Popen(
            [*command, kind, str(seconds), str(RATE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for kind in kinds
    ]
    with ThreadPoolExecutor(len(kinds)) as pool:
        outputs = list(pool.map(lambda process: process.communicate("go\n")[0], processes))
    return [json.loads(output) for output in outputs]


def busiest_second(grants: list[float]) -> int:
    return max(sum(1 for at in grants if start <= at < start + 1) for start in grants)


@pytest.mark.parametrize("per_second", [1, 2, 10, 80, 100, 1000])
def test_rate_and_burst_together_fit_into_a_second(per_second: int):
    total, background = rates_for(per_second)

    assert total.limit + total.burst <= max(per_second, 2)
    assert background.limit <= max(0.7 * total.limit, 1)


def test_many_processes_together_keep_the_rate(client: redis.Redis):
    grants = greedy("urgent", "urgent", "background", "background", seconds=2.5)

    everything = sorted(at for process in grants for at in process)
    # Each process may have been granted a turn that it could note only a little later.
    assert busiest_second(everything) <= RATE + len(grants)
    # a machine that stands still for a second of the two and a half takes turns all the same
    assert len(everything) > RATE // 2


def test_the_background_leaves_room_for_people(client: redis.Redis):
    background = sorted(at for process in greedy("background", "background", seconds=2.5) for at in process)

    _total, lane = rates_for(RATE)
    assert busiest_second(background) <= lane.limit + lane.burst + 2


def test_a_person_gets_a_turn_while_the_background_is_waiting(client: redis.Redis):
    pacer = pacer_of(client)
    while not pacer.turn(SOURCE, urgent=False):
        pass

    assert pacer.turn(SOURCE, urgent=True) == 0


def test_accounts_and_sources_have_budgets_of_their_own(client: redis.Redis, no_time_passes: None):
    pacer = pacer_of(client, rate=1)
    assert pacer.turn(SOURCE, urgent=True) == 0
    assert pacer.turn(SOURCE, urgent=True) > 0

    assert pacer.turn(Source.ROBOT, urgent=True) == 0
    assert pacer_of(client, account="two", rate=1).turn(SOURCE, urgent=True) == 0


def test_who_would_wait_too_long_is_told_how_long(client: redis.Redis, no_time_passes: None):
    pacer = pacer_of(client, rate=1)
    pacer.wait_turn(SOURCE, urgent=True, patience=0)

    with pytest.raises(NotNow) as told:
        pacer.wait_turn(SOURCE, urgent=True, patience=0.01)

    assert 0 < told.value.seconds <= 2


def test_a_pause_holds_for_every_process(client: redis.Redis):
    pacer_of(client).pause(SOURCE, MINUTE)

    assert pacer_of(client).turn(SOURCE, urgent=True) > 0
    assert pacer_of(client).turn(Source.ROBOT, urgent=True) == 0


def test_a_pause_honours_what_the_vendor_asked_for(client: redis.Redis):
    pacer = pacer_of(client)
    asked = time.monotonic()
    pacer.pause(SOURCE, THROTTLED, at_least=70)
    assert has_paused(pacer, 70, asked)

    asked = time.monotonic()
    pacer.pause(SOURCE, THROTTLED, at_least=300)
    assert has_paused(pacer, 300, asked)

    # nobody holds jobs for a day
    pacer.pause(SOURCE, THROTTLED, at_least=86_400)
    assert pacer.paused_for(SOURCE) <= 900


def test_pauses_double_up_to_the_longest_and_simultaneous_ones_count_once(client: redis.Redis):
    pacer, pause = pacer_of(client), Pause(60, 400)
    lengths = []
    for _ in range(5):
        lengths.append(pacer.pause(SOURCE, pause))
        assert pacer.pause(SOURCE, pause) <= lengths[-1]
        # time passes
        client.delete(*client.keys("earshot:pace:*:pause:*"))

    for length, doubled in zip(lengths, (60, 120, 240, 400, 400), strict=True):
        assert doubled / 2 - 1 < length <= doubled


def test_a_pause_tells_its_reason(client: redis.Redis):
    pacer = pacer_of(client)
    pacer.check_pauses("refused:aiccs:refresh")
    pacer.pause("refused:aiccs:refresh", MINUTE, reason="the key is wrong")

    with pytest.raises(NotNow, match="not before") as told:
        pacer_of(client).check_pauses("refused:aiccs:refresh")
    assert told.value.reason == "the key is wrong"

    pacer.relieve("refused:aiccs:refresh")
    pacer.check_pauses("refused:aiccs:refresh")


def test_a_flushed_redis_changes_no_more_than_a_burst(client: redis.Redis, no_time_passes: None):
    pacer = pacer_of(client, rate=2)
    assert pacer.turn(SOURCE, urgent=True) == 0
    client.flushall()
    client.script_flush()

    assert pacer.turn(SOURCE, urgent=True) == 0
    assert pacer.turn(SOURCE, urgent=True) > 0


def test_without_redis_a_process_keeps_to_its_share(caplog: pytest.LogCaptureFixture, no_time_passes: None):
    pacer = pacer_of(nowhere(), rate=6)

    assert pacer.turn(SOURCE, urgent=True) == 0
    # half the rate for three processes is one a second for each
    assert pacer.turn(SOURCE, urgent=True) == 1
    assert pacer.turn(SOURCE, urgent=False) > 0
    assert "without Redis" in caplog.text


def test_without_redis_a_pause_still_holds(caplog: pytest.LogCaptureFixture):
    pacer = pacer_of(nowhere())
    asked = time.monotonic()

    pacer.pause(SOURCE, THROTTLED, at_least=20)

    assert has_paused(pacer, 20, asked)
    assert pacer.turn(SOURCE, urgent=True) > 0
    assert pacer.strike("down:aiccs") == 0
    pacer.relieve(SOURCE)
    assert pacer.turn(SOURCE, urgent=True) == 0
