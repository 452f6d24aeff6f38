"""The places of reviewing lead to each other, and each says where one is."""

from __future__ import annotations

import re

import pytest

from tests.builders import make_call
from tests.reviews.builders import make_queue, make_review

pytestmark = pytest.mark.django_db

PLACES = (
    "/review/",
    "/reviews/",
    "/queues/",
    "/scorecards/",
    "/disputes/",
    "/calibrations/",
    "/agreement/",
    "/labels/",
    "/inbox/",
)
MARKED = re.compile(r'<a class="(rail__link|tabs__tab)" href="([^"?]*)" aria-current="page"')


@pytest.mark.parametrize("place", PLACES)
def test_every_place_has_the_same_tabs_and_says_which_one_it_is(place, supervisor_client):
    page = supervisor_client.get(place).text

    tabs = re.search(r'<nav class="tabs tabs--page".*?</nav>', page, re.DOTALL)
    assert tabs is not None
    assert re.findall(r'href="([^"]*)"', tabs[0]) == list(PLACES)
    assert set(MARKED.findall(page)) >= {("rail__link", "/review/"), ("tabs__tab", place)}


def test_the_pages_behind_a_place_stand_under_review_in_the_rail(supervisor_client, su):
    queue = make_queue(make_call())
    review = make_review(make_call(), su)

    for page in (f"/queues/{queue.pk}/", "/queues/new", f"/reviews/{review.pk}/", f"/scorecards/{queue.scorecard_id}/"):
        assert ("rail__link", "/review/") in MARKED.findall(supervisor_client.get(page).text), page


def test_a_reviewer_is_led_only_to_what_a_reviewer_may_open(reviewer_client):
    page = reviewer_client.get("/review/").text
    tabs = re.search(r'<nav class="tabs tabs--page".*?</nav>', page, re.DOTALL)

    assert tabs is not None
    addresses = re.findall(r'href="([^"]*)"', tabs[0])
    assert "/queues/" not in addresses and "/agreement/" not in addresses
    assert {reviewer_client.get(address).status_code for address in addresses} == {200}
