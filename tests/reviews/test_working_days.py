from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from reviews.opinions.working_days import working_days_after

CHINA = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    "raised, days, due",
    [
        ("2026-11-16 10:00", 3, "2026-11-19 10:00"),  # Monday to Thursday
        ("2026-11-19 10:00", 3, "2026-11-24 10:00"),  # Thursday over the weekend to Tuesday
        ("2026-11-20 23:30", 1, "2026-11-23 23:30"),
        ("2026-11-21 09:00", 3, "2026-11-25 09:00"),  # raised on a Saturday
        ("2026-11-22 09:00", 0, "2026-11-23 09:00"),  # never due on a free day
        ("2026-11-18 09:00", 0, "2026-11-18 09:00"),
    ],
)
def test_weekends_are_left_out(raised, days, due):
    moment = datetime.fromisoformat(raised).replace(tzinfo=CHINA)

    assert working_days_after(moment, days) == datetime.fromisoformat(due).replace(tzinfo=CHINA)
