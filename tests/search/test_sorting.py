"""Every order gives what sorting all that matches gives, on whichever database the tests run."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from calls.models import Call, search
from calls.models.search import Sort
from calls.search import sorting
from calls.search.document import Document
from calls.search.filters import Filters
from calls.search.grammar import parse
from tests.search import worlds
from tests.search.looking import World

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker) -> Iterator[World]:
    with django_db_blocker.unblock(), transaction.atomic():
        worlds.make_calls(3_000, with_people=True)
        yield World()
        transaction.set_rollback(True)


@pytest.fixture(params=[(1_000, 64_000, 1_000), (7, 60, 0), (7, 0, 30)], ids=["as shipped", "many ranges", "halves"])
def ranges(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranges so narrow that a few thousand calls need as many of them as a million."""
    first, most, few = request.param
    monkeypatch.setattr(sorting, "FIRST_RANGE", first)
    monkeypatch.setattr(sorting, "MOST_COUNTED_OFF", most)
    monkeypatch.setattr(sorting, "FEW", few)


def expected(world: World, text: str, sort: Sort, filters: Filters = search.NO_FILTERS) -> list[int]:
    """Sorting keeps the order of equals, which is the newest first; who has no value comes last."""
    wanted = set(world.ask(parse(text), filters))
    documents: list[Document] = [document for document in world.documents if document.call_id in wanted]
    if sort == Sort.OLDEST:
        documents.reverse()
    elif order := search.ORDERS.get(sort):
        sign = -1 if order.is_falling else 1
        documents.sort(key=lambda each: _rank(each.measure(order.measure), sign))
    return [document.call_id for document in documents]


def _rank(value: int | None, sign: int) -> tuple[bool, int]:
    return value is None, sign * (value or 0)


@pytest.mark.parametrize("sort", Sort)
def test_every_order_is_what_sorting_gives(world, ranges, sort):
    for text in [
        "",
        "退款",
        "退",
        "dur:>59",
        "turns:<3 贵",
        "-退款",
        "score:<60",
        "-has:label",
        "为什么",
        *worlds.questions(20, seed=11),
    ]:
        wanted = expected(world, text, sort)
        page = search.find(parse(text), sort=sort, limit=40)
        assert page.ids == wanted[:40], text
        assert bool(page.older) == (len(wanted) > 40), text
        assert page.newer == ""


@pytest.mark.parametrize("sort", Sort)
def test_filters_and_dates_hold_in_every_order(world, ranges, sort):
    moments = sorted(Call.objects.values_list("placed_at", flat=True))
    filters = Filters(results=("answered",), since=moments[500], until=moments[2_000])

    for text in ["", "退款", "退"]:
        wanted = expected(world, text, sort, filters)
        assert search.find(parse(text), filters, sort=sort, limit=60).ids == wanted[:60], text


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("text", ["", "退款", "退 -customer:贵"])
def test_pages_in_every_order_follow_each_other_both_ways(world, ranges, sort, text):
    query, wanted = parse(text), expected(world, text, sort)
    pages = [search.find(query, sort=sort, limit=170)]
    while pages[-1].older:
        pages.append(search.find(query, sort=sort, after=pages[-1].older, limit=170))

    assert [pk for page in pages for pk in page.ids] == wanted
    for before, page in pairwise(pages):
        assert search.find(query, sort=sort, before=page.newer, limit=170) == before


@pytest.mark.parametrize("sort", Sort)
def test_batches_are_the_whole_list_in_its_order(world, sort):
    batches = [page.ids for page in search.pages(parse("退款"), sort=sort, size=300)]

    assert [pk for batch in batches for pk in batch] == expected(world, "退款", sort)
    assert all(len(batch) == 300 for batch in batches[:-1])


def test_a_cursor_stays_good_when_its_call_has_gone(world):
    page = search.find(sort=Sort.LONGEST, limit=20)
    rest = search.find(sort=Sort.LONGEST, after=page.older, limit=100).ids

    Call.objects.get(pk=page.ids[-1]).delete()

    assert search.find(sort=Sort.LONGEST, after=page.older, limit=100).ids == rest


@pytest.mark.parametrize(
    "cursor", ["x", "1.x", "x.1", "5", "-1.5", "none", ".", "1.", "½.1", "9" * 40, "1." + "9" * 40]
)
def test_what_is_no_cursor_is_the_start(world, cursor):
    for sort in (Sort.LONGEST, Sort.FEWEST_TURNS, Sort.LOWEST_SCORE):
        assert search.find(sort=sort, after=cursor).ids == search.find(sort=sort).ids


def test_a_cursor_of_a_sorted_list_is_the_start_of_one_by_time(world):
    assert search.find(after="60.123").ids == search.find().ids


def test_a_sorted_page_needs_few_statements(world):
    for text in ["", "退款", "result:busy", "齉"]:
        for sort in search.ORDERS:
            with CaptureQueriesContext(connection) as queries:
                search.find(parse(text), sort=sort)
            assert len(queries) <= 12, text
