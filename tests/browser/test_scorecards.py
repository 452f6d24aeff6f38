"""Writing a scorecard and trying it, with hands and eyes."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from reviews import ready
from reviews.models import Scorecard
from reviews.scoring import Answer, Card
from tests.browser.eyes import assert_accessible, shoot
from tests.reviews.builders import make_review
from tests.stories import a_day_of_calls


def make_scorecard(name: str, card: Card) -> Scorecard:
    scorecard = Scorecard.objects.create(name=name)
    scorecard.write_draft(card, None, seen=scorecard.stamp)
    return scorecard


def test_a_scorecard_is_written_by_hand_and_keys(sign_in: Any, ada: Any, live_server: Any):
    scorecard = make_scorecard("Compliance", ready.READY[0].card)
    page: Page = sign_in(ada)
    page.goto(f"{live_server.url}/scorecards/{scorecard.pk}/edit")
    assert_accessible(page)
    shoot(page, "scorecard-edit")

    page.get_by_role("button", name="Add criterion").first.click()
    expect(page.locator("[data-edited]")).to_have_count(11)
    expect(page.locator("[data-edited] input[name$=title]:focus")).to_be_visible()
    page.keyboard.type("Speaks clearly")
    expect(page.locator("#preview")).to_contain_text("Speaks clearly")
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("[data-edited]").nth(2).locator("input[name$=title]")).to_have_value("Speaks clearly")
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("[data-edited]").nth(3).locator("input[name$=title]")).to_have_value("Speaks clearly")
    page.locator("[data-edited]").nth(3).locator("select[name$=kind]").select_option("scale")
    expect(page.locator("[data-edited]").nth(3).locator(".editor__option")).to_have_count(5)
    page.get_by_role("button", name="Save draft").click()

    expect(page.get_by_text("Draft saved.")).to_be_visible()
    [added] = [one for one in scorecard.draft.card if one.title == "Speaks clearly"]  # type: ignore[union-attr]
    assert len(added.options) == 5


def test_what_is_wrong_keeps_the_page_as_it_was(sign_in: Any, ada: Any, live_server: Any, complaints: list[str]):
    scorecard = make_scorecard("Compliance", ready.READY[0].card)
    page: Page = sign_in(ada)
    page.goto(f"{live_server.url}/scorecards/{scorecard.pk}/edit")

    page.get_by_label("What is asked").first.fill("")
    page.get_by_label("Weight").nth(1).fill("heavy")
    page.get_by_role("button", name="Save draft").click()

    expect(page.get_by_role("alert").first).to_contain_text("2 things have to be mended")
    expect(page.get_by_label("Weight").nth(1)).to_have_value("heavy")
    expect(page.get_by_label("Weight").nth(1)).to_have_attribute("aria-invalid", "true")
    assert_accessible(page)
    assert all("422" in complaint for complaint in complaints)
    complaints.clear()


def test_a_scorecard_is_tried_on_a_call(sign_in: Any, ada: Any, live_server: Any):
    scorecard = make_scorecard("销售质量", ready.READY[3].card)
    a_day_of_calls(12)
    page: Page = sign_in(ada)
    page.goto(f"{live_server.url}/scorecards/{scorecard.pk}/preview")
    assert_accessible(page)
    shoot(page, "scorecard-preview")

    page.locator("#answer-reason-pass").click()
    expect(page.locator(".score__figure")).to_have_text("100")
    expect(page.locator("#criterion-objection")).to_be_hidden()
    page.locator("#answer-objected-yes").click()
    expect(page.locator("#criterion-objection")).to_be_visible()
    page.locator("#answer-honest-fail").click()
    expect(page.locator(".score__figure")).to_have_text("0")
    page.get_by_role("button", name="Could it be finished?").click()
    expect(page.locator("#criterion-honest")).to_contain_text("pin at least one turn")


@pytest.mark.parametrize("what", ["", "{pk}/", "{pk}/retire", "new", "import"])
def test_the_pages_of_scorecards_look_right(sign_in: Any, ada: Any, live_server: Any, what: str):
    for number in (0, 1):
        scorecard = make_scorecard(ready.READY[number].name, ready.READY[number].card)
    draft = scorecard.draft
    assert draft and draft.publish(ada, seen=draft.stamp)
    page: Page = sign_in(ada)

    page.goto(f"{live_server.url}/scorecards/{what.format(pk=scorecard.pk)}")

    assert_accessible(page)
    shoot(page, f"scorecard-{what.format(pk='one').replace('/', '-') or 'list'}")


def test_the_list_of_reviews_looks_right(sign_in: Any, su: Any, rui: Any, live_server: Any):
    calls = [call for call in a_day_of_calls(24) if call.duration]
    card = ready.READY[1].card
    scorecard = make_scorecard("外呼合规", card)
    draft = scorecard.draft
    assert draft and draft.publish(su, seen=draft.stamp)
    fine = {one.key: Answer(one.fine.key) for one in card if one.fine}
    for number, call in enumerate(calls):
        worse = {"complaint": Answer("fail", turns=(2,))} if number % 3 == 1 else {}
        worst = {"policy": Answer("fail", turns=(1,)), "stops": Answer("fail", turns=(2,))} if number % 5 == 3 else {}
        make_review(call, (rui, su)[number % 2], fine | worse | worst, version=draft, is_outdated=number % 4 == 2)
    page: Page = sign_in(su)
    page.goto(f"{live_server.url}/reviews/")
    assert_accessible(page)
    shoot(page, "reviews")

    page.get_by_label("Verdict", exact=True).focus()
    page.get_by_label("Verdict", exact=True).select_option("no")
    expect(page.get_by_role("link", name="Remove filter: Verdict: Not passed")).to_be_visible()
    expect(page).to_have_url(f"{live_server.url}/reviews/?passed=no")
    expect(page.get_by_label("Verdict", exact=True)).to_be_focused()
    shoot(page, "reviews-filtered")
    page.get_by_role("link", name="Remove filter: Verdict: Not passed").press("Enter")
    expect(page).to_have_url(f"{live_server.url}/reviews/")
    expect(page.locator(".review-table tbody a").first).to_be_focused()
