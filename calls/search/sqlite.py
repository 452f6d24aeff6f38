"""SQLite: one FTS5 table of positional bigrams, its row numbers in the order of time.

FTS5 walks its lists backwards, so the newest fifty of half a million hits cost what a page by primary key costs. The
table is contentless: the text stands beside it in the entries, which also tell what to delete, since SQLite before
3.43 has to be given the exact old text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from calls.search.index import ENTRY_COLUMNS, SORT_COLUMNS, TABLE, Hit, bounds, entries_from, order_by, value_at
from calls.search.position import Span
from calls.search.recheck import COLUMNS, condition
from calls.search.text import as_token, bigrams, letters, stream
from calls.search.tokens import EVERY_CALL, Entry
from calls.search.tree import EVERYTHING, All, Measure, Node, Not, Said, Some, Token, doubtful, leaves, superset
from calls.vocabulary import Speaker

# A phrase is looked up by this many characters at most; the rest is read in the text.
LONGEST_PHRASE = 33
# So many words are quickly looked up some sixty times over, for every value of every filter. A range of seconds may be
# forty of them, and words that begin somehow are a thousand.
MOST_COUNTED_AGAIN = 24
# So many lists of one size are merged, so many pages in one step: about a tenth of a second.
MERGED_AT, PAGES_MERGED = 2, 500
ANYBODY = f"{{{' '.join(COLUMNS.values())}}}"
POSITION_OF = "instr"


class SqliteIndex:
    def __init__(self, connection: BaseDatabaseWrapper, name: str = TABLE) -> None:
        self.connection = connection
        self.name = name
        self.fts = f"{name}_fts"

    def hold(self, *, alone: bool = False) -> None:
        """SQLite has one writer at a time: whoever is in a transaction is alone."""

    def create(self) -> None:
        self._run(
            f"CREATE TABLE {self.name} (position integer NOT NULL PRIMARY KEY, call_id bigint NOT NULL UNIQUE, "
            "customer text NOT NULL, agent text NOT NULL, other text NOT NULL, words text NOT NULL, "
            "duration integer, turns integer)"
        )
        for column in SORT_COLUMNS.values():
            self._run(f"CREATE INDEX {self._free_name(column)} ON {self.name} ({column})")
        self._run(
            f"CREATE VIRTUAL TABLE {self.fts} USING fts5({', '.join(COLUMNS.values())}, words, "
            "content='', columnsize=0, detail=full, tokenize='ascii')"
        )

    def _free_name(self, column: str) -> str:
        """SQLite cannot rename an index, so those of a living table and of the one that follows it take turns."""
        names = [f"{TABLE}_{column}", f"{TABLE}_{column}_too"]
        taken = self._rows("SELECT name FROM sqlite_master WHERE name IN (%s, %s)", names)
        return next(name for name in names if (name,) not in taken)

    def drop(self) -> None:
        self._run(f"DROP TABLE {self.fts}")
        self._run(f"DROP TABLE {self.name}")

    def rename(self, name: str) -> SqliteIndex:
        renamed = SqliteIndex(self.connection, name)
        self._run(f"ALTER TABLE {self.name} RENAME TO {renamed.name}")
        self._run(f"ALTER TABLE {self.fts} RENAME TO {renamed.fts}")
        return renamed

    def exists(self) -> bool:
        return bool(self._rows("SELECT 1 FROM sqlite_master WHERE name = %s", [self.name]))

    def is_empty(self) -> bool:
        # a term that every call has; the entries alone would not tell what a flush left in the lists
        return not self._rows(f"SELECT 1 FROM {self.fts} WHERE {self.fts} MATCH %s LIMIT 1", [_match(EVERY_CALL)])

    def clear(self) -> None:
        self._run(f"INSERT INTO {self.fts}({self.fts}) VALUES ('delete-all')")
        self._run(f"DELETE FROM {self.name}")

    def tidy(self) -> bool:
        """A dozen lists for each word, as writing leaves them, make two words together cost twice as much as one list.

        Only lists of about one size are merged, so that a day's calls do not have a year's written again.
        """
        if not self._rows(f"SELECT 1 FROM {self.fts}_config WHERE k = 'usermerge' AND v = %s", [MERGED_AT]):
            self._run(f"INSERT INTO {self.fts}({self.fts}, rank) VALUES ('usermerge', {MERGED_AT})")
        before = self._changes()
        self._run(f"INSERT INTO {self.fts}({self.fts}, rank) VALUES ('merge', {PAGES_MERGED})")
        # FTS5's own sign that a step found something to merge
        return self._changes() - before >= 2

    def _changes(self) -> int:
        return int(self.connection.connection.total_changes)

    def entries(self, call_ids: Sequence[int]) -> list[Entry]:
        marks = ", ".join(["%s"] * len(call_ids))
        return entries_from(self._rows(f"SELECT {ENTRY_COLUMNS} FROM {self.name} WHERE call_id IN ({marks})", call_ids))

    def add(self, entries: Sequence[Entry]) -> None:
        entries = sorted(entries, key=lambda entry: entry.position)
        with self.connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {self.name} ({ENTRY_COLUMNS}) VALUES ({', '.join(['%s'] * 8)})",
                [astuple(entry) for entry in entries],
            )
            cursor.executemany(
                f"INSERT INTO {self.fts} (rowid, customer, agent, other, words) VALUES (%s, %s, %s, %s, %s)",
                [_row(entry) for entry in entries],
            )

    def remove(self, entries: Sequence[Entry]) -> None:
        entries = sorted(entries, key=lambda entry: entry.position)
        with self.connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {self.fts} ({self.fts}, rowid, customer, agent, other, words) "
                "VALUES ('delete', %s, %s, %s, %s, %s)",
                [_row(entry) for entry in entries],
            )
            cursor.executemany(f"DELETE FROM {self.name} WHERE position = %s", [(e.position,) for e in entries])

    def page(self, tree: Node, span: Span, most: int, *, oldest_first: bool = False) -> list[Hit]:
        sql, params = self._select("e.call_id, e.position", tree, span)
        direction = "" if oldest_first else " DESC"
        rows = self._rows(f"{sql} ORDER BY {self.fts}.rowid{direction} LIMIT %s", [*params, most])
        return [Hit(*row) for row in rows]

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
        sql, params = self._select(f"e.call_id, e.position, {column}", tree, span)
        order = order_by(column, is_falling=is_falling, oldest_first=oldest_first)
        return [Hit(*row) for row in self._rows(f"{sql} {order} LIMIT %s", [*params, most])]

    def value_at(self, measure: Measure, low: int, high: int, calls: int, *, is_falling: bool) -> int | None:
        [*found] = self._rows(*value_at(self.name, measure, low, high, calls, is_falling=is_falling))
        return found[0][0] if found else None

    def count(self, tree: Node, span: Span, cap: int) -> int:
        if _is_certain(tree):
            within, numbers = bounds(span, f"{self.fts}.rowid")
            sql = f"SELECT 1 FROM {self.fts} WHERE {self.fts} MATCH %s{within}"
            params: list[Any] = [_match(tree), *numbers]
        else:
            sql, params = self._select("1", tree, span)
        return int(self._rows(f"SELECT count(*) FROM ({sql} LIMIT %s)", [*params, cap])[0][0])

    def subquery(self, tree: Node, span: Span) -> tuple[str, list[Any]]:
        return self._select("e.call_id", tree, span)

    def newest(self, tree: Node, span: Span, most: int) -> tuple[str, list[Any]]:
        if _is_certain(tree):
            within, numbers = bounds(span, "rowid")
            sql = f"SELECT rowid AS position FROM {self.fts} WHERE {self.fts} MATCH %s{within}"
            params: list[Any] = [_match(tree), *numbers]
        else:
            sql, params = self._select("e.position", tree, span)
        return f"{sql} ORDER BY {self.fts}.rowid DESC LIMIT %s", [*params, most]

    def counts_quickly(self, tree: Node) -> bool:
        asked = [leaf for leaf, _is_positive in leaves(tree)]
        has_prefix = any(isinstance(leaf, Token) and leaf.is_prefix for leaf in asked)
        return len(asked) <= MOST_COUNTED_AGAIN and not has_prefix and _is_certain(tree)

    def count_each(self, trees: Sequence[Node], span: Span) -> list[int]:
        if not trees:
            return []
        within, numbers = bounds(span, "rowid")
        one = f"(SELECT count(*) FROM {self.fts} WHERE {self.fts} MATCH %s{within})"
        params = [value for tree in trees for value in (_match(tree), *numbers)]
        return list(self._rows(f"SELECT {', '.join([one] * len(trees))}", params)[0])

    def _select(self, columns: str, tree: Node, span: Span) -> tuple[str, list[Any]]:
        """CROSS JOIN keeps SQLite from beginning with the entries."""
        within, numbers = bounds(span, f"{self.fts}.rowid")
        unsure, texts = condition(doubtful(tree, _as_phrase), POSITION_OF)
        sql = (
            f"SELECT {columns} FROM {self.fts} CROSS JOIN {self.name} e ON e.position = {self.fts}.rowid "
            f"WHERE {self.fts} MATCH %s{within}"
        )
        if texts:
            sql = f"{sql} AND {unsure}"
        return sql, [_match(superset(tree, _as_phrase)), *numbers, *texts]

    def _run(self, sql: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)

    def _rows(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, params)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows


def _row(entry: Entry) -> tuple[Any, ...]:
    return (entry.position, *map(_talk, (entry.customer, entry.agent, entry.other)), entry.words)


def _talk(text: str) -> str:
    """The bigrams of a text in order, then every character once: the lists of all bigrams that begin with one character
    would take long to merge. Sorted, so that an entry is removed with the very words it was added with.
    """
    return " ".join([stream(text), *sorted(letters(text))])


def _is_certain(tree: Node) -> bool:
    return doubtful(tree, _as_phrase) == EVERYTHING


def _as_phrase(said: Said) -> Node:
    return said if len(said.text) <= LONGEST_PHRASE else Said(said.text[:LONGEST_PHRASE], said.speaker)


def _match(tree: Node) -> str:
    """The tree in FTS5's language. Tokens hold neither quotation marks nor blanks, so nothing needs escaping."""
    match tree:
        case Said(text, speaker):
            who = ANYBODY if speaker is None else COLUMNS[Speaker(speaker)]
            return f'{who} : "{" ".join(bigrams(text) or [as_token(text)])}"'
        case Token(word, is_prefix):
            return f'words : "{word}"{" *" if is_prefix else ""}'
        case Some(()):
            return 'words : "nothing"'
        case Some(nodes):
            return f"({' OR '.join(_match(each) for each in nodes)})"
        case Not():
            return _match_all((tree,))
        case All(nodes):
            return _match_all(nodes)
    raise ValueError(f"{tree!r} is not lowered")


def _match_all(nodes: Sequence[Node]) -> str:
    """FTS5's NOT has two sides, so an exclusion alone is taken from every call."""
    wanted = [_match(node) for node in nodes if not isinstance(node, Not)] or [_match(EVERY_CALL)]
    unwanted = [_match(node.node) for node in nodes if isinstance(node, Not)]
    sql = f"({' AND '.join(wanted)})"
    return f"({sql} NOT ({' OR '.join(unwanted)}))" if unwanted else sql
