"""Cutting a row of units into clauses: every way to do it, weighed (dynamic programming over segments).

Costs are negative log likelihoods. A clause takes units a…a+w; between clauses units may be left over (noise), and a
clause may come to nothing (never spoken).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Costs = NDArray[np.float64]
NEVER = 1e9


@dataclass(frozen=True, slots=True)
class Clause:
    """What the lattice must know of one clause. `begin[a]` is the cost of starting with unit `first + a`."""

    turn: int
    is_first: bool
    speaker: int
    expected: float
    spread: float
    # how much being shorter than expected costs, 1 for as much as being longer
    short: float
    begin: Costs
    nothing: float
    # units that may start it, without the last one
    first: int
    last: int


class Lattice:
    def __init__(
        self, clauses: list[Clause], length: Costs, inner: Costs, own: Costs, spare: Costs, widest: int
    ) -> None:
        """Per unit: each speaker's seconds, what its gap costs inside a clause, what being whose costs, or nobody's."""
        self.clauses = clauses
        self.count = len(inner)
        self.width = max(min(widest, self.count), 1)
        self._length = [_prefix(column) for column in length.T]
        self._own = [_prefix(column) for column in own.T]
        self._inner, self._spare = _prefix(inner), _prefix(spare)

    def best(self) -> list[tuple[int, int]]:
        """The cheapest: first unit and last-plus-one of each clause, equal ones where it came to nothing."""
        cost = self._spare.copy()
        choices = []
        for clause in self.clauses:
            open_at, came_from = _running_minimum(cost, self._spare)
            table, reach = self._by_end(clause, open_at)
            choice = table.argmin(axis=1)
            taken = table[np.arange(len(choice)), choice]
            cost = cost + clause.nothing
            choice[taken >= cost[reach]] = -1
            cost[reach] = np.minimum(taken, cost[reach])
            first, last = clause.first, clause.last
            # the window alone: of a long call everything would be gigabytes
            choices.append(_Choice(reach, choice, first, came_from[first:last].astype(np.int32)))
        return self._walk_back(choices, int((cost + self._spare[-1] - self._spare).argmin()))

    def _walk_back(self, choices: list[_Choice], at: int) -> list[tuple[int, int]]:
        spans = []
        for one in reversed(choices):
            taken = int(one.taken[at - one.reach.start]) if one.reach.start <= at < one.reach.stop else -1
            if taken < 0:
                spans.append((at, at))
                continue
            first = at - taken - 1
            spans.append((first, at))
            at = int(one.came_from[first - one.first])
        return spans[::-1]

    def begins(self, heat: float) -> list[tuple[int, Costs]]:
        """For each clause a unit, and the probabilities of starting with it and with those behind it; what is missing
        to 1 is that of nothing.

        `heat` above 1 flattens: the costs are surer of themselves than they are right.
        """
        spare = self._spare / heat
        opened = []
        cost = -spare
        for clause in self.clauses:
            open_at = np.logaddexp.accumulate(cost + spare) - spare
            first, last = clause.first, clause.last
            opened.append(open_at[first:last].copy())
            table, reach = self._by_end(clause, -open_at * heat)
            cost = cost - clause.nothing / heat
            cost[reach] = np.logaddexp(np.logaddexp.reduce(-table / heat, axis=1), cost[reach])
        after = spare - spare[-1]
        whole = np.logaddexp.reduce(cost + after)
        found = []
        for clause, before in zip(reversed(self.clauses), reversed(opened), strict=True):
            onward = np.full(self.count, -NEVER)
            table, starts = self._by_start(clause, after * heat)
            onward[starts] = np.logaddexp.reduce(-table / heat, axis=1)
            found.append((starts.start, np.exp(np.clip(before + onward[starts] - whole, -100, 0))))
            starting = np.append(onward, -NEVER)
            through = np.logaddexp.accumulate((starting - spare)[::-1])[::-1] + spare
            after = np.logaddexp(through, after - clause.nothing / heat)
        return found[::-1]

    def _table(self, clause: Clause) -> Costs:
        """Cost of a clause by first unit (rows) and units beyond it (columns)."""
        first, last = clause.first, clause.last
        starts = np.arange(first, last)[:, None]
        ends = starts + np.arange(1, self.width + 1)
        inside = np.minimum(ends, self.count)
        length = self._length[clause.speaker]
        off = (length[inside] - length[starts] - clause.expected) / clause.spread
        size: Costs = np.abs(off)
        # beyond three spreads it is an outlier, and outliers happen
        cost = np.where(size < 3, 0.5 * size * size, 3 * size - 4.5)
        cost *= np.where(off < 0, clause.short, 1.0)
        cost += self._inner[inside] - self._inner[starts + 1]
        cost += self._own[clause.speaker][inside] - self._own[clause.speaker][starts]
        cost += clause.begin[:, None]
        cost[ends > self.count] = NEVER
        return cost

    def _by_end(self, clause: Clause, open_at: Costs) -> tuple[Costs, slice]:
        """Rows are positions after the clause, columns how many units beyond the first it has."""
        first, last = clause.first, clause.last
        cost = self._table(clause) + open_at[first:last, None]
        size = min(last - first + self.width - 1, self.count - first)
        table = np.full((last - first + self.width - 1, self.width), NEVER)
        for column in range(self.width):
            table[column : last - first + column, column] = cost[:, column]
        return table[:size], slice(first + 1, first + 1 + size)

    def _by_start(self, clause: Clause, after: Costs) -> tuple[Costs, slice]:
        """Rows are first units; the cost of the clause and of all that follows it."""
        first, last = clause.first, clause.last
        ends = np.minimum(np.arange(first, last)[:, None] + np.arange(1, self.width + 1), self.count)
        return self._table(clause) - after[ends], slice(first, last)


@dataclass(frozen=True, slots=True)
class _Choice:
    """How the cheapest way to each position of `reach` ended: units beyond the first, or -1 for nothing."""

    reach: slice
    taken: NDArray[np.int64]
    # of the units from `first` on
    first: int
    came_from: NDArray[np.int32]


def _prefix(values: Costs) -> Costs:
    return np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])


def _running_minimum(cost: Costs, spare: Costs) -> tuple[Costs, NDArray[np.int64]]:
    """The cheapest way to be at each position, leaving units over, and the position from which they are left."""
    level = cost - spare
    lowest = np.minimum.accumulate(level)
    is_new = np.concatenate([[True], level[1:] < lowest[:-1]])
    came_from = np.maximum.accumulate(np.where(is_new, np.arange(len(level)), 0))
    return lowest + spare, came_from
