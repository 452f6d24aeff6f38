"""Finding calls: the one door between questions and the search index.

    query = grammar.parse(request.GET["q"])                      # query.problems are sentences beside the box
    filters = Filters(results=("answered",), since=midnight)     # calls.search.filters
    page = search.find(query, filters, after=cursor)             # newest first
    calls = page.calls(Call.objects.select_related("transcript"))
    page.older, page.newer                                       # cursors for after= and before=, or None
    search.count(query, filters)                                 # 10001 means "10,000+"
    search.matches(call, query)                                  # what to show of a hit

One or two statements a page on either database, however many calls there are.
Whatever changes a call, its transcript, its tags, its labels, its reviews or the state of its recording calls
`indexing.index_calls([pk])` in its transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from django.apps import apps
from django.db import connection
from django.db.models import TextChoices
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from calls.models.matching import Matches, MatchingTurn, matches, said_in
from calls.models.meaning import meaning
from calls.search.cursor import START, cursor_of, place_at
from calls.search.filters import Filters
from calls.search.index import Hit, Index, index_for
from calls.search.position import Span
from calls.search.query import Query
from calls.search.sorting import Order, Place, sorted_page
from calls.search.tokens import lower
from calls.search.tree import EVERYTHING, Measure, Node

if TYPE_CHECKING:
    from calls.models.call import Call, CallQuerySet

# beside what stands here
__all__ = ["Matches", "MatchingTurn", "matches", "meaning", "said_in"]
Calls = TypeVar("Calls", bound="CallQuerySet")
COUNTED = 10_000
NO_QUERY = Query()
NO_FILTERS = Filters()


class Sort(TextChoices):
    """The orders a list can have; within equals the newest first."""

    NEWEST = "", _("Newest first")
    OLDEST = "oldest", _("Oldest first")
    LONGEST = "longest", _("Longest first")
    SHORTEST = "shortest", _("Shortest first")
    MOST_TURNS = "most-turns", _("Most turns first")
    FEWEST_TURNS = "fewest-turns", _("Fewest turns first")
    LOWEST_SCORE = "lowest-score", _("Lowest score first")
    HIGHEST_SCORE = "highest-score", _("Highest score first")


ORDERS = {
    Sort.LONGEST: Order(Measure.DURATION, is_falling=True),
    Sort.SHORTEST: Order(Measure.DURATION, is_falling=False),
    Sort.MOST_TURNS: Order(Measure.TURNS, is_falling=True),
    Sort.FEWEST_TURNS: Order(Measure.TURNS, is_falling=False),
    Sort.LOWEST_SCORE: Order(Measure.SCORE, is_falling=False),
    Sort.HIGHEST_SCORE: Order(Measure.SCORE, is_falling=True),
}


@dataclass(frozen=True, slots=True)
class Page:
    """Hits in the order of their list. `has_newer` says whether there are some in front, `has_older` behind them."""

    hits: tuple[Hit, ...]
    has_newer: bool
    has_older: bool
    sort: Sort = Sort.NEWEST

    @property
    def ids(self) -> list[int]:
        """Primary keys of the calls, in order."""
        return [hit.call_id for hit in self.hits]

    @property
    def older(self) -> str:
        """What `after=` of the next page is; "" on the last one."""
        return self._cursor(self.hits[-1]) if self.hits and self.has_older else ""

    @property
    def newest(self) -> str:
        """What `before=` of calls that come in later is."""
        return self._cursor(self.hits[0]) if self.hits else START

    @property
    def newer(self) -> str:
        """What `before=` of the page before is; "" on the first one."""
        return self._cursor(self.hits[0]) if self.hits and self.has_newer else ""

    def calls(self, calls: CallQuerySet) -> list[Call]:
        """The calls themselves, in order, with whatever the queryset brings along: one statement."""
        found = {call.pk: call for call in calls.filter(pk__in=self.ids)}
        return [found[pk] for pk in self.ids if pk in found]

    def _cursor(self, hit: Hit) -> str:
        return cursor_of(hit, has_value=self.sort in ORDERS)


def find(
    query: Query = NO_QUERY,
    filters: Filters = NO_FILTERS,
    *,
    sort: Sort = Sort.NEWEST,
    after: str = "",
    before: str = "",
    limit: int = 50,
) -> Page:
    """The first calls that match, in the order of `sort`; those behind the cursor `after`, or the nearest in front of
    the cursor `before`.

    A cursor stays good when its call has gone and new calls come in above it; one that cannot be read is the start.
    """
    has_value = sort in ORDERS
    behind, in_front_of = place_at(after, has_value=has_value), place_at(before, has_value=has_value)
    place, is_backward = in_front_of or behind, in_front_of is not None
    tree, span, order = meaning(query, filters), filters.span, ORDERS.get(sort)
    if order is None:
        hits = _page_by_time(tree, span, limit + 1, place, is_upward=is_backward != (sort == Sort.OLDEST))
    else:
        hits = sorted_page(index(), lower(tree), span, order, limit + 1, place, is_backward=is_backward)
    has_more = len(hits) > limit
    hits = hits[:limit]
    if is_backward:
        return Page(tuple(reversed(hits)), has_newer=has_more, has_older=True, sort=sort)
    return Page(tuple(hits), has_newer=behind is not None, has_older=has_more, sort=sort)


def pages(
    query: Query = NO_QUERY,
    filters: Filters = NO_FILTERS,
    *,
    sort: Sort = Sort.NEWEST,
    after: str = "",
    size: int = 500,
) -> Iterator[Page]:
    """Everything that matches, from the cursor `after` on: for what is done to all of it. None is empty."""
    while True:
        page = find(query, filters, sort=sort, after=after, limit=size)
        if page.ids:
            yield page
        if not (after := page.older):
            return


def count(query: Query = NO_QUERY, filters: Filters = NO_FILTERS, *, cap: int | None = COUNTED) -> int:
    """How many calls match; `cap` + 1 says more than `cap`. None counts them all, however long that takes."""
    most = 2**62 if cap is None else cap + 1
    tree = meaning(query, filters)
    if tree == EVERYTHING:
        calls = _within(_calls(), filters.span)
        return calls.count() if cap is None else calls[:most].count()
    return index().count(lower(tree), filters.span, most)


def narrow(calls: Calls, query: Query = NO_QUERY, filters: Filters = NO_FILTERS) -> Calls:
    """The queryset without calls that do not match, for facets and bulk actions. It finds every hit first: a page of
    a list comes from `find`.
    """
    tree = meaning(query, filters)
    if tree == EVERYTHING:
        return _within(calls, filters.span)
    sql, params = index().subquery(lower(tree), filters.span)
    return calls.filter(pk__in=RawSQL(sql, params))  # noqa: S611


def index() -> Index:
    """The index of this database."""
    return index_for(connection)


def is_cursor(text: str, sort: Sort = Sort.NEWEST) -> bool:
    return place_at(text, has_value=sort in ORDERS) is not None


def _page_by_time(tree: Node, span: Span, most: int, place: Place | None, *, is_upward: bool) -> list[Hit]:
    if place is not None:
        span = span.within(Span(place.position + 1, None) if is_upward else Span(None, place.position))
    if tree != EVERYTHING:
        return index().page(lower(tree), span, most, oldest_first=is_upward)
    calls = _within(_calls(), span).order_by("position" if is_upward else "-position")
    return [Hit(*row) for row in calls.values_list("pk", "position")[:most]]


def _within(calls: Calls, span: Span) -> Calls:
    if span.low is not None:
        calls = calls.filter(position__gte=span.low)
    return calls if span.high is None else calls.filter(position__lt=span.high)


def _calls() -> CallQuerySet:
    # search is below models/call.py, which imports it
    return apps.get_model("calls", "Call").objects.all()
