"""Questions that have so much time and no more."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from time import monotonic
from typing import Any

import pytest
from django.db import connection

from calls.models import Call
from calls.models import deadline as deadlines
from calls.models.deadline import OFTEN, TooSlow, deadline, timely
from tests.builders import make_call

pytestmark = pytest.mark.django_db


def spend(seconds: float) -> None:
    """In the database, by its own clock or by so many steps that it takes at least about as long."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_sleep(%s)", [seconds])
        else:
            numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT %s)"
            cursor.execute(f"{numbers} SELECT max(i) FROM n", [int(seconds * 1_000_000)])


def limit() -> str:
    """PostgreSQL's, past whoever watches Django's cursor."""
    if connection.vendor != "postgresql":
        return ""
    [found] = connection.connection.execute("SHOW statement_timeout").fetchone()
    return str(found)


@pytest.fixture
def minutes_pass(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Two of them at once, for whoever asks this process what time it is."""
    ahead = [0.0]
    monkeypatch.setattr(deadlines, "monotonic", lambda: monotonic() + ahead[0])

    def go_on() -> None:
        ahead[0] += 120.0

    return go_on


def test_a_statement_past_its_deadline_ends_and_the_next_one_runs():
    call = make_call()

    with pytest.raises(TooSlow), deadline(0.05):
        spend(600)

    assert Call.objects.get() == call


def test_many_quick_statements_have_one_deadline_together():
    with pytest.raises(TooSlow), deadline(0.2):
        for _statement in range(10_000):
            spend(0.06)


def test_a_deadline_that_was_kept_leaves_no_other_statement_with_a_limit(minutes_pass):
    with deadline(60):
        spend(0.001)
    if connection.vendor == "postgresql":
        assert limit() == "15s"
    minutes_pass()

    spend(0.2)


def test_the_shortest_deadline_leaves_postgresql_time_to_lift_its_limit():
    with deadline(0.001):
        found = limit()

    assert found == ("50ms" if connection.vendor == "postgresql" else "")


def test_the_outer_deadline_holds_when_an_inner_one_was_kept():
    with pytest.raises(TooSlow), deadline(0.05):
        with deadline(60):
            spend(0.001)
        spend(600)


def test_the_outer_deadline_ends_what_an_inner_one_would_still_permit():
    with pytest.raises(TooSlow), deadline(0.05), deadline(600):
        for _statement in range(10_000):
            spend(0.02)


def test_an_inner_deadline_that_passed_leaves_the_outer_one_its_time():
    call = make_call()

    with deadline(60):
        with pytest.raises(TooSlow), deadline(0.05):
            spend(600)
        found = Call.objects.get()

    assert found == call


def test_nothing_cuts_the_way_back_short(minutes_pass):
    """Whoever asked inside a transaction could ask nothing else in it."""
    limits: list[str] = []

    def look(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith("ROLLBACK TO SAVEPOINT"):
            limits.append(limit())
        return execute(sql, *rest)

    with connection.execute_wrapper(look), pytest.raises(TooSlow), deadline(60):
        minutes_pass()
        for _number in timely(count()):
            pass

    if connection.vendor == "postgresql":
        assert limits == ["0"]
        assert limit() == "15s"
    assert not Call.objects.exists()


def test_the_way_back_is_free_when_half_of_an_outer_deadline_is_over(minutes_pass):
    call = make_call()

    with deadline(200):
        with pytest.raises(TooSlow), deadline(0.05):
            try:
                spend(600)
            finally:
                minutes_pass()
        found = Call.objects.get()

    assert found == call


def test_long_work_between_statements_ends_as_well():
    with pytest.raises(TooSlow), deadline(0.05):
        for _number in timely(count()):
            pass


def test_a_deadline_that_was_kept_leaves_later_work_its_time(minutes_pass):
    with deadline(60):
        pass
    minutes_pass()

    assert list(timely(range(3 * OFTEN))) == list(range(3 * OFTEN))
