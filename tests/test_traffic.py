from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from calls.models import Call, traffic
from calls.models.traffic import Taken
from calls.snapshot import TagSnapshot, TurnSnapshot
from calls.vocabulary import CallResult, Speaker
from tests.builders import make_call

pytestmark = pytest.mark.django_db
# clocks go forward on 29 March and back on 25 October 2026
BERLIN = ZoneInfo("Europe/Berlin")
# clocks go forward at midnight itself, on 6 September 2026
SANTIAGO = ZoneInfo("America/Santiago")


def call_at(at: datetime, result: CallResult = CallResult.ANSWERED) -> Call:
    return make_call(started_at=at, answered_at=None, ended_at=None, result=result)


@pytest.mark.parametrize(
    ("zone", "first", "last"),
    [
        (BERLIN, date(2026, 3, 28), date(2026, 3, 31)),
        (BERLIN, date(2026, 10, 24), date(2026, 10, 27)),
        (SANTIAGO, date(2026, 9, 4), date(2026, 9, 8)),
        (ZoneInfo("Asia/Kolkata"), date(2026, 3, 28), date(2026, 3, 31)),
    ],
)
def test_a_call_counts_on_the_day_that_the_readers_clock_showed(zone, first, last):
    with timezone.override(zone):
        begin = traffic.start_of(first).astimezone(UTC)
        ends = traffic.start_of(last + timedelta(days=1)).astimezone(UTC)
        moments = [
            begin + timedelta(minutes=20 * number) for number in range(int((ends - begin).total_seconds()) // 1200)
        ]
        for moment in [begin - timedelta(seconds=1), *moments, ends]:
            call_at(moment)

        days = traffic.by_day(Call.objects.all(), first, last)

        shown = Counter(timezone.localtime(moment).date() for moment in moments)
        assert [day.dialled for day in days] == [shown[first + timedelta(days=number)] for number in range(len(days))]
        assert len({day.dialled for day in days}) == (1 if zone.key == "Asia/Kolkata" else 2)


def test_days_are_joined_to_weeks_and_the_last_may_be_short():
    first = date(2026, 11, 1)
    for number in range(10):
        call_at(
            traffic.start_of(first + timedelta(days=number)),
            CallResult.ANSWERED if number % 2 else CallResult.BUSY,
        )

    weeks = traffic.by_day(Call.objects.all(), first, date(2026, 11, 10), step=7)

    assert weeks == [Taken(7, 3), Taken(3, 2)]


def test_calls_are_taken_by_task_with_the_talk_of_the_answered():
    make_call(task_id="1", duration=60)
    make_call(task_id="1", duration=30)
    make_call(task_id="1", duration=9, result=CallResult.BUSY)
    make_call(task_id="2", duration=None)

    tasks, found = traffic.by_task_and_outcome(Call.objects.all())

    assert tasks == {("aiccs", "1"): Taken(3, 2, 90), ("aiccs", "2"): Taken(1, 1, 0)}
    assert tasks["aiccs", "1"].mean_seconds == 45
    assert Taken().mean_seconds is None and Taken().rate is None
    assert found == traffic.outcomes(Call.objects.all())
    assert found.results == {CallResult.ANSWERED: 3, CallResult.BUSY: 1}


def test_spellings_that_a_list_takes_for_one_count_together():
    for intent in ("A", "A", "ａ", "高意向"):
        make_call(intent=intent)

    found = traffic.outcomes(Call.objects.all())

    assert found.intents == {"A": 3, "高意向": 1}
    assert found.keen == 3


def test_what_is_equally_common_stands_in_one_order_whichever_way_it_is_counted():
    """Of two spellings as well: the board would else call an intent now this, now that."""
    make_call(task_id="1", intent="ａ", result=CallResult.BUSY)
    make_call(task_id="2", intent="A", result=CallResult.ANSWERED)

    _tasks, by_task = traffic.by_task_and_outcome(Call.objects.all())

    for found in (by_task, traffic.outcomes(Call.objects.all())):
        assert found.results.most_common() == [(CallResult.ANSWERED, 1), (CallResult.BUSY, 1)]
        assert found.intents == {"A": 2}


def test_equally_common_tags_stand_in_one_order():
    for value in ("是", "否", "也许"):
        make_call(tags=(TagSnapshot("加微信", value),))

    found = traffic.by_tag(Call.objects.all())

    assert [value for (_name, value), _calls in found.most_common()] == sorted(("是", "否", "也许"))


def test_a_call_with_two_spellings_of_a_tag_is_one_call():
    make_call(tags=(TagSnapshot("VIP", "是"), TagSnapshot("vip", "是")))
    make_call(tags=(TagSnapshot("VIP", "是"), TagSnapshot("客户情绪", "平静")))

    assert traffic.by_tag(Call.objects.all()) == {("VIP", "是"): 2, ("客户情绪", "平静"): 1}


def test_a_call_with_the_same_tag_twice_is_one_call():
    make_call(tags=(TagSnapshot("VIP", "是"), TagSnapshot("VIP", "是")))
    make_call(tags=(TagSnapshot("VIP", "是"),))

    assert traffic.by_tag(Call.objects.all()) == {("VIP", "是"): 2}


def test_a_talk_is_an_answered_call_of_three_turns():
    turn = TurnSnapshot(Speaker.AGENT, "您好")
    make_call(turns=(turn,) * 3, intent="A")
    make_call(turns=(turn,) * 4, intent="D")
    make_call(turns=(turn,) * 2, intent="A")
    make_call(turns=(turn,) * 3, intent="A", result=CallResult.BUSY)

    assert traffic.talks(Call.objects.all()) == {"A": 1, "D": 1}
