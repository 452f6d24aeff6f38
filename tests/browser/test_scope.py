"""Limiting somebody to some tasks, by hand, and what they then see."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from playwright.sync_api import expect

from calls.models import ListPreference, TaskScope, indexing
from tests.browser.conftest import SignIn, let_in
from tests.browser.eyes import assert_accessible, shoot
from tests.reviews.builders import make_review
from tests.stories import TASKS, a_day_of_calls


def test_an_administrator_limits_a_reviewer_on_the_page_of_their_account(
    live_server: Any, sign_in: SignIn, complaints: list[str], ada: User, rui: User
) -> None:
    calls = a_day_of_calls(12)
    seen = sum(call.task_id == TASKS[2][0] for call in calls)
    page = sign_in(ada)

    page.goto(f"{live_server.url}/admin/auth/user/{rui.pk}/change/")
    expect(page.get_by_text("may see the calls of all tasks")).to_be_visible()
    page.get_by_text("Add another Limit to some tasks").click()
    page.locator(".field-tasks .select2-search__field").fill("保养")
    page.get_by_role("option", name=TASKS[2][1]).click()
    shoot(page, "admin-limit")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()

    assert [task.task_id for task in TaskScope.objects.get(user=rui).tasks.all()] == [TASKS[2][0]]
    page.context.clear_cookies()
    let_in(page.context, live_server.url, rui)
    page.goto(f"{live_server.url}/?counts=all")
    expect(page.locator("[data-row-open]")).to_have_count(seen)
    assert TASKS[0][1] not in page.content()
    answer = page.goto(f"{live_server.url}{calls[0].get_absolute_url()}")
    assert answer is not None and answer.status == 404
    # the browser says so as well
    complaints.clear()


def test_a_supervisor_sees_which_calls_are_reviewed_and_how(live_server: Any, sign_in: SignIn, su: User, rui: User):
    calls = [call for call in a_day_of_calls(12) if call.duration]
    for number, call in enumerate(calls[:4]):
        make_review(call, rui, passed=number % 2 == 0, score=92 if number % 2 == 0 else 33.33)
    indexing.index_calls(call.pk for call in calls)
    ListPreference.keep(su, columns=["time", "number", "task", "result", "length", "intent", "tags", "review"])
    page = sign_in(su)

    expect(page.locator(".cell--review .badge")).to_have_count(4)
    page.get_by_role("checkbox", name="Not reviewed").check()
    expect(page.locator("[data-row-open]")).to_have_count(8)
    page.wait_for_load_state("networkidle")
    page.goto(f"{live_server.url}/?review=failed")
    expect(page.locator(".cell--review .badge--bad")).to_have_count(2)
    expect(page.locator("[data-row-open]")).to_have_count(2)
    page.wait_for_load_state("networkidle")
    assert_accessible(page)
    page.goto(live_server.url)
    shoot(page, "reviewed-list")
