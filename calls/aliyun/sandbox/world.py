"""The calls that exist: a pure function of (seed, opening, clock), so that a restart has nothing to lose.

Time is cut into slots, one customer to be called in each. Calls since the opening are all listed; of the days before it
only a few, within office hours. Every slot can be asked about by its ids for ever. Times are epoch milliseconds.
"""

from __future__ import annotations

import random
import threading
from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime

from calls.aliyun.sandbox.campaigns import SURNAMES, TURN_OF, Campaign
from calls.aliyun.sandbox.dialogues import Scene, Turn, choose_scene, play
from calls.aliyun.sandbox.plans import BEIJING, Attempt, Moment, Plan

EPOCH = int(datetime(2020, 1, 1, tzinfo=BEIJING).timestamp())
DAY = 24 * 3600
HISTORY_DAYS = 5
HISTORY_EVERY = 480  # seconds between the listed calls of the past, within office hours
IMPORTED_BEFORE = 300  # seconds a number waits before it is called
REDIAL_AFTER = 600
MOST_REDIALS = 2
# Scatters consecutive slots over six digits, and back: 387421 * INVERSE % 1,000,000 == 1.
SCATTER = 387421
INVERSE = pow(SCATTER, -1, 1_000_000)

PREFIXES = ("138", "139", "136", "150", "158", "177", "186", "188")
UNANSWERED = {
    "NO_ANSWER": 9,
    "USER_BUSY": 5,
    "CALL_REJECTED": 5,
    "UNAVAILABLE": 3,
    "POWERED_OFF": 3,
    "NO_USER_RESPONSE": 2,
    "NO_USER_RESPONDING": 1,
    "SUSPEND": 2,
    "INVALID_NUMBER": 2,
    "CALL_FORWARDING": 1,
    "INTELLIGENT_ANSWER": 1,
    "INCOMING_CALL_BARRED": 1,
    "OPERATOR_BLOCK": 1,
    "CANCEL": 1,
    "NETWORK_BUSY": 1,
    "OTHERS": 1,
}
REDIALLED = {"NO_ANSWER", "USER_BUSY", "UNAVAILABLE", "POWERED_OFF", "NETWORK_BUSY"}


class World:
    """`opened_at` is epoch seconds, `every` the seconds between two calls over all tasks."""

    def __init__(self, seed: int, opened_at: float, every: int = 30) -> None:
        self.seed = seed
        self.every = every
        self.opened_at = int(opened_at)
        thinning = max(1, round(HISTORY_EVERY / every))
        # A multiple of the tasks' turn would leave the past to a single task.
        self._thinning = thinning + 1 if thinning % len(TURN_OF) == 0 else thinning
        self._plans: dict[int, Plan] = {}
        self._listed: dict[str, list[Plan]] = {}
        self._next_slot = self.slot_at((self.opened_at - HISTORY_DAYS * DAY) * 1000)
        self._lock = threading.Lock()

    def slot_at(self, moment: int) -> int:
        return (moment // 1000 - EPOCH) // self.every

    def listed(self, task_id: str, now: int) -> list[Plan]:
        """The task's plans whose numbers were imported by now, oldest first."""
        self._grow(now)
        plans = self._listed.get(task_id, [])
        return plans[: bisect_right(plans, now, key=lambda plan: plan.imported_at)]

    def by_detail(self, task_id: str, batch_id: str, detail_id: str, now: int) -> Plan | None:
        if len(detail_id) != 16 or not detail_id.startswith("9662") or not detail_id.isdecimal():
            return None
        slot = int(detail_id[4:])
        if slot > self.slot_at(now + IMPORTED_BEFORE * 1000):
            return None
        plan = self.plan(slot)
        return plan if plan.campaign.task_id == task_id and plan.batch_id == batch_id else None

    def by_callee(self, task_id: str, callee: str, query_date: int, now: int) -> Moment | None:
        """The customer's latest attempt between the Beijing day of `query_date` and 24 h after it."""
        if len(callee) != 11 or not callee.isdecimal():
            return None
        day_start = query_date - (query_date + 8 * 3600 * 1000) % (DAY * 1000)
        end = query_date + DAY * 1000
        first = self.slot_at(day_start) - MOST_REDIALS * REDIAL_AFTER // self.every - 1
        wanted = int(callee[-6:]) * INVERSE
        slot = max(first, 0) + (wanted - max(first, 0)) % 1_000_000
        if slot > self.slot_at(end) or slot > self.slot_at(now):
            return None
        plan = self.plan(slot)
        moment = plan.at(now)
        if plan.campaign.task_id != task_id or plan.callee != callee or moment.attempt is None:
            return None
        return moment if day_start <= moment.attempt.dialled_at < end else None

    def plan(self, slot: int) -> Plan:
        plan = self._plans.get(slot)
        if plan is None:
            plan = self._plans[slot] = make_plan(self.seed, slot, self.every)
        return plan

    def _grow(self, now: int) -> None:
        """Plans up to now; they only ever grow, a clock set back just sees fewer."""
        last = self.slot_at(now + IMPORTED_BEFORE * 1000)
        if self._next_slot > last:
            return
        with self._lock:
            for slot in self._listed_slots(self._next_slot, last):
                plan = self.plan(slot)
                self._listed.setdefault(plan.campaign.task_id, []).append(plan)
            self._next_slot = max(self._next_slot, last + 1)

    def _listed_slots(self, first: int, last: int) -> Iterator[int]:
        for slot in range(first, last + 1):
            start = EPOCH + slot * self.every
            if start >= self.opened_at or (slot % self._thinning == 0 and _is_office_time(start)):
                yield slot


def make_plan(seed: int, slot: int, every: int) -> Plan:
    dice = random.Random(f"{seed}/{slot}")
    campaign = TURN_OF[slot % len(TURN_OF)]
    start = (EPOCH + slot * every + dice.randrange(max(1, every // 2))) * 1000
    words = _words(campaign, dice)
    scene = choose_scene(campaign.script, dice)
    turns = play(scene, words, dice)
    # The robot API tells whole seconds, the other one milliseconds.
    dialled_at = start if campaign.is_robot else start + dice.randrange(1000)
    return Plan(
        slot=slot,
        campaign=campaign,
        callee=f"{dice.choice(PREFIXES)}00{slot * SCATTER % 1_000_000:06d}",
        out_id="-".join(f"{dice.getrandbits(bits):0{bits // 4}x}" for bits in (32, 16, 16, 16, 48)),
        imported_at=start - IMPORTED_BEFORE * 1000,
        attempts=tuple(_attempts(dialled_at, turns, scene, dice)),
        words=words,
        scene=scene,
        turns=turns,
    )


def _is_office_time(start: int) -> bool:
    return 9 * 3600 <= (start + 8 * 3600) % DAY < 20.5 * 3600


def _words(campaign: Campaign, dice: random.Random) -> dict[str, str]:
    name = dice.choice(SURNAMES) + dice.choice(("先生", "女士"))
    return {variable.key: dice.choice(variable.values) if variable.values else name for variable in campaign.variables}


def _attempts(dialled_at: int, turns: tuple[Turn, ...], scene: Scene, dice: random.Random) -> Iterator[Attempt]:
    for number in range(MOST_REDIALS + 1):
        if dice.random() < 0.64:
            answered_at = dialled_at + dice.randrange(4, 22) * 1000
            talked = int(turns[-1].at + turns[-1].length) + (1 if scene.customer_hangs_up else 2)
            yield Attempt(number, dialled_at, answered_at, answered_at + talked * 1000, "ANSWERED")
            return
        result = dice.choices(list(UNANSWERED), list(UNANSWERED.values()))[0]
        rang = dice.randrange(25, 46) if result in {"NO_ANSWER", "CALL_REJECTED"} else dice.randrange(3, 9)
        yield Attempt(number, dialled_at, None, dialled_at + rang * 1000, result)
        if result not in REDIALLED or dice.random() < 0.4:
            return
        dialled_at += REDIAL_AFTER * 1000
