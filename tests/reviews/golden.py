"""Reads golden.md: scorecards, answers, and the scores that somebody computed by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from reviews.scoring import Answer, Card, Condition, Criterion, Option, Section
from reviews.vocabulary import CriterionKind, Stakes

PASS_FAIL = "pass:1 fail:0!"


@dataclass(frozen=True)
class Golden:
    name: str
    card: Card
    answers: dict[str, Answer]
    total: float | None
    critical: float | None
    is_fatal: bool
    passed: bool | None
    open: tuple[str, ...]


def cases() -> Iterator[Golden]:
    text = (Path(__file__).parent / "golden.md").read_text(encoding="utf-8")
    for chapter in text.split("\n## ")[1:]:
        heading, *lines = chapter.splitlines()
        name, passes_from = heading.rsplit(", ", 1)
        criteria, answers = _tables(lines)
        sections = tuple(
            Section(title, tuple(map(_criterion, rows))) for title, rows in groupby(criteria, lambda row: row[0])
        )
        for row in answers:
            yield _golden(f"{name}: {row[0] or 'nothing'}", Card(sections, float(passes_from)), row)


def _tables(lines: list[str]) -> list[list[list[str]]]:
    """The cells of every table, without head and rule."""
    tables = [list(rows) for is_row, rows in groupby(lines, lambda line: line.startswith("|")) if is_row]
    return [[[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]] for rows in tables]


def _criterion(row: list[str]) -> Criterion:
    _section, key, kind, weight, options, stakes, shown_if = row
    condition = shown_if.split()
    passes_from = float(options.removeprefix("from ")) if options.startswith("from ") else None
    written = "" if passes_from is not None else options.replace("pf", PASS_FAIL)
    return Criterion(
        key,
        key,
        CriterionKind(kind),
        float(weight),
        tuple(map(_option, written.split())),
        Stakes(stakes),
        shown_if=Condition(condition[0], tuple(condition[1:])) if condition else None,
        passes_from=passes_from,
    )


def _option(text: str) -> Option:
    key, share = text.split(":")
    return Option(key, key, None if share == "~" else float(share.rstrip("!")), share.endswith("!"))


def _golden(name: str, card: Card, row: list[str]) -> Golden:
    given, total, critical, fatal, passed, still_open, _by_hand = row
    pairs = dict(pair.split("=") for pair in given.split())
    answers = {key: Answer(is_na=True) if value == "na" else Answer(value) for key, value in pairs.items()}
    verdict = {"yes": True, "no": False, "–": None}
    return Golden(
        name,
        card,
        answers,
        _number(total),
        _number(critical),
        fatal == "yes",
        verdict[passed],
        tuple(still_open.split()),
    )


def _number(text: str) -> float | None:
    return None if text == "–" else float(text)
