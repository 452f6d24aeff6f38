"""Calibrations: who reviews what, what they are told, and how far they are from the expert."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from calls.models import CallTask
from calls.models.scope import TaskScope
from calls.snapshot import TaskSnapshot
from calls.vocabulary import Source
from reviews.models import Calibration, Queue, QueueItem, Review
from reviews.opinions import calibrating
from reviews.vocabulary import Purpose, QueueState
from tests.builders import make_call
from tests.reviews.builders import FINE, WRONG, finish_all, make_calibration, make_item, make_queue, make_version


def plan(client: Client, **fields: object):
    values = {"name": "May", **fields}
    return client.post(reverse("calibration_new"), values)


def test_a_selection_becomes_an_item_for_every_call_and_person(supervisor_client, rui, rong, su):
    version, calls = make_version(), [make_call(), make_call()]
    chosen = ",".join(str(call.pk) for call in calls)

    form = supervisor_client.post(reverse("calibration_new"), {"question": "", "chosen": chosen})
    response = plan(
        supervisor_client,
        chosen=chosen,
        scorecard=version.scorecard_id,
        people=[rui.pk, rong.pk],
        expert=su.pk,
        due="2026-12-01",
    )

    assert f'value="{",".join(str(call.pk) for call in reversed(calls))}"' in form.text
    calibration = Calibration.objects.get()
    assert response.headers["Location"] == calibration.get_absolute_url()
    assert QueueItem.objects.filter(is_calibration=True).count() == 6
    assert set(calibration.queue.reviewers.all()) == {rui, rong, su}
    assert calibration.queue.second_share == 0
    assert calibration.due_at and calibration.due_at.isoformat() == "2026-12-01T15:59:00+00:00"
    purposes = {item.assigned_to: item.purpose for item in calibration.queue.items.all()}
    assert purposes == {rui: Purpose.CALIBRATION, rong: Purpose.CALIBRATION, su: Purpose.EXPERT}


def test_the_calls_of_a_queue_can_be_calibrated(supervisor_client):
    queue = make_queue(make_call(), make_call())

    page = supervisor_client.get(f"{reverse('calibration_new')}?queue={queue.pk}")

    assert "2 calls" in page.text


def test_a_list_can_be_meant_as_a_whole(supervisor_client):
    make_version()
    make_call(intent="A")
    make_call(intent="B")

    page = supervisor_client.get(f"{reverse('calibration_new')}?everything=1&question=intent%3DA")

    assert "1 call<" in page.text


def test_calls_outside_ones_tasks_are_left_out(supervisor_client, su):
    CallTask.objects.absorb(TaskSnapshot(Source.AICCS, "1", name="Mine"))
    TaskScope.objects.create(user=su).tasks.set(CallTask.objects.all())
    mine, other = make_call(task_id="1"), make_call(task_id="2")

    page = supervisor_client.get(f"{reverse('calibration_new')}?chosen={mine.pk},{other.pk}&question=")
    none = supervisor_client.get(f"{reverse('calibration_new')}?chosen={other.pk}&question=")

    assert "1 call<" in page.text
    assert none.status_code == 422
    assert "None of these calls is there any more." in none.text


@pytest.mark.parametrize("fields", [{}, {"chosen": "x"}, {"chosen": ""}, {"queue": "x"}, {"chosen": "9" * 30}])
def test_no_call_is_said(supervisor_client, fields):
    response = supervisor_client.get(reverse("calibration_new"), fields)

    assert response.status_code == 422
    assert "No call is selected." in response.text


def test_too_many_calls_are_said(supervisor_client, monkeypatch):
    monkeypatch.setattr(calibrating, "MOST_CALLS", 1)
    make_call()
    make_call()

    response = supervisor_client.get(reverse("calibration_new"), {"everything": "1"})

    assert "At most 1 calls" in response.text


def test_somebody_who_may_not_see_a_call_is_named(supervisor_client, rui, su):
    version, call = make_version(), make_call()
    TaskScope.objects.create(user=rui)

    response = plan(
        supervisor_client, chosen=str(call.pk), scorecard=version.scorecard_id, people=[rui.pk], expert=su.pk
    )

    assert response.status_code == 422
    assert "rui may not see calls of task 138000." in response.text
    assert not Queue.objects.exists()


def test_an_expert_alone_is_no_calibration(supervisor_client, su):
    version, call = make_version(), make_call()

    response = plan(
        supervisor_client, chosen=str(call.pk), scorecard=version.scorecard_id, people=[su.pk], expert=su.pk
    )

    assert "Choose at least one person beside the expert." in response.text


def test_a_name_that_is_taken_is_said(supervisor_client, rui, su):
    version, call = make_version(), make_call()
    make_queue(name="May", version=version)

    response = plan(
        supervisor_client, chosen=str(call.pk), scorecard=version.scorecard_id, people=[rui.pk], expert=su.pk
    )

    assert response.status_code == 422
    assert "There is a queue of this name." in response.text


def test_a_person_has_each_call_once(rui, su):
    call = make_call()
    calibration = make_calibration([call], [rui], su)

    with pytest.raises(IntegrityError):
        make_item(calibration.queue, call, assigned_to=rui, is_calibration=True)


def test_a_calibration_counts_in_no_score(rui, su):
    calibration = make_calibration([make_call()], [rui], su)
    finish_all(calibration, rui)
    finish_all(calibration, su)

    assert Review.objects.finished().count() == 2
    assert not Review.objects.counted().exists()


def test_when_all_have_answered_everybody_sees_who_deviates(reviewer_client, rui, rong, su):
    calls = [make_call(), make_call()]
    calibration = make_calibration(calls, [rui, rong], su)
    finish_all(calibration, rui, WRONG)
    finish_all(calibration, rong, FINE)
    finish_all(calibration, su, FINE)

    titles, rows = calibrating.deviations(calibrating.answers_of(calibration, su))

    assert titles == ["Names itself", "Answers what was asked", "Says goodbye"]
    assert [row.person for row in rows] == [rong, rui]
    assert [(cell.same, cell.n) for cell in rows[1].cells if cell] == [(2, 2), (0, 2), (2, 2)]
    assert [row.bias for row in rows] == pytest.approx([0.0, -33.33])
    page = reviewer_client.get(calibration.get_absolute_url()).text
    assert "Against the expert" in page and "–33.3" in page
    assert all(call.get_absolute_url() in page for call in calls)


def test_ending_it_closes_the_queue_and_shows_what_there_is(supervisor_client, rui, rong, su):
    calibration = make_calibration([make_call()], [rui, rong], su)
    finish_all(calibration, rui, WRONG)
    finish_all(calibration, su, FINE)
    assert "Against the expert" not in supervisor_client.get(calibration.get_absolute_url()).text

    supervisor_client.post(reverse("calibration_end", args=[calibration.pk]))
    supervisor_client.post(reverse("calibration_end", args=[calibration.pk]))

    calibration.refresh_from_db()
    assert calibration.ended_at is not None
    assert calibration.queue.state == QueueState.CLOSED
    assert "Against the expert" in supervisor_client.get(calibration.get_absolute_url()).text


def test_only_who_takes_part_or_plans_sees_it(reviewer_client, rong_client, supervisor_client, rui, su, ada):
    calibration = make_calibration([make_call()], [rui], ada)

    for client, status in ((reviewer_client, 200), (supervisor_client, 200), (rong_client, 404)):
        assert client.get(calibration.get_absolute_url()).status_code == status
        assert (calibration.get_absolute_url() in client.get(reverse("calibration_list")).text) is (status == 200)

    TaskScope.objects.create(user=su)
    assert supervisor_client.get(calibration.get_absolute_url()).status_code == 404


def test_a_long_list_costs_no_more_queries_than_a_short_one(supervisor_client, rui, rong, su):
    call = make_call()

    def asked(calibrations: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            page = supervisor_client.get(reverse("calibration_list")).text
        assert page.count("rui 1 / 1") == page.count("su 0 / 1") == page.count("Running") == calibrations
        return len(queries)

    for number in range(2):
        finish_all(make_calibration([call], [rui, rong], su, name=f"Week {number}"), rui)
    few = asked(2)
    for number in range(2, 10):
        finish_all(make_calibration([call], [rui, rong], su, name=f"Week {number}"), rui)

    assert asked(10) == few
