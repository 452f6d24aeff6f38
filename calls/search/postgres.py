"""PostgreSQL: a vector without positions per call in one GIN index, asked in windows of time, newest first.

The vector holds characters and bigrams by speaker, the words about the call and its blocks of time. Longer texts are
found by their bigrams and then read. One statement asks all windows one by one, and LIMIT stops after the one that
completes the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from calls.search.index import FACET_COLUMNS, SORT_COLUMNS, Ends, Hit, bounds, order_by, values_at
from calls.search.position import Span
from calls.search.postgres_tables import PostgresTables
from calls.search.recheck import condition
from calls.search.tree import EVERYTHING, Measure, Node, doubtful, superset
from calls.search.tsquery import Weaken, any_of, tsqueries
from calls.search.windowed import Statement, block_by_block, one_by_one
from calls.search.windows import Window, cover, windows, windows_of_blocks

# Calls in the first window of a page, and how much wider the next one is: few windows until nothing is found.
PAGE_WINDOW, PAGE_GROWTH = 1_000, 8
# Whoever wants many hits reads all of a window before the first: as if two of five calls were one, a window holds half
# of them, and after two such windows they get wider.
CALLS_PER_HIT, HALVES = 2.4, 2
MOST_COUNTED = 10_000
# Whoever wants thousands of hits looks first how many the newest calls have. So many tell how many there are among
# others. Fifths are small enough to leave little that is found for nothing, and large enough for entries that were
# written again and stand anywhere, since each window goes through the lists for all of its own.
LOOKED_AT, TELLING, FIFTHS = 6_000, 20, 5
# Calls of such a window, at most: what is rare of late may have been common before, and all of a window is found.
WIDEST = 72_000
POSITION_OF = "strpos"
# In place of a span: the window that a statement around this one is at
IN_WINDOW = None
WITHIN_WINDOW = " AND e.position >= w.low AND e.position < w.high"


class PostgresIndex(PostgresTables):
    """Asks what PostgresTables keep."""

    def page(self, tree: Node, span: Span, most: int, *, oldest_first: bool = False) -> list[Hit]:
        whole, width = self._first_window(span, PAGE_WINDOW, oldest_first)
        found = windows_of_blocks(whole, width, PAGE_GROWTH, oldest_first=oldest_first)
        order = f"ORDER BY e.position{'' if oldest_first else ' DESC'}"
        probe = self._select("1", superset(tree, Weaken(tree)), IN_WINDOW)
        each = self._sorted(tree, IN_WINDOW, most, "e.call_id, e.position", order)
        rows = self._rows(*block_by_block(found, "call_id, position", probe, each, most, oldest_first=oldest_first))
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

    def values_at(self, measure: Measure, low: int, high: int, calls: int, *, is_falling: bool) -> Ends:
        [(first, other)] = self._rows(*values_at(self.name, measure, low, high, calls, is_falling=is_falling))
        return first, other

    def count(self, tree: Node, span: Span, cap: int) -> int:
        each = self._select("e.position", tree, IN_WINDOW, are_many=True)
        sql, params = one_by_one(self._windows_of_many(span, cap), "position", each, cap)
        return int(self._rows(f"SELECT count(*) FROM ({sql}) c", params)[0][0])

    def subquery(self, tree: Node, span: Span) -> Statement:
        return self._select("e.call_id", tree, span)

    def newest(self, tree: Node, span: Span, most: int) -> Statement:
        if tree == EVERYTHING:
            within, params = bounds(span, "position")
            sql = f"SELECT {FACET_COLUMNS} FROM {self.name} WHERE true{within} ORDER BY position DESC LIMIT %s"
            return sql, [*params, most]
        each = self._sorted(tree, IN_WINDOW, most, FACET_COLUMNS, "ORDER BY e.position DESC", are_many=True)
        return one_by_one(self._windows_of_newest(tree, span, most), FACET_COLUMNS, each, most)

    def every(self, tree: Node, span: Span) -> Statement:
        if tree == EVERYTHING:
            within, params = bounds(span, "position")
            return f"SELECT {FACET_COLUMNS} FROM {self.name} WHERE true{within}", [*params]
        return self._select(FACET_COLUMNS, tree, span)

    def counts_quickly(self, tree: Node) -> bool:
        """Each count would visit the rows of its hits."""
        return False

    def count_each(self, trees: Sequence[Node], span: Span) -> list[int]:
        return [self.count(tree, span, 2**62) for tree in trees]

    def _windows_of_many(self, span: Span, hits: int) -> Iterator[Window]:
        whole, width = self._first_window(span, PAGE_WINDOW)
        calls = CALLS_PER_HIT * min(hits, MOST_COUNTED)
        return windows(whole, int(width * calls / PAGE_WINDOW / HALVES), HALVES)

    def _windows_of_newest(self, tree: Node, span: Span, hits: int) -> Iterator[Window]:
        if hits <= PAGE_WINDOW:
            return self._windows_of_many(span, hits)
        whole, width = self._first_window(span, LOOKED_AT)
        high = whole.high or 0
        sql, params = self._select("1", superset(tree, Weaken(tree)), Span(high - width, high))
        found = int(self._rows(f"SELECT count(*) FROM ({sql}) c", params)[0][0])
        if found < TELLING:
            return windows(whole, int(width * CALLS_PER_HIT * hits / LOOKED_AT / HALVES), HALVES)
        calls = min(LOOKED_AT * hits / found / FIFTHS, WIDEST)
        return windows(whole, int(width * calls / LOOKED_AT), 2 * FIFTHS)

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

    def _sorted(
        self, tree: Node, span: Span | None, most: int, columns: str, order: str, *, are_many: bool = False
    ) -> Statement:
        sure = superset(tree, Weaken(tree))
        unsure, texts = self._read(doubtful(tree, Weaken(tree)))
        if not texts:
            sql, params = self._select(columns, sure, span, are_many=are_many)
            return f"{sql} {order} LIMIT %s", [*params, most]
        # Sorted before they are read, so that only as many are read as the page needs.
        sql, params = self._select("e.*", sure, span, are_many=are_many)
        return (
            f"SELECT {columns} FROM ({sql} {order} OFFSET 0) e WHERE {unsure} LIMIT %s",
            [*params, *texts, most],
        )

    def _select(self, columns: str, tree: Node, span: Span | None, *, are_many: bool = False) -> Statement:
        """OFFSET 0 keeps the planner from walking the positions instead of the vectors.

        A condition for each part of the question, since GIN skips in one list what another condition leaves out, and
        within one condition it does not. Subqueries, since the planner takes a query that it does not know for a short
        one: of long ones it thinks that reading every vector would be cheaper.

        GIN steps through the first list and looks its calls up in the others. Of a page's few calls the window's blocks
        are the shorter lists; of the many that are counted what is asked for is.
        """
        weaken = Weaken(tree)
        queries = tsqueries(superset(tree, weaken))
        unsure, texts = self._read(doubtful(tree, weaken))
        found = ["vector @@ (SELECT %s::tsquery)"] * len(queries)
        if span is IN_WINDOW:
            found = [*found, "vector @@ w.blocks"] if are_many else ["vector @@ w.blocks", *found]
        elif span.low is not None and span.high is not None:
            queries, found = [any_of(cover(span.low, span.high)), *queries], [found[0], *found]
        within, numbers = bounds(span, "e.position") if span else (WITHIN_WINDOW, [])
        sql = f"SELECT * FROM {self.name} WHERE {' AND '.join(found)} OFFSET 0"
        sql = f"SELECT {columns} FROM ({sql}) e WHERE true{within}"
        return sql + (f" AND {unsure}" if texts else ""), [*queries, *numbers, *texts]

    def _read(self, unread: Node) -> Statement:
        """What an entry `e` has to say beyond its vector, as a condition."""
        said, texts = condition(unread, POSITION_OF, "t")
        return f"(SELECT {said} FROM {self.texts} t WHERE t.position = e.position)", texts
