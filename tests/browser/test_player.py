"""The player and the transcript in step, with voices whose times are known."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from calls.models import Hearing, Job, KeyPreference, Recording
from calls.recordings.hearing import hear
from calls.snapshot import TurnSnapshot
from calls.vocabulary import JobKind, Speaker
from tests.browser.conftest import let_in
from tests.browser.eyes import DEVICES, assert_accessible, shoot
from tests.browser.test_call import HERE, stand_on
from tests.builders import make_call
from tests.test_call_hearing import TURNS, heard_call, spoken_call, telling_call
from tests.workers import until

pytestmark = pytest.mark.django_db(transaction=True)


def now(page: Page) -> float:
    seconds: float = page.evaluate("document.querySelector('audio').currentTime")
    return seconds


def wait_for_position(page: Page, start: float, end: float) -> None:
    page.wait_for_function(
        "([start, end]) => { const { currentTime } = document.querySelector('audio');"
        " return start <= currentTime && currentTime <= end }",
        arg=[start, end],
    )


def play_slowly(page: Page) -> None:
    """A fifth of the speed: on a busy machine a turn is else over before anybody has looked."""
    page.evaluate("document.querySelector('audio').playbackRate = 0.2")


def turn_time(page: Page, number: int) -> float:
    return float(page.locator(f"#turn-{number}").get_attribute("data-at") or "nan")


def is_playing(page: Page) -> bool:
    return bool(page.evaluate("!document.querySelector('audio').paused"))


def test_a_turn_is_heard_where_its_bubble_is_clicked(reviewer_page):
    page = stand_on(reviewer_page, heard_call())
    play_slowly(page)

    page.locator("#turn-5 .turn__time").click()
    wait_for_position(page, 12.2, 13.5)
    assert is_playing(page)
    expect(page.locator(HERE)).to_have_attribute("id", "turn-5")

    page.locator("#turn-2 .bubble").click()
    wait_for_position(page, 3.0, 4.4)
    expect(page.locator(HERE)).to_have_attribute("id", "turn-2")
    assert turn_time(page, 5) == pytest.approx(12.4, abs=0.2)


def test_the_turn_being_heard_is_shown_and_the_next_one_after_it(reviewer_page):
    page = stand_on(reviewer_page, heard_call())
    play_slowly(page)

    page.locator("#turn-2 .turn__time").click()

    expect(page.locator(HERE)).to_have_attribute("id", "turn-3")
    # it is shown with the picture that is drawn nearest to its start
    assert turn_time(page, 3) - 0.02 <= now(page) < turn_time(page, 4)


def test_following_stops_when_the_reader_scrolls_and_comes_back_with_a_key(reviewer_page):
    reviewer_page.set_viewport_size({"width": 1366, "height": 420})
    page = stand_on(reviewer_page, heard_call())
    play_slowly(page)
    page.locator("#turn-3 .turn__time").click()
    expect(page.locator("#follow")).to_be_hidden()
    expect(page.locator(HERE)).to_be_in_viewport()

    page.locator("#talk").hover()
    page.mouse.wheel(0, 2000)
    expect(page.get_by_role("button", name="Follow")).to_be_visible()
    page.keyboard.press("b")

    expect(page.locator("#follow")).to_be_hidden()
    expect(page.locator(HERE)).to_be_in_viewport()


def test_times_arrive_without_stopping_the_sound(reviewer_page):
    call = spoken_call()
    Job.objects.ask(JobKind.HEAR, str(call.pk), call=call)
    page = stand_on(reviewer_page, call)
    expect(page.locator("#turn-1 .turn__time")).to_have_text("1")
    play_slowly(page)
    page.keyboard.press("Space")
    page.evaluate("window.playing = document.querySelector('audio')")

    hear(Recording.objects.get(call=call))

    expect(page.locator("#turn-1 .turn__time")).to_have_text("≈0:00")
    assert page.evaluate("window.playing.isConnected && !window.playing.paused")


def test_a_turn_nobody_is_sure_of_says_so(reviewer_page):
    call = heard_call()
    heard = Hearing.objects.get()
    heard.times[3][2] = 35
    heard.save()

    page = stand_on(reviewer_page, call)

    unsure = page.locator(".turn--unsure .turn__time")
    expect(unsure).to_have_attribute("title", re.compile("Unsure: right within a second with a chance of 35 %"))
    expect(unsure).to_have_count(1)
    assert unsure.evaluate("time => getComputedStyle(time).textDecorationLine") == "underline"


def test_the_picture_comes_to_a_player_that_goes_on_playing(reviewer_page):
    call = spoken_call()
    Job.objects.ask(JobKind.HEAR, str(call.pk), call=call)
    page = stand_on(reviewer_page, call)
    expect(page.locator("#wave")).to_contain_text("A worker is listening to the recording")
    play_slowly(page)
    page.keyboard.press("Space")
    page.evaluate("window.playing = document.querySelector('audio')")

    hear(Recording.objects.get(call=call))

    expect(page.get_by_role("img", name="Waveform")).to_be_visible()
    assert page.evaluate("window.playing.isConnected && !window.playing.paused")
    page.wait_for_function("() => parseFloat(document.querySelector('.wave__head').getAttribute('x1')) > 0")


def test_the_picture_is_clicked_and_dragged_to_seek(reviewer_page):
    page = stand_on(reviewer_page, heard_call())
    expect(page.locator("[data-total]")).to_have_text("0:18")
    lane = page.locator(".player__lane").bounding_box()
    assert lane

    page.mouse.click(lane["x"] + lane["width"] * 0.25, lane["y"] + 20)
    wait_for_position(page, 4.5, 4.75)
    page.mouse.move(lane["x"] + lane["width"] * 0.25, lane["y"] + 20)
    page.mouse.down()
    page.mouse.move(lane["x"] + lane["width"] * 0.6, lane["y"] + 25)
    expect(page.locator("[data-now]")).to_have_text("0:11")
    page.mouse.move(lane["x"] + lane["width"] * 0.75, lane["y"] + 25)
    page.mouse.up()

    wait_for_position(page, 13.75, 14.0)
    assert not is_playing(page)


def test_a_link_plays_its_clip_and_stops(reviewer_page):
    page = stand_on(reviewer_page, heard_call(), "?t=9.9-10.8")

    page.wait_for_function("() => document.querySelector('audio').currentTime >= 10.8")
    page.wait_for_function("() => document.querySelector('audio').paused")

    # a page that stood still stops late; the sound itself ends after 18 seconds
    assert 10.8 <= now(page) < 17
    expect(page.locator(HERE)).to_have_attribute("id", "turn-4")


def test_silence_is_skipped_and_that_is_remembered(reviewer_page):
    page = stand_on(reviewer_page, heard_call())
    with page.expect_response("**/listening/"):
        page.keyboard.press("s")
    expect(page.get_by_role("button", name="Skip silence")).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.get_by_role("button", name="Skip silence")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-saved]")).to_have_text(re.compile(r"–\d+ s"))
    page.evaluate("window.seen = []; document.addEventListener('sound-moved', event => seen.push(event.detail.now))")

    # said until 10.1, then nothing until 12.4
    page.locator("#turn-4 .turn__time").click()
    page.wait_for_function("() => seen.some(now => now > 12.3)")

    # a page that stood still leaps late, and once; without leaping it would say so many times
    assert page.evaluate("seen.filter(now => now > 10.8 && now < 11.8).length") <= 1


def test_a_turn_is_repeated(reviewer_page):
    page = stand_on(reviewer_page, heard_call())
    play_slowly(page)
    page.locator("#turn-4 .turn__time").click()
    page.keyboard.press("l")
    expect(page.get_by_role("button", name="Loop this turn")).to_have_attribute("aria-pressed", "true")
    page.evaluate("document.querySelector('audio').playbackRate = 1")
    page.evaluate(
        "window.back = 0; let last = 0; document.addEventListener('sound-moved', ({detail}) => {"
        " if (detail.now < last - 0.05) back += 1; last = detail.now })"
    )

    page.wait_for_function("() => window.back >= 2")
    page.evaluate("document.querySelector('audio').playbackRate = 0.5")
    expect(page.locator(HERE)).to_have_attribute("id", "turn-4")
    page.keyboard.press("l")

    expect(page.locator(HERE)).to_have_attribute("id", "turn-5")


def test_volume_and_speed_are_remembered_and_keep_the_pitch(reviewer_page):
    page = stand_on(reviewer_page, heard_call())

    with page.expect_response("**/listening/"):
        page.get_by_role("slider", name="Volume").fill("0.3")
    with page.expect_response("**/listening/"):
        page.get_by_label("Speed").select_option("3")
    page.reload()

    expect(page.get_by_role("slider", name="Volume")).to_have_value("0.3")
    assert page.evaluate(
        "(({volume, playbackRate, preservesPitch}) => [volume, playbackRate, preservesPitch])"
        "(document.querySelector('audio'))"
    ) == [0.3, 3, True]


def test_the_volume_keeps_its_arrows(reviewer_page):
    page = stand_on(reviewer_page, heard_call())

    page.get_by_role("slider", name="Volume").press("ArrowLeft")

    expect(page.get_by_role("slider", name="Volume")).to_have_value("0.95")
    assert now(page) == 0


def test_a_chosen_turn_starts_where_the_sound_is_and_goes_back(reviewer_page):
    page = stand_on(reviewer_page, heard_call())
    play_slowly(page)
    page.locator("#turn-4 .turn__time").click()
    wait_for_position(page, 9.9, 12)
    page.evaluate("window.playing = document.querySelector('audio')")
    page.keyboard.press("Space")
    page.locator("#turn-5 .bubble").click(modifiers=["Shift"])
    position = round(now(page), 3)  # as a turn's start is kept: in whole milliseconds
    found = turn_time(page, 5)

    page.keyboard.press("Space")
    page.keyboard.press("Shift+T")

    expect(page.locator("#turn-5")).to_contain_text("Start set by hand")
    assert position <= turn_time(page, 5) < found - 0.5
    assert page.evaluate("window.playing.isConnected && !window.playing.paused")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#turn-5")).not_to_contain_text("Start set by hand")
    assert turn_time(page, 5) == found
    assert page.evaluate("window.playing.isConnected")


def test_a_key_refreshes(reviewer_page):
    page = stand_on(reviewer_page, heard_call())

    page.keyboard.press("g")

    expect(page.locator("#freshness")).to_contain_text("Queued")


def test_a_thumb_drags_the_picture_and_the_page_keeps_its_width(browser, live_server, rui):
    call = heard_call()
    context = browser.new_context(**DEVICES["hand"])
    let_in(context, live_server.url, rui)
    page = context.new_page()
    page.goto(live_server.url + call.get_absolute_url())
    expect(page.locator("[data-total]")).to_have_text("0:18")
    lane = page.locator(".player__lane").bounding_box()
    assert lane

    page.touchscreen.tap(lane["x"] + lane["width"] / 2, lane["y"] + 30)

    wait_for_position(page, 9.0, 9.5)
    assert lane["height"] >= 44
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def test_pictures(reviewer_page):
    page = stand_on(reviewer_page, telling_call(), "?q=退款#turn-4")

    shoot(page, "player")

    expect(page.get_by_role("img", name="Waveform")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_the_player(reviewer_page, theme):
    reviewer_page.emulate_media(color_scheme=theme)
    heard = heard_call()
    times = Hearing.objects.get().times
    times[3][2] = 35
    Hearing.objects.update(times=times)

    page = stand_on(reviewer_page, heard)

    assert_accessible(page)


def test_a_turn_is_copied_with_its_time(reviewer_page):
    reviewer_page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = stand_on(reviewer_page, heard_call())
    turn = page.locator("#turn-3")
    expect(turn.get_by_role("button", name="Copy this turn")).to_be_hidden()

    page.evaluate("window.setTimeout = () => 0")  # “Copied” stays

    turn.hover()
    turn.get_by_role("button", name="Copy this turn").click()

    expect(turn.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == f"≈0:04 Robot: {TURNS[2].text}"
    assert not is_playing(page)


def test_jumps_go_round_and_the_sound_goes_along(reviewer_page):
    page = stand_on(reviewer_page, telling_call())

    page.get_by_role("link", name="1 silence").click()
    expect(page.locator(HERE)).to_have_attribute("id", "turn-6")
    wait_for_position(page, 24.2, 24.6)
    page.get_by_role("link", name="1 interruption").click()
    expect(page.locator(HERE)).to_have_attribute("id", "turn-4")
    page.get_by_role("link", name="1 interruption").click()
    expect(page.locator(HERE)).to_have_attribute("id", "turn-4")
    page.get_by_role("link", name="1 late answer").click()

    expect(page.locator(HERE)).to_have_attribute("id", "turn-5")
    assert not is_playing(page)


def test_a_thumb_says_where_a_turn_starts(browser, live_server, rui):
    call = heard_call()
    context = browser.new_context(**DEVICES["hand"])
    let_in(context, live_server.url, rui)
    page = context.new_page()
    page.goto(live_server.url + call.get_absolute_url())
    found = turn_time(page, 4)
    play_slowly(page)
    page.locator("#turn-4 .bubble").tap()
    wait_for_position(page, found + 0.1, 12)
    page.get_by_role("button", name="Pause").tap()
    button = page.locator("#turn-4").get_by_role("button", name="This turn starts here")
    box = button.bounding_box()
    assert box and min(box["width"], box["height"]) >= 44

    button.tap()

    expect(page.locator("#turn-4")).to_contain_text("Start set by hand")
    assert turn_time(page, 4) > found
    context.close()


def test_thousands_of_turns_open_where_the_link_leads(reviewer_page):
    turns = tuple(
        TurnSnapshot(Speaker(TURNS[place % 2].speaker), f"第{place}句话。" * (1 + place % 9)) for place in range(2000)
    )
    page = stand_on(reviewer_page, make_call(turns=turns), "#turn-1500")

    expect(page.locator("#turn-1500")).to_be_in_viewport()
    expect(page.locator(HERE)).to_have_attribute("id", "turn-1500")
    page.keyboard.press("j")
    expect(page.locator("#turn-1501")).to_be_in_viewport(ratio=1)


def keep_speed(page: Page, speed: str) -> None:
    """Chosen, and the server knows."""
    with page.expect_response("**/listening/") as answer:
        page.get_by_label("Speed").select_option(speed)
    assert answer.value.status == 204


def expect_speed(page: Page, speed: str) -> None:
    expect(page.get_by_label("Speed")).to_have_value(speed)
    page.wait_for_function("rate => document.querySelector('audio').playbackRate === rate", arg=float(speed))


def test_two_people_at_one_desk_keep_their_own_speed(page, live_server, rui, su):
    address = live_server.url + heard_call().get_absolute_url()
    for person, speed in ((rui, "2"), (su, "0.75")):
        let_in(page.context, live_server.url, person)
        page.goto(address)
        expect_speed(page, "1")
        keep_speed(page, speed)

    for person, speed in ((rui, "2"), (su, "0.75")):
        let_in(page.context, live_server.url, person)
        page.goto(address)
        expect_speed(page, speed)


def test_somebody_finds_their_own_speed_and_volume_at_another_desk(reviewer_page, browser, live_server, rui):
    page = stand_on(reviewer_page, heard_call())
    keep_speed(page, "1.5")
    with page.expect_response("**/listening/"):
        page.get_by_role("slider", name="Volume").fill("0.3")

    desk = browser.new_context(locale="en")
    let_in(desk, live_server.url, rui)
    other = desk.new_page()
    other.goto(page.url)

    expect_speed(other, "1.5")
    assert other.evaluate("document.querySelector('audio').volume") == 0.3
    desk.close()


def test_a_tab_that_could_not_say_its_speed_does_not_undo_what_another_chose_since(reviewer_page, complaints):
    older = stand_on(reviewer_page, heard_call())
    older.route("**/listening/", lambda route: route.abort())
    with older.expect_event("requestfailed"):
        older.get_by_label("Speed").select_option("2")
    newer = older.context.new_page()
    newer.goto(older.url)
    keep_speed(newer, "1.5")

    older.unroute("**/listening/")
    complaints.clear()  # the speed that could not be said
    older.reload()

    expect_speed(older, "1.5")
    with older.expect_response("**/listening/") as answer:
        older.get_by_role("slider", name="Volume").fill("0.3")
    assert answer.value.request.post_data == "volume=0.3"


def test_what_was_chosen_as_the_page_is_left_is_kept(reviewer_page, rui):
    page = stand_on(reviewer_page, heard_call())

    # no rest comes before the page goes
    page.evaluate("window.setTimeout = () => 0; document.querySelector('call-player').setSpeed('2.5')")
    page.evaluate("location.assign('/keys/')")
    page.wait_for_url("**/keys/")

    until(lambda: KeyPreference.objects.filter(user=rui, speed="2.5").exists(), "the speed that was chosen last")


def test_only_the_last_of_many_steps_is_told(reviewer_page, rui):
    page = stand_on(reviewer_page, heard_call())

    with page.expect_response("**/listening/") as answer:
        page.evaluate("for (const volume of [0.9, 0.8, 0.7]) document.querySelector('call-player').setVolume(volume)")

    assert answer.value.request.post_data == "volume=0.7"
    assert KeyPreference.objects.get(user=rui).volume == 0.7
