"""How fast the filter column is counted: the form read, everything counted, names looked up; without the template."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.contrib.auth.models import User
from django.http import QueryDict

from bench.corpus import HALF, LATIN, TAG, THOUSANDTH, TWENTIETH
from bench.timing import Table, Target
from calls.facets import Depth, Facets
from calls.filters import CallFilterForm
from calls.models import Call

QUESTIONS = {
    "no question": "",
    "one tick": "result=answered",
    "two ticks": "result=answered&intent=A",
    "a tag": f"tag={TAG}",
    "a range": "shortest=30&longest=90",
    "50 % of calls": f"q={HALF}",
    "50 %, a tick": f"q={HALF}&result=answered",
    "5 %": f"q={TWENTIETH}",
    "0.1 %": f"q={THOUSANDTH}",
    "one character": f"q={TWENTIETH[0]}",
    "Latin word, 25 %": f"q={LATIN}",
}
# without limits
ROOT = User(is_superuser=True)
NEWEST = Target(60, 60, unit="ms, p95")
# of so many calls; of more they are given up when they take too long
EXACT = Target(400, 400, unit="ms, p95")
EXACT_CALLS = 100_000
SECONDS = 2.0


def print_rows(table: Table) -> None:
    exact = EXACT if Call.objects.count() <= EXACT_CALLS else None
    for title, depth, target in (("newest 10,000", Depth.NEWEST, NEWEST), ("exact", Depth.WHOLE, exact)):
        for name, query in QUESTIONS.items():
            outcome = partial(_outcome, query, depth)
            table.ask(f"facets, {title}: {name}", _column_of(query, depth), target, SECONDS, outcome)


def _column_of(query: str, depth: Depth) -> Callable[[], None]:
    def ask() -> None:
        list(Facets(CallFilterForm(QueryDict(query), reader=ROOT), depth))

    return ask


def _outcome(query: str, depth: Depth) -> str:
    facets = Facets(CallFilterForm(QueryDict(query), reader=ROOT), depth)
    return " (gave up)" if facets.is_late else "" if facets.is_whole else " (there are more)"
