"""When each turn of a transcript is heard: its text laid over the stretches of speech."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from calls.hearing.lattice import NEVER, Clause, Costs, Lattice
from calls.hearing.said import AGENT, CUSTOMER, OTHER, Placed, Said, Wish, between_the_others, wishes_of
from calls.hearing.syllables import clauses_of
from calls.hearing.units import Units
from calls.hearing.voices import by_channel, by_voice, channels_of

# Seconds: what a clause takes besides its syllables, and the share of its length by which it varies.
ONSET, VARIES, ALWAYS = 0.06, 0.17, 0.12
ROUNDS = 4
HEAT = 1.0
# seconds around a start within which it counts as right
RIGHT = 1.0
# Units around its share of the text in which a turn is looked for, about five minutes: most calls are searched whole.
NARROWEST = 800
# the same in a long call once a first look has found about where
NARROW = 150
# one stretch of speech goes on over a silence that short
TOGETHER = 0.12


def align(
    turns: Sequence[Said], units: Units, anchors: Mapping[int, float], alive: Callable[[], None] = lambda: None
) -> list[Placed] | None:
    """`anchors` are starts set by people, by index of the turn, and hold. None when nobody speaks."""
    for seconds in anchors.values():
        units = units.cut_at(seconds)
    if not turns or not len(units):
        return None
    if not units.is_stereo:
        units = units.only(units.active[:, (units.active * units.length[:, None]).sum(axis=0).argmax()])
    wishes = wishes_of(turns, anchors)
    together = _Alignment(wishes, units, alive)
    placed = together.placed(ROUNDS)
    if together.is_mine is not None:
        for _ in range(2):
            for side in (AGENT, CUSTOMER):
                _align_side(side, wishes, placed, together)
    return placed


def _align_side(side: int, wishes: list[Wish], placed: list[Placed], together: _Alignment) -> None:
    """Stereo, once it is known whose channel is whose: one voice alone, between the turns of the other one.

    A person who takes over from the robot speaks on the robot's side.
    """
    members = [index for index, wish in enumerate(wishes) if (wish.turn.speaker == CUSTOMER) == (side == CUSTOMER)]
    assert together.is_mine is not None
    mine = together.is_mine[:, side]
    if not members or not mine.any():
        return
    inside = between_the_others(members, wishes, placed)
    alone = _Alignment(inside, together.units.only(mine), together.alive)
    alone.places = np.searchsorted(alone.units.start, [placed[index].start for index in members])
    for index, place in zip(members, alone.placed(ROUNDS // 2), strict=True):
        placed[index] = place


class _Alignment:
    def __init__(self, wishes: Sequence[Wish], units: Units, alive: Callable[[], None]) -> None:
        self.wishes, self.units, self.alive = wishes, units, alive
        self.counts = [clauses_of(wish.turn.text) for wish in wishes]
        total = sum(map(sum, self.counts))
        self.rate = np.full(3, float(units.length.sum()) / total)
        self.own = np.zeros((len(units), 3))
        # in stereo, known only when it is known which channel is whose
        self.length = np.repeat(units.length[:, None].astype(float), 3, axis=1)
        self.is_mine: NDArray[np.bool_] | None = None
        self.shift: list[float | None] = [None, None, None]
        # the unit at which each turn was found so far; looked at in long calls only
        self.places: NDArray[np.int64] | None = None

    def placed(self, rounds: int) -> list[Placed]:
        lattice = self._lattice()
        for _ in range(rounds):
            self.alive()
            spans = lattice.best()
            self._learn(lattice.clauses, spans)
            self.places = np.array(
                [span[0] for span, clause in zip(spans, lattice.clauses, strict=True) if clause.is_first]
            )
            lattice = self._lattice()
        return self._read(lattice)

    # ---- what is expected

    def _lattice(self) -> Lattice:
        windows = self._windows()
        clauses = [clause for index in range(len(self.wishes)) for clause in self._clauses(index, windows[index])]
        gap = self._gap
        inner = np.where(gap < 0.12, 0.0, np.minimum(1.0 + (gap - 0.12) * 6, 7.0))
        spare = self.units.length.astype(float) * 6.0 + 0.3
        longest = max(clause.expected + 4 * clause.spread for clause in clauses)
        widest = int(np.diff(np.searchsorted(np.cumsum(self.units.length), [0, longest]))[0]) + 8
        return Lattice(clauses, self.length, inner, self.own, spare, max(widest, 8))

    def _clauses(self, index: int, window: tuple[int, int]) -> list[Clause]:
        first = min(max(window[0], 0), len(self.units) - 1)
        last = min(max(window[1], first + 1), len(self.units))
        turn, is_cut = self.wishes[index].turn, self.wishes[index].is_cut
        clauses = []
        for number, count in enumerate(self.counts[index]):
            expected = self.rate[turn.speaker] * count + ONSET
            clauses.append(
                Clause(
                    turn=index,
                    is_first=number == 0,
                    speaker=turn.speaker,
                    expected=expected,
                    spread=float(np.hypot(VARIES * expected, ALWAYS)),
                    short=0.3 if is_cut else 1.0,
                    begin=self._going_on[first:last] if number else self._begin(index, first, last),
                    nothing=(1.5 if number else 5.0) if is_cut else (4.0 + 3.0 * expected),
                    first=first,
                    last=last,
                )
            )
        return clauses

    def _windows(self) -> list[tuple[int, int]]:
        """Where each turn may start, as units: anywhere, but in very long calls not too far from its share."""
        units = len(self.units)
        if units > 2 * NARROWEST and self.places is not None:
            return [(place - NARROW, place + NARROW) for place in self._anchored(self.places).tolist()]
        syllables = np.cumsum([0, *map(sum, self.counts)])
        known = [(0, 0.0), (int(syllables[-1]), float(units))]
        for place, wish in zip(syllables, self.wishes, strict=False):
            if wish.anchor is not None:
                known.append((int(place), float(np.searchsorted(self.units.start, wish.anchor))))
        known.sort()
        centres = np.interp(syllables[:-1], [place for place, _ in known], [unit for _, unit in known])
        margin = max(NARROWEST, units * 0.04)
        return [(int(centre - margin), int(centre + margin) + 1) for centre in centres]

    def _anchored(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where a person said that a turn starts, it is looked for there."""
        anchors = [wish.anchor for wish in self.wishes]
        at = [
            place if anchor is None else np.searchsorted(self.units.start, anchor)
            for place, anchor in zip(places, anchors, strict=True)
        ]
        return np.array(at, np.int64)

    def _begin(self, index: int, first: int, last: int) -> Costs:
        """What it costs a turn to start with each of these units."""
        wish, start = self.wishes[index], self.units.start[first:last]
        if wish.anchor is not None:
            cost = np.full(len(start), NEVER)
            cost[min(int(np.searchsorted(start, wish.anchor - 0.03)), len(start) - 1)] = 0
            return cost
        turn = wish.turn
        cost = self._setting_in[turn.interrupts][first:last].copy()
        cost += np.minimum(3 * np.maximum(wish.after - start, 0) + 3 * np.maximum(start - wish.before, 0), 12)
        if not turn.interrupts:
            cost += np.where(start < wish.over - 0.2, 2.0, 0.0)
        if turn.at is not None:
            shift = self.shift[turn.speaker]
            off = np.abs(start - turn.at - (0.5 if shift is None else shift)) / (2.5 if shift is None else 0.5)
            cost = cost + np.where(off < 2, 0.5 * off * off, 2 * off - 2)
        return cost

    @cached_property
    def _setting_in(self) -> tuple[Costs, Costs]:
        """What the silence before each unit says against a turn that begins there, and one that interrupts."""
        pauses, costs = [0, 0.04, 0.1, 0.3], [1.5, 1.0, 0.0]
        return np.interp(self._gap, pauses, [4.0, *costs]), np.interp(self._gap, pauses, [1.0, *costs])

    @cached_property
    def _going_on(self) -> Costs:
        """What it costs a later clause of a turn: people pause at commas, but not for long."""
        cost: Costs = np.interp(self._gap, [0, 0.05, 0.15, 0.7, 4.0], [1.2, 0.6, 0.0, 0.0, 6.0])
        return cost

    @cached_property
    def _gap(self) -> Costs:
        return self.units.gap.astype(float)

    # ---- what the recording teaches

    def _learn(self, clauses: list[Clause], spans: list[tuple[int, int]]) -> None:
        lengths = np.concatenate([[0], np.cumsum(self.units.length)])
        said = np.zeros((3, 2))
        who = np.full(len(self.units), -1)
        syllables = [count for counts in self.counts for count in counts]
        for clause, count, (first, last) in zip(clauses, syllables, spans, strict=True):
            length = lengths[last] - lengths[first]
            if last > first and abs(length - clause.expected) < 2.5 * clause.spread:
                said[clause.speaker] += (length - ONSET, count)
            who[first:last] = clause.speaker
        everybody = said[:, 0].sum() / max(said[:, 1].sum(), 1) or self.rate.mean()
        self.rate = (said[:, 0] + 10 * everybody) / (said[:, 1] + 10)
        if self.units.active.shape[1] > 1:
            self.is_mine = channels_of(self.units, who)
            self.own = by_channel(self.units, self.is_mine)
            self.length[:, :2] = self.units.length[:, None] * self.is_mine
        else:
            self.own = by_voice(self.units, who)
        self._learn_shift(clauses, spans)

    def _learn_shift(self, clauses: list[Clause], spans: list[tuple[int, int]]) -> None:
        offs: list[list[float]] = [[], [], []]
        for index, group in groupby(zip(clauses, spans, strict=True), key=lambda pair: pair[0].turn):
            (first, last), turn = next(group)[1], self.wishes[index].turn
            if turn.at is not None and last > first:
                offs[turn.speaker].append(float(self.units.start[first]) - turn.at)
        self.shift = [float(np.median(off)) if off else None for off in offs]

    # ---- what comes of it

    def _read(self, lattice: Lattice) -> list[Placed]:
        spans, begins = lattice.best(), lattice.begins(HEAT)
        placed = []
        start = self.units.start.astype(float)
        ends = [0, 0, 0]
        for index, group in groupby(zip(lattice.clauses, spans, begins, strict=True), key=lambda item: item[0].turn):
            members = list(group)
            speaker, anchor = self.wishes[index].turn.speaker, self.wishes[index].anchor
            first, last = members[0][1][0], members[-1][1][1]
            chance = self._spread_out(*members[0][2])
            at = int(chance.argmax()) if chance.sum() > 0.3 else min(first, len(start) - 1)
            at, last = self._stretch(speaker, at, last, ends[speaker])
            ends[speaker] = last
            near = np.abs(start - start[at]) <= RIGHT
            begin = start[at] if anchor is None else anchor
            end = float(self.units.end[max(last - 1, 0)])
            placed.append(Placed(float(begin), max(end, float(begin)), float(min(chance[near].sum(), 1.0))))
        return placed

    def _spread_out(self, first: int, chances: Costs) -> Costs:
        everywhere = np.zeros(len(self.units))
        everywhere[first : first + len(chances)] = chances
        return everywhere

    def _stretch(self, speaker: int, first: int, last: int, free_from: int) -> tuple[int, int]:
        """On its own channel a voice goes on under the other one: its turn is as long as it is heard."""
        if self.is_mine is None or speaker == OTHER:
            return first, last
        mine, gap = self.is_mine[:, speaker], self.units.gap
        while first > free_from and mine[first - 1] and gap[first] < TOGETHER:
            first -= 1
        while last < len(mine) and mine[last] and gap[last] < TOGETHER and last > first:
            last += 1
        return first, last
