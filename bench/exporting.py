"""How fast calls and reviews become a file, and in how much memory. Prints Markdown.

    python -m bench.exporting --calls 100000
    python -m tests.postgres python -m bench.exporting --calls 100000

Each file is written as a worker does it, by a process of its own, so that its peak of memory is the file's. The floor
is `csv` alone: the finished rows of the same export, already in memory, written again.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import search

if TYPE_CHECKING:
    from calls.models import BulkAction

FILES = {
    "CSV": ("csv", False),
    "XLSX": ("xlsx", False),
    "CSV with transcripts": ("csv", True),
    "XLSX with transcripts": ("xlsx", True),
}
REVIEWS = {"Reviews, CSV": "csv", "Reviews, XLSX": "xlsx"}
FLOOR = "csv alone"
MEBI = 1024 * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(_write(options.one)))
        return
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as home:
        # an empty database; the processes that write inherit where it is
        search.set_up(Path(home))
        _fill(options.calls)
        _print_table(f"{options.calls:,} calls", FILES, options.calls)
        _judge()
        _print_table(f"{options.calls:,} reviews of ten criteria", REVIEWS, options.calls)


def _fill(calls: int) -> None:
    from django.contrib.auth.models import User

    from bench.corpus import Corpus

    User.objects.create_superuser("bench")
    for written in Corpus(calls).write():
        if written % 10_000 == 0:
            search.progress(f"{written:,} calls written")


def _judge() -> None:
    from bench import judged

    for written in judged.fill():
        if written % 10_000 == 0:
            search.progress(f"{written:,} reviews written")


def _print_table(title: str, files: Iterable[str], rows: int) -> None:
    print(f"\n{title}\n")
    print(f"| | seconds | of them CPU | rows/s | × {FLOOR} | peak memory, MiB | file, MiB |")
    print("|---|---|---|---|---|---|---|")
    for name in files:
        _print_row(name, rows)


def _print_row(title: str, calls: int) -> None:
    command = [sys.executable, "-m", "bench.exporting", "--one", title]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    seconds, floor = found["seconds"], found["floor"]
    ratio = f"{found['cpu'] / floor:.0f}" if floor else "–"
    speed = f"{seconds:.1f} | {found['cpu']:.1f} | {calls / seconds:,.0f} | {ratio}"
    memory, size = found["peak"] / MEBI, found["size"] / MEBI
    print(f"| {title} | {speed} | {memory:.0f} | {size:.1f} |", flush=True)


def _write(title: str) -> dict[str, float]:
    import django

    django.setup()
    from calls import exporting
    from calls.models import Job

    action = _asked(title)
    job = action.job and Job.objects.claim(action.job.pk)
    assert job is not None
    start, cpu_start = time.perf_counter(), time.process_time()
    exporting.write(job)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu_start
    action.refresh_from_db()
    assert action.affected == action.expected, job.last_message
    path = exporting.shelf.folder() / action.file
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"seconds": seconds, "cpu": cpu, "peak": peak, "size": path.stat().st_size, "floor": _floor(path)}


def _asked(title: str) -> BulkAction:
    from django.contrib.auth.models import User
    from django.http import QueryDict

    from calls import exporting
    from calls.columns import DEFAULT
    from calls.selection import Selection
    from calls.vocabulary import ExportFormat
    from reviews.exporting import ask_export
    from reviews.finding import ReviewFilterForm
    from reviews.models import Review

    user = User.objects.get(username="bench")
    wish: dict[str, Any] = {"wants_numbers": False, "asked_by": user}
    if title in REVIEWS:
        count, format = Review.objects.finished().count(), ExportFormat(REVIEWS[title])
        return ask_export(ReviewFilterForm(QueryDict()), count=count, format=format, **wish)
    name, has_transcripts = FILES[title]
    columns = [*DEFAULT, exporting.TRANSCRIPT] if has_transcripts else DEFAULT
    selection = Selection(reader=user)
    return exporting.ask_export(selection, count=selection.count(), format=ExportFormat(name), columns=columns, **wish)


def _floor(path: Path) -> float:
    """Seconds of CPU; 0 for what is no CSV."""
    if path.suffix != ".csv":
        return 0
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    again = path.with_suffix(".again")
    start = time.process_time()
    with again.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows(rows)
    return time.process_time() - start


if __name__ == "__main__":
    main()
