"""Calls that people add: ids to fetch, or answers they saved. First a plan to look at, then all of it.

>>> plan = read_plan(content, permitted=None)
>>> plan.counts
{'new': 12, 'known': 3, 'repeated': 1, 'wrong': 2}
>>> receipt = carry_out(plan, user)
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TypeVar

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from calls import refresh
from calls.importing import known, saved, table
from calls.importing.decoding import decoded
from calls.importing.ids import WrongId, checked_ref
from calls.importing.known import NOT_YOURS
from calls.importing.rows import MOST_BYTES, MOST_ROWS, Plan, Row, Unreadable, Verdict
from calls.importing.shelf import Receipt
from calls.models import Call, Job
from calls.models.call import Absorbed
from calls.models.naming import key_of
from calls.models.scope import TaskKey
from calls.vocabulary import JobKind

# so many a person waits for; more go behind what other people ask for
WAITED_FOR = 100
# rows a transaction, calls a query
AT_ONCE = 500
Item = TypeVar("Item")

__all__ = [
    "MOST_BYTES",
    "MOST_ROWS",
    "NOT_YOURS",
    "Plan",
    "Receipt",
    "Row",
    "Unreadable",
    "Verdict",
    "WrongId",
    "carry_out",
    "checked_ref",
    "read_plan",
]


def read_plan(content: bytes, *, permitted: Collection[TaskKey] | None) -> Plan:
    """What the file holds and what adding it would do; Unreadable when it holds nothing of use.

    `permitted` are the only tasks that whoever brings it may add to: see `tasks_of`. None for all.
    """
    text = decoded(content)
    holds_answers = saved.looks_saved(text)
    rows = saved.rows_of(text) if holds_answers else table.rows_of(text)
    plan = Plan(known.judged(rows, permitted))
    if not plan.rows and holds_answers:
        raise Unreadable(_("There is no answer in the file: its list is empty."))
    if not plan.rows:
        raise Unreadable(_("The file names columns and nothing more: there is no row under them."))
    return plan


def carry_out(plan: Plan, user: User | None) -> Receipt:
    """All rows that can be used. Saved answers are absorbed, all or none of them; ids become jobs for the workers. When
    the database gives up in the middle, the ids until there are asked for, and all of it can be added once more.
    """
    absorbed = _absorb([row for row in plan.wanted if row.answer is not None])
    jobs = _ask([row for row in plan.wanted if row.ref is not None], user)
    return Receipt(
        jobs=jobs,
        calls=[done.call.pk for done in absorbed],
        added=sum(done.is_new for done in absorbed),
        changed=sum(done.is_changed and not done.is_new for done in absorbed),
        left_out=len(plan.rows) - len(plan.wanted),
    )


@transaction.atomic
def _absorb(rows: Sequence[Row]) -> list[Absorbed]:
    # The file has an order of its own: two people who add the same calls would wait for each other.
    known = sorted({row.call_pk for row in rows if row.call_pk is not None})
    for pks in _parts(known):
        list(Call.objects.select_for_update().filter(pk__in=pks).order_by("pk").values_list("pk"))
    answers = [row.answer for row in rows if row.answer is not None]
    return [Call.objects.absorb(answer) for answer in sorted(answers, key=lambda answer: key_of(answer.snapshot))]


def _ask(rows: Sequence[Row], user: User | None) -> list[int]:
    """The jobs of all of them, in several transactions: while one lasts nobody may touch its calls."""
    is_waited_for = len(rows) <= WAITED_FOR
    in_order = sorted(rows, key=lambda row: str(row.ref))
    return [pk for some in _parts(in_order) for pk in _ask_some(some, user, is_waited_for=is_waited_for)]


@transaction.atomic
def _ask_some(rows: Sequence[Row], user: User | None, *, is_waited_for: bool) -> list[int]:
    calls = _held(rows)
    wanted = [(row.ref, calls.get(row.call_pk or 0)) for row in rows if row.ref is not None]
    if is_waited_for:
        return [refresh.ask_refresh(ref, call=call, asked_by=user).pk for ref, call in wanted]
    Job.objects.ask_all(Job(kind=JobKind.REFRESH, subject=str(ref), call=call, asked_by=user) for ref, call in wanted)
    # Some were open before, so what `ask_all` made is not all of them.
    asked = Job.objects.open().filter(kind=JobKind.REFRESH, subject__in=[str(ref) for ref, _call in wanted])
    return list(asked.values_list("pk", flat=True))


def _held(rows: Sequence[Row]) -> dict[int, Call]:
    """The calls that were not deleted since the plan was made: the others are asked for by their ids alone."""
    calls = Call.objects.filter(pk__in=[row.call_pk for row in rows if row.call_pk is not None])
    return {call.pk: call for call in calls.only("pk").held()}


def _parts(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]
