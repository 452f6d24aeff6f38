"""A Chinese reader meets Chinese on every page: in its text, its hints and the words that scripts will say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from urllib.parse import quote

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from playwright.sync_api import Page, expect

from calls.models import BulkAction, Call, CallTask, Job, Recording, SavedView
from calls.refresh import ask_discovery, ask_refresh
from calls.snapshot import CallRef, TagSnapshot
from calls.vocabulary import CallResult, JobKind, JobState, RecordingState, Source, TransferResult
from config import translations
from reviews.queues.picking import CLOSED
from tests.browser import test_custody as custody
from tests.browser.conftest import let_in
from tests.browser.eyes import shoot
from tests.builders import make_answer, make_call, make_snapshot
from tests.reviews.builders import make_queue
from tests.sounds import make_wav, store_sound
from tests.stories import a_day_of_calls

pytestmark = pytest.mark.django_db(transaction=True)

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}|<[^>]+>")
TWO_WORDS = re.compile(r"[A-Za-z']+[ ,]+[A-Za-z']+")
# Every text of the document, shown or not yet: closed details, dialogs, hints, and what scripts will say.
TEXTS = """() => {
  const texts = [];
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    if (!walker.currentNode.parentElement.closest('script, style, pre')) texts.push(walker.currentNode.data);
  }
  for (const element of document.querySelectorAll('*')) {
    for (const { name, value } of element.attributes) {
      if (/^(aria-label|title|placeholder|alt|data-.*)$/.test(name)) texts.push(value);
    }
  }
  return texts.map((text) => text.trim()).filter(Boolean);
}"""


@cache
def english() -> tuple[frozenset[str], tuple[str, ...]]:
    """The originals that read otherwise in Chinese: the whole ones, and their parts of two words or more."""
    changed = [message for message in translations.translated() if message.id and message.id != message.string]
    originals = [one for message in changed for one in _forms(message.id)]
    parts = {part.strip() for original in originals for part in PLACEHOLDER.split(original)}
    return frozenset(originals), tuple(part for part in parts if TWO_WORDS.search(part))


def _forms(original: str | tuple[str, ...] | list[str]) -> list[str]:
    return [original] if isinstance(original, str) else list(original)


def english_on(page: Page) -> list[str]:
    originals, parts = english()
    return [text for text in page.evaluate(TEXTS) if text in originals or any(_stands_in(part, text) for part in parts)]


def _stands_in(part: str, text: str) -> bool:
    return part in text and re.search(rf"(?<![A-Za-z]){re.escape(part)}(?![A-Za-z])", text) is not None


def assert_chinese(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    assert english_on(page) == [], page.url


@pytest.fixture
def reader(page: Page, live_server, ada) -> Page:
    """Ada may open every page, and reads Chinese."""
    ada.is_superuser = True
    ada.save()
    let_in(page.context, live_server.url, ada)
    speak(page, live_server.url, "zh-hans")
    return page


def speak(page: Page, url: str, language: str) -> None:
    page.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": url}])


def calls_of_every_kind() -> Iterator[Call]:
    heard = make_call(tags=(TagSnapshot("客户情绪", "不满", description="客户的情绪"),))
    store_sound(heard, make_wav(2), seconds=2)
    yield heard
    yield make_call(
        source=Source.ROBOT,
        task_id="1045001",
        transfer_result=TransferResult.TRANSFERRED,
        transfer_number="057188996676",
        counters={"turns": 3, "knowledge_business": 1, "redials": 0},
    )
    yield make_call(result=CallResult.NO_ANSWER, duration=0, turns=(), tags=(), answered_at=None, status_code="200113")
    for state in set(RecordingState) - {RecordingState.STORED}:
        call = make_call(is_final=False)
        Recording.objects.filter(call=call).update(state=state)
        yield call


def trouble() -> None:
    """Jobs in every state, with a worker's word, the fence's and the vendor's."""
    words = ("The worker died or was stopped", "the connection failed: Connection refused", "参数异常")
    for number, state in enumerate(JobState):
        job = ask_refresh(CallRef.aiccs("1380", "139", f"966{number}"), call=make_call())
        Job.objects.filter(pk=job.pk).update(state=state, attempts=number, last_message=words[number % len(words)])
    ask_discovery(CallTask.objects.earliest("pk"))


def test_signing_in_is_chinese(page, live_server, rui):
    speak(page, live_server.url, "zh-hans")
    page.goto(f"{live_server.url}/login/")
    assert_chinese(page)

    page.locator("[name=username]").fill("rui")
    page.locator("[name=password]").fill("not the password")
    page.keyboard.press("Enter")

    expect(page.get_by_role("alert").first).to_be_visible()
    assert_chinese(page)


def test_the_list_is_chinese_in_every_state(reader, live_server):
    for path in ("/", "/tasks/", "/activity/"):
        reader.goto(live_server.url + path)
        assert_chinese(reader)
    a_day_of_calls(60)
    trouble()

    for query in ("", "?q=退款&result=answered&when=7d", "?since=never&when=never&tag=%00", "?q=没人说过&intent=A"):
        reader.goto(f"{live_server.url}/{query}")
        assert_chinese(reader)


def test_what_was_understood_and_what_not_is_said_in_chinese(reader, live_server):
    a_day_of_calls(3)
    questions = (
        '退款 -投诉 谢谢 OR 再见 "没说完',
        "客户:退款 -机器人:您好 意向:B 结果:busy -时长:>60 轮次:2-9 标签:满意度=满意",
        "-标签:加微信 号码:12 OR 有:录音 质检:否 任务:回访 挂断:customer",
        "dur:long result:none task: nosuch:1 - OR",
    )

    for question in questions:
        reader.goto(f"{live_server.url}/?q={quote(question)}&shortest=10&turns_from=9&turns_to=2&sort=longest")
        assert_chinese(reader)


def test_views_and_columns_are_chinese(reader, live_server, ada):
    a_day_of_calls(6)
    reader.goto(f"{live_server.url}/views/")
    assert_chinese(reader)
    group = Group.objects.earliest("pk")
    own = SavedView.objects.create(owner=ada, name="已接通", query="result=answered", columns=["time"], group=group)
    pages = (
        "?view={}&intent=A",
        "views/",
        "views/{}/change/",
        "views/{}/delete/",
        "views/new/?intent=A",
        "columns/?view={}",
    )

    for path in pages:
        reader.goto(f"{live_server.url}/{path.format(own.pk)}")
        assert_chinese(reader)


def test_bulk_actions_and_exports_are_chinese(reader, live_server):
    a_day_of_calls(6)
    reader.goto(f"{live_server.url}/bulk/")
    assert_chinese(reader)
    reader.goto(live_server.url)
    reader.locator("[data-select]").first.check()
    expect(reader.locator("[data-selection-count]")).to_have_text("已选中 1 通")

    reader.locator(".selection-bar [formaction='/bulk/export/']").click()
    expect(reader.locator("[name=asked]")).to_be_visible()
    assert_chinese(reader)
    reader.locator("[name=asked]").click()
    expect(reader.locator("#bulk")).to_be_visible()
    action = BulkAction.objects.get()
    for state in (JobState.RUNNING, JobState.CANCELLED, JobState.DONE):
        Job.objects.filter(kind=JobKind.EXPORT).update(state=state)
        reader.goto(live_server.url + action.get_absolute_url())
        assert_chinese(reader)
    reader.goto(f"{live_server.url}/bulk/")
    assert_chinese(reader)


def test_adding_to_a_queue_is_chinese(reader, live_server, monkeypatch):
    for module in ("reviews.queues.picking", "reviews.views.picking"):
        monkeypatch.setattr(f"{module}.AT_ONCE", 0)
    a_day_of_calls(6)
    queue = make_queue(name="十一月抽检")
    reader.goto(live_server.url)
    reader.locator("[data-select]").first.check()

    reader.locator(".selection-bar [formaction='/queues/add']").click()
    expect(reader.locator("[name=asked]")).to_be_visible()
    assert_chinese(reader)
    reader.locator("[name=asked]").click()
    expect(reader.locator("#bulk")).to_be_visible()
    BulkAction.objects.update(left_out=2)
    action = BulkAction.objects.get()
    reader.goto(live_server.url + queue.get_absolute_url())
    expect(reader.get_by_text("正在添加通话")).to_be_visible()
    assert_chinese(reader)
    for state in (JobState.RUNNING, JobState.CANCELLED, JobState.FAILED):
        Job.objects.update(state=state, last_message=CLOSED)
        reader.goto(live_server.url + action.get_absolute_url())
        assert_chinese(reader)
    shoot(reader, "queue-adding-chinese")


def test_recordings_at_risk_and_purging_are_chinese(reader, live_server, ada):
    reader.goto(f"{live_server.url}/recordings/at-risk/")
    assert_chinese(reader)
    call = custody.trouble()[0]

    for path in ("at-risk/", "at-risk/?show=lost", f"purge/?call={call.pk}", "purge/"):
        reader.goto(f"{live_server.url}/recordings/{path}")
        assert_chinese(reader)
    call.recording.mark_purged(by=ada, reason="")
    reader.goto(live_server.url + call.get_absolute_url())
    assert_chinese(reader)


def test_every_call_page_is_chinese(reader, live_server):
    for call in calls_of_every_kind():
        reader.goto(live_server.url + call.get_absolute_url())
        assert_chinese(reader)


def test_raw_data_and_comparison_are_chinese(reader, live_server):
    snapshot = make_snapshot(intent="")
    Call.objects.absorb(make_answer(snapshot))
    call = Call.objects.absorb(make_answer(replace(snapshot, intent="A"))).call

    for path in ("", "answers/2/", "answers/2/compare"):
        reader.goto(live_server.url + call.get_absolute_url() + path)
        assert_chinese(reader)


def test_tasks_activity_and_administration_are_chinese(reader, live_server):
    a_day_of_calls(3)
    trouble()
    paths = ["/tasks/", "/tasks/?q=none", "/password/", "/admin/", "/admin/calls/call/", "/admin/axes/accessattempt/"]

    for path in paths + [f"/activity/?show={tab}" for tab in ("trouble", "running", "queued", "closed")]:
        reader.goto(live_server.url + path)
        assert_chinese(reader)


def test_adding_is_chinese_from_the_form_to_the_end(reader, live_server):
    reader.goto(f"{live_server.url}/add/")
    assert_chinese(reader)
    reader.locator("[name=text]").fill("neither a header\nnor a row")
    reader.locator("form[enctype] button").click()
    expect(reader.locator(".field__error")).to_be_visible()
    assert_chinese(reader)

    reader.locator("[name=text]").fill("task_id,batch_id,detail_id\n1380,139,966\n1380,139,966\n138***,139,966\n")
    reader.locator("form[enctype] button").click()
    expect(reader.locator(".plan")).to_be_visible()
    assert_chinese(reader)
    reader.locator(".page-head form button").click()
    expect(reader.locator("#progress")).to_be_visible()
    assert_chinese(reader)


def test_a_page_that_is_not_there_says_so_in_chinese(reader, live_server, complaints):
    reader.goto(f"{live_server.url}/nowhere/")

    assert_chinese(reader)
    complaints.clear()


def test_english_would_be_found(reader, live_server):
    speak(reader, live_server.url, "en")

    reader.goto(live_server.url)

    assert {"Search what was said", "Calls", "You may not do this."} <= set(english_on(reader))
