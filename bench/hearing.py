"""How well and how fast recordings are heard: dialogues of two espeak-ng voices with known truth.

`python -m bench.hearing [--seed 2] [--dialogues 60]`. Prints Markdown tables. Seed 1 is for development; the published
figures come from another one. Needs espeak-ng (Debian package `espeak-ng`).
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np

from bench.dialogues import Dialogue, Line, as_wave, dialogues
from calls.hearing import AGENT, CUSTOMER, Heard, Said, TurnTime, listen, time_turns
from calls.hearing.decoding import blocks

LINES, NOISES = ("mono", "stereo"), (20, 10)
EXACT, TIMED, ROUGH = "exact", "with whole seconds", "with faults"
CONFIDENCES = ((0, 50), (50, 80), (80, 95), (95, 99), (99, 101))


@dataclass(frozen=True)
class Condition:
    line: str
    snr: int
    barge_in: bool
    # besides the texts: exact, whole seconds as the robot API gives them, or a transcript with faults
    transcript: str = EXACT

    def __str__(self) -> str:
        return f"{self.line} | {self.snr} dB | {'yes' if self.barge_in else 'no'} | {self.transcript}"


@dataclass(frozen=True)
class Found:
    """Errors in seconds, of our starts and of the text's share; confidence in percent."""

    error: float
    shared: float
    confidence: int


@dataclass
class Cost:
    """Seconds of processor time."""

    sound: float = 0.0
    listening: float = 0.0
    decoding: float = 0.0
    aligning: float = 0.0
    calls: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--dialogues", type=int, default=60)
    options = parser.parse_args()
    if shutil.which("espeak-ng") is None:
        sys.exit("bench.hearing speaks with espeak-ng: install the Debian package espeak-ng, or the like.")
    found: dict[Condition, list[Found]] = defaultdict(list)
    costs = {line: Cost() for line in LINES}
    with tempfile.TemporaryDirectory() as folder:
        for barge_in in (False, True):
            for number, dialogue in enumerate(dialogues(options.seed, options.dialogues, barge_in=barge_in)):
                for line, snr in product(LINES, NOISES):
                    dice = random.Random(f"{options.seed}/{number}/{barge_in}/{line}/{snr}")
                    path = Path(folder, "call.wav")
                    path.write_bytes(_recording(dialogue, line, snr, dice))
                    for condition, results in _try(path, dialogue, Condition(line, snr, barge_in), costs[line], dice):
                        found[condition] += results
    print(f"{options.dialogues} dialogues, seed {options.seed}\n")
    _print_errors(found)
    for transcript in (EXACT, ROUGH):
        _print_confidence(found, transcript)
    _print_costs(costs)


def _recording(dialogue: Dialogue, line: str, snr: int, dice: random.Random) -> bytes:
    return as_wave(dialogue.mono(snr, dice) if line == "mono" else dialogue.stereo(snr, dice))


def _try(
    path: Path, dialogue: Dialogue, condition: Condition, cost: Cost, dice: random.Random
) -> Iterator[tuple[Condition, list[Found]]]:
    began = time.process_time()
    for _ in blocks(path):
        pass
    decoded = time.process_time()
    heard = listen(path)
    listened = time.process_time()
    cost.sound += heard.duration
    cost.decoding += decoded - began
    cost.listening += listened - decoded
    turns = [Said(AGENT if line.is_agent else CUSTOMER, line.text, line.interrupts) for line in dialogue.lines]
    times = time_turns(turns, heard.units, heard.duration, {})
    cost.aligning += time.process_time() - listened
    cost.calls += 1
    yield condition, _compare(dialogue.lines, turns, times, heard)
    if condition.line == "mono":
        timed = _timed(turns, dialogue.lines, dice)
        times = time_turns(timed, heard.units, heard.duration, {})
        yield replace(condition, transcript=TIMED), _compare(dialogue.lines, timed, times, heard)
    rough, lines = _rough(turns, dialogue.lines, dice)
    times = time_turns(rough, heard.units, heard.duration, {})
    yield replace(condition, transcript=ROUGH), _compare(lines, rough, times, heard)


def _timed(turns: list[Said], lines: tuple[Line, ...], dice: random.Random) -> list[Said]:
    """As the robot API tells them: whole seconds of a clock that is not the recording's."""
    late = dice.uniform(0, 1.5)
    return [replace(turn, at=float(int(line.start + late))) for turn, line in zip(turns, lines, strict=True)]


def _rough(turns: list[Said], lines: tuple[Line, ...], dice: random.Random) -> tuple[list[Said], tuple[Line, ...]]:
    """One turn in twelve was not written down, one in six lost a third of its words, and nothing marks a barge-in."""
    kept = [(turn, line) for turn, line in zip(turns, lines, strict=True) if dice.random() > 1 / 12]
    said = [
        replace(turn, text=turn.text[: -(len(turn.text) // 3) or None] if dice.random() < 1 / 6 else turn.text)
        for turn, _ in kept
    ]
    return [replace(turn, interrupts=False) for turn in said], tuple(line for _, line in kept)


def _compare(lines: tuple[Line, ...], turns: list[Said], times: list[TurnTime], heard: Heard) -> list[Found]:
    plain = [Said(turn.speaker, turn.text) for turn in turns]
    shares = time_turns(plain, None, heard.duration, {})
    return [
        Found(time.start / 1000 - line.start, share.start / 1000 - line.start, time.confidence)
        for line, time, share in zip(lines, times, shares, strict=True)
    ]


def _print_errors(found: dict[Condition, list[Found]]) -> None:
    print("| line | noise | barge-in | transcript | median | ±0.5 s | ±1 s | share by length: median | ±1 s |")
    print("|---|---|---|---|---|---|---|---|---|")
    for condition in sorted(found, key=lambda one: (one.line, one.transcript, one.barge_in, -one.snr)):
        error = np.abs([one.error for one in found[condition]])
        shared = np.abs([one.shared for one in found[condition]])
        print(
            f"| {condition} | {np.median(error):.3f} s | {np.mean(error <= 0.5):.1%} | {np.mean(error <= 1):.1%} "
            f"| {np.median(shared):.2f} s | {np.mean(shared <= 1):.1%} |"
        )


def _print_confidence(found: dict[Condition, list[Found]], wanted: str) -> None:
    print(f"\n| confidence, transcript {wanted} | turns | right within 1 s |\n|---|---|---|")
    every = [one for condition, results in found.items() if condition.transcript == wanted for one in results]
    for low, high in CONFIDENCES:
        some = [abs(one.error) <= 1 for one in every if low <= one.confidence < high]
        print(f"| {low}–{min(high, 100)} % | {len(some)} | {np.mean(some) if some else 0:.1%} |")


def _print_costs(costs: dict[str, Cost]) -> None:
    print(
        "\n| line | listening, a minute of sound | of that decoding | ratio | aligning, a call |\n|---|---|---|---|---|"
    )
    for line, cost in costs.items():
        minutes = cost.sound / 60
        print(
            f"| {line} | {1000 * cost.listening / minutes:.1f} ms | {1000 * cost.decoding / minutes:.1f} ms "
            f"| {cost.listening / cost.decoding:.1f} | {1000 * cost.aligning / cost.calls:.0f} ms |"
        )


if __name__ == "__main__":
    main()
