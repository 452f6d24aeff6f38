"""How a database carries out what the index is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db import connection

from calls.models import Call, search
from calls.models.search import Sort
from calls.search.filters import Filters
from calls.search.grammar import parse

TWELVE_TAGS = " ".join(f"tag:{number}" for number in range(12))
QUESTIONS = [
    "退款",
    "退",
    "为什么",
    "-退款",
    "退款 dur:<60 no:1",
    "customer:退款 -为什么 tag:情绪",
    TWELVE_TAGS,
    " OR ".join(f"词{number}" for number in range(200)),
    " ".join(f"词{chr(0x4E00 + number)}语{chr(0x4F00 + number)}" for number in range(7)),
    f'"{"为什么要退款呢，微信" * 40}"',
]


def check_plans(questions: Iterable[str] = QUESTIONS) -> None:
    """That none of them makes the database read every entry."""
    with connection.cursor() as cursor:
        # as it knows its tables some time after they were filled
        cursor.execute("ANALYZE calls_searchentry")
    for text in questions:
        for name, ask in ways_to_ask(text):
            for plan in plans_of(ask):
                assert not reads_every_entry(plan), f"{name} {text}:\n{plan}"


def ways_to_ask(text: str) -> Iterator[tuple[str, Callable[[], Any]]]:
    query, filters = parse(text), Filters(results=("answered", "busy"))
    yield "page", lambda: search.find(query)
    yield "oldest page", lambda: search.find(query, sort=Sort.OLDEST)
    yield "longest", lambda: search.find(query, sort=Sort.LONGEST)
    yield "page of a filter", lambda: search.find(query, filters)
    yield "count", lambda: search.count(query)
    yield "narrowed", lambda: list(search.narrow(Call.objects.order_by(), query).values_list("pk")[:5])


def plans_of(ask: Callable[[], Any]) -> list[str]:
    """How the database carries out each statement that asks the index."""
    asked: list[tuple[str, Any]] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "@@" in sql or "MATCH" in sql:
            asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        ask()
    assert asked
    explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        plans = []
        for sql, params in asked:
            cursor.execute(f"{explain} {sql}", params)
            plans.append("\n".join(str(row[-1]) for row in cursor.fetchall()))
    return plans


def reads_every_entry(plan: str) -> bool:
    return "Seq Scan on calls_searchentry" in plan or "SCAN e" in plan.splitlines()
