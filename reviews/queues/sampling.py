"""Which calls of a plan are drawn, and what the drawn ones say about all of them. Pure functions.

A call belongs to the first stratum that it fits. Whether it is drawn there hangs on nothing but the queue's seed and
the call's own key: the same seed gives the same sample in any order, and calls that come later change nothing about
those before.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

# the stratum of calls that somebody added by hand: nobody knows how they were chosen, so they count in no rate
PICKED = "picked"
# of the standard normal distribution, for 95 %
Z = 1.959964
WORD = 2**64


@dataclass(frozen=True, slots=True)
class Stratum:
    """Calls of one sort, and the part of them, 0 to 1, that is drawn; 1 draws each of them.

    `question` is a list's query string, "" for every call; `task` is "source/task_id", "" for any; no intents: any.
    """

    name: str
    share: float = 1.0
    question: str = ""
    task: str = ""
    intents: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Stratum:
        return cls(row["name"], row["share"], row["question"], row["task"], tuple(row["intents"]))

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "share": self.share,
            "question": self.question,
            "task": self.task,
            "intents": list(self.intents),
        }

    def fits(self, candidate: Candidate) -> bool:
        return (
            (not self.question or self.question in candidate.answers)
            and (not self.task or self.task == candidate.task)
            and (not self.intents or candidate.intent in self.intents)
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A call that may be drawn. `key` names it for ever; `answers` are the questions of the plan that find it."""

    key: str
    task: str = ""
    intent: str = ""
    answers: frozenset[str] = frozenset()


Plan = Sequence[Stratum]


def stratum_of(plan: Plan, candidate: Candidate) -> Stratum | None:
    """The one it belongs to; None leaves the call outside of what the queue says anything about."""
    return next((stratum for stratum in plan if stratum.fits(candidate)), None)


def draw(plan: Plan, seed: str, candidates: Iterable[Candidate]) -> Iterator[tuple[Candidate, Stratum]]:
    """Those that are drawn, with the stratum whose share is their inclusion probability."""
    for candidate in candidates:
        stratum = stratum_of(plan, candidate)
        if stratum and luck(seed, candidate.key, "draw") < stratum.share:
            yield candidate, stratum


def luck(seed: str, key: str, of: str) -> float:
    """Evenly spread over 0 to 1, always the same for the same call; `of` keeps different lots apart."""
    digest = blake2b(f"{seed}\n{of}\n{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / WORD


def place_of(seed: str, key: str) -> int:
    """Where in its queue a call stands. By lot as well: what is reviewed so far is then a random part of the whole."""
    return int(luck(seed, key, "place") * 2**53)


# ---- What the drawn calls say about all


@dataclass(frozen=True, slots=True)
class Judged:
    """A drawn call. `failed` is None while nobody has reviewed it; strata of different queues are kept apart."""

    stratum: str
    probability: float
    failed: bool | None
    queue: Hashable = None


@dataclass(frozen=True, slots=True)
class Rate:
    """An estimated part of all calls, 0 to 1, with the ends of its 95 % interval.

    `reviewed` calls stand for about `total`; `failed` of the reviewed ones did.
    """

    value: float
    low: float
    high: float
    reviewed: int
    failed: int
    total: float


@dataclass(slots=True)
class _Group:
    probability: float
    drawn: int = 0
    reviewed: int = 0
    failed: int = 0

    @property
    def total(self) -> float:
        """About how many calls it was drawn from."""
        return self.drawn / self.probability


def rate_of(items: Iterable[Judged]) -> Rate | None:
    """How many of all calls fail, whatever was drawn more often than the rest; None while nothing is reviewed.

    The rate is Hájek's: every stratum counts as much as the calls that it stands for. Each stratum gets Wilson's
    interval with continuity correction, on a sample made as much larger as a finite population makes it worth, so a
    stratum that is reviewed whole is certain. They are joined by squares of distances (MOVER), with what is not known
    about the strata's sizes. Calls that are skipped or not reviewed yet are taken to be like the reviewed ones of
    their stratum.
    """
    groups = _grouped(items)
    reviewed = sum(group.reviewed for group in groups)
    if not reviewed:
        return None
    total = sum(group.total for group in groups)
    known = sum(group.total for group in groups if group.reviewed)
    value = sum(group.total * group.failed / group.reviewed for group in groups if group.reviewed) / known
    below = above = 0.0
    for group in groups:
        weight = group.total / total
        # Of a stratum without a review nothing is known: it may all have failed, or none of it.
        share = group.failed / group.reviewed if group.reviewed else value
        low, high = interval(share, worth(group.reviewed, group.total))
        size = (Z * (share - value) / total) ** 2 * group.drawn * (1 - group.probability) / group.probability**2
        below += (weight * (share - low)) ** 2 + size
        above += (weight * (high - share)) ** 2 + size
    return Rate(
        value,
        max(value - math.sqrt(below), 0.0),
        min(value + math.sqrt(above), 1.0),
        reviewed,
        sum(group.failed for group in groups),
        total,
    )


def worth(reviewed: int, total: float) -> float:
    """As many independent calls would tell as much as these of a finite number; endless when it is all of them."""
    return math.inf if reviewed >= total > 0 else reviewed * max(total - 1, 1.0) / (total - reviewed)


def interval(share: float, size: float) -> tuple[float, float]:
    """Wilson's 95 % interval of a share with continuity correction; certain when `size` is endless."""
    if math.isinf(size):
        return share, share
    if not size:
        return 0.0, 1.0
    square, width = Z * Z, 2 * (size + Z * Z)
    middle, product = 2 * size * share + square, 4 * size * share * (1 - share)
    low = (middle - 1 - Z * math.sqrt(max(square - 2 - 1 / size + product + 4 * share, 0.0))) / width
    high = (middle + 1 + Z * math.sqrt(max(square + 2 - 1 / size + product - 4 * share, 0.0))) / width
    # at the ends the correction has nothing to correct
    return (0.0 if share == 0 else max(low, 0.0)), (1.0 if share == 1 else min(high, 1.0))


def _grouped(items: Iterable[Judged]) -> list[_Group]:
    groups: dict[tuple[Hashable, str, float], _Group] = {}
    for item in items:
        if item.stratum == PICKED:
            continue
        name = (item.queue, item.stratum, item.probability)
        group = groups.setdefault(name, _Group(item.probability))
        group.drawn += 1
        group.reviewed += item.failed is not None
        group.failed += item.failed is True
    return list(groups.values())
