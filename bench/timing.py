"""Times of a question, and the table that they stand in beside their targets."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import OperationalError, connection

ROUNDS = 200
# A question that takes long is not asked as often.
SECONDS_PER_ROW = 1.0
FEWEST = 3


@dataclass
class Times:
    """Of one kind of question: seconds by the clock, and seconds that our processor and the database's spent on it."""

    each: list[float] = field(default_factory=list)
    spent: list[float] = field(default_factory=list)
    # processor seconds of F, asked in turn with it
    floor: list[float] = field(default_factory=list)

    @property
    def p50(self) -> float:
        return statistics.median(self.each)

    @property
    def p95(self) -> float:
        return ninety_five(self.each)

    @property
    def spent_p50(self) -> float:
        return statistics.median(self.spent)

    @property
    def spent_p95(self) -> float:
        return ninety_five(self.spent)

    @property
    def to_floor(self) -> float:
        """In processor time: the clock of a shared machine says how busy others are. That makes a processor slower as
        well, from one second to the next, so each question is compared with the F that was asked right after it. Of F
        itself that makes 1.0; one median over the other made anything from 0.9 to 1.1.
        """
        return statistics.median(spent / floor for spent, floor in zip(self.spent, self.floor, strict=True))


@dataclass(frozen=True, slots=True)
class Target:
    """Not more than this, by database: times F, or milliseconds of processor time in the middle or of 95 of 100."""

    sqlite: float
    postgresql: float
    unit: str = "F"

    def told(self, times: Times, vendor: str) -> str:
        """`<= 3 F` and, where it is more, by how much it is missed."""
        most = self.sqlite if vendor == "sqlite" else self.postgresql
        found = {"F": times.to_floor, "ms": times.spent_p50 * 1000, "ms, p95": times.spent_p95 * 1000}[self.unit]
        return f"<= {most:g} {self.unit}" + ("" if found <= most else f", **missed: {found:.1f}**")


@dataclass
class Table:
    """Printed row by row, so that a long run shows how far it is; of `only` some, those with this in their name."""

    floor: Callable[[], Any]
    vendor: str
    only: str = ""

    def __post_init__(self) -> None:
        print("| ms | clock p50 | p95 | processor p50 | p95 | to F | target |\n|---|---|---|---|---|---|---|")

    def ask(
        self,
        name: str,
        ask: Callable[[], Any],
        target: Target | None = None,
        seconds: float = SECONDS_PER_ROW,
        outcome: Callable[[], str] = str,
    ) -> None:
        """A row about a question, which may take longer than our settings let a statement take. `outcome` is what the
        name does not tell.
        """
        if self.only not in name:
            return
        try:
            self.row(f"{name}{outcome()}", timed(ask, self.floor, seconds), target)
        except OperationalError as error:
            connection.close()
            print(f"| {name} | {str(error).splitlines()[0]} | | | | | |", flush=True)

    def row(self, name: str, times: Times, target: Target | None = None) -> None:
        told = target.told(times, self.vendor) if target else ""
        seconds = (times.p50, times.p95, times.spent_p50, times.spent_p95)
        figures = " | ".join(f"{each * 1000:.2f}" for each in seconds)
        print(f"| {name} | {figures} | {times.to_floor:.1f} | {told} |", flush=True)


def timed(ask: Callable[[], Any], floor: Callable[[], Any], seconds: float = SECONDS_PER_ROW) -> Times:
    """Warm: the first answers are not counted. More `seconds` than usual where a single one takes long."""
    floor()
    began = time.perf_counter()
    for _warming in range(3):
        ask()
        if time.perf_counter() - began > seconds:
            break
    times = Times()
    began = time.perf_counter()
    while len(times.each) < ROUNDS and (time.perf_counter() - began < seconds or len(times.each) < FEWEST):
        start, spent = time.perf_counter(), processor_seconds()
        ask()
        times.spent.append(processor_seconds() - spent)
        times.each.append(time.perf_counter() - start)
        times.floor.append(spent_on(floor))
    return times


def spent_on(ask: Callable[[], Any]) -> float:
    before = processor_seconds()
    ask()
    return processor_seconds() - before


def processor_seconds() -> float:
    """What this process and its PostgreSQL backend, if there is one on this machine, have spent so far."""
    ours = time.process_time()
    if connection.vendor != "postgresql":
        return ours
    # Nanoseconds on a processor come first; the backend is asked for once a connection.
    connection.ensure_connection()
    backend = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    return ours + (int(backend.read_text().split()[0]) / 1e9 if backend.exists() else 0)


def ninety_five(seconds: list[float]) -> float:
    """What 95 of 100 stay below."""
    return sorted(seconds)[int(len(seconds) * 0.95)]
