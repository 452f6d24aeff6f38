"""SQLite: one FTS5 table of positional bigrams, its row numbers in the order of time.

FTS5 walks its lists backwards, so the newest fifty of half a million hits cost what a page by primary key costs. The
table is contentless: the text stands beside it in the entries, which also tell what to delete, since SQLite before
3.43 has to be given the exact old text.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import starmap
from typing import Any

from calls.search.fts import as_phrase, fts_query, is_certain, thinnings
from calls.search.index import FACET_COLUMNS, SORT_COLUMNS, Ends, Hit, bounds, order_by, values_at
from calls.search.position import Span
from calls.search.recheck import condition
from calls.search.sqlite_tables import SqliteTables
from calls.search.tree import EVERYTHING, Measure, Node, Token, doubtful, leaves, superset

# So many words are quickly looked up some sixty times over, for every value of every filter. A range of seconds may be
# forty of them, and words that begin somehow are a thousand.
MOST_COUNTED_AGAIN = 24
# A result of SQLite has 2,000 columns at most.
MOST_AT_ONCE = 1_000
# Texts that a page reads, at most, to spare the index long lists: for each wanted hit while one bigram of every long
# text is looked up, and then with more bigrams.
READ_PER_HIT, MOST_READ = 4, 1_000
POSITION_OF = "instr"


class SqliteIndex(SqliteTables):
    """Asks what SqliteTables keep."""

    def page(self, tree: Node, span: Span, most: int, *, oldest_first: bool = False) -> list[Hit]:
        order = f"ORDER BY {self.fts}.rowid{'' if oldest_first else ' DESC'}"
        hits: list[Hit] = []
        for weaken, reads in zip(thinnings(tree), (READ_PER_HIT * most, MOST_READ), strict=False):
            found, params = self._weakened(superset(tree, weaken), span, order, reads)
            hits += self._read(found, params, doubtful(tree, weaken), most - len(hits))
            if len(hits) == most:
                return hits
            rest = self._behind(found, params, span, reads, oldest_first=oldest_first)
            if rest is None:
                return hits
            span = rest
        sql, params = self._select("e.call_id, e.position", tree, span)
        rows = self._rows(f"{sql} {order} LIMIT %s", [*params, most - len(hits)])
        return [*hits, *starmap(Hit, rows)]

    def _weakened(self, tree: Node, span: Span, order: str, most: int) -> tuple[str, list[Any]]:
        """The first calls that a few bigrams find. Of a rare word made of common ones nearly every call would be read,
        so that is given up soon.
        """
        within, numbers = bounds(span, "rowid")
        sql = f"SELECT rowid FROM {self.fts} WHERE {self.fts} MATCH %s{within} {order} LIMIT %s"
        return sql, [fts_query(tree), *numbers, most]

    def _read(self, found: str, params: Sequence[Any], unread: Node, most: int) -> list[Hit]:
        """Those that do say it. The join keeps the order of what it begins with."""
        unsure, texts = condition(unread, POSITION_OF, "e")
        sql = (
            f"SELECT e.call_id, e.position FROM ({found}) f CROSS JOIN {self.name} e ON e.position = f.rowid "
            f"WHERE {unsure} LIMIT %s"
        )
        return list(starmap(Hit, self._rows(sql, [*params, *texts, most])))

    def _behind(self, found: str, params: Sequence[Any], span: Span, read: int, *, oldest_first: bool) -> Span | None:
        """Where nobody has read yet; None once everything was."""
        sql = f"SELECT count(*), min(rowid), max(rowid) FROM ({found})"
        [(calls, lowest, highest)] = self._rows(sql, params)
        if calls < read:
            return None
        return span.within(Span(highest + 1, None) if oldest_first else Span(None, lowest))

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
        return list(starmap(Hit, self._rows(f"{sql} {order} LIMIT %s", [*params, most])))

    def values_at(self, measure: Measure, low: int, high: int, calls: int, *, is_falling: bool) -> Ends:
        [(first, other)] = self._rows(*values_at(self.name, measure, low, high, calls, is_falling=is_falling))
        return first, other

    def count(self, tree: Node, span: Span, cap: int) -> int:
        if is_certain(tree):
            within, numbers = bounds(span, f"{self.fts}.rowid")
            sql = f"SELECT 1 FROM {self.fts} WHERE {self.fts} MATCH %s{within}"
            params: list[Any] = [fts_query(tree), *numbers]
        else:
            sql, params = self._select("1", tree, span)
        return int(self._rows(f"SELECT count(*) FROM ({sql} LIMIT %s)", [*params, cap])[0][0])

    def subquery(self, tree: Node, span: Span) -> tuple[str, list[Any]]:
        return self._select("e.call_id", tree, span)

    def newest(self, tree: Node, span: Span, most: int) -> tuple[str, list[Any]]:
        if tree == EVERYTHING:
            within, params = bounds(span, "position")
            sql = f"SELECT {FACET_COLUMNS} FROM {self.facets} WHERE true{within} ORDER BY position DESC LIMIT %s"
            return sql, [*params, most]
        hits, params = self._positions(tree, span)
        hits = f"{hits} ORDER BY {self.fts}.rowid DESC LIMIT %s"
        return self._counted(hits), [*params, most]

    def every(self, tree: Node, span: Span) -> tuple[str, list[Any]]:
        if tree == EVERYTHING:
            return self.newest(tree, span, -1)
        hits, params = self._positions(tree, span)
        return self._counted(hits), params

    def _positions(self, tree: Node, span: Span) -> tuple[str, list[Any]]:
        if not is_certain(tree):
            return self._select("e.position", tree, span)
        within, numbers = bounds(span, "rowid")
        return f"SELECT rowid AS position FROM {self.fts} WHERE {self.fts} MATCH %s{within}", [
            fts_query(tree),
            *numbers,
        ]

    def _counted(self, hits: str) -> str:
        """CROSS JOIN keeps SQLite from beginning with the facets."""
        return f"SELECT f.* FROM ({hits}) h CROSS JOIN {self.facets} f ON f.position = h.position"

    def counts_quickly(self, tree: Node) -> bool:
        asked = [leaf for leaf, _is_positive in leaves(tree)]
        has_prefix = any(isinstance(leaf, Token) and leaf.is_prefix for leaf in asked)
        return len(asked) <= MOST_COUNTED_AGAIN and not has_prefix and is_certain(tree)

    def count_each(self, trees: Sequence[Node], span: Span) -> list[int]:
        within, numbers = bounds(span, "rowid")
        one = f"(SELECT count(*) FROM {self.fts} WHERE {self.fts} MATCH %s{within})"
        counts: list[int] = []
        for start in range(0, len(trees), MOST_AT_ONCE):
            some = trees[start : start + MOST_AT_ONCE]
            params = [value for tree in some for value in (fts_query(tree), *numbers)]
            counts += self._rows(f"SELECT {', '.join([one] * len(some))}", params)[0]
        return counts

    def _select(self, columns: str, tree: Node, span: Span) -> tuple[str, list[Any]]:
        """CROSS JOIN keeps SQLite from beginning with the entries."""
        within, numbers = bounds(span, f"{self.fts}.rowid")
        unsure, texts = condition(doubtful(tree, as_phrase), POSITION_OF, "e")
        sql = (
            f"SELECT {columns} FROM {self.fts} CROSS JOIN {self.name} e ON e.position = {self.fts}.rowid "
            f"WHERE {self.fts} MATCH %s{within}"
        )
        if texts:
            sql = f"{sql} AND {unsure}"
        return sql, [fts_query(superset(tree, as_phrase)), *numbers, *texts]
