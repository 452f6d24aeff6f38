"""How many calls each saved view has, for tabs that are already on the page."""

from __future__ import annotations

from contextlib import suppress

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import number_format
from django.views.decorators.http import require_GET

from calls.filters import CallFilterForm
from calls.http import HtmxHttpRequest, user_of
from calls.models import ListPreference, SavedView, search
from calls.models.deadline import TooSlow, deadline
from calls.views.saved_view import forms_of, may_look

# counting is for a glance: whoever has more sees the first ones counted
MOST_VIEWS = 30
MOST = search.COUNTED
# for all of them together
SECONDS = 5.0


@require_GET
@may_look
def view_counts(request: HtmxHttpRequest) -> HttpResponse:
    """Views that there was no time for go without a number."""
    if not request.htmx:
        return HttpResponseRedirect(reverse("view_list"))
    user = user_of(request)
    views = ListPreference.of(user).in_order(SavedView.objects.visible_to(user).distinct())[:MOST_VIEWS]
    counts: list[str] = []
    with suppress(TooSlow), deadline(SECONDS):
        counts.extend(_in_words(form) for form in forms_of(views, user))
    return render(request, "calls/view_counts.html", {"counts": list(zip(views, counts, strict=False))})


def _in_words(form: CallFilterForm) -> str:
    """`1,284`, or `10,000+`: past that an exact number would cost more than it tells."""
    count = search.count(form.query, form.filters(), cap=MOST)
    return f"{number_format(MOST)}+" if count > MOST else number_format(count)
