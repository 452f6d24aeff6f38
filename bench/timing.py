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

    @property
    def p50(self) -> float:
        return statistics.median(self.each)

    @property
    def p95(self) -> float:
        return sorted(self.each)[int(len(self.each) * 0.95)]

    def to(self, floor: Times) -> float:
        """In processor time: the clock of a shared machine says how busy others are, and that changes within a run."""
        return statistics.median(self.spent) / statistics.median(floor.spent)


@dataclass(frozen=True, slots=True)
class Target:
    """Not more than this, by database: times F or milliseconds of processor time, or milliseconds by the clock."""

    sqlite: float
    postgresql: float
    unit: str = "F"

    def told(self, times: Times, floor: Times, vendor: str) -> str:
        """`<= 3 F` and, where it is more, by how much it is missed."""
        most = self.sqlite if vendor == "sqlite" else self.postgresql
        spent = statistics.median(times.spent) * 1000
        found = {"F": times.to(floor), "ms": spent}.get(self.unit, times.p95 * 1000)
        return f"<= {most:g} {self.unit}" + ("" if found <= most else f", **missed: {found:.1f}**")


@dataclass
class Table:
    """Printed row by row, so that a long run shows how far it is."""

    floor: Times
    vendor: str

    def __post_init__(self) -> None:
        print("| | p50 | p95 | to F | target |\n|---|---|---|---|---|")

    def row(self, name: str, times: Times, target: Target | None = None) -> None:
        told = target.told(times, self.floor, self.vendor) if target else ""
        p50, p95 = f"{times.p50 * 1000:.2f} ms", f"{times.p95 * 1000:.2f} ms"
        print(f"| {name} | {p50} | {p95} | {times.to(self.floor):.1f} | {told} |", flush=True)

    def ask(self, name: str, ask: Callable[[], Any], target: Target | None = None) -> None:
        """A row about what may take longer than our settings let a statement take."""
        try:
            self.row(name, timed(ask), target)
        except OperationalError as error:
            connection.close()
            print(f"| {name} | {str(error).splitlines()[0]} | | | |", flush=True)


def timed(ask: Callable[[], Any]) -> Times:
    """Warm: the first answers are not counted."""
    began = time.perf_counter()
    for _warming in range(3):
        ask()
        if time.perf_counter() - began > SECONDS_PER_ROW:
            break
    times = Times()
    began = time.perf_counter()
    while len(times.each) < ROUNDS and (time.perf_counter() - began < SECONDS_PER_ROW or len(times.each) < FEWEST):
        start, spent = time.perf_counter(), processor_seconds()
        ask()
        times.spent.append(processor_seconds() - spent)
        times.each.append(time.perf_counter() - start)
    return times


def processor_seconds() -> float:
    """What this process and its PostgreSQL backend, if there is one on this machine, have spent so far."""
    ours = time.process_time()
    if connection.vendor != "postgresql":
        return ours
    # Nanoseconds on a processor come first; the backend is asked for once a connection.
    connection.ensure_connection()
    backend = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    return ours + (int(backend.read_text().split()[0]) / 1e9 if backend.exists() else 0)
