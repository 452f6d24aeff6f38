"""A scorecard tried on recent calls. Answers are scored and forgotten."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from calls.http import HtmxHttpRequest, page_or_part, user_of
from calls.models import Call
from calls.views.call import context_of
from reviews.forms import answers_from
from reviews.models import Scorecard, ScorecardVersion
from reviews.quotes import quotes_in
from reviews.scoring import Answer, missing_of, score_of

TEMPLATE = "reviews/scorecard_preview.html"
MOST_CALLS = 20


@permission_required(("reviews.manage_scorecard", "calls.view_call"), raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def scorecard_preview(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    scorecard = get_object_or_404(Scorecard, pk=pk)
    version = _version(request, scorecard)
    calls = _recent_calls(request)
    call = _chosen(request, calls)
    answers: dict[str, Answer] = {}
    missing: dict[str, list[str]] = {}
    if request.method == "POST":
        answers, missing = answers_from(version.card, request.POST)
        if "finish" in request.POST:
            missing = missing_of(version.card, answers) | missing
    place = calls.index(call) if call else -1
    context: dict[str, Any] = {
        **(context_of(request, call) if call else {}),
        "scorecard": scorecard,
        "version": version,
        "calls": calls,
        "place": place + 1,
        "before": calls[place - 1] if place > 0 else None,
        "after": calls[place + 1] if 0 <= place < len(calls) - 1 else None,
        "try_query": urlencode({"version": version.number} | ({"call": call.pk} if call else {})),
        "answers": answers,
        "here": request.POST.get("here", ""),
        "missing": missing,
        "score": score_of(version.card, answers),
        "is_complete": "finish" in request.POST and not missing,
    }
    context["quotes"] = quotes_in(context["talk"]) if call else {}
    return render(request, page_or_part(request, TEMPLATE, "tried"), context)


def _version(request: HtmxHttpRequest, scorecard: Scorecard) -> ScorecardVersion:
    """The one that the address names; else the draft, since that is what one tries."""
    wanted = request.GET.get("version", "")
    found = (
        scorecard.versions.filter(number=int(wanted)).first()
        if wanted.isdecimal() and len(wanted) < 9
        else scorecard.draft or scorecard.published or scorecard.newest
    )
    if found is None:
        raise Http404(_("This scorecard has no such version."))
    return found


def _recent_calls(request: HtmxHttpRequest) -> list[Call]:
    """The newest with something said in them, of the tasks that the reader may see."""
    calls = Call.objects.seen_by(user_of(request)).filter(transcript__turn_count__gt=0)
    return list(calls.select_related("call_task").order_by("-position")[:MOST_CALLS])


def _chosen(request: HtmxHttpRequest, calls: list[Call]) -> Call | None:
    wanted = request.GET.get("call", "")
    if not wanted:
        return calls[0] if calls else None
    for call in calls:
        if str(call.pk) == wanted:
            return call
    raise Http404(_("This call is not among the 20 newest any more."))
