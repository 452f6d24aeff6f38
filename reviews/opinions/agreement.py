"""How far two people agree beyond chance: raw agreement, Cohen's kappa and Gwet's AC1 for named answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import sqrt

# below this many pairs a coefficient says more about chance than about people
FEW = 10
Z = 1.959964  # 95 %


class Undefined(Enum):
    """Why there is no coefficient."""

    NO_PAIRS = "no_pairs"
    # everybody gave one and the same answer: nothing is left that chance could explain or not
    ONE_ANSWER = "one_answer"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of `n` pairs of answers, `same` were equal. A coefficient is None where it is undefined, and `why_not` says why.

    `raw` is a share, 0 to 1; `least` and `most` are its 95 % interval after Wilson.
    """

    n: int
    same: int
    raw: float | None
    least: float | None
    most: float | None
    kappa: float | None
    ac1: float | None
    why_not: Undefined | None = None

    @property
    def is_few(self) -> bool:
        return self.n < FEW

    @property
    def differing(self) -> int:
        return self.n - self.same


def agreement_of(pairs: Sequence[tuple[str, str]]) -> Agreement:
    """What two raters said of each thing, the first rater first."""
    n = len(pairs)
    if not n:
        return Agreement(0, 0, None, None, None, None, None, Undefined.NO_PAIRS)
    same = sum(first == second for first, second in pairs)
    least, most = wilson(same, n)
    answers = sorted({answer for pair in pairs for answer in pair})
    if len(answers) == 1:
        return Agreement(n, same, 1.0, least, most, None, None, Undefined.ONE_ANSWER)
    raw = same / n
    firsts, seconds = Counter(first for first, _ in pairs), Counter(second for _, second in pairs)
    by_chance = sum(firsts[answer] * seconds[answer] for answer in answers) / n**2
    shares = [(firsts[answer] + seconds[answer]) / (2 * n) for answer in answers]
    # Gwet: chance agreement is the probability that a thing is hard times that of guessing alike
    by_guess = sum(share * (1 - share) for share in shares) / (len(answers) - 1)
    return Agreement(n, same, raw, least, most, _beyond(raw, by_chance), _beyond(raw, by_guess))


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share, 0 to 1."""
    share, spread = hits / n, Z * Z / n
    middle = (share + spread / 2) / (1 + spread)
    half = Z * sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    # at both ends rounding would leave the scale by a hair
    return max(0.0, middle - half), min(1.0, middle + half)


def _beyond(raw: float, by_chance: float) -> float:
    # with two different answers among the pairs chance alone is never sure
    return (raw - by_chance) / (1 - by_chance)
