"""How many calls have which value: the rows behind the filter column, read narrowly and counted once.

`newest` looks at the newest calls that match and costs the same at any size; `whole` looks at all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from calls.models.search import index
from calls.search.index import bounds
from calls.search.position import Span
from calls.search.tokens import lower
from calls.search.tree import EVERYTHING, Node

COLUMNS = {
    "result": "c.result",
    "intent": "c.intent",
    "task": "c.task_id",
    "length": "c.duration",
    "hung": "c.hung_up_by",
    "recording": "r.state",
    "source": "c.source",
}
TAG = "tag"
EVERY_FIELD = (*COLUMNS, TAG)


@dataclass(frozen=True, slots=True)
class Tally:
    """Value -> calls, for each field that was asked for. A tag is (name, value), or (name, None) for any value of it,
    and counts once a call. `is_whole`: no matching call was left out.
    """

    values: Mapping[str, Counter[Any]] = field(default_factory=dict)
    is_whole: bool = True


def newest(tree: Node, span: Span, most: int, fields: Collection[str] = EVERY_FIELD) -> Tally:
    """Of the newest `most` calls that match: one statement, and one more for tags."""
    columns = [name for name in COLUMNS if name in fields]
    hits, params = _positions(tree, span, most)
    calls = f"FROM ({hits}) h {_narrow_join()} ON c.position = h.position{_sound(columns)}"
    if len(fields) == 1 and columns:
        # One column is counted by the database in a third of the time that its values take to come here.
        counts = dict(_rows(f"SELECT {COLUMNS[columns[0]]}, count(*) {calls} GROUP BY 1", params))
        return Tally({columns[0]: Counter(counts)}, sum(counts.values()) < most)
    rows = _rows(f"SELECT {', '.join(['c.id', *(COLUMNS[name] for name in columns)])} {calls}", params)
    pks, *values = zip(*rows, strict=True) if rows else ((), *([()] * len(columns)))
    counted: dict[str, Counter[Any]] = {name: Counter(each) for name, each in zip(columns, values, strict=True)}
    if TAG in fields:
        counted[TAG] = _tags_of(pks)
    # As many as were asked for: nobody has looked whether there is one more.
    return Tally(counted, len(rows) < most)


def whole(tree: Node, span: Span, fields: Collection[str] = EVERY_FIELD) -> Tally:
    """Of every call that matches: one pass over the calls, and one over the tags."""
    columns = [name for name in COLUMNS if name in fields]
    if connection.vendor != "postgresql":
        return newest(tree, span, 2**62, fields)
    hits, params = _call_ids(tree, span)
    found: dict[str, Counter[Any]] = {name: Counter() for name in columns}
    if columns:
        for row in _rows(_grouping(columns, hits), params):
            *values, place, count = row
            # GROUPING sets a bit for each column that a row is not about, the last column's lowest.
            at = next(at for at in range(len(columns)) if not place >> (len(columns) - 1 - at) & 1)
            found[columns[at]][values[at]] += count
    if TAG in fields:
        found[TAG] = _all_tags(hits, params)
    return Tally(found)


def is_counted_by_index(tree: Node) -> bool:
    """Whether `count_each` of this tree with a value is cheaper than `whole`."""
    return index().counts_quickly(lower(tree))


def count_each(trees: Sequence[Node], span: Span) -> list[int]:
    """How many calls each tree finds, in one statement."""
    return index().count_each([lower(tree) for tree in trees], span)


def known(most_tags: int, most_tasks: int) -> Mapping[str, Collection[Any]]:
    """The commonest task ids, intents and tags any call has: what `count_each` can be asked about."""
    pairs = _rows("SELECT task_id, intent, count(*) FROM calls_call GROUP BY task_id, intent", [])
    tasks, intents = Counter[str](), Counter[str]()
    for task, intent, calls in pairs:
        tasks[task] += calls
        intents[intent] += calls
    tags = _rows(
        "SELECT name, value FROM calls_tag GROUP BY name, value ORDER BY count(*) DESC, name, value LIMIT %s",
        [most_tags],
    )
    names = dict.fromkeys(name for name, _value in tags)
    return {
        "task": [task for task, _calls in tasks.most_common(most_tasks)],
        "intent": [intent for intent, _calls in intents.most_common(most_tags)],
        TAG: [*((name, None) for name in names), *tags],
    }


def _positions(tree: Node, span: Span, most: int) -> tuple[str, list[Any]]:
    if tree != EVERYTHING:
        return index().newest(lower(tree), span, most)
    within, params = bounds(span, "position")
    return f"SELECT position FROM calls_call WHERE true{within} ORDER BY position DESC LIMIT %s", [*params, most]


def _call_ids(tree: Node, span: Span) -> tuple[str, list[Any]]:
    if tree != EVERYTHING:
        return index().subquery(lower(tree), span)
    within, params = bounds(span, "position")
    return f"SELECT id AS call_id FROM calls_call WHERE true{within}", list(params)


def _grouping(columns: Sequence[str], hits: str) -> str:
    selected = [COLUMNS[name] for name in columns]
    sets = ", ".join(f"({each})" for each in selected)
    return (
        f"SELECT {', '.join(selected)}, GROUPING({', '.join(selected)}), count(*) FROM ({hits}) h "
        f"JOIN calls_call c ON c.id = h.call_id{_sound(columns)} GROUP BY GROUPING SETS ({sets})"
    )


def _sound(columns: Collection[str]) -> str:
    return " LEFT JOIN calls_recording r ON r.call_id = c.id" if "recording" in columns else ""


def _narrow_join() -> str:
    """CROSS JOIN keeps SQLite from beginning with the calls, and the index that holds every column it needs from being
    left for one that holds the position alone: that read each wide row, which took half as long again.
    """
    return "CROSS JOIN calls_call c INDEXED BY call_facets" if connection.vendor == "sqlite" else "JOIN calls_call c"


def _tags_of(pks: Collection[int]) -> Counter[Any]:
    if connection.vendor == "postgresql":
        found = _rows("SELECT call_id, name, value FROM calls_tag WHERE call_id = ANY(%s)", [list(pks)])
    else:
        sql = "SELECT call_id, name, value FROM calls_tag WHERE call_id IN (SELECT value FROM json_each(%s))"
        found = _rows(sql, [str(list(pks))])
    tags = set(found)
    named = {(pk, name) for pk, name, _value in tags}
    return Counter((name, value) for _pk, name, value in tags) + Counter((name, None) for _pk, name in named)


def _all_tags(hits: str, params: Sequence[Any]) -> Counter[Any]:
    sql = (
        "SELECT t.name, CASE WHEN GROUPING(t.value) = 0 THEN t.value END, count(DISTINCT t.call_id) "
        f"FROM ({hits}) h JOIN calls_tag t ON t.call_id = h.call_id "
        "GROUP BY GROUPING SETS ((t.name, t.value), (t.name))"
    )
    return Counter({(name, value): count for name, value, count in _rows(sql, params)})


def _rows(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
