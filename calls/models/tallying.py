"""How many calls have which value: the rows behind the filter column, read narrowly and counted once.

`newest` looks at the newest calls that match and costs the same at any size; `whole` looks at all of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import Any

from django.db import connection

from calls.models.deadline import timely
from calls.models.judged import label_names
from calls.models.search import index
from calls.search.position import Span
from calls.search.text import normalise
from calls.search.tokens import lower
from calls.search.traits import CALL, HEAD, PART, Traits, read_tags, read_traits
from calls.search.tree import Node

# text -> calls, by column
Texts = dict[str, Counter[str]]
TAG, LABEL, REVIEW = "tag", "label", "review"
# of a review, beside that there is one
VERDICTS = ("passed", "failed")
EVERY_FIELD = (*(name for name in Traits._fields if name != "labels"), LABEL, TAG)


@dataclass(frozen=True, slots=True)
class Tally:
    """Value -> calls, for each field that was asked for. A tag is (name, value), or (name, None) for any value of it,
    and counts once a call; a review that passed or failed counts as "yes" as well. `is_whole`: no call was left out.
    """

    values: Mapping[str, Counter[Any]] = field(default_factory=dict)
    is_whole: bool = True


def newest(tree: Node, span: Span, sizes: Sequence[int], fields: Collection[str] = EVERY_FIELD) -> list[Tally]:
    """Of the newest calls that match, so many as each of `sizes` says: looked for once."""
    counted = _counted(fields, *index().newest(lower(tree), span, max(sizes)), sizes)
    return [_tally(texts, fields, size) for texts, size in zip(counted, sizes, strict=True)]


def whole(tree: Node, span: Span, fields: Collection[str] = EVERY_FIELD) -> Tally:
    """Of every call that matches."""
    [texts] = _counted(fields, *index().every(lower(tree), span), [2**62])
    return _tally(texts, fields, 2**62)


def is_counted_by_index(tree: Node) -> bool:
    """Whether `count_each` of this tree with a value is cheaper than `whole`, when very many calls match."""
    return index().counts_quickly(lower(tree))


def are_more(tree: Node, span: Span, calls: int) -> bool:
    """Whether more than so many calls match."""
    return index().count(lower(tree), span, calls + 1) > calls


def count_each(trees: Sequence[Node], span: Span) -> list[int]:
    """How many calls each tree finds, in one statement for a thousand of them."""
    return index().count_each([lower(tree) for tree in trees], span)


def known(most_tags: int, most_tasks: int) -> Mapping[str, Collection[Any]]:
    """The commonest task ids, intents and tags any call has, and every label: what `count_each` can be asked about."""
    pairs = _rows("SELECT task_id, intent, count(*) FROM calls_call GROUP BY task_id, intent", [])
    tasks, intents = Counter[str](), Counter[str]()
    # sorted, as otherwise which of equals are kept would be up to the database
    for task, intent, calls in sorted(pairs):
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
        LABEL: list(map(str, label_names())),
        TAG: [*((name, None) for name in names), *tags],
    }


def _counted(fields: Collection[str], calls: str, params: Sequence[Any], sizes: Sequence[int]) -> list[Texts]:
    """How many of these calls, as the index gives them, have each text of the columns that hold these fields."""
    columns = [*(["traits"] if set(fields) - {TAG} else []), *(["tags"] if TAG in fields else [])]
    if connection.vendor == "postgresql":
        return _counted_there(_parts(fields) or {name: name for name in columns}, calls, params, sizes)
    if len(sizes) == 1:
        return [_counted_here(columns, calls, params)]
    rows = _rows(f"SELECT {', '.join(columns)}, position FROM ({calls})", params)
    rows.sort(key=itemgetter(-1), reverse=True)
    texts = [list(zip(*rows[:size], strict=True)) or [()] * len(columns) for size in sizes]
    return [{name: Counter(each) for name, each in zip(columns, some, strict=False)} for some in texts]


def _counted_here(columns: Sequence[str], calls: str, params: Sequence[Any]) -> Texts:
    """SQLite would sort all rows for each column; a row for every call takes twice as long to come as one for all."""
    joined = ", ".join(f"group_concat({name}, char({ord(CALL)}))" for name in columns)
    [texts] = _rows(f"SELECT {joined} FROM ({calls})", params)
    return {
        name: Counter(text.split(CALL) if text is not None else ()) for name, text in zip(columns, texts, strict=True)
    }


def _parts(fields: Collection[str]) -> dict[str, str]:
    """A ticked facet is counted alone: PostgreSQL takes one part out of ten thousand texts sooner than it gives the
    thousands that differ back.
    """
    if len(fields) != 1:
        return {}
    part = f"split_part(traits, chr({ord(PART)}), %d)"
    return {name: part % at for at, name in enumerate(Traits._fields, 1) if name in fields}


def _counted_there(columns: Mapping[str, str], calls: str, params: Sequence[Any], sizes: Sequence[int]) -> list[Texts]:
    """By PostgreSQL, in one pass: reading ten thousand rows takes longer than finding them. `columns` are expressions
    by name.
    """
    sql, counts = f"WITH n AS ({calls})", ["count(*)"]
    if len(sizes) > 1:
        sql += ", first AS (SELECT position FROM n ORDER BY position DESC LIMIT %s)"
        counts.append("count(*) FILTER (WHERE position >= (SELECT min(position) FROM first))")
        params = [*params, min(sizes)]
    each = ", ".join(f"({text})" for text in columns.values())
    shown = ", ".join([*columns.values(), *counts])
    rows = _rows(f"{sql} SELECT {shown} FROM n GROUP BY GROUPING SETS ({each})", params)
    found: dict[int, Texts] = {size: {} for size in sizes}
    for at, name in enumerate(columns):
        # Of its columns a row has the one that it is grouped by.
        some = [row for row in rows if row[at] is not None]
        for number, size in enumerate(sorted(sizes, reverse=True), len(columns)):
            found[size][name] = Counter({row[at]: row[number] for row in some if row[number]})
    return [found[size] for size in sizes]


def _tally(counted: Texts, fields: Collection[str], size: int) -> Tally:
    found: dict[str, Counter[Any]] = {name: Counter() for name in fields}
    [first, *_others] = counted.values()
    seen = sum(first.values())
    for name, values in (counted | _by_trait(counted.get("traits", {}))).items():
        if name in found:
            found[name] = values
        elif name == "labels" and LABEL in found:
            found[LABEL] = _summed((label, calls) for labels, calls in values.items() for label in labels.split())
    if REVIEW in found:
        found[REVIEW]["yes"] += sum(found[REVIEW][verdict] for verdict in VERDICTS)
    if TAG in found:
        found[TAG] = _summed((tag, calls) for text, calls in counted["tags"].items() for tag in _tags_in(text))
    # As many as were asked for: nobody has looked whether there is one more.
    return Tally(found, seen < size)


def _by_trait(texts: Mapping[str, int]) -> dict[str, Counter[Any]]:
    """Thousands of texts begin in a few hundred ways and go on in fewer: both halves are summed before they are taken
    apart.
    """
    heads: defaultdict[tuple[str, ...], int] = defaultdict(int)
    tails: defaultdict[str, int] = defaultdict(int)
    for text, calls in timely(texts.items()):
        *head, tail = text.split(PART, HEAD)
        heads[tuple(head)] += calls
        tails[tail] += calls
    halves = heads, {tuple(read_traits(tail)): calls for tail, calls in tails.items()}
    columns = [(values, half.values()) for half in halves for values in zip(*half, strict=True)]
    return {name: _summed(zip(*each, strict=True)) for name, each in zip(Traits._fields, columns, strict=False)}


def _tags_in(text: str) -> list[tuple[str, str | None]]:
    """Each tag of a call and each name among them once, however often and differently spelled."""
    pairs: dict[tuple[str, str], tuple[str, str]] = {}
    names: dict[str, tuple[str, None]] = {}
    for name, value in read_tags(text):
        pairs.setdefault((_folded(name), _folded(value)), (name, value))
        names.setdefault(_folded(name), (name, None))
    return [*pairs.values(), *names.values()]


# of the same few hundred again and again
_folded = lru_cache(10_000)(normalise)


def _summed(counted: Iterable[tuple[Any, int]]) -> Counter[Any]:
    """A dictionary first: a Counter takes three times as long to be added to."""
    sums: defaultdict[Any, int] = defaultdict(int)
    for value, calls in timely(counted):
        sums[value] += calls
    return Counter(sums)


def _rows(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
