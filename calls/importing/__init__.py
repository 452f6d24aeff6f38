"""Calls that people add: ids to fetch, or answers they saved. First a plan to look at, then all of it or nothing.

>>> plan = read_plan(content, permitted=None)
>>> plan.counts
{'new': 12, 'known': 3, 'repeated': 1, 'wrong': 2}
>>> receipt = carry_out(plan, user)
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

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
from calls.models.scope import TaskKey
from calls.vocabulary import JobKind

# so many a person waits for; more go behind what other people ask for
WAITED_FOR = 100
# subjects or calls a query
AT_ONCE = 500

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


@transaction.atomic
def carry_out(plan: Plan, user: User | None) -> Receipt:
    """All rows that can be used, or none of them: saved answers are absorbed, ids become jobs for the workers."""
    absorbed = [Call.objects.absorb(row.answer) for row in plan.wanted if row.answer is not None]
    jobs = _ask([row for row in plan.wanted if row.ref is not None], user)
    return Receipt(
        jobs=jobs,
        calls=[done.call.pk for done in absorbed],
        added=sum(done.is_new for done in absorbed),
        changed=sum(done.is_changed and not done.is_new for done in absorbed),
        left_out=len(plan.rows) - len(plan.wanted),
    )


def _ask(rows: Sequence[Row], user: User | None) -> list[int]:
    calls = _held(row.call_pk for row in rows if row.call_pk is not None)
    if len(rows) <= WAITED_FOR:
        jobs = (
            refresh.ask_refresh(row.ref, call=calls.get(row.call_pk or 0), asked_by=user) for row in rows if row.ref
        )
        return [job.pk for job in jobs]
    Job.objects.ask_all(
        Job(kind=JobKind.REFRESH, subject=str(row.ref), call=calls.get(row.call_pk or 0), asked_by=user) for row in rows
    )
    return list(_open_jobs([str(row.ref) for row in rows]))


def _held(pks: Iterable[int]) -> dict[int, Call]:
    """The calls that were not deleted since the plan was made: the others are asked for by their ids alone."""
    ordered = sorted(set(pks))
    chunks = (ordered[start : start + AT_ONCE] for start in range(0, len(ordered), AT_ONCE))
    return {call.pk: call for chunk in chunks for call in Call.objects.filter(pk__in=chunk).only("pk").held()}


def _open_jobs(subjects: Sequence[str]) -> Iterator[int]:
    """Some were open before, so what `ask_all` made is not all of them."""
    for start in range(0, len(subjects), AT_ONCE):
        some = Job.objects.open().filter(kind=JobKind.REFRESH, subject__in=subjects[start : start + AT_ONCE])
        yield from some.values_list("pk", flat=True)
