"""The page of one call in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urljoin

import pytest
from playwright.sync_api import APIResponse, Browser, Page, Response, Route, expect

from calls.models import Call, Job, Recording
from calls.snapshot import CallSnapshot, TagSnapshot, TurnSnapshot, VariableSnapshot
from calls.vocabulary import RecordingState, Source, Speaker
from tests.browser.conftest import let_in, wait_until
from tests.browser.eyes import DEVICES, assert_accessible, shoot
from tests.builders import NOON, make_answer, make_call, make_snapshot
from tests.sounds import store_sound

pytestmark = pytest.mark.django_db(transaction=True)
HERE = ".turn--current"


def long_talk(**changes: object) -> CallSnapshot:
    """More than a screen of talk."""
    turns = [TurnSnapshot(Speaker.AGENT, "您好，请问是张女士吗？")]
    for number in range(1, 16):
        turns += [
            TurnSnapshot(Speaker.CUSTOMER, f"第{number}次说退款的事情。"),
            TurnSnapshot(Speaker.AGENT, "好的，已经登记。"),
        ]
    return make_snapshot(turns=tuple(turns), **changes)


def robot_call(**changes: object) -> Call:
    turns = tuple(
        TurnSnapshot(
            Speaker.AGENT if after % 20 else Speaker.CUSTOMER, f"第{after}秒", spoken_at=NOON + timedelta(seconds=after)
        )
        for after in range(0, 60, 10)
    )
    return make_call(
        source=Source.ROBOT,
        task_id="1045001",
        started_at=NOON,
        answered_at=None,
        ended_at=None,
        duration=60,
        turns=turns,
        **changes,
    )


def stand_on(page: Page, call: Call, query: str = "") -> Page:
    page.goto(urljoin(page.url, call.get_absolute_url() + query))
    return page


def position(page: Page) -> str | None:
    return page.get_by_role("slider", name="Position in the recording").get_attribute("aria-valuetext")


def expect_position(page: Page, words: str | re.Pattern[str]) -> None:
    expect(page.get_by_role("slider", name="Position in the recording")).to_have_attribute("aria-valuetext", words)


def claimed(job: Job) -> Job:
    """As a worker takes it."""
    held = Job.objects.claim(job.pk)
    assert held
    return held


def the_open_job() -> Job:
    return Job.objects.open().get()


def is_sound(answer: Response) -> bool:
    return answer.url.endswith("/recording")


def is_from_the_middle(answer: Response) -> bool:
    return is_sound(answer) and bool(re.fullmatch(r"bytes=[1-9]\d{5,}-", answer.request.headers.get("range", "")))


def test_sound_plays_and_seeks_by_ranges(reviewer_page):
    call = make_call(duration=600)
    store_sound(call, seconds=600)
    statuses: list[int] = []
    reviewer_page.on("response", lambda answer: statuses.append(answer.status) if is_sound(answer) else None)
    stand_on(reviewer_page, call)

    reviewer_page.get_by_role("button", name="Play").click()
    expect(reviewer_page.get_by_role("button", name="Pause")).to_be_visible()
    expect_position(reviewer_page, re.compile(r"0:0[1-9] / 10:00"))
    with reviewer_page.expect_response(is_from_the_middle):
        # a click in the middle of the lane
        reviewer_page.locator(".player__lane").click()

    expect_position(reviewer_page, re.compile(r"(4:5\d|5:0\d) / 10:00"))
    assert set(statuses) == {206}


def test_keys_drive_the_player(reviewer_page):
    call = make_call()
    store_sound(call, seconds=60)
    stand_on(reviewer_page, call)
    expect_position(reviewer_page, "0:00 / 1:00")

    for key, words in [
        ("ArrowRight", "0:03 / 1:00"),
        ("Shift+ArrowRight", "0:13 / 1:00"),
        ("ArrowLeft", "0:10 / 1:00"),
        ("Shift+ArrowLeft", "0:00 / 1:00"),
        ("ArrowLeft", "0:00 / 1:00"),
    ]:
        reviewer_page.keyboard.press(key)
        expect_position(reviewer_page, words)
    reviewer_page.keyboard.press("Space")
    expect(reviewer_page.get_by_role("button", name="Pause")).to_be_visible()
    reviewer_page.keyboard.press("Space")
    expect(reviewer_page.get_by_role("button", name="Play")).to_be_visible()


def test_keys_belong_to_the_input_method_and_to_fields_first(reviewer_page):
    call = make_call()
    store_sound(call, seconds=60)
    stand_on(reviewer_page, call)
    expect_position(reviewer_page, "0:00 / 1:00")

    for member in ({"isComposing": True}, {"keyCode": 229}):
        reviewer_page.evaluate(
            "(member) => document.body.dispatchEvent("
            "new KeyboardEvent('keydown', {code: 'ArrowRight', bubbles: true, ...member}))",
            member,
        )
    find = reviewer_page.get_by_role("searchbox", name="Find in this call")
    find.press_sequentially("j k [ ]")
    find.press("ArrowLeft")

    expect(find).to_have_value("j k [ ]")
    expect(reviewer_page.locator(HERE)).to_have_count(0)
    assert position(reviewer_page) == "0:00 / 1:00"
    assert reviewer_page.evaluate("document.querySelector('audio').paused")


def test_speed_is_remembered(reviewer_page):
    call = make_call()
    store_sound(call, seconds=5)
    stand_on(reviewer_page, call)

    reviewer_page.get_by_label("Speed").select_option("1.5")
    reviewer_page.get_by_label("Speed").blur()
    reviewer_page.keyboard.press("BracketRight")
    reviewer_page.reload()

    expect(reviewer_page.get_by_label("Speed")).to_have_value("1.75")
    assert reviewer_page.evaluate("document.querySelector('audio').playbackRate") == 1.75


def test_speed_is_remembered_by_a_page_that_was_written_before_it_was_kept(reviewer_page):
    call = make_call()
    store_sound(call, seconds=5)
    page = stand_on(reviewer_page, call)
    written: list[tuple[Route, APIResponse]] = []
    page.route(lambda url: url.endswith(call.get_absolute_url()), lambda route: written.append((route, route.fetch())))

    with page.expect_response("**/listening/"):
        page.keyboard.press("BracketRight")
        page.evaluate("setTimeout(() => location.reload())")
        wait_until(page, lambda: written, "the page that was asked for")
    [(route, answer)] = written
    route.fulfill(response=answer)

    expect(page.get_by_label("Speed")).to_have_value("1.25")


def test_the_time_of_a_turn_seeks_to_it(reviewer_page):
    call = robot_call()
    store_sound(call, seconds=60)
    stand_on(reviewer_page, call)
    expect_position(reviewer_page, "0:00 / 1:00")

    # each second stands for ten
    reviewer_page.evaluate("document.querySelector('audio').playbackRate = 0.1")
    reviewer_page.get_by_role("link", name="≈0:40").click()
    expect_position(reviewer_page, "0:40 / 1:00")
    expect(reviewer_page.locator(HERE)).to_have_attribute("id", "turn-5")

    reviewer_page.keyboard.press("k")
    expect_position(reviewer_page, "0:30 / 1:00")


def test_sound_that_is_no_sound_says_so(reviewer_page):
    call = make_call()
    store_sound(call, b"this is no sound at all")

    stand_on(reviewer_page, call)

    expect(reviewer_page.get_by_role("alert").filter(has_text="cannot be played")).to_be_visible()


def test_j_and_k_walk_the_turns_and_n_the_hits(reviewer_page):
    call = Call.objects.absorb(make_answer(long_talk())).call
    stand_on(reviewer_page, call, "?q=退款")

    expect(reviewer_page.locator("#hits")).to_have_text("1 / 15")
    expect(reviewer_page.locator(HERE)).to_have_attribute("id", "turn-2")
    reviewer_page.keyboard.press("j")
    expect(reviewer_page.locator(HERE)).to_have_attribute("id", "turn-3")
    reviewer_page.keyboard.press("Shift+N")
    expect(reviewer_page.locator("#hits")).to_have_text("15 / 15")
    expect(reviewer_page.locator("#turn-30")).to_be_in_viewport()
    reviewer_page.keyboard.press("n")
    expect(reviewer_page.locator("#hits")).to_have_text("1 / 15")
    expect(reviewer_page.locator("#turn-2")).to_be_in_viewport()


def test_a_link_to_a_turn_lands_on_it(reviewer_page):
    call = Call.objects.absorb(make_answer(long_talk())).call

    stand_on(reviewer_page, call, "?q=退款#turn-24")

    expect(reviewer_page.locator(HERE)).to_have_attribute("id", "turn-24")
    expect(reviewer_page.locator("#turn-24")).to_be_in_viewport()
    expect(reviewer_page.locator("#hits")).to_have_text("12 / 15")


def test_a_refresh_is_followed_live_and_moves_nothing(reviewer_page):
    snapshot = long_talk(intent="", tags=())
    call = Call.objects.absorb(make_answer(snapshot)).call
    store_sound(call, seconds=300)
    page = stand_on(reviewer_page, call, "#turn-20")
    page.get_by_role("button", name="Play").click()
    expect_position(page, re.compile(r"0:0[1-9] / 5:00"))
    page.evaluate("window.playing = document.querySelector('audio')")
    scrolled = page.evaluate("document.getElementById('talk').scrollTop")

    page.get_by_role("button", name="Refresh").click()
    expect(page.locator("#freshness")).to_contain_text("Queued")
    expect(page.locator("#refresh")).to_be_focused()
    job = claimed(the_open_job())
    expect(page.locator("#freshness")).to_contain_text("Asking the source")
    turns = (*snapshot.turns[:4], TurnSnapshot(Speaker.AGENT, "这一句改过了。"), *snapshot.turns[5:])
    Call.objects.absorb(make_answer(replace(snapshot, intent="A", tags=(TagSnapshot("加微信", "是"),), turns=turns)))
    job.finish()

    expect(page.locator("#freshness")).to_contain_text("Checked")
    expect(page.get_by_role("button", name="Refresh")).to_be_focused()
    expect(page.locator("#turn-5.turn--changed")).to_contain_text("这一句改过了。")
    expect(page.locator("#panel")).to_contain_text("加微信")
    expect(page.locator("#summary .intent")).to_have_text("A")
    expect(page.locator(HERE)).to_have_attribute("id", "turn-20")
    expect(page.locator(".turn--changed")).to_have_count(1)
    assert page.evaluate("document.getElementById('talk').scrollTop") == scrolled > 0
    assert page.evaluate("window.playing.isConnected && !window.playing.paused")
    assert "hx-trigger" not in page.locator("#freshness").evaluate("part => part.outerHTML")


def test_a_failed_refresh_tells_why(reviewer_page):
    call = make_call()
    page = stand_on(reviewer_page, call)

    page.get_by_role("button", name="Refresh").click()
    expect(page.locator("#freshness")).to_contain_text("Queued")
    claimed(the_open_job()).fail("NoPermission", "The key lacks a right", "REQ-1")
    page.get_by_role("button", name="Why").click()

    expect(page.get_by_role("dialog", name="Why the refresh failed")).to_contain_text("The key lacks a right")
    expect(page.get_by_role("dialog", name="Why the refresh failed")).to_contain_text("REQ-1")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#freshness")).to_contain_text("Queued")
    assert Job.objects.count() == 2


def test_a_recording_appears_when_it_is_stored(reviewer_page):
    call = make_call(recording_url="https://r.aliyuncs.com/a.wav")
    page = stand_on(reviewer_page, call)

    page.get_by_role("button", name="Fetch now").click()
    expect(page.locator("#player")).to_contain_text("Queued")
    job = claimed(the_open_job())
    Recording.objects.update(state=RecordingState.FETCHING)
    expect(page.locator("#player")).to_contain_text("Fetching the recording")
    store_sound(call, seconds=5)
    job.finish()

    expect_position(page, "0:00 / 0:05")
    expect(page.locator("#panel")).to_contain_text("Recording stored")


def test_the_whole_number_comes_on_demand_without_stopping_the_sound(supervisor_page):
    call = make_call(callee="13800005678")
    store_sound(call, seconds=60)
    page = stand_on(supervisor_page, call)
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()

    page.get_by_role("link", name="Show the whole number").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("13800005678")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.locator("#panel")).to_contain_text("13800005678")
    assert page.evaluate("!document.querySelector('audio').paused")


def test_a_reviewer_finds_no_whole_number_in_the_document(reviewer_page):
    call = make_call(callee="13800005678", caller="0571-88996676")

    stand_on(reviewer_page, call)

    assert "13800005678" not in reviewer_page.content()
    assert "88996676" not in reviewer_page.content()


def test_an_identifier_is_copied(reviewer_page):
    reviewer_page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    call = make_call(out_id="XF-2026-1121-0887")
    stand_on(reviewer_page, call)
    reviewer_page.evaluate("window.setTimeout = () => 0")  # “Copied” stays

    reviewer_page.get_by_role("button", name="Copy: Business").click()

    expect(reviewer_page.get_by_role("button", name="Copied")).to_be_visible()
    assert reviewer_page.evaluate("navigator.clipboard.readText()") == "XF-2026-1121-0887"


def test_what_the_source_sends_never_runs(supervisor_page):
    evil = "<script>window.ran = 1</script><img src=x onerror='window.ran = 1'>"
    evil += "<p hx-get=/boom hx-trigger=load>\u202egpj.exe"
    call = make_call(
        turns=(TurnSnapshot(Speaker.OTHER, evil, original_role=evil),),
        tags=(TagSnapshot(evil, evil, evil, evil),),
        variables=(VariableSnapshot(evil, evil, evil, None, evil, evil),),
        complaints=(evil,),
        unread_transcript=evil,
        status_text=evil,
        out_id=evil,
    )
    asked: list[str] = []
    supervisor_page.on("request", lambda request: asked.append(request.url))

    stand_on(supervisor_page, call, "?q=script")

    expect(supervisor_page.locator("#turn-1 .bubble")).to_contain_text("<script>window.ran = 1</script>")
    supervisor_page.wait_for_load_state("networkidle")
    assert supervisor_page.evaluate("window.ran") is None
    assert [url for url in asked if "boom" in url] == []


@pytest.fixture(params=["light", "dark"])
def themed(request, reviewer_page) -> Page:
    page: Page = reviewer_page
    page.emulate_media(color_scheme=request.param)
    return page


def test_everybody_can_use_the_page(themed):
    snapshot = make_snapshot(
        tags=(TagSnapshot("加微信", "是", "客户同意", "t1"),),
        variables=(VariableSnapshot("name", "姓名", "张女士", True, "导入", "1"),),
        counters={"turns": 3, "refused": 0},
        complaints=("The duration could not be read",),
        implausible_times={"ended_at": "98"},
    )
    call = Call.objects.absorb(make_answer(snapshot)).call
    store_sound(call, seconds=5)

    stand_on(themed, call, "?q=退款")
    assert_accessible(themed)
    Recording.objects.update(state=RecordingState.MISSING)
    themed.set_viewport_size(DEVICES["hand"]["viewport"])
    themed.reload()
    assert_accessible(themed)


def test_raw_data_and_comparison_are_usable_too(supervisor_page):
    snapshot = make_snapshot(intent="")
    Call.objects.absorb(make_answer(snapshot))
    call = Call.objects.absorb(make_answer(replace(snapshot, intent="A"))).call
    page = stand_on(supervisor_page, call)

    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What changed")
    assert_accessible(page)
    page.get_by_role("link", name="Raw data").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Raw data")
    assert_accessible(page)


def test_in_a_hand_the_player_stays_at_the_foot_and_tabs_jump(browser: Browser, live_server, rui):
    call = Call.objects.absorb(make_answer(long_talk())).call
    store_sound(call, seconds=5)
    context = browser.new_context(**DEVICES["hand"])
    let_in(context, live_server.url, rui)
    page = context.new_page()
    page.goto(live_server.url + call.get_absolute_url())

    page.get_by_role("link", name="Details").tap()

    expect(page.locator("#details")).to_be_in_viewport()
    expect(page.locator("#player")).to_be_in_viewport(ratio=1)
    foot = page.locator("#player").bounding_box()
    assert foot
    assert round(foot["y"] + foot["height"]) == DEVICES["hand"]["viewport"]["height"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


@pytest.fixture
def plain_page(browser: Browser, live_server, rui) -> Iterator[Page]:
    """A browser without scripts."""
    context = browser.new_context(java_script_enabled=False)
    let_in(context, live_server.url, rui)
    page = context.new_page()
    page.goto(live_server.url)
    yield page
    context.close()


def test_without_scripts_the_page_reads_plays_and_refreshes(plain_page):
    call = make_call()
    store_sound(call, seconds=5)
    stand_on(plain_page, call)

    expect(plain_page.locator("audio[controls]")).to_be_visible()
    expect(plain_page.locator(".player__dock")).to_be_hidden()
    plain_page.get_by_role("button", name="Refresh").click()

    expect(plain_page.get_by_role("status")).to_contain_text("Queued. A worker will ask the source.")
    expect(plain_page.get_by_role("link", name="Look again")).to_be_visible()
    assert the_open_job().call == call


def test_pictures(supervisor_page):
    call = Call.objects.absorb(make_answer(long_talk(callee="13800005678"))).call
    store_sound(call, seconds=86)
    stand_on(supervisor_page, call, "?q=退款")

    shoot(supervisor_page, "call")

    expect(supervisor_page.locator(".transcript")).to_be_visible()
