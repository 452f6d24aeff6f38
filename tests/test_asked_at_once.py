"""A call is deleted in the very moment in which somebody asks for it: one comes after the other, and both are done."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from calls import importing
from calls.models import Call, Job
from calls.refresh import ask_bulk_refresh, ask_hearings, bulk
from calls.refresh.ticking import ask_due_calls
from calls.selection import Selection
from calls.tasks import run_job
from calls.vocabulary import JobKind, JobState
from tests.builders import ROOT, make_call
from tests.meanwhile import begun_meanwhile
from tests.test_importing_saved import robot_call

pytestmark = pytest.mark.django_db(transaction=True)
IDS = "task_id,batch_id,detail_id\n138,139,966\n138,139,967\n"
MANY_IDS = IDS + "".join(f"138,139,{number}\n" for number in range(importing.WAITED_FOR))


def bulk_refresh(user: User) -> Callable[[], object]:
    return partial(ask_bulk_refresh, Selection(reader=ROOT), count=1, asked_by=user)


def slice_of_a_bulk_refresh(user: User) -> Callable[[], object]:
    action = ask_bulk_refresh(Selection(reader=ROOT), count=bulk.AT_ONCE + 1, asked_by=user)
    assert action.job is not None
    pk = action.job.pk

    def work() -> None:
        run_job(pk)
        # at the first attempt: a slice that fails is tried again
        assert Job.objects.get(pk=pk).state == JobState.DONE

    return work


def ids(user: User) -> Callable[[], object]:
    return partial(importing.carry_out, importing.read_plan(IDS.encode(), permitted=None), user)


def many_ids(user: User) -> Callable[[], object]:
    return partial(importing.carry_out, importing.read_plan(MANY_IDS.encode(), permitted=None), user)


def hearings(user: User) -> Callable[[], object]:
    return partial(ask_hearings, list(Call.objects.values_list("pk", flat=True)))


def due(user: User) -> Callable[[], object]:
    Call.objects.update(due_at=timezone.now())
    return ask_due_calls


WAYS = [bulk_refresh, slice_of_a_bulk_refresh, ids, many_ids, hearings, due]


@pytest.mark.parametrize("way", WAYS)
def test_who_deletes_a_call_waits_for_who_asks_for_it(way, ada):
    call = make_call(task_id="138", batch_id="139", detail_id="966")
    ask = way(ada)

    with begun_meanwhile(lambda: Call.objects.get(pk=call.pk).delete(), before="INSERT INTO calls_job") as deleted:
        ask()
    deleted()

    assert not Call.objects.exists()
    assert not Job.objects.filter(
        kind__in=[JobKind.REFRESH, JobKind.HEAR], subject__in=[str(call.ref), str(call.pk)]
    ).exists()


@pytest.mark.parametrize("way", [ids, many_ids])
def test_a_known_call_that_goes_before_its_ids_are_added_is_asked_for_by_them_alone(way, ada):
    call = make_call(task_id="138", batch_id="139", detail_id="966")
    add = way(ada)
    call.delete()

    add()

    job = Job.objects.get(kind=JobKind.REFRESH, subject=str(call.ref))
    assert (job.call, job.is_open) == (None, True)


def test_what_is_about_a_call_that_went_meanwhile_is_not_asked_for():
    gone, left = make_call(), make_call()
    Call.objects.filter(pk=gone.pk).delete()

    ask_hearings([gone.pk, left.pk])

    assert [job.call for job in Job.objects.all()] == [left]


CALLS = ("", robot_call(1), robot_call(2))
REFS = ("task_id,batch_id,detail_id", "138,139,966", "138,139,967")


@pytest.mark.parametrize(
    ("lines", "is_known", "statement"),
    [(CALLS, True, 'FROM "calls_call"'), (CALLS, False, 'INSERT INTO "calls_call"'), (REFS, False, "INSERT INTO")],
    ids=["known calls", "new calls", "ids"],
)
def test_two_files_that_say_the_same_in_another_order_are_added_at_once(lines, is_known, statement):
    head, *rows = lines
    if is_known:
        importing.carry_out(importing.read_plan("\n".join(rows).encode(), permitted=None), None)
    there, back = [
        importing.read_plan("\n".join([head, *content]).encode(), permitted=None) for content in (rows[::-1], rows)
    ]

    with begun_meanwhile(lambda: importing.carry_out(back, None), after=statement) as other:
        receipt = importing.carry_out(there, None)

    assert sorted(receipt.calls + receipt.jobs) == sorted(other().calls + other().jobs)
    assert len(receipt.calls + receipt.jobs) == 2
