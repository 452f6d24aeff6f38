"""What somebody else does between two statements of ours: the moment that threads would have to hit by chance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import connection

from tests.workers import until

T = TypeVar("T")

# Of the locks, which are looked up each time: of who is connected a transaction sees what its first look has seen.
WAITED_FOR = """
SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))
"""


@contextmanager
def meanwhile(then: Callable[[], object], *, before: str = "", after: str = "") -> Iterator[None]:
    """Once, `then` happens right before or right after the first statement with all of these words, in their order."""
    left = [then]

    def go_on(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if before and left and _has(sql, before):
            left.pop()()
        answer = execute(sql, *rest)
        if after and left and _has(sql, after):
            left.pop()()
        return answer

    with connection.execute_wrapper(go_on):
        yield
    assert not left, f"no statement had {before or after}"


@contextmanager
def begun_meanwhile(work: Callable[[], T], *, before: str = "", after: str = "") -> Iterator[Callable[[], T]]:
    """At that statement somebody else begins `work`, and ours goes on once they wait for it or are done. Gives what
    their work came to.
    """
    begun: list[Future[T]] = []

    def on_a_connection_of_its_own() -> T:
        try:
            return work()
        finally:
            connection.close()

    def begin() -> None:
        begun.append(other.submit(on_a_connection_of_its_own))
        until(lambda: is_waited_for() or begun[0].done(), "the other one waits or is done")

    with ThreadPoolExecutor(1) as other, meanwhile(begin, before=before, after=after):
        yield lambda: begun[0].result(60)


def is_waited_for() -> bool:
    """Whether somebody waits for what this connection holds. What other tests left behind may wait for each other.

    SQLite has one writer at a time: whoever comes second has nothing in hands yet.
    """
    if connection.vendor == "sqlite":
        return True
    with connection.cursor() as cursor:
        cursor.execute(WAITED_FOR)
        return bool(cursor.fetchone()[0])


def _has(sql: str, words: str) -> bool:
    at = 0
    for word in words.split():
        at = sql.find(word, at) + 1
        if not at:
            return False
    return True
