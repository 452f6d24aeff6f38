"""How fast the next item is handed out while ten reviewers ask for it again and again. Prints Markdown.

    make bench-queue                      # SQLite, then PostgreSQL
    python -m bench.queueing --reviewers 10 --items 500

Each reviewer is a process: it takes an item, closes it, pauses for a quarter of a second and takes the next, 500 times.
People pause for most of a minute: this is a crowd of two thousand. The time is that of `take_next` alone.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import search

TARGET = 100  # milliseconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reviewers", type=int, default=10)
    parser.add_argument("--items", type=int, default=500)
    parser.add_argument("--pause", type=float, default=0.25, help="seconds between two items")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(_take(options.one, options.items, options.pause)))
        return
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as home:
        # an empty database; the processes that review inherit where it is
        search.set_up(Path(home))
        _fill(options.reviewers, options.items)
        _print(_crowd(options.reviewers, options.items, options.pause))


def _fill(reviewers: int, items: int) -> None:
    """One call stands for all: what a call holds is read by nobody here."""
    from django.contrib.auth.models import User

    from bench.corpus import Corpus
    from calls.models import Call
    from reviews.models import Queue, QueueItem, Scorecard

    for number in range(reviewers):
        User.objects.create(username=f"reviewer{number}")
    for _written in Corpus(1).write():
        pass
    call = Call.objects.get()
    queue = Queue.objects.create(name="Bench", scorecard=Scorecard.objects.create(name="Bench"), second_share=0)
    many = (
        QueueItem(queue=queue, call=call, source=call.source, task_id=call.task_id, key=str(number), place=number)
        for number in range(reviewers * items)
    )
    QueueItem.objects.bulk_create(many, batch_size=500)


def _crowd(reviewers: int, items: int, pause: float) -> list[tuple[float, float]]:
    """What each of them measured."""
    command = [sys.executable, "-m", "bench.queueing", "--items", str(items), "--pause", str(pause), "--one"]
    running = [
        subprocess.Popen([*command, f"reviewer{number}"], stdout=subprocess.PIPE, text=True)
        for number in range(reviewers)
    ]
    return [took for process in running for took in json.loads(process.communicate()[0])]


def _take(name: str, items: int, pause: float) -> list[tuple[float, float]]:
    """Of every `take_next` the seconds by the clock, and those that our processor spent on it."""
    import django

    django.setup()
    from django.contrib.auth.models import User

    from reviews.reviewing.holding import close, take_next

    user, each = User.objects.get(username=name), []
    for _number in range(items):
        start, spent = time.perf_counter(), time.process_time()
        item = take_next(user)
        each.append((time.perf_counter() - start, time.process_time() - spent))
        assert item is not None
        close(item, item.token)
        time.sleep(pause)
    return each


def _print(taken: list[tuple[float, float]]) -> None:
    from django.db import connection

    from bench.timing import ninety_five

    each = [seconds for seconds, _spent in taken]
    spent = statistics.median(spent for _seconds, spent in taken) * 1000
    p50, p95 = statistics.median(each) * 1000, ninety_five(each) * 1000
    missed = "" if p95 < TARGET else ", **missed**"
    print("| | items | processor | p50 | p95 | target |\n|---|---|---|---|---|---|")
    times = f"{spent:.1f} ms | {p50:.1f} ms | {p95:.1f} ms"
    print(f"| {connection.vendor} | {len(each):,} | {times} | p95 < {TARGET} ms{missed} |")


if __name__ == "__main__":
    main()
