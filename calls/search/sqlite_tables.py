"""What SQLite keeps of calls: one FTS5 table without content, the entries, and a narrow row beside each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from django.db.backends.base.base import BaseDatabaseWrapper

from calls.search.fts import fts_query
from calls.search.index import (
    ENTRY_COLUMNS,
    FACET_COLUMNS,
    SORT_COLUMNS,
    TABLE,
    Index,
    entries_from,
    entry_row,
)
from calls.search.recheck import COLUMNS
from calls.search.text import letters, stream
from calls.search.tokens import EVERY_CALL, Entry

# So many lists of one size are merged, so many pages in one step: about a tenth of a second.
MERGED_AT, PAGES_MERGED = 2, 500


class SqliteTables:
    def __init__(self, connection: BaseDatabaseWrapper, name: str = TABLE) -> None:
        self.connection = connection
        self.name = name
        self.fts = f"{name}_fts"
        self.facets = f"{name}_facets"

    def hold(self, *, alone: bool = False) -> None:
        """SQLite has one writer at a time: whoever is in a transaction is alone."""

    def take(self, following: Index) -> None:
        """As `hold`: nobody else writes, and who reads goes on in what stood before."""

    def create(self) -> None:
        self._run(
            f"CREATE TABLE {self.name} (position integer NOT NULL PRIMARY KEY, call_id bigint NOT NULL UNIQUE, "
            "customer text NOT NULL, agent text NOT NULL, other text NOT NULL, words text NOT NULL, "
            "duration integer, turns integer, score integer)"
        )
        for column in SORT_COLUMNS.values():
            self._run(f"CREATE INDEX {self._free_name(column)} ON {self.name} ({column}) WHERE {column} IS NOT NULL")
        self._run(
            f"CREATE VIRTUAL TABLE {self.fts} USING fts5({', '.join(COLUMNS.values())}, words, "
            "content='', columnsize=0, detail=full, tokenize='ascii')"
        )
        columns = "position integer NOT NULL PRIMARY KEY, traits text NOT NULL, tags text NOT NULL"
        self._run(f"CREATE TABLE {self.facets} ({columns})")

    def _free_name(self, column: str) -> str:
        """SQLite cannot rename an index, so those of a living table and of the one that follows it take turns."""
        names = [f"{TABLE}_{column}", f"{TABLE}_{column}_too"]
        taken = self._rows("SELECT name FROM sqlite_master WHERE name IN (%s, %s)", names)
        return next(name for name in names if (name,) not in taken)

    def drop(self) -> None:
        self._run(f"DROP TABLE {self.fts}")
        self._run(f"DROP TABLE {self.name}")
        self._run(f"DROP TABLE IF EXISTS {self.facets}")

    def rename(self, name: str) -> Self:
        renamed = type(self)(self.connection, name)
        self._run(f"ALTER TABLE {self.name} RENAME TO {renamed.name}")
        self._run(f"ALTER TABLE {self.fts} RENAME TO {renamed.fts}")
        self._run(f"ALTER TABLE {self.facets} RENAME TO {renamed.facets}")
        return renamed

    def exists(self) -> bool:
        return bool(self._rows("SELECT 1 FROM sqlite_master WHERE name = %s", [self.name]))

    def is_empty(self) -> bool:
        # a term that every call has; the entries alone would not tell what a flush left in the lists
        return not self._rows(f"SELECT 1 FROM {self.fts} WHERE {self.fts} MATCH %s LIMIT 1", [fts_query(EVERY_CALL)])

    def clear(self) -> None:
        self._run(f"INSERT INTO {self.fts}({self.fts}) VALUES ('delete-all')")
        self._run(f"DELETE FROM {self.name}")
        if self._rows("SELECT 1 FROM sqlite_master WHERE name = %s", [self.facets]):  # since 0018_traits
            self._run(f"DELETE FROM {self.facets}")

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
        columns = ", ".join(f"e.{column}" for column in ENTRY_COLUMNS.split(", "))
        # An entry that nobody counts equals none, so that it is written again.
        sql = (
            f"SELECT {columns}, coalesce(f.traits, ''), coalesce(f.tags, '') FROM {self.name} e "
            f"LEFT JOIN {self.facets} f ON f.position = e.position WHERE e.call_id IN ({marks})"
        )
        return entries_from(self._rows(sql, call_ids))

    def add(self, entries: Sequence[Entry]) -> None:
        entries = sorted(entries, key=lambda entry: entry.position)
        with self.connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {self.name} ({ENTRY_COLUMNS}) VALUES ({', '.join(['%s'] * 9)})",
                [entry_row(entry) for entry in entries],
            )
            cursor.executemany(
                # a row may be left over of somebody who knew of none
                f"INSERT OR REPLACE INTO {self.facets} ({FACET_COLUMNS}) VALUES (%s, %s, %s)",
                [(entry.position, entry.traits, entry.tags) for entry in entries],
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
            for table in (self.name, self.facets):
                cursor.executemany(f"DELETE FROM {table} WHERE position = %s", [(e.position,) for e in entries])

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
