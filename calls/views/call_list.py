from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url

from calls.facets import MOST, Facets
from calls.filters import CallFilterForm
from calls.http import HtmxHttpRequest, keyset_page, page_or_part
from calls.models import Call, Tag
from calls.models.call import CallQuerySet
from calls.models.transcript import Turn
from calls.numbers import Numbers
from calls.search.text import fold
from calls.views.highlighting import around_words, mark_words, words_of

SHOWN_HITS = 3
# long columns that no row shows
UNSHOWN = ("variables", "counters", "complaints", "implausible_times", "recording__link", "call_task__raw")


@dataclass(frozen=True, slots=True)
class Hit:
    """One turn that holds a searched word, marked."""

    turn: Turn
    text: SafeString


@dataclass(frozen=True, slots=True)
class Row:
    """One call as this reader may see it."""

    call: Call
    number: str
    url: str
    hits: Sequence[Hit] = ()
    more_hits: int = 0

    @property
    def day(self) -> date:
        return timezone.localdate(self.call.placed_at)

    @property
    def task(self) -> str:
        return str(self.call.call_task or self.call.task_id)

    @property
    def tags(self) -> Iterable[Tag]:
        return self.call.tags.all()

    @property
    def recording_state(self) -> str:
        recording = getattr(self.call, "recording", None)
        return recording.state if recording else ""


@require_safe
@permission_required("calls.view_call", raise_exception=True)
@vary_on_headers("HX-Request")
def call_list(request: HtmxHttpRequest) -> HttpResponse:
    form = CallFilterForm(request.GET)
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    calls = form.narrow(Call.objects.all())
    page = keyset_page(_for_rows(calls, form), after=after, before=before)
    total = calls.order_by()[: MOST + 1].count()
    facets = Facets(form, total)
    may_see = request.user.has_perm("calls.view_numbers")
    context = {
        "form": form,
        "dates": [form["since"], form["until"]],
        "facets": list(facets),
        "rows": [_row(call, form.chosen.get("q", ""), may_see=may_see) for call in page.calls],
        "total": total,
        "total_text": f"{number_format(MOST)}+" if total > MOST else number_format(total),
        "chips": form.chips(facets.task_names),
        "looser": [] if page.calls else form.looser(Call.objects.all(), facets.task_names, MOST),
        "clear_url": reverse("call_list"),
        "without_search_url": form.url_without("q"),
        "newer_url": form.url(before=page.newer) if page.newer else "",
        "older_url": form.url(after=page.older) if page.older else "",
    }
    response = render(request, page_or_part(request, "calls/call_list.html", "list"), context)
    return push_url(response, form.url(**_cursor(after, before))) if request.htmx else response


def _cursor(after: str, before: str) -> dict[str, str]:
    return {name: place for name, place in (("before", before), ("after", after)) if place}


def _for_rows(calls: CallQuerySet, form: CallFilterForm) -> CallQuerySet:
    # A transcript is the heaviest thing a call has: read only when a search has something to show from it.
    parts = ("call_task", "recording", "transcript") if "q" in form.chosen else ("call_task", "recording")
    return calls.select_related(*parts).prefetch_related("tags").defer(*UNSHOWN)


def _row(call: Call, query: str, *, may_see: bool) -> Row:
    numbers = Numbers([call.callee, call.transfer_number], may_see=may_see, is_shown=False)
    url = f"{call.get_absolute_url()}?{urlencode({'q': query})}" if query else call.get_absolute_url()
    words = words_of(query)
    turns = [turn for turn in _turns(call, words) if any(word in fold(turn.text) for word in words)]
    hits = [
        Hit(turn, mark_words(around_words(numbers.hide(turn.text), words), words)[0]) for turn in turns[:SHOWN_HITS]
    ]
    return Row(call, numbers.show(call.callee), url, hits, len(turns) - len(hits))


def _turns(call: Call, words: list[str]) -> Iterable[Turn]:
    return getattr(call, "transcript", None) or () if words else ()
