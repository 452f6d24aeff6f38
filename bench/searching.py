"""The questions of the search benchmark and the tables they are printed in. Needs Django to be set up."""

from __future__ import annotations

import sys
from dataclasses import replace

from django.db import connection

from bench import asking, badly, beside, corpus, facets
from bench.asking import FLOOR, rows
from bench.corpus import HALF, LATIN, NEVER_TAGGED, OLD, RARE, TAG, THOUSANDTH, THREE, TWENTIETH
from bench.timing import Table, Target
from calls.models import Call
from calls.models.search import Sort
from calls.search.filters import Filters

RARE_TASK = "aiccs/138036"
WORDS = {
    "50 % of calls": HALF,
    "5 %": TWENTIETH,
    "0.1 %": THOUSANDTH,
    "0.001 %": RARE,
    "three characters, 1 %": THREE,
    "50 % and 5 %": f"{HALF} {TWENTIETH}",
    "5 % without 50 %": f"{TWENTIETH} -{HALF}",
    "5 % or 0.1 %": f"{TWENTIETH} OR {THOUSANDTH}",
    "only an exclusion": f"-{HALF}",
}
LATIN_WORDS = {"Latin word, 25 %": LATIN, "Latin word and 5 %": f"{LATIN} {TWENTIETH}"}
NARROWED = {
    "50 %, said by the customer (0.013 %)": f"customer:{HALF}",
    "50 %, rare task": f"{HALF} task:138036",
    "5 %, result and intent": f"{TWENTIETH} result:busy intent:A",
    "20 % and a tag, no hit": f"{NEVER_TAGGED} tag:{TAG}",
    "50 %, longer than 600 s": f"{HALF} dur:>600",
    "5 %, under 10 s": f"{TWENTIETH} dur:<10",
    "a number's last four": "no:1234",
    "a call's id": f"id:{966_000_000 + 77}",
    "nothing like it": "齉麤龖",
}
CHARACTERS = {
    "in most calls": corpus.COMMON_CHARACTER,
    "5 %": TWENTIETH[0],
    "0.1 %": corpus.RARE_CHARACTER,
    "only in old calls": OLD[0],
    "four of them, no hit": f"{corpus.COMMON_CHARACTER} {HALF[0]} {TWENTIETH[0]} {RARE[0]} {OLD[0]}",
}
OLD_WORDS = {
    "30 % of the oldest tenth": OLD,
    "the same, by the customer": f"customer:{OLD}",
    "the same, with 50 %": f"{OLD} {HALF}",
}
LISTS = {
    "all calls": Filters(),
    "task": Filters(tasks=("aiccs/138000",)),
    "rare task": Filters(tasks=(RARE_TASK,)),
    "result": Filters(results=("busy",)),
    "intent": Filters(intents=("A",)),
    "who hung up": Filters(hung_up_by=("agent",)),
    "source": Filters(sources=("aiccs",)),
    "recording": Filters(recordings=("stored",)),
    "tag, 0.75 %": Filters(tags=((TAG, None),)),
    "tag with its value": Filters(tags=((TAG, "是"),)),
    "not reviewed": Filters(reviews=("no",)),
    "longer than 600 s": Filters(durations=((601, None),)),
    "fewer than 9 turns": Filters(turns=(None, 8)),
    "tag and result, few": Filters(tags=((TAG, "是"),), results=("powered_off",)),
    "result, intent and side": Filters(results=("busy",), intents=("A",), hung_up_by=("agent",)),
    "two tasks, two results, recording": Filters(
        tasks=("aiccs/138000", "aiccs/138001"), results=("answered", "busy"), recordings=("stored",)
    ),
    "no hit": Filters(sources=("robot",), results=("answered",)),
}
SECTIONS = {
    "text": (WORDS, Target(3, 10)),
    "text, Latin": (LATIN_WORDS, Target(3, 20)),
    "filter, who said it, no hit": (NARROWED, Target(40, 40)),
    "one character": (CHARACTERS, Target(80, 10)),
    "words only in old calls": (OLD_WORDS, Target(3, 100)),
}
HTTP_SECONDS = 5.0
WRITING = "index of one call, in a batch of 100"
SORTED_LISTS = ("all calls", "result")
SORTED_WORDS = {"50 %": HALF, "5 %": TWENTIETH, "0.1 %": THOUSANDTH}
# every order but the usual one
SORTS = [sort for sort in Sort if sort != Sort.NEWEST]


def print_tables(*, alone: bool, only: str = "") -> None:
    print(f"\n### {Call.objects.count():,} calls, {_database()}\n")
    print(f"Python {sys.version.split()[0]}. {_sizes()}\n")
    table = Table(asking.floor, connection.vendor, only)
    table.ask(FLOOR, asking.floor)
    for section, (questions, target) in SECTIONS.items():
        for name, text in questions.items():
            table.ask(f"{section}: {name}", asking.page_of(text), target)
    _print_lists(table)
    _print_counts(table)
    for sort in SORTS:
        for name, text in SORTED_WORDS.items():
            table.ask(f"{sort.label.lower()}: {name}", asking.page_of(text, sort=sort))
    if only in WRITING:
        table.row(WRITING, asking.upserts(), Target(1, 2, unit="ms"))
    for name, text in {"all calls": "", **{each: WORDS[each] for each in ("50 % of calls", "5 %", "0.1 %")}}.items():
        table.ask(f"HTTP: the list page, {name}", asking.http_of(text), Target(60, 100, unit="ms, p95"), HTTP_SECONDS)
    facets.print_rows(table)
    badly.print_rows(table)
    if not alone and not only:
        beside.print_rows(table)


def _print_lists(table: Table) -> None:
    day = Filters(since=asking.moment(0.99), until=asking.moment(0.995))
    dated = {"a day and a half": day, "a day and a half, task": replace(day, tasks=("aiccs/138000",))}
    for name, filters in {**LISTS, **dated}.items():
        table.ask(f"list: {name}", asking.page_of("", filters), Target(10, 40))
    for sort in SORTS:
        for name in SORTED_LISTS:
            table.ask(f"list, {sort.label.lower()}: {name}", asking.page_of("", LISTS[name], sort), Target(10, 40))


def _print_counts(table: Table) -> None:
    for section, (questions, _target) in SECTIONS.items():
        for name, text in questions.items():
            table.ask(f"count to 10,000: {section}, {name}", asking.count_of(text), Target(60, 60))
    for name, filters in LISTS.items():
        table.ask(f"count to 10,000: list, {name}", asking.count_of("", filters), Target(60, 60))


def _database() -> str:
    sql = "SHOW server_version" if connection.vendor == "postgresql" else "SELECT sqlite_version()"
    return f"{connection.display_name} {rows(sql, [])[0][0]}"


def _sizes() -> str:
    if connection.vendor == "postgresql":
        sql = "SELECT pg_total_relation_size('calls_searchentry'), pg_relation_size('calls_searchentry_vector')"
        [(whole, part)] = rows(sql, [])
        memory = rows("SHOW shared_buffers", [])[0][0]
        return f"Index and texts {whole >> 20:,} MB, of which GIN {part >> 20:,} MB; shared_buffers {memory}."
    size = rows("SELECT sum(length(block)) FROM calls_searchentry_fts_data", [])[0][0]
    return f"FTS5 {size >> 20:,} MB."
