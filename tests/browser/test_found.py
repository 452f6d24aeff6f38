"""Labels and scores in the list of calls, as people meet them."""

from __future__ import annotations

import re

from django.contrib.auth.models import User
from playwright.sync_api import expect

from calls.models import Call, ListPreference
from reviews.models import Label
from reviews.models.judged import note_judged
from reviews.opinions import labelling
from tests.browser.eyes import assert_accessible, shoot
from tests.browser.test_list import box
from tests.reviews.builders import make_review
from tests.stories import a_day_of_calls

NAMES = ("回访", "难例", "Follow up", "VIP 客户", "投诉")
SCORES = (66.67, 100.0, 5.25, 59.96, 83.3)


def labelled_and_scored(by: User) -> list[Call]:
    """A day of calls: every third one labelled, the first of them scored."""
    a_day_of_calls(20)
    calls = list(Call.objects.order_by("position"))
    labels = [Label.objects.create(name=name, created_by=by) for name in NAMES]
    for number, call in enumerate(calls[::3]):
        labelling.put_on(call, labels[number % 2], by)
        labelling.put_on(call, labels[0], by)
    for call, score in zip(calls, SCORES, strict=False):
        note_judged(make_review(call, by, score=score, passed=score > 60))
    return calls


def test_a_label_is_chosen_in_the_column_and_its_calls_are_the_list(supervisor_page, su, rui):
    calls = labelled_and_scored(rui)
    ListPreference.keep(su, columns=["time", "number", "labels", "review", "intent"])
    supervisor_page.reload()

    box(supervisor_page, "Label", "难例").check()

    expect(supervisor_page.locator(".call-row")).to_have_count(len(calls[3::6]))
    expect(supervisor_page).to_have_url(re.compile(r"label=\d+"))
    expect(supervisor_page.locator("#results")).to_contain_text("Label: 难例")
    badges = supervisor_page.locator(".call-row").first.locator(".badge--team")
    expect(badges).to_have_text(["回访", "难例"])
    assert_accessible(supervisor_page)
    shoot(supervisor_page, "list-label")


def test_the_heading_of_reviews_sorts_by_score(supervisor_page, su, rui):
    labelled_and_scored(rui)
    ListPreference.keep(su, columns=["time", "number", "labels", "review"])
    supervisor_page.reload()

    heading = supervisor_page.get_by_role("columnheader", name="Review")
    heading.get_by_role("link").click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    reviews = supervisor_page.locator(".call-row .cell--review .badge")
    expect(reviews.first).to_have_text("Passed 100")
    heading.get_by_role("link").click()

    expect(heading).to_have_attribute("aria-sort", "ascending")
    expect(reviews).to_have_text(["Failed 5.25", "Failed 60", "Passed 66.7", "Passed 83.3", "Passed 100"])
    expect(supervisor_page.locator("#results")).to_contain_text("Lowest score first")
    assert_accessible(supervisor_page)
    shoot(supervisor_page, "list-score")


def test_the_search_box_knows_both(supervisor_page, rui):
    labelled_and_scored(rui)

    search = supervisor_page.get_by_role("searchbox")
    search.fill("label:回访 score:<70")
    search.press("Enter")

    expect(supervisor_page.locator(".call-row")).to_have_count(2)
    expect(supervisor_page.locator("#reading")).to_have_text(
        "Calls in which the call carries the label 回访 and the score is at most 69.99"
    )
