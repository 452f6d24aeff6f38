"""Telling the two voices of a call apart, by who is thought to speak in each unit so far (`who`; -1 for nobody)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calls.hearing.lattice import Costs
from calls.hearing.said import AGENT, CUSTOMER
from calls.hearing.units import Units


def channels_of(units: Units, who: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Stereo: the channel that fits better is the agent's. One column for the agent, one for the customer."""
    active, length = units.active, units.length
    heard = np.array([(active[who == speaker] * length[who == speaker, None]).sum(axis=0) for speaker in (0, 1)])
    is_straight = heard[0, 0] + heard[1, 1] >= heard[0, 1] + heard[1, 0]
    return active if is_straight else active[:, ::-1]


def by_channel(units: Units, is_mine: NDArray[np.bool_]) -> Costs:
    """What each unit costs whose turn it is laid to, one column a speaker."""
    own = np.zeros((len(units), 3))
    own[:, :2] = np.where(is_mine, 0.0, 1.0 + 8.0 * units.length[:, None])
    return own


def by_voice(units: Units, who: NDArray[np.int64]) -> Costs:
    """The same in mono, by what separates the two voices as they are told apart so far (linear discriminant)."""
    own = np.zeros((len(units), 3))
    length, voice = units.length, units.voice
    known = (who == AGENT) | (who == CUSTOMER)
    if min(length[who == AGENT].sum(), length[who == CUSTOMER].sum()) < 1.0:
        return own
    means = [np.average(voice[who == speaker], axis=0, weights=length[who == speaker]) for speaker in (0, 1)]
    rest = voice[known] - np.stack(means)[who[known]]
    spread = (rest * length[known, None]).T @ rest / length[known].sum()
    spread += np.eye(len(spread)) * (0.1 * np.trace(spread) / len(spread))
    direction = np.linalg.solve(spread, means[1] - means[0])
    middle = (means[0] + means[1]) / 2
    llr = np.clip((voice - middle) @ direction, -4, 4) * np.minimum(length / 0.25, 1.5) * 0.7
    own[:, AGENT], own[:, CUSTOMER] = np.maximum(llr, 0), np.maximum(-llr, 0)
    return own
