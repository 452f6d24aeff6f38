"""Skipping a call, with a reason."""

from __future__ import annotations

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from calls.http import HtmxHttpRequest, user_of
from reviews.models import QueueItem
from reviews.reviewing import holding
from reviews.views.next_item import go_on
from reviews.views.review_form import token_in
from reviews.views.review_view import item_for
from reviews.vocabulary import SkipReason

LONGEST_NOTE = 500


@permission_required(["calls.view_call", "reviews.review_call"], raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def review_skip(request: HtmxHttpRequest, item: int) -> HttpResponse:
    """Asks for one of five reasons, then goes on to the next call."""
    row, problem = item_for(request, item), ""
    if request.method == "POST":
        problem = _skip(request, row)
        if not problem:
            return go_on(request, row)
    context = {"item": row, "reasons": SkipReason.choices, "problem": problem, "note": request.POST.get("note", "")}
    template = "reviews/review_skip.html"
    return render(request, f"{template}#ask" if request.htmx else template, context, status=422 if problem else 200)


def _skip(request: HtmxHttpRequest, item: QueueItem) -> str:
    """Why it could not be skipped; "" when it was."""
    reason, note = request.POST.get("reason", ""), request.POST.get("note", "").replace("\0", "").strip()
    if reason not in SkipReason.values:
        return _("Choose one of the five reasons.")
    if reason == SkipReason.OTHER and not note:
        return _("Say in a few words why.")
    if len(note) > LONGEST_NOTE:
        return _("The note is too long: at most %(most)s characters.") % {"most": LONGEST_NOTE}
    token = token_in(request.POST)
    if not holding.renew(item, token):
        # asked on a page of its own, or the lock ran out while nobody else came
        if not holding.take(item, user_of(request)):
            return _("This call is no longer yours to skip: somebody else has it, or has reviewed it.")
        token = item.token
    try:
        holding.skip(item, token, reason, note, user_of(request))
    except holding.LockLost:
        return _("This call is no longer yours to skip: somebody else has it, or has reviewed it.")
    return ""
