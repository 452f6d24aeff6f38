"""Tasks, adding calls, activity and the admin, as people see and operate them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from calls.models import CallTask, Job
from calls.refresh import ask_discovery, ask_refresh
from calls.snapshot import CallRef, TaskSnapshot
from calls.tasks import run_job
from calls.vocabulary import JobKind, JobState, Source, TaskStatus
from tests.browser.conftest import SignIn, let_in
from tests.browser.eyes import assert_accessible, shoot
from tests.builders import make_call
from tests.sandboxes import RunningSandbox

pytestmark = [pytest.mark.django_db(transaction=True)]

FIXTURES = Path(__file__).parent.parent / "fixtures" / "aliyun"
TASKS = [
    ("1380000000000001", "秋季课程续费回访", "续费顾问小语", Source.AICCS, TaskStatus.RUNNING, 98, 90, 6, 75.0),
    ("1045001", "房产邀约回访", "房产邀约机器人", Source.ROBOT, TaskStatus.PAUSED, 5000, 1204, None, None),
    ("1380000000000005", "老客户唤醒试呼", "唤醒顾问", Source.AICCS, TaskStatus.FAILED, 0, 0, None, 0.0),
]


def look(page: Page, name: str) -> None:
    """Accessible in both themes and on both screens, and never wider than the screen."""
    for width, height in ((390, 844), (1366, 768)):
        page.set_viewport_size({"width": width, "height": height})
        for theme in ("dark", "light"):
            # without motion: a colour on its way from one theme to the other has no contrast
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    shoot(page, name)


def make_tasks(follower: User) -> list[CallTask]:
    tasks = []
    for task_id, name, robot, source, status, total, finished, failed, rate in TASKS:
        snapshot = TaskSnapshot(
            source,
            task_id,
            name=name,
            agent_name=robot,
            status=status,
            total_count=total,
            finished_count=finished,
            failed_count=failed,
            answered_rate=rate,
        )
        tasks.append(CallTask.objects.absorb(snapshot))
    tasks[0].follow(follower)
    make_call(task_id=TASKS[0][0])
    running, failed_job = ask_discovery(tasks[0]), ask_discovery(tasks[1])
    Job.objects.filter(pk=running.pk).update(
        state=JobState.RUNNING, done=120, total=480, errors=2, started_at=timezone.now()
    )
    said = {"last_code": "isv.INVALID_PARAMETERS", "last_message": "参数异常", "last_request_id": "F2051E18-FF3F-5C08"}
    Job.objects.filter(pk=failed_job.pk).update(state=JobState.FAILED, finished_at=timezone.now(), **said)
    return tasks


def make_jobs() -> None:
    said = {"last_code": "SystemError", "last_message": "系统错误", "last_request_id": "D9CB3933-9FE3-4870-BA8E"}
    for number, state in enumerate((JobState.DEAD, JobState.FAILED, JobState.DEAD)):
        job = ask_refresh(CallRef.aiccs("1380000000000001", "139216", f"96620000000{number}"), call=make_call())
        Job.objects.filter(pk=job.pk).update(state=state, attempts=8, finished_at=timezone.now(), **said)


def test_tasks_look_right(sign_in: SignIn, su: User, live_server: Any):
    page = sign_in(su)
    page.goto(f"{live_server.url}/tasks/")
    look(page, "tasks-first-day")
    make_tasks(su)

    page.reload()

    look(page, "tasks")


def test_activity_looks_right(sign_in: SignIn, su: User, live_server: Any):
    make_jobs()
    page = sign_in(su)

    page.goto(f"{live_server.url}/activity/")

    look(page, "activity")


def test_adding_looks_right(sign_in: SignIn, su: User, live_server: Any, tmp_path: Path):
    page = sign_in(su)
    sheet = tmp_path / "名单.csv"
    sheet.write_text("task_id,batch_id,detail_id\n1.38E+17,139,966\n138*****,139,966\n1380,139,9\n1380,139,9\n")
    page.goto(f"{live_server.url}/add/")
    look(page, "add")

    page.get_by_label("File", exact=True).set_input_files(sheet)
    page.get_by_role("button", name="See what it holds").click()
    expect(page.get_by_text("A spreadsheet has shortened task_id")).to_be_visible()
    look(page, "add-plan")
    page.get_by_role("button", name="Add 1 call").click()

    expect(page.get_by_text("0 of 1 fetched")).to_be_visible()
    Job.objects.update(state=JobState.DEAD, last_code="SystemError", last_message="系统错误", attempts=8)
    expect(page.get_by_text("1 failed")).to_be_visible()
    look(page, "add-done")


def test_following_and_discovering_happens_in_the_row(
    sign_in: SignIn, su: User, live_server: Any, vendor: RunningSandbox
):
    page = sign_in(su)
    page.goto(f"{live_server.url}/tasks/")
    page.get_by_role("button", name="Update list from the vendor").first.click()
    expect(page.locator("#update .freshness--busy")).to_be_visible()
    _work_off()
    page.get_by_role("link", name="Show").click()
    CallTask.objects.filter(source=Source.ROBOT).update(followed_at=None)
    page.goto(f"{live_server.url}/tasks/?source=robot&status=running")
    row = page.locator(".task-row").first

    row.get_by_role("button", name="Follow", exact=True).click()
    expect(row.get_by_role("button", name="Unfollow")).to_be_visible()
    expect(row.get_by_role("button", name="Unfollow")).to_be_focused()
    expect(row.get_by_role("button", name="Discover now")).to_be_disabled()
    _work_off(kind=JobKind.DISCOVER)

    expect(row.get_by_text("calls seen")).to_be_visible()
    expect(row).not_to_have_attribute("hx-trigger", "every 2s")
    assert CallTask.objects.followed().filter(followed_by=su).count() == 1


def test_updating_the_list_keeps_the_keyboard_where_it_is(
    sign_in: SignIn, su: User, live_server: Any, vendor: RunningSandbox
):
    make_tasks(su)
    page = sign_in(su)
    page.goto(f"{live_server.url}/tasks/")
    expect(page.get_by_role("link", name="Show")).to_have_count(0)

    page.get_by_role("button", name="Update list from the vendor").press("Enter")
    expect(page.locator("#update .freshness--busy")).to_be_visible()
    _work_off()

    expect(page.get_by_role("link", name="Show")).to_be_visible()
    expect(page.get_by_role("button", name="Update list from the vendor")).to_be_focused()


def test_filters_change_the_list_and_the_address(sign_in: SignIn, su: User, live_server: Any):
    make_tasks(su)
    page = sign_in(su)
    page.goto(f"{live_server.url}/tasks/")

    page.get_by_label("Source").select_option("robot")

    expect(page.locator(".task-row")).to_have_count(1)
    expect(page).to_have_url(f"{live_server.url}/tasks/?q=&source=robot&status=&followed=")
    page.go_back()
    expect(page.locator(".task-row")).to_have_count(3)


def test_everything_works_without_a_script(browser: Any, su: User, live_server: Any):
    [followed, *_] = make_tasks(su)
    context = browser.new_context(java_script_enabled=False)
    let_in(context, live_server.url, su)
    page = context.new_page()

    page.goto(f"{live_server.url}/tasks/?source=aiccs")
    page.locator(f"#follow-{followed.pk}").click()
    expect(page.locator(f"#follow-{followed.pk}")).to_have_text("Follow")
    expect(page).to_have_url(f"{live_server.url}/tasks/?source=aiccs")
    page.goto(f"{live_server.url}/add/")
    page.get_by_label("Or paste it").fill((FIXTURES / "robot-sample.json").read_text(encoding="utf-8"))
    page.get_by_role("button", name="See what it holds").click()
    page.get_by_role("button", name="Add 1 call").click()
    page.locator(".added__call").click()

    expect(page.get_by_text("用户挂断")).to_be_visible()
    followed.refresh_from_db()
    assert followed.followed_at is None
    context.close()


def test_a_dead_job_is_revived_with_one_click_or_key(sign_in: SignIn, su: User, live_server: Any):
    make_jobs()
    page = sign_in(su)
    page.goto(f"{live_server.url}/activity/")

    page.get_by_role("button", name="Try again").first.focus()
    page.keyboard.press("Enter")

    expect(page.locator(".job__state--pending")).to_have_count(1)
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.get_by_role("button", name="Try all again").click()
    expect(page.get_by_text("2 jobs queued again")).to_be_visible()
    assert Job.objects.filter(state=JobState.PENDING).count() == 3


@pytest.mark.parametrize("path", ["", "calls/call/", "calls/job/", "calls/payload/", "auth/user/", "auth/user/add/"])
def test_the_admin_works_under_the_strict_policy(sign_in: SignIn, live_server: Any, django_user_model: Any, path: str):
    make_jobs()
    page = sign_in(django_user_model.objects.create_superuser("root", password="a long enough password"))

    page.goto(f"{live_server.url}/admin/{path}")

    expect(page.locator("#site-name")).to_have_text("Earshot")


def test_admin_pages_look_right(sign_in: SignIn, live_server: Any, django_user_model: Any):
    call = make_call()
    page = sign_in(django_user_model.objects.create_superuser("root", password="a long enough password"))

    page.goto(f"{live_server.url}/admin/calls/call/")
    look(page, "admin-calls")
    page.goto(f"{live_server.url}/admin/calls/payload/{call.payloads.get().pk}/change/")
    look(page, "admin-payload")


def test_an_admin_action_runs_from_the_list(sign_in: SignIn, live_server: Any, django_user_model: Any):
    make_call()
    page = sign_in(django_user_model.objects.create_superuser("root", password="a long enough password"))
    page.goto(f"{live_server.url}/admin/calls/call/")

    page.locator(".action-select").first.check()
    page.get_by_label("Action:").select_option("refresh_calls")
    page.get_by_role("button", name="Go").click()

    expect(page.get_by_text("1 call queued")).to_be_visible()
    assert Job.objects.get().kind == JobKind.REFRESH


def _work_off(kind: JobKind = JobKind.DISCOVER) -> None:
    """As a worker would, now."""
    for job in Job.objects.filter(kind=kind, state=JobState.PENDING):
        run_job(job.pk)
