"""What somebody else does between two statements of ours: the moment that threads would have to hit by chance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


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


def is_waited_for() -> bool:
    """SQLite has one writer at a time: whoever comes second has nothing in hands yet."""
    if connection.vendor == "sqlite":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


def _has(sql: str, words: str) -> bool:
    at = 0
    for word in words.split():
        at = sql.find(word, at) + 1
        if not at:
            return False
    return True
