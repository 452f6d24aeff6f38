"""Every call to one number, and a word when there are many."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

import pytest
from django.db import connection

from calls.models import Call, CallTask, TaskScope
from calls.snapshot import TaskSnapshot
from calls.vocabulary import NumberHash, Source
from tests.builders import NOON, make_call

pytestmark = pytest.mark.django_db
NUMBER = "13800005678"


def listed(page: str) -> list[int]:
    return [int(pk) for pk in re.findall(r'data-row-open href="/calls/(\d+)/"', page)]


def robot_call(**changes: object) -> Call:
    return make_call(**{"source": Source.ROBOT, "task_id": "1045001", "callee": NUMBER, **changes})


def test_calls_of_both_sources_stand_together_newest_first(reviewer_client):
    first = make_call(callee=NUMBER)
    second = robot_call()
    make_call()

    page = reviewer_client.get(f"/calls/{first.pk}/same-number").text

    assert listed(page) == [second.pk, first.pk]
    assert "All calls to 138****5678" in page
    assert NUMBER not in page
    assert "2 calls</span>" in page


def test_a_disguised_number_is_found_by_the_number_itself(reviewer_client):
    plain = make_call(callee=NUMBER)
    md5 = robot_call(callee=hashlib.md5(NUMBER.encode()).hexdigest(), number_hash=NumberHash.MD5)
    sha = robot_call(callee=hashlib.sha256(NUMBER.encode()).hexdigest(), number_hash=NumberHash.SHA256, task_id="2")

    assert listed(reviewer_client.get(f"/calls/{plain.pk}/same-number").text) == [sha.pk, md5.pk, plain.pk]
    page = reviewer_client.get(f"/calls/{md5.pk}/same-number").text
    assert listed(page) == [md5.pk]
    assert "The source disguises this number (MD5)." in page


@pytest.mark.parametrize(("callee", "words"), [("", "The source told no number"), ("138****5678", "hides a part")])
def test_what_is_no_number_finds_no_strangers(reviewer_client, callee, words):
    call = make_call(callee=callee)
    make_call(callee=callee)

    page = reviewer_client.get(f"/calls/{call.pk}/same-number").text

    assert listed(page) == [call.pk]
    assert words in page


def test_calls_of_other_peoples_tasks_are_not_listed_and_not_counted(reviewer_client, rui):
    CallTask.objects.absorb(TaskSnapshot(Source.AICCS, "138000", name="秋季回访"))
    mine = make_call(callee=NUMBER)
    others = [make_call(callee=NUMBER, task_id="999") for _ in range(4)]
    assert "5 calls to this number in 7 days" in reviewer_client.get(others[-1].get_absolute_url()).text
    scope = TaskScope.objects.create(user=rui)
    scope.tasks.add(CallTask.objects.get(task_id=mine.task_id))

    assert listed(reviewer_client.get(f"/calls/{mine.pk}/same-number").text) == [mine.pk]
    assert reviewer_client.get(f"/calls/{others[0].pk}/same-number").status_code == 404


def test_more_than_three_calls_in_a_week_are_a_notice(reviewer_client):
    days = (0, 5, 6, 11, 12)
    calls = [
        make_call(callee=NUMBER, started_at=NOON + timedelta(days=day), answered_at=None, ended_at=None) for day in days
    ]

    pages = [reviewer_client.get(call.get_absolute_url()).text for call in calls]

    assert ["calls to this number in 7 days" in page for page in pages] == [False] * 5
    one_more = make_call(callee=NUMBER, started_at=NOON + timedelta(days=11, hours=1), answered_at=None, ended_at=None)
    for often in (one_more, calls[-1]):
        assert "4 calls to this number in 7 days" in reviewer_client.get(often.get_absolute_url()).text
    assert 'id="same-number" href="/calls/' in pages[0]


def test_only_the_newest_hundred_are_shown(reviewer_client):
    call = make_call(callee=NUMBER)
    Call.objects.bulk_create(
        Call(
            source=call.source,
            key=f"copy-{number}",
            callee=NUMBER,
            placed_at=NOON,
            checked_at=NOON,
            position=number,
        )
        for number in range(100)
    )

    page = reviewer_client.get(f"/calls/{call.pk}/same-number").text

    assert len(listed(page)) == 100
    assert "Only the newest 100 are shown." in page


def test_the_index_finds_them(reviewer_client, rui):
    from calls.views.same_number import calls_to

    plan = calls_to(make_call(callee=NUMBER), rui).newest_first().explain()

    assert connection.vendor != "sqlite" or "call_by_callee" in plan, plan
