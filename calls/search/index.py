"""What both engines can do, and which one serves a connection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple, Protocol

from django.db.backends.base.base import BaseDatabaseWrapper

from calls.search.position import Span
from calls.search.tokens import Entry
from calls.search.tree import Measure, Node

TABLE = "calls_searchentry"
# of the index that a rebuild fills
NEXT_TABLE = f"{TABLE}_next"


class InUse(Exception):
    """Others have the index and did not let go of it within a moment: roll back, and try again."""


class Hit(NamedTuple):
    """`value` is what a list is sorted by, where it is not the time."""

    call_id: int
    position: int
    value: int | None = None


Ends = tuple[int | None, int | None]


class Index(Protocol):
    """Entries in one table called `name`, with whatever the database needs beside it.

    Trees are lowered (see tokens.lower). Nothing here opens a transaction: the caller's is the call's own.
    """

    name: str

    def __init__(self, connection: BaseDatabaseWrapper, name: str = TABLE) -> None: ...
    def hold(self, *, alone: bool = False) -> None:
        """Until the transaction ends: with others who write, or alone, waiting for them to finish."""

    def take(self, following: Index) -> None:
        """Alone, and the tables of both, until the transaction ends. Raises InUse rather than let others wait long."""

    def create(self) -> None: ...
    def drop(self) -> None: ...
    def rename(self, name: str) -> Index: ...
    def exists(self) -> bool: ...
    def is_empty(self) -> bool: ...
    def clear(self) -> None:
        """Forget everything."""

    def tidy(self) -> bool:
        """One step of making a much written index small and quick; False when there is nothing left to do."""

    def entries(self, call_ids: Sequence[int]) -> list[Entry]: ...
    def add(self, entries: Sequence[Entry]) -> None: ...
    def remove(self, entries: Sequence[Entry]) -> None:
        """Exactly as `entries` gave them."""

    def page(self, tree: Node, span: Span, most: int, *, oldest_first: bool = False) -> list[Hit]:
        """The first hits within the span, newest first unless told."""

    def page_by_value(
        self,
        tree: Node,
        span: Span,
        most: int,
        measure: Measure,
        *,
        is_falling: bool,
        oldest_first: bool = False,
    ) -> list[Hit]:
        """The first hits in the order of a measure that all of them have. It finds every hit, so it has to
        be asked about few calls.
        """

    def values_at(self, measure: Measure, low: int, high: int, calls: int, *, is_falling: bool) -> Ends:
        """What the first call has from the wanted end of these values, and what the one that is so many places behind
        it has; None when there are fewer.
        """

    def count(self, tree: Node, span: Span, cap: int) -> int:
        """How many hits, at most `cap`."""

    def newest(self, tree: Node, span: Span, most: int) -> tuple[str, list[Any]]:
        """SQL giving position, traits and tags of the newest `most` hits: what the filter column counts."""

    def every(self, tree: Node, span: Span) -> tuple[str, list[Any]]:
        """The same of all hits."""

    def counts_quickly(self, tree: Node) -> bool:
        """Whether counting the hits of this tree again and again costs less than going through them once."""

    def count_each(self, trees: Sequence[Node], span: Span) -> list[int]:
        """How many hits each tree has; of a thousand in one statement where `counts_quickly`."""

    def subquery(self, tree: Node, span: Span) -> tuple[str, list[Any]]:
        """SQL giving the call ids of every hit, for `… IN (…)`. Slower than a page: it finds everything."""


def index_for(connection: BaseDatabaseWrapper, name: str = TABLE) -> Index:
    if connection.vendor == "sqlite":
        from calls.search.sqlite import SqliteIndex

        return SqliteIndex(connection, name)
    if connection.vendor == "postgresql":
        from calls.search.postgres import PostgresIndex

        return PostgresIndex(connection, name)
    raise NotImplementedError(f"search runs on SQLite and PostgreSQL, not on {connection.vendor}")


def bounds(span: Span, column: str) -> tuple[str, list[int]]:
    """` AND column >= … AND column < …` for the bounds that are set."""
    sql, params = "", []
    if span.low is not None:
        sql, params = f" AND {column} >= %s", [span.low]
    if span.high is not None:
        sql, params = f"{sql} AND {column} < %s", [*params, span.high]
    return sql, params


def order_by(column: str, *, is_falling: bool, oldest_first: bool) -> str:
    return f"ORDER BY {column}{' DESC' if is_falling else ''}, e.position{'' if oldest_first else ' DESC'}"


def values_at(
    name: str, measure: Measure, low: int, high: int, calls: int, *, is_falling: bool
) -> tuple[str, list[int]]:
    column = SORT_COLUMNS[measure]
    sql = f"SELECT {column} FROM {name} WHERE {column} BETWEEN %s AND %s ORDER BY {column}"  # noqa: S608
    sql = f"{sql}{' DESC' if is_falling else ''} LIMIT 1"
    return f"SELECT ({sql}), ({sql} OFFSET %s)", [low, high, low, high, calls]


def entries_from(rows: Iterable[Sequence[Any]]) -> list[Entry]:
    return [Entry(*row) for row in rows]


def entry_row(entry: Entry) -> tuple[Any, ...]:
    """ENTRY_COLUMNS of it."""
    row: tuple[Any, ...] = _entry_row(entry)
    return row


SORT_COLUMNS = {Measure.DURATION: "duration", Measure.TURNS: "turns", Measure.SCORE: "score"}
ENTRY_COLUMNS = "call_id, position, customer, agent, other, words, duration, turns, score"
FACET_COLUMNS = "position, traits, tags"
_entry_row = attrgetter(*ENTRY_COLUMNS.split(", "))
