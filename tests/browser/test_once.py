"""A call that its reviewer has begun or judged already, on the page where a queue asks for it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Page, expect

from reviews.models import Review
from tests.browser.eyes import assert_accessible, shoot
from tests.builders import make_call
from tests.reviews.builders import make_queue
from tests.reviews.test_once import begin, judge

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_draft_goes_on_where_the_queue_asks_for_it(reviewer_page: Page, rui: User, live_server):
    call = make_call()
    item = make_queue(call).items.get()
    begin(call, rui)

    reviewer_page.goto(live_server.url + reverse("review_view", kwargs={"item": item.pk}))

    expect(reviewer_page.get_by_text("You began this draft without a queue.")).to_be_visible()
    assert_accessible(reviewer_page)
    shoot(reviewer_page, "review-taken-over")


def test_what_was_judged_is_given_to_the_queue_by_one_key(reviewer_page: Page, rui: User, live_server):
    call = make_call()
    queue = make_queue(call, make_call())
    item, following = queue.items.order_by("place")
    judge(call, rui)

    reviewer_page.goto(live_server.url + reverse("review_view", kwargs={"item": item.pk}))
    expect(reviewer_page.get_by_role("button", name="Use that review and go on")).to_be_focused()
    assert_accessible(reviewer_page)
    shoot(reviewer_page, "review-judged")
    reviewer_page.keyboard.press("Enter")

    reviewer_page.wait_for_url(live_server.url + reverse("review_view", kwargs={"item": following.pk}))
    assert Review.objects.get().item == item
