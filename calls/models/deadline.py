"""Questions that have so much time and no more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain, islice
from time import monotonic
from typing import Any, TypeVar

from django.db import DatabaseError, OperationalError, connection, transaction

# SQLite looks at its clock once in so many steps of its machine.
STEPS = 20_000
# Items between two looks at ours
OFTEN = 10_000
# Out of a deadline within another: the outer one has nothing to say to it.
GOING_BACK = "ROLLBACK TO SAVEPOINT"
NO_LIMIT = "0"
# Milliseconds. PostgreSQL's limit holds for the statement that lifts it too, and a busy machine may stand still in it.
LEAST = 50
Item = TypeVar("Item")


class TooSlow(Exception):
    """The deadline passed before everything was answered."""


class _Asked(threading.local):
    """SQLite asks one function whether to stop, and so does who works between two statements; of deadlines within each
    other the inner one, then the outer again.
    """

    is_over: Callable[[], bool] | None = None


_asked = _Asked()


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """TooSlow when the statements inside take longer than that, together with what is `timely` between them."""
    clock = _postgres_clock if connection.vendor == "postgresql" else _sqlite_clock
    before, end = _asked.is_over, monotonic() + seconds
    _asked.is_over = lambda: monotonic() > end or (before is not None and before())
    try:
        with clock(seconds, before):
            yield
    except OperationalError as error:
        if "interrupted" in str(error) or "statement timeout" in str(error):
            raise TooSlow from error
        raise
    finally:
        _asked.is_over = before


def timely(items: Iterable[Item]) -> Iterator[Item]:
    """For long work between statements: TooSlow once a deadline around it has passed."""
    return chain.from_iterable(_parts_in_time(iter(items)))


def _parts_in_time(items: Iterator[Item]) -> Iterator[tuple[Item, ...]]:
    while part := tuple(islice(items, OFTEN)):
        if _asked.is_over is not None and _asked.is_over():
            raise TooSlow
        yield part


@contextmanager
def _sqlite_clock(_seconds: float, before: Callable[[], bool] | None) -> Iterator[None]:
    connection.ensure_connection()
    connection.connection.set_progress_handler(_asked.is_over, STEPS)
    try:
        yield
    finally:
        connection.connection.set_progress_handler(before, STEPS)


@contextmanager
def _postgres_clock(seconds: float, _before: Callable[[], bool] | None) -> Iterator[None]:
    end, granted = monotonic() + seconds, seconds

    def before_each(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        nonlocal granted
        if sql.startswith(GOING_BACK):
            return execute(sql, *rest)
        left = end - monotonic()
        if left <= 0:
            raise TooSlow
        if left < granted / 2:  # PostgreSQL's clock begins anew with each statement; quick ones need no look at it
            granted = left
            _limit(left)
        return execute(sql, *rest)

    with transaction.atomic():
        before = _ask("SELECT current_setting('statement_timeout')")
        _limit(seconds)
        try:
            with connection.execute_wrapper(before_each):
                yield
        except BaseException:
            # Going back is a statement too, and one that is cut short leaves the caller's transaction broken. After an
            # error of its own PostgreSQL takes no other; going back then restores the limit that was before.
            with suppress(DatabaseError):
                _set_timeout(NO_LIMIT)
            raise
        # A caller may be in a transaction of its own, and the setting would outlive this one.
        _set_timeout(before)


def _limit(seconds: float) -> None:
    _set_timeout(str(max(LEAST, int(seconds * 1000))))


def _set_timeout(timeout: str) -> None:
    _ask("SELECT set_config('statement_timeout', %s, true)", timeout)


def _ask(sql: str, *params: str) -> str:
    """Past Django's cursor, whose statements are the ones that are watched."""
    with connection.wrap_database_errors:
        [found] = connection.connection.execute(sql, params).fetchone()
    return str(found)
