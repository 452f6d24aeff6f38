"""What PostgreSQL keeps of calls: narrow entries with their vectors in one GIN index, and beside each what was said.

Bitmaps of thousands of hits visit few pages that way, and what has to be read is in one row and not in a text each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.errors import LockNotAvailable

from calls.search.index import (
    ENTRY_COLUMNS,
    SORT_COLUMNS,
    TABLE,
    Index,
    InUse,
    entries_from,
    entry_row,
)
from calls.search.recheck import COLUMNS
from calls.search.tokens import Entry
from calls.search.tsquery import lexemes

# What `add` is given of an entry, and which of it stands where
GIVEN = f"{ENTRY_COLUMNS}, traits, tags, lexemes"
TYPES = ("bigint", "bigint", *["text"] * 4, *["integer"] * 3, *["text"] * 3)
KEPT = "position, call_id, duration, turns, score, traits, tags"
TALK = tuple(COLUMNS.values())
SAID = f"position, {', '.join(TALK)}, words"
OVER = ", ".join(f"{column} = excluded.{column}" for column in (*TALK, "words"))
# Any number that no other lock of this database uses
LOCK = 0x5EA6C4
# For what others use. Who waits in a circle is ended after a second (deadlock_timeout), and may have waited for the
# first table before it waits for the second: twice this is less.
A_MOMENT = "300ms"
# More than that second, after which VACUUM gives way, and less than others wait before they give up (lock_timeout).
A_WHILE = "3s"
# VACUUM comes once a hundredth has been written again. GIN cannot tell who is dead: of a million calls, the newest
# twenty thousand written four times, two words took two to three times as long as after VACUUM. Left to itself, it
# spares indexes while all the dead lie in fewer than 2 % of the table's pages, as those of the newest calls do.
TIDIED = "autovacuum_vacuum_scale_factor = 0.01, vacuum_index_cleanup = on"


class PostgresTables:
    def __init__(self, connection: BaseDatabaseWrapper, name: str = TABLE) -> None:
        self.connection = connection
        self.name = name
        self.texts = f"{name}_texts"

    def hold(self, *, alone: bool = False) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_xact_lock{'' if alone else '_shared'}(%s)", [LOCK])

    def take(self, following: Index) -> None:
        try:
            self._wait(A_MOMENT)
            self.hold(alone=True)
            living, new = f"{self.name}, {self.texts}", f"{following.name}, {following.name}_texts"
            # VACUUM by itself gives way after a second, and nobody but VACUUM waits for this lock.
            self._wait(A_WHILE)
            self._run(f"LOCK TABLE {living}, {new} IN SHARE UPDATE EXCLUSIVE MODE")
            self._wait(A_MOMENT)
            self._run(f"LOCK TABLE {living} IN ACCESS EXCLUSIVE MODE")
            self._wait(A_WHILE)
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                raise InUse from error
            raise

    def _wait(self, most: str) -> None:
        self._run(f"SET LOCAL lock_timeout = '{most}'")

    def create(self) -> None:
        self._run(
            f"CREATE TABLE {self.name} (position bigint NOT NULL, call_id bigint NOT NULL, duration integer, "
            "turns integer, score integer, traits text NOT NULL, tags text NOT NULL, vector tsvector NOT NULL) "
            f"WITH (toast_tuple_target = 128, {TIDIED})"
        )
        self._run(
            f"CREATE TABLE {self.texts} (position bigint NOT NULL, customer text NOT NULL, agent text NOT NULL, "
            "other text NOT NULL, words text NOT NULL)"
        )
        # Words of a few letters do not get smaller by compressing them, and nothing reads a vector but GIN.
        self._run(f"ALTER TABLE {self.name} ALTER COLUMN vector SET STORAGE EXTERNAL")
        # In their rows, as long as those fit a page
        for table, column in ((self.name, "traits"), (self.name, "tags"), *((self.texts, name) for name in TALK)):
            self._run(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE MAIN")
        # No statistics: the planner then takes every question for a rare one and always goes by the index. With them
        # it walks the table for common words, blind to the cost of unpacking every vector.
        self._run(f"ALTER TABLE {self.name} ALTER COLUMN vector SET STATISTICS 0")
        self._run(f"CREATE UNIQUE INDEX {self.name}_position ON {self.name} (position) INCLUDE (call_id)")
        self._run(f"CREATE UNIQUE INDEX {self.name}_call ON {self.name} (call_id)")
        for column in SORT_COLUMNS.values():
            self._run(f"CREATE INDEX {self.name}_{column} ON {self.name} ({column}) WHERE {column} IS NOT NULL")
        self.index_vectors()
        self._run(f"CREATE UNIQUE INDEX {self.texts}_position ON {self.texts} (position)")

    def index_vectors(self) -> None:
        self._run(f"CREATE INDEX {self.name}_vector ON {self.name} USING gin (vector) WITH (fastupdate = on)")

    def drop(self) -> None:
        self._run(f"DROP TABLE {self.name}")
        self._run(f"DROP TABLE IF EXISTS {self.texts}")

    def rename(self, name: str) -> Self:
        self._run(f"ALTER TABLE {self.name} RENAME TO {name}")
        for part in ("position", "call", "vector", *SORT_COLUMNS.values()):
            self._run(f"ALTER INDEX {self.name}_{part} RENAME TO {name}_{part}")
        renamed = type(self)(self.connection, name)
        self._run(f"ALTER TABLE {self.texts} RENAME TO {renamed.texts}")
        self._run(f"ALTER INDEX {self.texts}_position RENAME TO {renamed.texts}_position")
        return renamed

    def exists(self) -> bool:
        return self.name in self._standing()

    def is_empty(self) -> bool:
        return not any(self._rows(f"SELECT 1 FROM {table} LIMIT 1", []) for table in self._standing())

    def clear(self) -> None:
        self._run(f"TRUNCATE {', '.join(self._standing())}")

    def _standing(self) -> list[str]:
        """The tables there are: between two migrations there is none beside the entries."""
        tables = [self.name, self.texts]
        sql = "SELECT given FROM unnest(%s::text[]) given WHERE to_regclass(given) IS NOT NULL ORDER BY given"
        return [table for (table,) in self._rows(sql, [tables])]

    def tidy(self) -> bool:
        return False

    def entries(self, call_ids: Sequence[int]) -> list[Entry]:
        # What has lost its texts equals no entry, so that it is written again.
        said = ", ".join(f"coalesce({column}, '')" for column in (*TALK, "words"))
        columns = f"call_id, position, {said}, duration, turns, score, traits, tags"
        sql = f"SELECT {columns} FROM {self.name} LEFT JOIN {self.texts} USING (position) WHERE call_id = ANY(%s)"
        return entries_from(self._rows(sql, [list(call_ids)]))

    def add(self, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        entries = sorted(entries, key=lambda entry: entry.position)
        rows = [(*entry_row(entry), entry.traits, entry.tags, " ".join(lexemes(entry))) for entry in entries]
        given = f"unnest({', '.join(f'%s::{kind}[]' for kind in TYPES)}) given ({GIVEN})"
        vector = "array_to_tsvector(string_to_array(lexemes, ' '))"
        with self.connection.cursor() as cursor:
            # One statement: a hundred of them are parsed and planned for as long as the rows take to be written.
            cursor.execute(
                f"WITH given AS MATERIALIZED (SELECT * FROM {given}), "
                # one may be left over of a call that was deleted behind our back
                f"said AS (INSERT INTO {self.texts} ({SAID}) SELECT {SAID} FROM given "
                f"ON CONFLICT (position) DO UPDATE SET {OVER}) "
                f"INSERT INTO {self.name} ({KEPT}, vector) SELECT {KEPT}, {vector} FROM given",
                [list(column) for column in zip(*rows, strict=True)],
            )
            # GIN has the vectors in a pending list and sorts in each word once for all of them: a third of the time of
            # one by one. Now, since every search reads that list whole, and who fills it up would pay for everybody.
            cursor.execute("SELECT gin_clean_pending_list(to_regclass(%s))", [f"{self.name}_vector"])

    def remove(self, entries: Sequence[Entry]) -> None:
        """What changes is removed and added: written over where it stands, in a hundred places of each list instead of
        side by side, it took GIN twice as long.
        """
        with self.connection.cursor() as cursor:
            for table in (self.name, self.texts):
                cursor.execute(f"DELETE FROM {table} WHERE position = ANY(%s)", [[e.position for e in entries]])

    def _run(self, sql: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)

    def _rows(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, params)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows
