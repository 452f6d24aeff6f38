"""Calls that came since a list was opened: a number in a pill, while the rows stay where they are."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from calls.filters import CallFilterForm
from calls.http import HtmxHttpRequest, user_of
from calls.models import search

TEMPLATE = "calls/call_list.html"
# more are not counted: every open list asks again and again
MOST = 99


@require_safe
@permission_required("calls.view_call", raise_exception=True)
def call_news(request: HtmxHttpRequest) -> HttpResponse:
    form = CallFilterForm(request.GET, reader=user_of(request))
    form.view = request.GET.get("view", "")
    newest = request.GET.get("newest", "")
    if not form.is_newest_first or not search.is_cursor(newest):
        return HttpResponse(status=204)
    page = search.find(form.query, form.filters(), before=newest, limit=MOST)
    if not page.hits:
        return HttpResponse(status=204)
    context = {
        **news_context(form, newest),
        "form": form,
        "news": len(page.hits),
        "news_text": f"{MOST}+" if page.has_newer else str(len(page.hits)),
    }
    return render(request, f"{TEMPLATE}#news", context)


def news_context(form: CallFilterForm, newest: str) -> dict[str, Any]:
    """What the pill's place asks with; `newest` is where the first row stands, "" where none comes in front of it."""
    if not newest or form.is_too_long:
        return {"news_query": ""}
    return {"news_query": form.url(newest=newest).partition("?")[2]}
