"""PostgreSQL: a vector without positions per call in one GIN index, asked in windows of time, newest first.

The vector holds characters and bigrams by speaker, the words about the call and its blocks of time. Longer texts are
found by their bigrams and then read. One statement holds all windows: UNION ALL runs them one by one and LIMIT stops
after the one that completes the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from calls.search.index import ENTRY_COLUMNS, SORT_COLUMNS, TABLE, Hit, bounds, entries_from, order_by, value_at
from calls.search.position import Span
from calls.search.recheck import condition
from calls.search.text import as_token, grams
from calls.search.tokens import EVERY_CALL, Entry
from calls.search.tree import All, Measure, Node, Not, Said, Some, Token, all_of, doubtful, leaves, some_of, superset
from calls.search.windows import blocks_of, cover, windows
from calls.vocabulary import Speaker

# Calls in the first window of a page, and how much wider the next one is: few windows until nothing is found.
PAGE_WINDOW, PAGE_GROWTH = 1_000, 8
# Whoever wants many hits reads all of a window before the first: one that every second call answers is then enough,
# and the next one is not much wider than it has to be.
CALLS_PER_HIT, MANY_GROWTH = 2.4, 3
MOST_COUNTED = 10_000
# Bigrams looked up for one text, and for all texts of a question together
GRAMS_PER_TEXT = 16
GRAMS_PER_QUESTION = 240
POSITION_OF = "strpos"
# Any number that no other lock of this database uses
LOCK = 0x5EA6C4
LETTERS = {Speaker.CUSTOMER: "c", Speaker.AGENT: "r", Speaker.OTHER: "o"}


class PostgresIndex:
    def __init__(self, connection: BaseDatabaseWrapper, name: str = TABLE) -> None:
        self.connection = connection
        self.name = name

    def hold(self, *, alone: bool = False) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_xact_lock{'' if alone else '_shared'}(%s)", [LOCK])

    def create(self) -> None:
        # Texts and vector go out of line, so that the rows a window sorts are few pages.
        self._run(
            f"CREATE TABLE {self.name} (position bigint NOT NULL, call_id bigint NOT NULL, "
            "customer text NOT NULL, agent text NOT NULL, other text NOT NULL, words text NOT NULL, "
            "duration integer, turns integer, vector tsvector NOT NULL) WITH (toast_tuple_target = 128)"
        )
        # No statistics: the planner then takes every question for a rare one and always goes by the index. With them
        # it walks the table for common words, blind to the cost of unpacking every vector.
        self._run(f"ALTER TABLE {self.name} ALTER COLUMN vector SET STATISTICS 0")
        self._run(f"CREATE UNIQUE INDEX {self.name}_position ON {self.name} (position) INCLUDE (call_id)")
        self._run(f"CREATE UNIQUE INDEX {self.name}_call ON {self.name} (call_id)")
        for column in SORT_COLUMNS.values():
            self._run(f"CREATE INDEX {self.name}_{column} ON {self.name} ({column})")
        self.index_vectors()

    def index_vectors(self) -> None:
        self._run(f"CREATE INDEX {self.name}_vector ON {self.name} USING gin (vector) WITH (fastupdate = on)")

    def drop(self) -> None:
        self._run(f"DROP TABLE {self.name}")

    def rename(self, name: str) -> PostgresIndex:
        self._run(f"ALTER TABLE {self.name} RENAME TO {name}")
        for part in ("position", "call", "vector", *SORT_COLUMNS.values()):
            self._run(f"ALTER INDEX {self.name}_{part} RENAME TO {name}_{part}")
        return PostgresIndex(self.connection, name)

    def exists(self) -> bool:
        return bool(self._rows("SELECT 1 WHERE to_regclass(%s) IS NOT NULL", [self.name]))

    def is_empty(self) -> bool:
        return not self._rows(f"SELECT 1 FROM {self.name} LIMIT 1", [])

    def clear(self) -> None:
        self._run(f"TRUNCATE {self.name}")

    def tidy(self) -> bool:
        return False

    def entries(self, call_ids: Sequence[int]) -> list[Entry]:
        return entries_from(
            self._rows(f"SELECT {ENTRY_COLUMNS} FROM {self.name} WHERE call_id = ANY(%s)", [list(call_ids)])
        )

    def add(self, entries: Sequence[Entry]) -> None:
        with self.connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {self.name} ({ENTRY_COLUMNS}, vector) "
                f"VALUES ({'%s, ' * 8}array_to_tsvector(string_to_array(%s, ' ')))",
                [(*astuple(e), " ".join(lexemes(e))) for e in sorted(entries, key=lambda entry: entry.position)],
            )
            # GIN has the vectors in a pending list and sorts in each word once for all of them: a third of the time of
            # one by one. Now, since every search reads that list whole, and who fills it up would pay for everybody.
            cursor.execute("SELECT gin_clean_pending_list(to_regclass(%s))", [f"{self.name}_vector"])

    def remove(self, entries: Sequence[Entry]) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {self.name} WHERE position = ANY(%s)", [[e.position for e in entries]])

    def page(self, tree: Node, span: Span, most: int, *, oldest_first: bool = False) -> list[Hit]:
        window, width = self._first_window(span, PAGE_WINDOW, oldest_first)
        parts, params = [], []
        for low, high in windows(window, width, PAGE_GROWTH, oldest_first=oldest_first):
            order = f"ORDER BY e.position{'' if oldest_first else ' DESC'}"
            sql, values = self._sorted(tree, Span(low, high), most, "e.call_id, e.position", order)
            parts.append(f"({sql})")
            params += values
        if not parts:
            return []
        rows = self._rows(f"SELECT * FROM ({' UNION ALL '.join(parts)}) w LIMIT %s", [*params, most])
        return sorted((Hit(*row) for row in rows), key=lambda hit: hit.position, reverse=not oldest_first)

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
        column = f"e.{SORT_COLUMNS[measure]}"
        order = order_by(column, is_falling=is_falling, oldest_first=oldest_first)
        sql, params = self._sorted(tree, span, most, f"e.call_id, e.position, {column}", order)
        return [Hit(*row) for row in self._rows(sql, params)]

    def value_at(self, measure: Measure, low: int, high: int, calls: int, *, is_falling: bool) -> int | None:
        [*found] = self._rows(*value_at(self.name, measure, low, high, calls, is_falling=is_falling))
        return found[0][0] if found else None

    def count(self, tree: Node, span: Span, cap: int) -> int:
        parts, params = [], []
        for low, high in self._windows_of_many(span, cap):
            sql, values = self._select("1", tree, Span(low, high))
            parts.append(f"({sql})")
            params += values
        if not parts:
            return 0
        return int(
            self._rows(
                f"SELECT count(*) FROM (SELECT * FROM ({' UNION ALL '.join(parts)}) w LIMIT %s) c", [*params, cap]
            )[0][0]
        )

    def subquery(self, tree: Node, span: Span) -> tuple[str, list[Any]]:
        return self._select("e.call_id", tree, span)

    def newest(self, tree: Node, span: Span, most: int) -> tuple[str, list[Any]]:
        parts, params = [], []
        for low, high in self._windows_of_many(span, most):
            sql, values = self._sorted(tree, Span(low, high), most, "e.position", "ORDER BY e.position DESC")
            parts.append(f"({sql})")
            params += values
        if not parts:
            return "SELECT 0 AS position WHERE false", []
        return f"SELECT position FROM ({' UNION ALL '.join(parts)}) w LIMIT %s", [*params, most]

    def counts_quickly(self, tree: Node) -> bool:
        """Each count would visit the rows of its hits."""
        return False

    def count_each(self, trees: Sequence[Node], span: Span) -> list[int]:
        return [self.count(tree, span, 2**62) for tree in trees]

    def _windows_of_many(self, span: Span, hits: int) -> Iterator[tuple[int, int]]:
        whole, width = self._first_window(span, PAGE_WINDOW)
        calls = CALLS_PER_HIT * min(hits, MOST_COUNTED)
        return windows(whole, int(width * calls / PAGE_WINDOW), MANY_GROWTH)

    def _first_window(self, span: Span, calls: int, oldest_first: bool = False) -> tuple[Span, int]:
        """The span with both bounds set, and how wide a window of so many calls is at its beginning."""
        within, params = bounds(span, "position")
        direction = "" if oldest_first else " DESC"
        [(low, high, other)] = self._rows(
            f"SELECT (SELECT min(position) FROM {self.name}), (SELECT max(position) + 1 FROM {self.name}), "
            f"(SELECT position FROM {self.name} WHERE true{within} ORDER BY position{direction} OFFSET %s LIMIT 1)",
            [*params, calls],
        )
        whole = Span(low or 0, high or 0).within(span)
        start, end = whole.low or 0, whole.high or 0
        if other is None:
            return whole, end - start
        return whole, other - start if oldest_first else end - other

    def _sorted(self, tree: Node, span: Span, most: int, columns: str, order: str) -> tuple[str, list[Any]]:
        sure = superset(tree, _Weaken(tree))
        unsure, texts = condition(doubtful(tree, _Weaken(tree)), POSITION_OF)
        if not texts:
            sql, params = self._select(columns, sure, span)
            return f"{sql} {order} LIMIT %s", [*params, most]
        # Sorted before they are read, so that only as many texts are unpacked as the page needs.
        sql, params = self._select("e.*", sure, span)
        return (
            f"SELECT {columns} FROM ({sql} {order} OFFSET 0) e WHERE {unsure} LIMIT %s",
            [*params, *texts, most],
        )

    def _select(self, columns: str, tree: Node, span: Span) -> tuple[str, list[Any]]:
        """OFFSET 0 keeps the planner from walking the positions instead of the vectors."""
        weaken = _Weaken(tree)
        wanted = superset(tree, weaken)
        if span.low is not None and span.high is not None:
            blocks = cover(span.low, span.high)
            wanted = all_of(some_of(*map(Token, blocks)), wanted) if blocks else wanted
        unsure, texts = condition(doubtful(tree, weaken), POSITION_OF)
        within, numbers = bounds(span, "e.position")
        sql = f"SELECT * FROM {self.name} WHERE vector @@ %s::tsquery OFFSET 0"
        sql = f"SELECT {columns} FROM ({sql}) e WHERE true{within}"
        return sql + (f" AND {unsure}" if texts else ""), [_tsquery(wanted), *numbers, *texts]

    def _run(self, sql: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)

    def _rows(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, params)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows


def lexemes(entry: Entry) -> list[str]:
    texts = {Speaker.CUSTOMER: entry.customer, Speaker.AGENT: entry.agent, Speaker.OTHER: entry.other}
    found = [LETTERS[speaker] + gram for speaker, text in texts.items() for gram in grams(text)]
    return [*found, *entry.words.split(" ")[1:-1], *blocks_of(entry.position)]


class _Weaken:
    """Leaves texts of one or two characters; longer ones become their bigrams, all said by the same speaker."""

    def __init__(self, tree: Node) -> None:
        texts = sum(1 for leaf, _is_positive in leaves(tree) if isinstance(leaf, Said))
        self.most = max(1, min(GRAMS_PER_TEXT, GRAMS_PER_QUESTION // max(texts, 1)))

    def __call__(self, said: Said) -> Node:
        if len(said.text) <= 2:
            return said
        pairs = list(dict.fromkeys(said.text[at : at + 2] for at in range(len(said.text) - 1)))
        pairs = pairs[:: -(-len(pairs) // self.most)]
        speakers = list(Speaker) if said.speaker is None else [said.speaker]
        return some_of(*(all_of(*(Said(pair, speaker) for pair in pairs)) for speaker in speakers))


def _tsquery(tree: Node) -> str:
    """The tree in PostgreSQL's language. Lexemes hold neither apostrophes nor backslashes: see text.as_token."""
    match tree:
        case Said(text, None):
            return _tsquery(Some(tuple(Said(text, each) for each in Speaker)))
        case Said(text, Speaker() as speaker):
            return f"'{LETTERS[speaker]}{as_token(text)}'"
        case Token(word, is_prefix):
            return f"'{word}'{':*' if is_prefix else ''}"
        case Some(()):
            return "'nothing'"
        case Some(nodes):
            return f"({'|'.join(map(_tsquery, nodes))})"
        case Not(node):
            return f"({_tsquery(EVERY_CALL)}&!{_tsquery(node)})"
        case All(nodes):
            return _tsquery_all(nodes)
    raise ValueError(f"{tree!r} is not lowered")


def _tsquery_all(nodes: Sequence[Node]) -> str:
    """An exclusion alone would scan the whole index, so it is taken from every call."""
    wanted = [_tsquery(node) for node in nodes if not isinstance(node, Not)] or [_tsquery(EVERY_CALL)]
    unwanted = [f"!{_tsquery(node.node)}" for node in nodes if isinstance(node, Not)]
    return f"({'&'.join([*wanted, *unwanted])})"
