"""What people say about calls, as they say it: by key, with an input method, and where no script runs."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from calls.models import Call
from reviews.models import Comment, Dispute, Label, Mention, Review
from reviews.opinions.labelling import put_on
from reviews.opinions.talking import say
from reviews.scoring import Answer
from tests.browser.conftest import SignIn, let_in
from tests.browser.eyes import assert_accessible, shoot
from tests.builders import make_call
from tests.reviews.builders import FINE, finish, finish_all, make_calibration, make_pair, make_review
from tests.stories import a_call_worth_hearing
from tests.test_call_hearing import heard_call

WRONG = FINE | {"answer": Answer("fail", comment="没有回答", turns=(2,))}
DIALOG = "dialog[data-ask]"
PICTURED = ("agreement", "call-people")
COMPOSING_ENTER = "new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true})"


def open_call(page: Page, url: str, call: Call) -> None:
    page.goto(f"{url}{call.get_absolute_url()}")
    expect(page.get_by_role("heading", name="Comments")).to_be_visible()
    # htmx takes its forms over once it has settled
    expect(page.locator("#people:not(.people--coming)")).to_be_visible()


def test_c_comments_on_the_current_turn_and_names_somebody(
    sign_in: SignIn, live_server: Any, rui: User, su: User
) -> None:
    call = make_call()
    page = sign_in(rui)
    open_call(page, live_server.url, call)

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("c")
    expect(page.get_by_role("heading", name="Comment on turn 2")).to_be_visible()
    expect(page.get_by_label("Comment", exact=True)).to_be_focused()
    page.keyboard.type("Hear this, @s")
    expect(page.get_by_role("option", name="su")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.type("please")
    page.keyboard.press("Control+Enter")

    expect(page.locator(DIALOG)).not_to_be_visible()
    expect(page.locator("#turn-2 .turn__comments")).to_have_text("1 comment")
    expect(page.locator(".comment__text")).to_have_text("Hear this, @su please")
    assert Comment.objects.get().turn == 2
    assert Mention.objects.get().user == su
    # still on the same turn, and the keys go on working
    page.keyboard.press("j")
    expect(page.locator("#turn-3")).to_have_attribute("aria-current", "true")


def test_an_input_method_keeps_its_keys(sign_in: SignIn, live_server: Any, rui: User) -> None:
    wang = User.objects.create_user("王磊")
    wang.groups.add(Group.objects.get(name="Reviewer"))
    call = make_call()
    page = sign_in(rui)
    open_call(page, live_server.url, call)
    page.keyboard.press("c")
    field = page.get_by_label("Comment", exact=True)
    expect(field).to_be_focused()
    keyboard = page.context.new_cdp_session(page)

    page.keyboard.insert_text("请＠")
    for composed in ("w", "wang", "王"):
        caret = len(composed)
        keyboard.send("Input.imeSetComposition", {"text": composed, "selectionStart": caret, "selectionEnd": caret})
    # the Enter that chooses a word belongs to the input method
    field.evaluate(f"field => field.dispatchEvent({COMPOSING_ENTER})")
    expect(field).to_have_value("请＠王")
    keyboard.send("Input.insertText", {"text": "王"})
    expect(page.get_by_role("option", name="王磊")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.insert_text("听第二句")

    expect(field).to_have_value("请@王磊 听第二句")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator(".comment__text b")).to_have_text("@王磊")
    assert Mention.objects.get().user == wang


def test_the_mark_under_a_turn_leads_to_its_comment_and_back(sign_in: SignIn, live_server: Any, rui: User) -> None:
    call = make_call()
    page = sign_in(rui)
    page.goto(f"{live_server.url}{reverse('comment_new', args=[call.pk])}?turn=2")
    page.get_by_label("Comment", exact=True).fill("听这一句")
    page.get_by_role("button", name="Comment", exact=True).click()

    page.locator("#turn-2 .turn__comments a").click()
    expect(page.locator(".comment .evidence")).to_be_focused()
    page.locator(".comment .evidence").click()
    expect(page.locator("#turn-2")).to_have_attribute("aria-current", "true")

    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Deleted by its author")).to_be_visible()
    expect(page.locator(".turn__comments")).to_have_count(0)


def test_comments_stand_in_the_picture_of_the_sound(sign_in: SignIn, live_server: Any, rui: User) -> None:
    call = heard_call()
    say(call, rui, "听这一句", turn=2)
    say(call, rui, "整通电话")
    page = sign_in(rui)
    open_call(page, live_server.url, call)
    sign = page.locator("#wave [data-sign=comment]")
    expect(sign.locator("title")).to_have_text("1 comment")
    before = share_of(page, "#turn-2")

    # another picture, as it comes after the times changed
    page.evaluate("document.querySelector('call-player').seek(4.2)")
    page.evaluate("document.querySelector('#wave').classList.add('old')")
    page.locator("#turn-2").click(modifiers=["Shift"])
    page.keyboard.press("Shift+T")
    expect(page.locator("#wave.old")).to_have_count(0)

    expect(sign).to_have_count(1)
    assert (
        before < share_of(page, "#turn-2") == pytest.approx(float((sign.get_attribute("x") or "").rstrip("%")), abs=0.1)
    )
    page.get_by_role("button", name="Delete").first.click()
    expect(sign).to_have_count(0)


def share_of(page: Page, turn: str) -> float:
    """Where the turn begins, in percent of the sound."""
    at = float(page.locator(turn).get_attribute("data-at") or "nan")
    return 100 * at / float(page.evaluate("document.querySelector('call-player').total"))


def test_a_comment_that_names_nobody_stays_in_its_dialog(
    sign_in: SignIn, live_server: Any, rui: User, complaints: list[str]
) -> None:
    page = sign_in(rui)
    open_call(page, live_server.url, make_call())
    page.get_by_role("link", name="Comment", exact=True).click()

    page.get_by_label("Comment", exact=True).fill("@nobody look")
    page.keyboard.press("Control+Enter")

    expect(page.get_by_text("Nobody here is called nobody.")).to_be_visible()
    expect(page.get_by_label("Comment", exact=True)).to_have_value("@nobody look")
    page.get_by_role("link", name="Cancel").click()
    expect(page.locator(DIALOG)).not_to_be_visible()
    # the browser notes every 422
    assert len(complaints) == 1 and "422" in complaints.pop()


def test_labels_are_put_on_and_taken_off_in_place(sign_in: SignIn, live_server: Any, rui: User) -> None:
    Label.objects.create(name="回访")
    call = make_call()
    page = sign_in(rui)
    open_call(page, live_server.url, call)

    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Take 回访 off").click()

    expect(page.get_by_role("button", name="Add", exact=True)).to_be_visible()
    expect(page).to_have_url(f"{live_server.url}{call.get_absolute_url()}")


def test_the_keys_stay_with_the_labels_while_they_come_and_go(sign_in: SignIn, live_server: Any, rui: User) -> None:
    call = make_call()
    for name in ("催款", "回访", "投诉"):
        put_on(call, Label.objects.create(name=name), rui)
    page = sign_in(rui)
    open_call(page, live_server.url, call)

    page.get_by_role("button", name="Take 回访 off").press("Enter")
    expect(page.get_by_role("button", name="Take 投诉 off")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Take 催款 off")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Label", exact=True)).to_be_focused()

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".badge--off")).to_have_count(1)
    expect(page.get_by_role("button", name="Add", exact=True)).to_be_focused()


def test_a_dispute_walks_from_the_answer_to_its_resolution(
    sign_in: SignIn, live_server: Any, rui: User, su: User
) -> None:
    review = make_review(make_call(), rui, WRONG)
    page = sign_in(rui)
    page.goto(f"{live_server.url}{reverse('dispute_new', args=[review.pk, 'answer'])}")
    page.get_by_label("Why is this answer wrong?").fill("客户没有提问")
    page.get_by_role("button", name="Dispute").click()
    expect(page.get_by_text("Raised by rui")).to_be_visible()

    page = sign_in(su)
    page.goto(f"{live_server.url}{reverse('dispute_list')}")
    page.get_by_role("link", name="Answers what was asked").click()
    page.get_by_label("Accept", exact=True).check()
    page.get_by_label("The answer from now on").select_option(label="Pass")
    page.get_by_label("Reason for the decision").fill("再听一遍，确实没问")
    shoot(page, "dispute")
    assert_accessible(page)
    page.get_by_role("button", name="Decide").click()

    expect(page.get_by_text("The score follows the answer that stands now.")).to_be_visible()
    expect(page.get_by_role("row", name="Score 66.7 100")).to_be_visible()
    review.refresh_from_db()
    assert review.score == 100.0
    assert Dispute.objects.get().resolutions.get().by == su


def test_a_dispute_of_long_words_fits_in_a_hand(supervisor_page: Page, live_server: Any, rui: User) -> None:
    review = make_review(make_call(), rui, WRONG)
    mark = review.marks.get(criterion="answer")
    said = "提醒您一下，第四季度的物业费共八百六十二元还没有缴纳，请问近期方便处理吗？"
    mark.evidence.update(text=said)
    turns = [{"turn": 2, "speaker": "agent", "text": said}]
    dispute = Dispute.objects.create(mark=mark, raised_by=rui, reason="?", turns=turns, due_at=timezone.now())
    supervisor_page.set_viewport_size({"width": 390, "height": 844})

    supervisor_page.goto(f"{live_server.url}{reverse('dispute_view', args=[dispute.pk])}")

    expect(supervisor_page.locator(".evidence")).to_have_count(2)
    assert supervisor_page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_comment_needs_no_script(browser: Any, live_server: Any, rui: User, su: User) -> None:
    call = make_call()
    context = browser.new_context(java_script_enabled=False)
    let_in(context, live_server.url, rui)
    page = context.new_page()

    page.goto(f"{live_server.url}{call.get_absolute_url()}")
    page.get_by_role("link", name="Reviews, labels and comments").click()
    page.get_by_role("link", name="Comment", exact=True).click()
    page.get_by_label("Comment", exact=True).fill("@su 请看")
    page.get_by_role("button", name="Comment", exact=True).click()

    expect(page).to_have_url(f"{live_server.url}{call.get_absolute_url()}")
    assert Mention.objects.get().user == su
    context.close()


def test_a_selection_becomes_a_calibration(supervisor_page: Page, rui: User, su: User) -> None:
    make_review(make_call(), rui)
    supervisor_page.reload()
    supervisor_page.locator(".call-row__check input[name=call]").first.check()

    supervisor_page.get_by_role("button", name="Calibrate").click()
    supervisor_page.get_by_label("Name", exact=True).fill("May")
    supervisor_page.get_by_label("Scorecard").select_option(label="Compliance")
    supervisor_page.get_by_label("rui", exact=True).check()
    assert_accessible(supervisor_page)
    supervisor_page.get_by_role("button", name="Plan").click()

    expect(supervisor_page.get_by_role("heading", name="May")).to_be_visible()
    expect(supervisor_page.get_by_text("0 / 1")).to_have_count(2)


def test_an_answer_that_differs_leads_to_its_turn_and_the_sound(
    sign_in: SignIn, live_server: Any, rui: User, su: User, ada: User
) -> None:
    first, second = make_pair(a_call_worth_hearing(timezone.now()))
    finish(first, rui, FINE)
    finish(second, ada, WRONG)
    page = sign_in(su)
    page.goto(f"{live_server.url}{reverse('agreement')}")

    page.locator("#differing").get_by_role("link", name="Fail").click()

    # of a call that plays, so it is the current one for four seconds
    page.wait_for_function("document.querySelector('#turn-2')?.getAttribute('aria-current') === 'true'")
    expect(page.locator("#turn-2")).to_be_in_viewport()
    page.wait_for_function("!document.querySelector('audio').paused")


def test_pages_of_opinions_are_accessible_and_pictured(
    sign_in: SignIn, live_server: Any, rui: User, su: User, ada: User
) -> None:
    call = make_call()
    for number in range(12):
        first, second = make_pair(make_call())
        finish(first, rui, FINE)
        finish(second, ada, WRONG if number % 4 == 0 else FINE)
    make_review(call, rui, WRONG)
    calibration = make_calibration(list(Call.objects.all()[:3]), [rui, ada], su)
    for person, answers in ((rui, WRONG), (ada, FINE), (su, FINE)):
        finish_all(calibration, person, answers)
    Label.objects.create(name="回访")
    page = sign_in(rui)
    for text in ("@su 请听这一句，客户在问退款。", "好的"):
        page.goto(f"{live_server.url}{reverse('comment_new', args=[call.pk])}?turn=2")
        page.get_by_label("Comment", exact=True).fill(text)
        page.get_by_role("button", name="Comment", exact=True).click()
        expect(page.locator(".comment__text").filter(has_text=text)).to_be_visible()
    assert Review.objects.count() == 34

    page = sign_in(su)
    addresses = {
        "agreement": f"{reverse('agreement')}?criterion=answer",
        "calibration": calibration.get_absolute_url(),
        "calibrations": reverse("calibration_list"),
        "disputes": reverse("dispute_list"),
        "inbox": reverse("inbox"),
        "labels": reverse("label_list"),
        "call-people": call.get_absolute_url(),
    }
    for name, address in addresses.items():
        page.goto(f"{live_server.url}{address}")
        if name == "call-people":
            expect(page.locator(".turn__comments")).to_have_text("2 comments")
        assert_accessible(page)
        if name in PICTURED:
            shoot(page, name)
