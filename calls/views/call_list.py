"""The list of calls: what was asked, the page of it, and how many there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect, push_url

from calls.columns import ORDERS, fetch_for, judge
from calls.filters import CallFilterForm
from calls.http import HtmxHttpRequest, page_or_part, user_of
from calls.models import Call, rebuilding, search
from calls.models.search import Sort
from calls.models.transcript import Turn
from calls.numbers import Numbers
from calls.search.ids import id_meant
from calls.search.query import Query
from calls.search.text import normalise
from calls.search.tree import Said
from calls.views.call_news import news_context
from calls.views.highlighting import marked_in_view
from calls.views.list_answer import WAITS, Answer, answer_to, exact_total, total_of
from calls.views.list_frame import ListFrame

TEMPLATE = "calls/call_list.html"
# characters of a search that fifty rows, with four links each, repeat as it stands
LONGEST_IN_LINKS = 200
NO_PAGE = search.Page((), has_newer=False, has_older=False)


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
        return render(request, f"{TEMPLATE}#total", exact_total(form))
    answer = answer_to(form, request.GET, may_see_numbers=request.user.has_perm("calls.view_numbers"))
    page = answer.page or NO_PAGE
    calls = page.calls(fetch_for(Call.objects.seen_by(form.reader), frame.columns, with_turns=bool(form.query.said)))
    judge(calls, frame.columns, form.reader)
    if call := _call_meant(form, calls):
        url = call.get_absolute_url()
        return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
    place = _place(request.GET)
    is_first = not place.keys() & {"after", "before"}
    context = {
        **_asked(form),
        **_told(form, answer, place),
        **_paging(form, page, place),
        **total_of(form, answer.count, is_exact=request.GET.get("total") == "all", shown=len(calls)),
        **news_context(form, page.newest if answer.page and form.is_newest_first and is_first else ""),
        "rows": _rows(request, form, calls),
        "columns": frame.columns,
        "headings": [(column, _heading(form, column.name)) for column in frame.columns],
        "frame": frame,
        "is_index_stale": rebuilding.is_stale(),
    }
    response = render(request, page_or_part(request, TEMPLATE, "list"), context)
    return push_url(response, form.url(**place)) if request.htmx else response


def _place(query: QueryDict) -> dict[str, str]:
    """Where in the list its reader is, and whether they wait for it: what a page's address has beside the question."""
    places = {name: query.get(name, "") for name in ("before", "after")}
    waits = {"wait": WAITS["wait"]} if query.get("wait") == WAITS["wait"] else {}
    return {name: place for name, place in places.items() if place} | waits


def _told(form: CallFilterForm, answer: Answer, place: Mapping[str, str]) -> dict[str, Any]:
    """The filter column, and what is said in place of rows."""
    is_waiting = answer.is_late and "wait" not in place
    return {
        "facets": answer.facets,
        "chips": form.chips(answer.facets.task_names),
        "is_late": answer.is_late,
        "wait_url": form.url(**{**place, "wait": WAITS["wait"]}) if is_waiting else "",
        "by_time_url": "" if form.order in ORDERS["time"] else form.url_sorted(Sort.NEWEST),
        "looser": answer.looser,
    }


def _paging(form: CallFilterForm, page: search.Page, place: Mapping[str, str]) -> dict[str, Any]:
    kept = {name: value for name, value in place.items() if name == "wait"}
    return {
        "is_by_time": form.order in ORDERS["time"],
        "newer_url": form.url(before=page.newer, **kept) if page.newer else "",
        "older_url": form.url(after=page.older, **kept) if page.older else "",
    }


def _call_meant(form: CallFilterForm, calls: Sequence[Call]) -> Call | None:
    """The one call whose id is all that was asked for."""
    wanted = id_meant(form.query)
    if not wanted or len(calls) != 1 or not form.chosen.keys() <= {"q", "sort"}:
        return None
    [call] = calls
    ids = (call.call_id, call.detail_id, call.batch_id, call.out_id)
    return call if wanted in map(normalise, ids) else None


def _asked(form: CallFilterForm) -> dict[str, Any]:
    """What the head of the page says about the question."""
    return {
        "form": form,
        "problems": [str(problem) for problem in form.query.problems],
        "left_out": [(name, form.fields[name].label, error) for name, found in form.errors.items() for error in found],
        "clear_url": form.url_cleared(),
        "without_search_url": form.url_without("q"),
        # what the selection bar acts on when everything is meant
        "question": form.state,
    }


def _heading(form: CallFilterForm, column: str) -> Heading | None:
    if column not in ORDERS or ORDERS[column][0] not in form.sorts:
        return None
    first, second = ORDERS[column]
    direction = {first: "descending", second: "ascending"}.get(form.order, "none")
    then = second if form.order == first else first
    return Heading(form.url_sorted(then), direction, then)


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
    numbers = Numbers(call.phones, may_see=may_see, is_shown=False)
    url, number = call.get_absolute_url(), numbers.show(call.callee)
    if not question:
        return Row(call, number, url, url)
    url = f"{url}?{question}"
    found = search.matches(call, query, show=numbers.hide)
    hits = [Hit(each.turn, marked_in_view(each.pieces)) for each in found.turns]
    return Row(call, number, url, f"{url}#turn-{found.first}" if found.first else url, hits, found.more)
