"""Conversations written down as scripts with variants, and the one that a given call plays."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

SCRIPTS = Path(__file__).parent / "scripts"
SECONDS_A_CHARACTER = 0.21


@dataclass(frozen=True, slots=True)
class ScriptLine:
    is_agent: bool
    variants: tuple[str, ...]
    interrupts: bool = False
    # lines of one optional stretch are said together or not at all
    is_optional: bool = False


@dataclass(slots=True)
class Scene:
    """One way a conversation goes: `== intent*weight`, then facts (tag, labels, transfer, end), then lines."""

    intent: str
    weight: int
    lines: list[ScriptLine] = field(default_factory=list)
    # (name, values) as in `tag 关注点: 师资 / 上课时间`
    tags: list[tuple[str, list[str]]] = field(default_factory=list)
    labels: str = ""
    # "", "done" or "failed 用户挂断"
    transfer: str = ""
    customer_hangs_up: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """`at` and `length` are seconds since the call was answered."""

    is_agent: bool
    text: str
    interrupts: bool
    at: float
    length: float


@cache
def scenes(script: str) -> tuple[Scene, ...]:
    found: list[Scene] = []
    for line in (SCRIPTS / f"{script}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            intent, _, weight = line[3:].partition("*")
            found.append(Scene(intent, int(weight)))
        elif line:
            _add(found[-1], line)
    return tuple(found)


def _add(scene: Scene, line: str) -> None:
    word, _, rest = line.partition(" ")
    if word == "tag":
        name, _, values = rest.partition(": ")
        scene.tags.append((name, values.split(" / ")))
    elif word == "labels":
        scene.labels = rest
    elif word == "transfer":
        scene.transfer = rest
    elif word == "end":
        scene.customer_hangs_up = rest == "customer"
    else:
        # The mark of the first variant counts for all of them: `!C one|!C two` interrupts either way.
        mark = word[:-1]
        variants = tuple(variant.removeprefix(f"{word} ") for variant in line.split("|"))
        scene.lines.append(ScriptLine(word[-1] == "R", variants, "!" in mark, "?" in mark))


def choose_scene(script: str, dice: random.Random) -> Scene:
    choices = scenes(script)
    return dice.choices(choices, [scene.weight for scene in choices])[0]


def play(scene: Scene, words: Mapping[str, str], dice: random.Random) -> tuple[Turn, ...]:
    """The scene as it was said this time."""
    turns: list[Turn] = []
    at = 0.8
    says_optional = dice.random() < 0.5
    for line in scene.lines:
        if line.is_optional and not says_optional:
            continue
        text = dice.choice(line.variants).format_map(words)
        length = 0.5 + len(text) * SECONDS_A_CHARACTER
        if line.interrupts and turns:
            at = max(turns[-1].at + 0.5, at - 1.4)
        turns.append(Turn(line.is_agent, text, line.interrupts, at, length))
        at += length + 0.3 + dice.random() * 0.9
    return tuple(turns)
