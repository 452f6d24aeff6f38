"""The red list and purging, as people use them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import requests
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from calls.models import Call, Job, Recording
from calls.refresh import ask_recording, ask_refresh
from calls.vocabulary import JobState, Priority, RecordingState
from tests.browser.conftest import SignIn
from tests.browser.eyes import assert_accessible, shoot
from tests.browser.test_call import stand_on
from tests.builders import make_call
from tests.file_host import keep, recording_of
from tests.sandboxes import Fault, RunningSandbox
from tests.sounds import store_sound
from tests.test_keeping import ref_with_recording
from tests.test_refresh import run

pytestmark = pytest.mark.django_db(transaction=True)


def at_risk(hours: float) -> Call:
    dies_at = int((timezone.now() + timedelta(hours=hours)).timestamp())
    return make_call(recording_url=f"https://x.aliyuncs.com/a.wav?Expires={dies_at}&Signature=x")


def trouble() -> list[Call]:
    calls = [at_risk(hours) for hours in (-0.2, 0.6, 3.4, 11)]
    for call, reason in zip(
        calls, ("The vendor's link has expired", "The recording's host has no address"), strict=False
    ):
        Recording.objects.get(call=call).mark_waiting(reason)
    running, waiting = ask_recording(calls[0]), ask_recording(calls[1])
    Job.objects.filter(pk=running.pk).update(state=JobState.RUNNING)
    Job.objects.filter(pk=waiting.pk).update(next_at=timezone.now() + timedelta(minutes=40))
    Recording.objects.get(call=at_risk(5)).mark_missing("The recording is larger than RECORDING_MAX_MB allows")
    return calls


def test_one_click_queues_a_recording_and_the_row_says_so(supervisor_page: Page, live_server: Any) -> None:
    call = trouble()[2]
    supervisor_page.goto(f"{live_server.url}/activity/")
    supervisor_page.locator(".rail").get_by_role("link", name="At risk").click()
    row = supervisor_page.locator(f"#recording-{call.pk}")

    row.get_by_role("button", name="Fetch now").click()

    expect(row).to_contain_text("Queued, waiting for a worker")
    assert Job.objects.get(call=call).priority == Priority.PEOPLE
    expect(supervisor_page.locator(f"#retry-{call.pk}")).to_be_focused()


def test_it_can_be_read_by_everybody_on_every_screen(supervisor_page: Page, live_server: Any) -> None:
    trouble()
    supervisor_page.goto(f"{live_server.url}/recordings/at-risk/")

    assert_accessible(supervisor_page)
    shoot(supervisor_page, "at-risk")
    supervisor_page.set_viewport_size({"width": 390, "height": 844})
    assert supervisor_page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_administrator_purges_and_the_call_says_why(sign_in: SignIn, ada: User, live_server: Any) -> None:
    call = make_call()
    store_sound(call)
    page = sign_in(ada)
    page.goto(f"{live_server.url}{call.get_absolute_url()}")

    page.get_by_role("link", name="Purge the recording").click()
    assert_accessible(page)
    shoot(page, "purge")
    page.get_by_label("Reason").fill("客户要求删除")
    page.get_by_role("button", name="Purge for good").click()

    expect(page.locator("#player")).to_contain_text("The recording was purged by ada")
    expect(page.locator("#player")).to_contain_text("客户要求删除")
    assert Recording.objects.get(call=call).state == RecordingState.PURGED
    assert_accessible(page)
    shoot(page, "purged")


def test_a_call_still_plays_when_its_link_is_refused(reviewer_page: Page, vendor: RunningSandbox) -> None:
    call = run(ask_refresh(ref_with_recording())).call
    assert call is not None
    link = recording_of(call).link
    keep(call)
    vendor.faults.switch_on(Fault("expired_link"))
    assert requests.get(link, timeout=5).status_code == 403

    page = stand_on(reviewer_page, call)
    page.keyboard.press("Space")

    page.wait_for_function("() => document.querySelector('audio').currentTime > 0.5")
    assert page.evaluate("!document.querySelector('audio').paused")
