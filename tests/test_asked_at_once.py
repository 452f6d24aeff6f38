"""A call is deleted in the very moment in which somebody asks for it: one comes after the other, and both are done."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import pytest
from django.contrib.auth.models import User
from django.db import connection

from calls import importing
from calls.models import Call, Job
from calls.refresh import ask_bulk_refresh, bulk
from calls.selection import Selection
from calls.tasks import run_job
from calls.vocabulary import JobKind, JobState
from tests.builders import ROOT, make_call
from tests.meanwhile import is_waited_for, meanwhile
from tests.workers import until

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


WAYS = [bulk_refresh, slice_of_a_bulk_refresh, ids, many_ids]


@pytest.mark.parametrize("way", WAYS)
def test_who_deletes_a_call_waits_for_who_asks_for_it(way, ada):
    call = make_call(task_id="138", batch_id="139", detail_id="966")
    going: list[Future[None]] = []

    def delete() -> None:
        try:
            Call.objects.get(pk=call.pk).delete()
        finally:
            connection.close()

    def somebody_deletes_it() -> None:
        going.append(other.submit(delete))
        until(lambda: is_waited_for() or going[0].done(), "the other one waits or has deleted it")

    ask = way(ada)
    with ThreadPoolExecutor(1) as other, meanwhile(somebody_deletes_it, before="INSERT INTO calls_job"):
        ask()
    going[0].result(60)

    assert not Call.objects.exists()
    assert not Job.objects.filter(subject=str(call.ref)).exists()


@pytest.mark.parametrize("way", [ids, many_ids])
def test_a_known_call_that_goes_before_its_ids_are_added_is_asked_for_by_them_alone(way, ada):
    call = make_call(task_id="138", batch_id="139", detail_id="966")
    add = way(ada)
    call.delete()

    add()

    job = Job.objects.get(kind=JobKind.REFRESH, subject=str(call.ref))
    assert (job.call, job.is_open) == (None, True)
