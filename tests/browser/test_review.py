"""Reviewing in a real browser, mostly by keys."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.signals import request_started
from django.utils import timezone
from playwright.sync_api import Browser, Page, Route, expect

from calls.models import Call
from calls.snapshot import TurnSnapshot
from calls.vocabulary import Speaker
from reviews.models import Comment, Queue, QueueItem, Review
from reviews.opinions.talking import say
from reviews.vocabulary import ItemState, ReviewState, SkipReason
from tests.browser.conftest import let_in, wait_until
from tests.browser.eyes import DEVICES, assert_accessible, shoot_as_it_is
from tests.builders import make_call
from tests.reviews.builders import make_queue, make_review
from tests.sounds import store_sound
from tests.test_call_hearing import heard_call

pytestmark = pytest.mark.django_db(transaction=True)
HERE = ".criterion--here"
TALK = tuple(
    TurnSnapshot((Speaker.AGENT, Speaker.CUSTOMER)[number % 2], f"第{number}句，说的是退款的事情。")
    for number in range(1, 9)
)


def calls_to_review(count: int, *, seconds: int = 20) -> list[Call]:
    calls = [make_call(turns=TALK) for _number in range(count)]
    for call in calls:
        store_sound(call, seconds=seconds)
    return calls


def queue_of(*calls: Call) -> Queue:
    return make_queue(*calls)


def item_of(queue: Queue, place: int = 0) -> QueueItem:
    return queue.items.order_by("place")[place]


def open_item(page: Page, live_server: Any, item: QueueItem) -> None:
    page.goto(f"{live_server.url}/review/{item.pk}/")
    expect(page.locator(HERE)).to_have_count(1)


def expect_saved(page: Page) -> None:
    expect(page.locator("#draft-state")).to_have_text("Draft saved")


def expect_item(page: Page, item: QueueItem) -> None:
    expect(page.locator("#review")).to_have_attribute("data-url", f"/review/{item.pk}/")


def expect_fetched_ahead(page: Page, item: QueueItem) -> None:
    expect(page.locator("#review")).to_have_attribute("data-next", f"/review/{item.pk}/")


class Keys:
    """A keyboard that counts."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pressed: Counter[str] = Counter()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed[key] += 1

    def count(self) -> int:
        number = sum(self.pressed.values())
        self.pressed.clear()
        return number


@contextmanager
def composing(page: Page, text: str) -> Iterator[Any]:
    """An input method has letters that are no words yet; the keys of a page are not its business."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
    yield devtools
    devtools.detach()


def press_while_composing(devtools: Any, code: str) -> None:
    key = {"type": "rawKeyDown", "key": "Process", "code": code, "windowsVirtualKeyCode": 229}
    devtools.send("Input.dispatchKeyEvent", key)


def test_thirty_calls_are_reviewed_by_keys_alone_while_an_input_method_composes(reviewer_page, live_server):
    queue = queue_of(*calls_to_review(30, seconds=2))
    open_item(reviewer_page, live_server, item_of(queue))
    keys = Keys(reviewer_page)

    for number in range(30):
        expect_item(reviewer_page, item_of(queue, number))
        expect(reviewer_page.locator(HERE)).to_have_attribute("data-criterion", "greeting")
        if number % 5 == 4:
            judge_with_a_reason(reviewer_page, keys)
        else:
            keys.press("f", "2", "Control+Enter")
            assert keys.count() <= 8
    expect(reviewer_page.locator("#review")).to_have_count(0)

    assert QueueItem.objects.filter(state=ItemState.DONE).count() == 30
    finished = Review.objects.finished()
    assert finished.count() == 30
    assert finished.filter(score=100, judged_intent="B").count() == 24
    negative = finished.filter(passed=False)
    assert negative.count() == 6
    for review in negative:
        answer = review.answers()["answer"]
        assert (answer.value, answer.turns, answer.comment) == ("fail", (2,), "没有回答问题")


def judge_with_a_reason(page: Page, keys: Keys) -> None:
    """The second criterion fails, by the second turn, with a reason that is typed with an input method."""
    keys.press("1", "2", "j", "j", "e", "Enter")
    reason = page.locator(f"{HERE} [name^='comment-']")
    expect(reason).to_be_focused()
    with composing(page, "meiyou") as devtools:
        for code in ("Digit1", "KeyF", "ArrowDown", "KeyE", "Enter"):
            press_while_composing(devtools, code)
        devtools.send("Input.insertText", {"text": "没有回答问题"})
    expect(reason).to_have_value("没有回答问题")
    expect(page.locator(HERE)).to_have_attribute("data-criterion", "answer")
    keys.press("Escape", "ArrowDown", "1", "2", "Control+Enter")
    keys.count()


def test_the_next_call_takes_the_place_of_the_finished_one_without_loading_a_page(reviewer_page, live_server):
    queue = queue_of(*calls_to_review(3))
    open_item(reviewer_page, live_server, item_of(queue))
    reviewer_page.evaluate("window.isTheSamePage = true")
    following = item_of(queue, 1)
    expect_fetched_ahead(reviewer_page, following)
    reviewer_page.wait_for_function(
        "part => performance.getEntriesByType('resource').some(entry => entry.name.includes(part))",
        arg=f"/calls/{following.call_id}/recording",
    )

    reviewer_page.keyboard.press("f")
    reviewer_page.keyboard.press("2")
    reviewer_page.keyboard.press("Control+Enter")
    expect_item(reviewer_page, following)

    assert reviewer_page.evaluate("window.isTheSamePage")
    assert reviewer_page.url.endswith(f"/review/{following.pk}/")
    expect(reviewer_page.locator("[name^=answer-]:checked")).to_have_count(0)
    reviewer_page.keyboard.press("Space")
    expect(reviewer_page.get_by_role("button", name="Pause")).to_be_visible()
    expect(reviewer_page.locator("#undo")).to_contain_text("Finished")


def test_finishing_waits_for_no_draft(reviewer_page, live_server):
    queue = queue_of(*calls_to_review(2))
    open_item(reviewer_page, live_server, item_of(queue))
    expect_fetched_ahead(reviewer_page, item_of(queue, 1))
    slow: list[Route] = []
    reviewer_page.route("**/draft", lambda route: slow.append(route))
    with reviewer_page.expect_request("**/draft"):
        reviewer_page.keyboard.press("f")
        reviewer_page.keyboard.press("2")

    reviewer_page.keyboard.press("Control+Enter")

    expect_item(reviewer_page, item_of(queue, 1))
    assert len(slow) == 1
    assert Review.objects.finished().get().answers()["intent"].value == "b"


@pytest.mark.parametrize("is_left", [True, False], ids=["the page is left", "the page stays"])
def test_what_a_finish_without_an_answer_brought_is_saved_later(reviewer_page, live_server, complaints, is_left):
    open_item(reviewer_page, live_server, item_of(queue_of(*calls_to_review(1))))
    offline = re.compile("/(draft|finish)$")
    reviewer_page.route(offline, lambda route: route.abort("internetdisconnected"))
    for key in ("f", "2", "Control+Enter"):
        reviewer_page.keyboard.press(key)
    expect(reviewer_page.locator("#failure")).to_be_visible()
    assert not Review.objects.exists()

    reviewer_page.unroute(offline)
    if is_left:
        reviewer_page.goto(live_server.url)
    wait_until(reviewer_page, Review.objects.filter(marks__criterion="intent").exists, "the answer is saved")

    complaints.clear()
    assert Review.objects.get().answers()["intent"].value == "b"


def test_a_call_fetched_ahead_sounds_at_the_speed_chosen_since(reviewer_page, live_server):
    queue = queue_of(*calls_to_review(2))
    open_item(reviewer_page, live_server, item_of(queue))
    expect_fetched_ahead(reviewer_page, item_of(queue, 1))
    reviewer_page.get_by_label("Speed").select_option("2")

    for key in ("f", "2", "Control+Enter"):
        reviewer_page.keyboard.press(key)
    expect_item(reviewer_page, item_of(queue, 1))

    expect(reviewer_page.get_by_label("Speed")).to_have_value("2")
    assert reviewer_page.evaluate("document.querySelector('audio').playbackRate") == 2


def test_a_finish_is_taken_back_by_a_key(reviewer_page, live_server):
    queue = queue_of(*calls_to_review(2))
    open_item(reviewer_page, live_server, item_of(queue))
    for key in ("f", "3", "Control+Enter"):
        reviewer_page.keyboard.press(key)
    expect_item(reviewer_page, item_of(queue, 1))

    reviewer_page.keyboard.press("Control+z")
    reviewer_page.wait_for_url(f"**/review/{item_of(queue).pk}/")

    expect(reviewer_page.locator("[name=answer-intent]:checked")).to_have_value("c")
    assert Review.objects.get().state == ReviewState.DRAFT
    other = item_of(queue, 1)
    assert not other.is_held or other.locked_by == Review.objects.get().reviewer


def test_the_offer_to_undo_goes_after_ten_seconds(reviewer_page, live_server):
    queue = queue_of(*calls_to_review(2))
    open_item(reviewer_page, live_server, item_of(queue))
    clock, toast = reviewer_page.clock, reviewer_page.locator("#undo")
    # time goes on only when told to: a busy machine may need ten seconds to look
    clock.install(time=0)
    clock.pause_at(3_600)

    def is_offered() -> bool:
        clock.run_for(100)
        return bool(toast.is_visible())

    for key in ("f", "3", "Control+Enter"):
        reviewer_page.keyboard.press(key)
    wait_until(reviewer_page, is_offered, "the offer")
    clock.run_for(8_000)
    expect(toast).to_be_visible()

    clock.run_for(2_500)

    expect(toast).to_be_hidden()
    clock.resume()
    reviewer_page.keyboard.press("Control+z")
    reviewer_page.keyboard.press("1")
    clock.run_for(5_000)
    expect_saved(reviewer_page)  # whatever the key asked for was asked before
    expect_item(reviewer_page, item_of(queue, 1))
    assert Review.objects.finished().count() == 1


def test_answers_by_digit_move_on_and_negative_ones_wait_for_evidence(reviewer_page, live_server):
    open_item(reviewer_page, live_server, item_of(queue_of(*calls_to_review(1))))
    here = reviewer_page.locator(HERE)

    reviewer_page.keyboard.press("1")
    expect(here).to_have_attribute("data-criterion", "answer")
    reviewer_page.keyboard.press("2")
    expect(here).to_have_attribute("data-criterion", "answer")
    expect(here.get_by_role("button", name="Pin turn")).to_be_visible()
    reviewer_page.keyboard.press("ArrowDown")
    reviewer_page.keyboard.press("0")

    expect(here).to_have_attribute("data-criterion", "intent")
    expect(reviewer_page.locator("[name=answer-goodbye]:checked")).to_have_value("na")
    expect(reviewer_page.locator(".score__figure")).to_have_text("50")


def test_evidence_stands_in_the_picture_of_the_sound(reviewer_page, live_server):
    open_item(reviewer_page, live_server, item_of(queue_of(heard_call())))
    sign = reviewer_page.locator("#wave [data-sign=pin]")

    reviewer_page.keyboard.press("j")
    reviewer_page.keyboard.press("e")
    expect(sign).to_have_count(1)
    expect(sign.locator("title")).to_have_text(reviewer_page.locator("#turn-1 .evidence").inner_text())

    reviewer_page.keyboard.press("e")
    expect(sign).to_have_count(0)


def test_a_click_below_the_open_criterion_answers_what_it_points_at(reviewer_page, live_server):
    open_item(reviewer_page, live_server, item_of(queue_of(*calls_to_review(1))))

    for key in ("goodbye", "answer", "greeting"):
        reviewer_page.locator(f"#criterion-{key} .options__option").first.click()
        expect(reviewer_page.locator(f"[name=answer-{key}]:checked")).to_have_value("pass")

    reviewer_page.keyboard.press("ArrowRight")
    expect(reviewer_page.locator("[name=answer-greeting]:checked")).to_have_value("pass")


def test_a_fault_without_evidence_is_refused_in_words(reviewer_page, live_server, complaints):
    open_item(reviewer_page, live_server, item_of(queue_of(*calls_to_review(1))))
    for key in ("2", "f", "2", "Control+Enter"):
        reviewer_page.keyboard.press(key)

    wrong = reviewer_page.locator("#criterion-greeting")
    expect(wrong).to_contain_text("A negative answer needs evidence: pin at least one turn.")
    expect(wrong).to_have_class(re.compile("criterion--here"))
    expect(reviewer_page.locator("[name=answer-greeting]:checked")).to_have_value("fail")
    complaints.clear()  # the refused request

    for key in ("j", "e", "Control+Enter"):
        reviewer_page.keyboard.press(key)
    expect(reviewer_page.locator("#review")).to_have_count(0)
    assert Review.objects.finished().get().answers()["greeting"].turns == (1,)


def test_a_draft_survives_a_reload(reviewer_page, live_server):
    open_item(reviewer_page, live_server, item_of(queue_of(*calls_to_review(1))))
    for key in ("1", "2", "j", "e", "Enter"):
        reviewer_page.keyboard.press(key)
    reviewer_page.keyboard.insert_text("没有回答")
    expect_saved(reviewer_page)
    reviewer_page.wait_for_function("document.getElementById('edit').value >= '1'")
    reviewer_page.keyboard.insert_text("问题")

    reviewer_page.reload()
    expect(reviewer_page.locator(HERE)).to_have_count(1)
    # sent with the last breath of the first page, and answered to nobody
    wait_until(reviewer_page, Review.objects.filter(marks__comment="没有回答问题").exists, "the last words are kept")
    reviewer_page.reload()

    expect(reviewer_page.locator("[name=answer-greeting]:checked")).to_have_value("pass")
    expect(reviewer_page.locator("[name=comment-answer]")).to_have_value("没有回答问题")
    expect(reviewer_page.locator("#criterion-answer [data-pinned='1']")).to_contain_text("第1句")
    expect(reviewer_page.locator("#turn-1")).to_contain_text("2 Answers what was asked")


def test_history_brings_a_review_back_with_its_answers(reviewer_page, live_server):
    item = item_of(queue_of(*calls_to_review(1)))
    open_item(reviewer_page, live_server, item)
    reviewer_page.keyboard.press("f")
    expect_saved(reviewer_page)

    reviewer_page.goto(live_server.url)
    asked: list[str] = []
    reviewer_page.on("request", lambda request: asked.append(request.url))
    reviewer_page.go_back()

    expect(reviewer_page.locator(".score__figure")).to_have_text("100")
    reviewer_page.keyboard.press("1")
    expect_saved(reviewer_page)
    reviewer_page.keyboard.press("Control+Enter")
    reviewer_page.wait_for_url(f"{live_server.url}/review/")
    assert Review.objects.get().state == ReviewState.FINISHED
    # asked for once: between two of them somebody else might have been given the call
    assert asked.count(f"{live_server.url}/review/{item.pk}/") == 1


def test_of_two_tabs_the_older_one_is_told_and_goes_on_when_asked(reviewer_page, live_server, complaints):
    item = item_of(queue_of(*calls_to_review(1)))
    open_item(reviewer_page, live_server, item)
    newer = reviewer_page.context.new_page()
    open_item(newer, live_server, item)
    newer.keyboard.press("1")
    expect_saved(newer)

    reviewer_page.bring_to_front()
    reviewer_page.keyboard.press("2")
    trouble = reviewer_page.locator("#trouble")
    expect(trouble).to_contain_text("You opened this call in another tab")
    complaints.clear()  # the refused draft
    trouble.get_by_role("button", name="Go on here").click()
    expect_saved(reviewer_page)

    expect(trouble).to_have_text("")
    assert Review.objects.get().answers()["greeting"].value == "fail"
    newer.keyboard.press("1")
    expect(newer.locator("#trouble")).to_contain_text("You opened this call in another tab")


def test_whoever_lost_the_call_is_told_and_keeps_the_answers(reviewer_page, live_server, su, complaints):
    item = item_of(queue_of(*calls_to_review(1)))
    open_item(reviewer_page, live_server, item)
    QueueItem.objects.update(locked_by=su, token="theirs")

    for key in ("f", "2", "Control+Enter"):
        reviewer_page.keyboard.press(key)

    expect(reviewer_page.locator("#trouble")).to_contain_text("su took this call")
    complaints.clear()
    expect(reviewer_page.locator("[name=answer-intent]:checked")).to_have_value("b")
    assert Review.objects.finished().count() == 0


def test_whoever_lost_the_call_goes_on_with_the_next_one(reviewer_page, live_server, su, complaints):
    queue = queue_of(*calls_to_review(2))
    first, second = item_of(queue), item_of(queue, 1)
    open_item(reviewer_page, live_server, first)
    QueueItem.objects.filter(pk=first.pk).update(locked_by=su, token="theirs")
    reviewer_page.keyboard.press("2")
    trouble = reviewer_page.locator("#trouble")
    expect(trouble).to_contain_text("su took this call")
    complaints.clear()  # the refused draft

    trouble.get_by_role("button", name="Next call").click()

    expect_item(reviewer_page, second)


def test_what_cannot_be_finished_is_given_back_by_keys(reviewer_page, live_server, rui, complaints):
    """Its page comes in place of the one before it: the way on is that of the call that is shown."""
    calls = calls_to_review(3)
    queue = queue_of(*calls)
    items = [item_of(queue, place) for place in range(3)]
    open_item(reviewer_page, live_server, items[0])
    expect(reviewer_page.locator("[data-next]")).to_be_attached()
    for key in ("f", "2", "Control+Enter"):
        reviewer_page.keyboard.press(key)
    expect_item(reviewer_page, items[1])
    for key in ("f", "2"):
        reviewer_page.keyboard.press(key)
    expect_saved(reviewer_page)
    make_review(calls[1], rui, {}, purpose="ad_hoc", version=queue.scorecard.versions.get())
    reviewer_page.keyboard.press("Control+Enter")
    give_back = reviewer_page.locator("#trouble").get_by_role("button", name="Give it back, next call")
    expect(give_back).to_be_visible()
    complaints.clear()  # the refused finish
    assert_accessible(reviewer_page)
    expect(reviewer_page.locator("#draft-state")).to_have_text("Draft saved")
    shoot_as_it_is(reviewer_page, "given-back", "#trouble")

    give_back.focus()
    reviewer_page.keyboard.press("Enter")

    expect_item(reviewer_page, items[2])
    items[1].refresh_from_db()
    assert (items[1].state, items[1].skip_reason) == (ItemState.WAITING, "")


def test_a_review_without_a_queue_that_is_over_leads_to_the_next_call(reviewer_page, live_server, rui, complaints):
    item = item_of(queue_of(*calls_to_review(1)))
    review = make_review(calls_to_review(1)[0], rui, {}, state=ReviewState.DRAFT, purpose="ad_hoc", finished_at=None)
    reviewer_page.goto(f"{live_server.url}/reviews/{review.pk}/edit")
    Review.objects.filter(pk=review.pk).update(state=ReviewState.FINISHED, finished_at=timezone.now())
    reviewer_page.keyboard.press("2")
    trouble = reviewer_page.locator("#trouble")
    expect(trouble).to_contain_text("You have finished this review already, in another tab.")
    complaints.clear()  # the refused draft

    trouble.get_by_role("button", name="Next call").click()

    expect_item(reviewer_page, item)


def test_leaving_frees_the_call_for_others(reviewer_page, live_server):
    queue = queue_of(*calls_to_review(2))
    open_item(reviewer_page, live_server, item_of(queue))
    expect_fetched_ahead(reviewer_page, item_of(queue, 1))

    reviewer_page.goto(live_server.url)

    wait_until(reviewer_page, lambda: not QueueItem.objects.exclude(token="").exists(), "both calls are free")


def test_a_call_is_skipped_by_keys_with_a_reason(reviewer_page, live_server):
    queue = queue_of(*calls_to_review(2))
    open_item(reviewer_page, live_server, item_of(queue))

    reviewer_page.keyboard.press("Alt+ArrowRight")
    expect(reviewer_page.get_by_role("heading", name="Why is this call skipped?")).to_be_visible()
    reviewer_page.keyboard.press("2")
    reviewer_page.wait_for_url(f"**/review/{item_of(queue, 1).pk}/")

    item = item_of(queue)
    assert (item.state, item.skip_reason) == (ItemState.SKIPPED, SkipReason.LANGUAGE)


def test_from_a_score_to_the_words_and_their_sound_are_two_clicks(reviewer_page, live_server):
    call = calls_to_review(1)[0]
    open_item(reviewer_page, live_server, item_of(queue_of(call)))
    for key in ("2", "j", "j", "j", "e", "f", "2", "Control+Enter"):
        reviewer_page.keyboard.press(key)
    expect(reviewer_page.locator("#review")).to_have_count(0)
    review = Review.objects.finished().get()
    reviewer_page.goto(f"{live_server.url}{review.get_absolute_url()}")

    reviewer_page.locator("#criterion-greeting a[data-hear]").click()

    expect(reviewer_page.locator("#turn-3")).to_have_attribute("aria-current", "true")
    expect(reviewer_page.locator("#turn-3")).to_be_in_viewport()

    reviewer_page.goto(f"{live_server.url}{review.get_absolute_url()}?turn=5")
    expect(reviewer_page.locator("#turn-5")).to_have_attribute("aria-current", "true")


def test_a_comment_made_while_judging_leaves_a_mark_and_others_stay_unread(reviewer_page, live_server, su):
    call = calls_to_review(1)[0]
    say(call, su, "I would fail this", turn=5)
    open_item(reviewer_page, live_server, item_of(queue_of(call)))

    for key in ("j", "j", "c"):
        reviewer_page.keyboard.press(key)
    comment_in_dialog(reviewer_page, "Comment on turn 2")

    expect(reviewer_page.locator("#turn-2 .turn__comments")).to_have_text("1 comment")
    expect(reviewer_page.locator(".turn__comments")).to_have_count(1)


def test_c_without_a_turn_comments_on_the_whole_call(reviewer_page, live_server):
    open_item(reviewer_page, live_server, item_of(queue_of(*calls_to_review(1))))

    reviewer_page.keyboard.press("c")
    comment_in_dialog(reviewer_page, "Comment on this call")

    assert Comment.objects.get().turn is None


def test_the_turns_of_a_finished_review_can_be_commented_on(reviewer_page, live_server, rui):
    review = make_review(calls_to_review(1)[0], rui)
    reviewer_page.goto(f"{live_server.url}{review.get_absolute_url()}?turn=2")

    reviewer_page.locator("#turn-2 [data-comment-turn]").click()
    comment_in_dialog(reviewer_page, "Comment on turn 2")

    expect(reviewer_page.locator("#turn-2 .turn__comments")).to_have_text("1 comment")


def comment_in_dialog(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    expect(page.get_by_role("textbox", name="Comment", exact=True)).to_be_focused()
    page.keyboard.type("Hear this")
    page.keyboard.press("Control+Enter")
    expect(page.locator("dialog[data-ask]")).not_to_be_visible()


def test_the_page_itself_never_scrolls_on_a_desk(reviewer_page, live_server):
    open_item(reviewer_page, live_server, item_of(queue_of(*calls_to_review(1))))

    height = "document.documentElement.scrollHeight <= innerHeight"
    assert reviewer_page.evaluate(height)
    for part in (".transcript", "#player", "#scorecard", "[data-finish]"):
        expect(reviewer_page.locator(part).first).to_be_in_viewport()
    assert_accessible(reviewer_page)


def test_in_a_hand_the_parts_are_tabs_and_nothing_is_too_wide(browser: Browser, live_server, rui):
    item = item_of(queue_of(*calls_to_review(1)))
    with browser.new_context(**DEVICES["hand"]) as hand:
        let_in(hand, live_server.url, rui)
        page = hand.new_page()
        open_item(page, live_server, item)

        page.locator("#turn-2 .bubble").tap()
        page.get_by_role("link", name="Scorecard").tap()
        page.locator("[name=answer-greeting][value=fail]").tap()
        page.locator("#criterion-greeting").get_by_role("button", name="Pin turn").tap()

        expect(page.locator("#criterion-greeting [data-pinned='2']")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        expect(page.locator("#player")).to_be_in_viewport()
        assert_accessible(page)


def test_keys_of_a_text_stay_in_the_text(reviewer_page, live_server):
    open_item(reviewer_page, live_server, item_of(queue_of(*calls_to_review(1))))
    note = reviewer_page.get_by_label("Note")

    note.press_sequentially("f 1 e 0")

    expect(note).to_have_value("f 1 e 0")
    expect(reviewer_page.locator("[name^=answer-]:checked")).to_have_count(0)


def test_time_is_counted_without_pauses(reviewer_page, live_server):
    open_item(reviewer_page, live_server, item_of(queue_of(*calls_to_review(1))))
    reviewer_page.clock.install()
    reviewer_page.reload()
    expect(reviewer_page.locator(HERE)).to_have_count(1)
    reviewer_page.clock.run_for(5_000)
    reviewer_page.keyboard.press("Space")
    expect(reviewer_page.get_by_role("button", name="Pause")).to_be_visible()
    reviewer_page.keyboard.press("Space")
    reviewer_page.clock.run_for(120_000)
    for key in ("f", "2", "Control+Enter"):
        reviewer_page.keyboard.press(key)
    expect(reviewer_page.locator("#review")).to_have_count(0)

    review = Review.objects.finished().get()
    assert review.seconds_to_play is not None
    assert review.seconds_to_answer is not None
    assert review.seconds is not None
    assert review.seconds_to_play < review.seconds_to_answer <= review.seconds < 60


def test_nothing_is_saved_once_the_last_call_is_finished(reviewer_page, live_server):
    page, asked = reviewer_page, list[str]()

    def note(environ: dict[str, Any], **_rest: Any) -> None:
        asked.append(environ["PATH_INFO"].rsplit("/")[-1])

    open_item(page, live_server, item_of(queue_of(*calls_to_review(1))))
    request_started.connect(note)
    for key in ("f", "2", "Control+Enter"):
        page.keyboard.press(key)
    expect(page.locator("#review")).to_have_count(0)
    page.wait_for_load_state("networkidle")
    request_started.disconnect(note)

    assert "draft" not in asked[asked.index("finish") :]


def test_the_sign_that_a_call_is_open_never_comes_after_its_end(reviewer_page, live_server):
    page, signs = reviewer_page, list[Route]()
    queue = queue_of(*calls_to_review(2))
    open_item(page, live_server, item_of(queue))
    page.clock.install()
    page.reload()
    expect(page.locator(HERE)).to_have_count(1)
    # the call that is fetched ahead is held as well, and before this one
    page.route(f"**/{item_of(queue).pk}/hold", lambda route: signs.append(route))
    page.clock.run_for(61_000)
    wait_until(page, lambda: signs, "the sign")

    for key in ("f", "2"):
        page.keyboard.press(key)
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/hold")):
        page.keyboard.press("Control+Enter")
    expect_item(page, item_of(queue, 1))
    assert len(signs) == 1
    assert Review.objects.finished().count() == 1


def test_an_answer_that_waited_for_a_draft_is_not_saved_beside_the_finish(reviewer_page, live_server):
    page, drafts = reviewer_page, list[Route]()
    queue = queue_of(*calls_to_review(2))
    open_item(page, live_server, item_of(queue))
    expect_fetched_ahead(page, item_of(queue, 1))
    page.route("**/draft", lambda route: drafts.append(route))
    page.clock.install()
    page.keyboard.press("f")
    page.clock.run_for(1_000)
    wait_until(page, lambda: drafts, "the draft")

    page.keyboard.press("2")
    page.clock.run_for(1_000)
    page.keyboard.press("Control+Enter")

    expect_item(page, item_of(queue, 1))
    assert len(drafts) == 1
    assert Review.objects.finished().get().answers()["intent"].value == "b"


def test_signed_out_meanwhile_nothing_is_lost_and_one_is_told(reviewer_page, live_server, rui, settings):
    open_item(reviewer_page, live_server, item_of(queue_of(*calls_to_review(1))))
    reviewer_page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)

    for key in ("f", "2", "Control+Enter"):
        reviewer_page.keyboard.press(key)
    expect(reviewer_page.locator("#draft-state")).to_contain_text("Not saved: sign in again")
    expect(reviewer_page.locator("[name=answer-intent]:checked")).to_have_value("b")

    let_in(reviewer_page.context, live_server.url, rui)
    reviewer_page.keyboard.press("Control+Enter")
    expect(reviewer_page.locator("#review")).to_have_count(0)
    assert Review.objects.finished().count() == 1
