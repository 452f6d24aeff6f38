"""How often the interval around an estimated rate holds the true one. Prints Markdown.

    python -m bench.sampling

Worlds of two thousand calls whose failures are known, a hundred samples of each. A plain count of the reviewed calls
stands beside the estimate: it says how far picks mislead.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from reviews.queues.sampling import Candidate, Judged, Rate, Stratum, draw, luck, rate_of

SAMPLES = 100


@dataclass(frozen=True, slots=True)
class Simulated:
    """Of a hundred samples: how many intervals hold the truth, and on the average their width, the estimate's
    distance from the truth and that of a plain count.
    """

    covered: int
    width: float
    bias: float
    plain_bias: float


@dataclass(frozen=True, slots=True)
class World:
    """`must` of all calls are drawn each; of the others a `share`. Of what is drawn a part is `reviewed` at all."""

    calls: int
    must: float
    must_fail: float
    others_fail: float
    share: float
    reviewed: float = 1.0

    def simulated(self) -> Simulated:
        samples = [self.sample(seed) for seed in range(SAMPLES)]
        known = [(rate, true) for rate, true in samples if rate is not None]
        return Simulated(
            sum(rate.low - 1e-9 <= true <= rate.high + 1e-9 for rate, true in known),
            sum(rate.high - rate.low for rate, _true in known) / SAMPLES,
            sum(rate.value - true for rate, true in known) / SAMPLES,
            sum(rate.failed / rate.reviewed - true for rate, true in known) / SAMPLES,
        )

    def sample(self, seed: int) -> tuple[Rate | None, float]:
        """The estimate, and the truth."""
        chance, name = random.Random(seed), str(seed)
        failing: dict[str, bool] = {}
        found = []
        for number in range(self.calls):
            is_must = chance.random() < self.must
            failing[str(number)] = chance.random() < (self.must_fail if is_must else self.others_fail)
            found.append(Candidate(str(number), answers=frozenset(["must"]) if is_must else frozenset()))
        plan = [Stratum("Must", question="must"), Stratum("Random", self.share)]
        items = []
        for one, stratum in draw(plan, name, found):
            is_reviewed = luck(name, one.key, "reviewed") < self.reviewed
            items.append(Judged(stratum.name, stratum.share, failing[one.key] if is_reviewed else None))
        return rate_of(items), sum(failing.values()) / self.calls


WORLDS = {
    "no must": World(2000, 0, 0, 0.05, 0.1),
    "some must": World(2000, 0.05, 0.4, 0.05, 0.1),
    "much must": World(2000, 0.3, 0.4, 0.02, 0.1),
    "nearly all must": World(2000, 0.9, 0.1, 0.02, 0.2),
    "must fails less": World(2000, 0.3, 0.0, 0.3, 0.1),
    "rare failures": World(2000, 0, 0, 0.004, 0.15),
    "rare beside a must": World(2000, 0.05, 0.5, 0.004, 0.15),
    "part reviewed": World(2000, 0.1, 0.5, 0.03, 0.1, reviewed=0.6),
    "few calls": World(150, 0.2, 0.5, 0.1, 0.3),
}


def main() -> None:
    print(
        "| world | must | fail of must | fail of others | drawn | reviewed | held of 100 | width | bias | plain count |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, world in WORLDS.items():
        found = world.simulated()
        shares = (world.must, world.must_fail, world.others_fail, world.share, world.reviewed)
        cells = [*(f"{share:.1%}" for share in shares), str(found.covered), f"{found.width:.1%}"]
        print(f"| {name} | {' | '.join(cells)} | {found.bias:+.2%} | {found.plain_bias:+.1%} |")


if __name__ == "__main__":
    main()
