"""What people did with a call: the part of its page that is theirs."""

from __future__ import annotations

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from calls.http import HtmxHttpRequest, page_or_part, user_of
from calls.models import Call
from reviews.models import Review
from reviews.opinions import labelling, talking


@require_GET
@permission_required("calls.view_call", raise_exception=True)
@vary_on_headers("HX-Request")
def call_people(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """Its reviews, labels and comments; also those from before the call went and came back."""
    call = get_object_or_404(Call.objects.seen_by(user_of(request)), pk=pk)
    return people_page(request, call)


def people_page(request: HtmxHttpRequest, call: Call, problem: str = "") -> HttpResponse:
    """The page, or for HTMX the part, as it is now; `problem` says why nothing was done."""
    reviews = Review.objects.visible_to(user_of(request)).finished().filter(source=call.source, key=call.key)
    comments = list(talking.about(call))
    context = {
        "call": call,
        "reviews": reviews.select_related("reviewer", "version__scorecard").order_by("pk"),
        "labelled": labelling.labels_on(call),
        "labels": labelling.labels_for(call),
        "comments": comments,
        "commented": talking.by_turn(comments),
        "problem": problem,
    }
    template = page_or_part(request, "reviews/call_people.html", "people")
    return render(request, template, context, status=422 if problem else 200)
