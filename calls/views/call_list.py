"""The list of calls: what was asked, the page of it, and how many there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect, push_url

from calls.columns import fetch_for, judge
from calls.facets import Depth, Facets
from calls.filters import CallFilterForm
from calls.http import PAGE_SIZE, HtmxHttpRequest, page_or_part, user_of
from calls.models import Call, indexing, search
from calls.models.search import Sort
from calls.models.transcript import Turn
from calls.numbers import Numbers
from calls.search.ids import id_meant
from calls.search.query import Query
from calls.search.text import normalise
from calls.search.tree import Said
from calls.views.call_news import news_context
from calls.views.highlighting import marked_in_view
from calls.views.list_frame import ListFrame

TEMPLATE = "calls/call_list.html"
# characters of a search that fifty rows, with four links each, repeat as it stands
LONGEST_IN_LINKS = 200
# column -> the orders of its heading, the one that a first click wants in front
ORDERS: Mapping[str, tuple[Sort, Sort]] = {
    "time": (Sort.NEWEST, Sort.OLDEST),
    "length": (Sort.LONGEST, Sort.SHORTEST),
    "turns": (Sort.MOST_TURNS, Sort.FEWEST_TURNS),
}


@dataclass(frozen=True, slots=True)
class Hit:
    """One turn that holds a searched word, marked."""

    turn: Turn
    text: SafeString


@dataclass(frozen=True, slots=True)
class Row:
    """One call as this reader may see it. `url` is its page with the question, `open_url` the first hit there."""

    call: Call
    number: str
    url: str
    open_url: str
    hits: Sequence[Hit] = ()
    more_hits: int = 0

    @property
    def day(self) -> date:
        return timezone.localdate(self.call.placed_at)


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's heading that orders the list. `direction` is ARIA's word for how the list is ordered by it now."""

    url: str
    direction: str
    then: Sort


@require_safe
@permission_required("calls.view_call", raise_exception=True)
@vary_on_headers("HX-Request", "HX-Target")
def call_list(request: HtmxHttpRequest) -> HttpResponse:
    form = CallFilterForm(request.GET, reader=user_of(request))
    frame = ListFrame.of(request, form)
    if first_view := frame.first_view_url(request):
        return redirect(first_view)
    if request.htmx and request.htmx.target == "total":
        return render(request, f"{TEMPLATE}#total", _counted(form, is_exact=True))
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    page = _page(form, after, before)
    calls = page.calls(fetch_for(Call.objects.seen_by(form.reader), frame.columns, with_turns=bool(form.query.said)))
    judge(calls, frame.columns, form.reader)
    if call := _call_meant(form, calls):
        url = call.get_absolute_url()
        return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
    counted = _counted(form, is_exact=request.GET.get("total") == "all")
    may_see = request.user.has_perm("calls.view_numbers")
    depth = Depth.WHOLE if request.GET.get("counts") == "all" else Depth.AT_ONCE
    facets = Facets(form, depth, may_see_numbers=may_see)
    context = {
        **_asked(form),
        **counted,
        "facets": facets,
        "rows": _rows(request, form, calls),
        "is_by_time": form.order in ORDERS["time"],
        "chips": form.chips(facets.task_names),
        "looser": [] if calls else form.looser(facets.task_names),
        "newer_url": form.url(before=page.newer) if page.newer else "",
        # what the selection bar acts on when everything is meant
        "question": form.state,
        **news_context(form, page.newest if form.is_newest_first and not (after or before) else ""),
        "older_url": form.url(after=page.older) if page.older else "",
        "columns": frame.columns,
        "headings": [(column, _heading(form, column.name)) for column in frame.columns],
        "frame": frame,
        "is_index_stale": indexing.is_stale(),
    }
    response = render(request, page_or_part(request, TEMPLATE, "list"), context)
    return push_url(response, form.url(**_cursor(after, before))) if request.htmx else response


def _page(form: CallFilterForm, after: str, before: str) -> search.Page:
    page = search.find(form.query, form.filters(), sort=form.order, after=after, before=before, limit=PAGE_SIZE)
    if before and not page.newer and len(page.hits) < PAGE_SIZE:
        # Calls went away in front of the cursor: the first page is always a full one.
        return search.find(form.query, form.filters(), sort=form.order, limit=PAGE_SIZE)
    return page


def _call_meant(form: CallFilterForm, calls: Sequence[Call]) -> Call | None:
    """The one call whose id is all that was asked for."""
    wanted = id_meant(form.query)
    if not wanted or len(calls) != 1 or not form.chosen.keys() <= {"q", "sort"}:
        return None
    [call] = calls
    ids = (call.call_id, call.detail_id, call.batch_id, call.out_id)
    return call if wanted in map(normalise, ids) else None


def _counted(form: CallFilterForm, *, is_exact: bool) -> dict[str, Any]:
    """How many calls match; past `search.COUNTED` they are counted only for somebody who wants to know."""
    total = search.count(form.query, form.filters(), cap=None if is_exact else search.COUNTED)
    if is_exact or total <= search.COUNTED:
        return {"total": total, "total_text": number_format(total), "count_all_url": ""}
    return {"total": total, "total_text": f"{number_format(search.COUNTED)}+", "count_all_url": form.url(total="all")}


def _asked(form: CallFilterForm) -> dict[str, Any]:
    """What the head of the page says about the question."""
    return {
        "form": form,
        "problems": [str(problem) for problem in form.query.problems],
        "left_out": [(name, form.fields[name].label, error) for name, found in form.errors.items() for error in found],
        "clear_url": form.url_cleared(),
        "without_search_url": form.url_without("q"),
    }


def _heading(form: CallFilterForm, column: str) -> Heading | None:
    if column not in ORDERS:
        return None
    first, second = ORDERS[column]
    direction = {first: "descending", second: "ascending"}.get(form.order, "none")
    then = second if form.order == first else first
    return Heading(form.url_sorted(then), direction, then)


def _cursor(after: str, before: str) -> dict[str, str]:
    return {name: place for name, place in (("before", before), ("after", after)) if place}


def _rows(request: HtmxHttpRequest, form: CallFilterForm, calls: Sequence[Call]) -> list[Row]:
    may_see = request.user.has_perm("calls.view_numbers")
    question = _question(form.query)
    return [_row(call, form.query, question, may_see=may_see) for call in calls]


def _question(query: Query) -> str:
    """What the page of a call has to be told to mark the hits; of a long search only the words, each of them once."""
    if not query.said:
        return ""
    if len(query.text) <= LONGEST_IN_LINKS:
        return urlencode({"q": query.text})
    words = (part.text for part in query.parts if isinstance(part.leaf, Said) and not part.is_excluded)
    return urlencode({"q": " ".join(dict.fromkeys(words))})


def _row(call: Call, query: Query, question: str, *, may_see: bool) -> Row:
    numbers = Numbers([call.callee, call.caller, call.transfer_number], may_see=may_see, is_shown=False)
    url, number = call.get_absolute_url(), numbers.show(call.callee)
    if not question:
        return Row(call, number, url, url)
    url = f"{url}?{question}"
    found = search.matches(call, query, show=numbers.hide)
    hits = [Hit(each.turn, marked_in_view(each.pieces)) for each in found.turns]
    return Row(call, number, url, f"{url}#turn-{found.first}" if found.first else url, hits, found.more)
