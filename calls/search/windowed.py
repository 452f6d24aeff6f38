"""One PostgreSQL statement that asks a question window by window and stops once it has enough.

However many windows there are, the question is planned once: they are rows, `w (low, high, blocks)`, that LATERAL takes
in their order, and LIMIT stops after the one that completes the answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from calls.search.tsquery import any_of
from calls.search.windows import Window

Statement = tuple[str, list[Any]]
# With more hits than that a large block is asked block by smaller block instead of being sorted whole.
FEW = 1_000
NAMES = "(low, high, blocks, level, oldest, newest)"


def one_by_one(windows: Iterable[Window], columns: str, each: Statement, most: int) -> Statement:
    """`each` is asked in every window; the first windows' rows come first."""
    sql, params = each
    return f"SELECT {columns} FROM {_rows(windows)} w {NAMES}, LATERAL ({sql}) h LIMIT %s", [*params, most]


def block_by_block(
    windows: Iterable[Window], columns: str, probe: Statement, each: Statement, most: int, *, oldest_first: bool
) -> Statement:
    """The same, where a window that is a large block is probed first: a word that only old calls hold may have nothing
    in most blocks and very much in one.
    """
    probing = (
        "SELECT count(*) AS hits FROM (SELECT o.low, o.high, o.blocks) w, "
        f"LATERAL ({probe[0]} LIMIT %s) f WHERE o.level IS NOT NULL"
    )
    # OFFSET 0 keeps both kinds of windows in their order.
    steps = (
        "SELECT o.low, o.high, o.blocks WHERE o.level IS NULL OR p.hits BETWEEN 1 AND %s UNION ALL "
        "SELECT o.low, o.high, ('z' || o.level || 'x' || block)::tsquery "
        f"FROM generate_series({'o.oldest, o.newest, 1' if oldest_first else 'o.newest, o.oldest, -1'}) block "
        "WHERE p.hits > %s OFFSET 0"
    )
    sql = (
        f"SELECT {columns} FROM {_rows(windows)} o {NAMES}, LATERAL ({probing}) p, LATERAL ({steps}) w, "
        f"LATERAL ({each[0]}) h LIMIT %s"
    )
    return sql, [*probe[1], FEW + 1, FEW, FEW, *each[1], most]


def _rows(windows: Iterable[Window]) -> str:
    rows = [
        f"({window.low}, {window.high}, '{any_of(window.blocks)}'::tsquery, "
        f"{'NULL' if window.level is None else window.level}::int, {window.ends[0]}, {window.ends[1]})"
        for window in windows
    ]
    return f"(VALUES {', '.join(rows or ['(0, 0, NULL::tsquery, NULL::int, 0, 0)'])})"
