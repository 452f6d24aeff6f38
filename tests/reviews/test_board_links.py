"""Whoever follows a figure of the board finds exactly as many calls or reviews as it says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.http import QueryDict
from django.utils import timezone

from calls.filters import CallFilterForm
from calls.models import CallTask, TaskScope, search
from calls.snapshot import TagSnapshot
from reviews.board import tiles
from reviews.board.asking import BoardForm
from reviews.board.cells import Known
from reviews.board.figures import figures_of
from reviews.board.links import Links
from reviews.board.tables import tables_of
from reviews.finding.filters import ReviewFilterForm
from reviews.models import Review
from tests.builders import ROOT, make_call
from tests.reviews.builders import make_review
from tests.reviews.stories import reviews_of
from tests.stories import a_day_of_calls

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(su: User, rui: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two days of calls and their reviews, spellings that the lists take for one, and calls around midnight."""
    # at midnight another day begins, and a period that began this year would be too long in the next one
    afternoon = timezone.make_aware(datetime(2026, 11, 20, 15))
    monkeypatch.setattr(timezone, "now", lambda: afternoon)
    reviews_of(a_day_of_calls(300), su, rui)
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    for number, seconds in enumerate((-86_400, -1, 0, 1)):
        placed = {"started_at": midnight + timedelta(seconds=seconds), "answered_at": None, "ended_at": None}
        make_call(**placed, intent="ａ" if number % 2 else "a", tags=(TagSnapshot("ＶＩＰ", "Yes"),), task_id="138001")
    make_call(task_id="一个/任务", started_at=midnight, tags=(TagSnapshot("a=b", "100% =是"), TagSnapshot("空", "")))
    nameless = make_call(task_id="", started_at=midnight, intent="", result=None, turns=())
    make_review(nameless, rui, judged_intent="A")


def promised(user: User, query: str) -> Iterator[tuple[str, int]]:
    """Every address of a board with what it says is there."""
    question = BoardForm(QueryDict(query), user).question
    form = BoardForm(QueryDict(query), user)
    figures, links = figures_of(user, question, afresh=True), Links.of(question)
    tables = tables_of(figures, links, Known.of(figures, form.task_names, may_see_numbers=True))
    cells = [cell for table in tables.values() for row in table.rows for cell in row if cell.url]
    yield from ((tile.url, tile.count) for tile in tiles.tiles(figures, links))
    for cell in cells:
        assert cell.count is not None
        yield cell.url, cell.count


def found(user: User, urls: Iterable[str]) -> dict[str, int]:
    """How many calls or reviews each address asks for."""
    return {url: reviews_behind(user, url) if url.startswith("/reviews/") else calls_behind(url) for url in urls}


def reviews_behind(user: User, url: str) -> int:
    form = ReviewFilterForm(QueryDict(urlsplit(url).query))
    assert form.is_valid()
    return form.narrow(Review.objects.visible_to(user).finished()).count()


def calls_behind(url: str) -> int:
    form = CallFilterForm(QueryDict(urlsplit(url).query), reader=ROOT)
    count = search.count(form.query, form.filters())
    assert not form.errors
    return count


@pytest.mark.parametrize(
    "query", ["when=today", "when=yesterday", "when=7d", "when=90d", "since=2026-01-01", "when=7d&task=aiccs/138001"]
)
def test_every_figure_leads_to_as_many_as_it_says(su, world, query):
    says = dict(promised(su, query))

    assert found(su, says) == says
    assert len(says) > 40
    assert sum(says.values()) > 100


def test_the_lists_say_so_themselves(supervisor_client, su, world):
    says = {url: count for url, count in promised(su, "when=today") if not url.startswith("/reviews/")}

    totals = {url: supervisor_client.get(url).context["total"] for url in says}

    assert totals == says
    assert len(says) > 20


def test_a_board_of_permitted_tasks_counts_those_and_no_others(su, world):
    scope = TaskScope.objects.create(user=su)
    scope.tasks.set(CallTask.objects.filter(task_id="138002"))

    says = dict(promised(su, "when=7d"))

    reviews = {url: count for url, count in says.items() if url.startswith("/reviews/")}
    assert found(su, reviews) == reviews
    assert sum(reviews.values()) > 0
    assert 0 < max(says.values()) <= 50


class Addresses(HTMLParser):
    """Where the links below <main> lead."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value or "" for name, value in attributes if name == "href"]


def test_the_page_leads_nowhere_else(supervisor_client, su, world):
    page = supervisor_client.get("/board/?when=7d")

    reader = Addresses()
    reader.feed(page.text.partition("<main")[2].partition("</main>")[0])
    lists = {url for url in reader.found if url.startswith(("/?", "/reviews/?"))}
    others = {url.partition("?")[0] for url in reader.found} - {"/", "/reviews/"}

    assert lists <= dict(promised(su, "when=7d")).keys()
    assert len(lists) > 40
    assert {url for url in others if not url.startswith("/board/")} <= {"/agreement/", "/queues/"}
