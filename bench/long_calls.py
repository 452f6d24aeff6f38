"""What timing the turns of very long calls costs. Prints Markdown.

    python -m bench.long_calls

The speech is made of numbers, not of sound: stretches as listening finds them, of two voices who pause between clauses.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import time

import numpy as np

from calls.hearing import AGENT, CUSTOMER, Said, Units, time_turns
from calls.hearing.speech import BANDS
from calls.hearing.syllables import clauses_of

SIZES = (20, 200, 1000, 2000)
TEXTS = (
    "您好，这里是客服中心，想了解一下您对这次售后服务是否满意？",
    "挺满意的，师傅上门很快，就是等了两天。",
    "非常抱歉给您带来不便。您说的是哪一笔退款？我帮您记录一下。",
    "就是十月份那个口语课，说好七个工作日退款。",
    "好的。",
    "嗯，是。",
)
# seconds a syllable
PACE = {AGENT: 0.2, CUSTOMER: 0.17}


def main() -> None:
    if len(sys.argv) > 1:
        print(json.dumps(_time(int(sys.argv[1]), is_stereo=sys.argv[2] == "stereo")))
        return
    print("| turns | line | length | aligning, processor | peak memory | ±1 s |\n|---|---|---|---|---|---|")
    for size in SIZES:
        for line in ("mono", "stereo"):
            # a process of its own, so that its peak of memory is the call's
            command = [sys.executable, "-m", "bench.long_calls", str(size), line]
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            told = f"{found['length'] / 60:.0f} min | {found['spent']:.2f} s | {found['peak']:.0f} MiB"
            print(f"| {size:,} | {line} | {told} | {found['right']:.1%} |", flush=True)


def _time(size: int, *, is_stereo: bool) -> dict[str, float]:
    turns, units, starts = _talk(size, is_stereo=is_stereo)
    began = time.process_time()
    times = time_turns(turns, units, float(units.end[-1]) + 1, {})
    spent = time.process_time() - began
    errors = np.abs([found.start / 1000 - start for found, start in zip(times, starts, strict=True)])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"length": float(units.end[-1]), "spent": spent, "peak": peak, "right": float(np.mean(errors <= 1))}


def _talk(size: int, *, is_stereo: bool) -> tuple[list[Said], Units, list[float]]:
    dice, noise = random.Random(1), np.random.default_rng(1)
    at, turns, starts, stretches = 0.5, [], [], []
    for place in range(size):
        speaker = (AGENT, CUSTOMER)[place % 2]
        turns.append(Said(speaker, dice.choice(TEXTS)))
        starts.append(at)
        for count in clauses_of(turns[-1].text):
            until = at + count * PACE[speaker] * dice.uniform(0.9, 1.1)
            while at < until:
                end = min(at + dice.uniform(0.15, 0.6), until)
                stretches.append((at, end, speaker))
                at = end
            at += dice.uniform(0.1, 0.3)
        at += dice.uniform(0.2, 0.9)
    speakers = np.array([speaker for _start, _end, speaker in stretches])
    active = np.stack([speakers == AGENT, speakers == CUSTOMER], axis=1) if is_stereo else np.ones((len(stretches), 1))
    voices = noise.normal(0, 0.5, (len(stretches), BANDS)) + np.where(speakers == AGENT, -0.6, 0.6)[:, None]
    edges = np.array([(start, end) for start, end, _speaker in stretches], np.float32)
    return turns, Units(edges[:, 0], edges[:, 1], active.astype(bool), voices.astype(np.float32)), starts


if __name__ == "__main__":
    main()
