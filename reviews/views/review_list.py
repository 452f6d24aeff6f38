"""Finished reviews: found, counted, and as a file."""

from __future__ import annotations

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url

from calls.http import HtmxHttpRequest, page_or_part, user_of
from calls.vocabulary import ExportFormat
from reviews import exporting
from reviews.finding import ReviewFilterForm, page_of, summary_of
from reviews.finding.choices import choices_for
from reviews.finding.rows import rows_of, with_parts
from reviews.models import Review
from reviews.models.review import ReviewQuerySet

TEMPLATE = "reviews/review_list.html"


@permission_required("reviews.review_call", raise_exception=True)
@require_safe
@vary_on_headers("HX-Request")
def review_list(request: HtmxHttpRequest) -> HttpResponse:
    return _list(request, ReviewFilterForm(request.GET))


@permission_required(("reviews.review_call", "reviews.export_review"), raise_exception=True)
@require_safe
def review_export(request: HtmxHttpRequest) -> HttpResponseBase:
    """Exactly the reviews of the list with the same question."""
    form = ReviewFilterForm(request.GET)
    user = user_of(request)
    reviews = form.narrow(_seen(request))
    format = request.GET.get("format", ExportFormat.CSV.value)
    problem = ""
    if form.errors:
        problem = _("A filter was not understood, so this would not be the list that you mean. Look at the filters.")
    elif format not in ExportFormat.values:
        problem = _("Choose a format.")
    elif format == ExportFormat.XLSX and reviews.count() > exporting.MOST_XLSX:
        text = _("A workbook of more than %(most)s reviews takes too long. Choose CSV, or use more filters.")
        problem = text % {"most": f"{exporting.MOST_XLSX:,}"}
    if problem:
        return _list(request, form, problem, status=422)
    shows_numbers = "numbers" in request.GET and user.has_perm("calls.view_numbers")
    return exporting.response(reviews, ExportFormat(format), shows_numbers=shows_numbers)


def _seen(request: HttpRequest) -> ReviewQuerySet:
    reviews: ReviewQuerySet = Review.objects.visible_to(user_of(request)).finished()
    return reviews


def _list(request: HtmxHttpRequest, form: ReviewFilterForm, problem: str = "", status: int = 200) -> HttpResponse:
    user, seen = user_of(request), _seen(request)
    reviews = form.narrow(seen)
    page = page_of(with_parts(reviews), after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    if not page.reviews:
        # what stood in front of the cursor has gone: begin again
        page = page_of(with_parts(reviews))
    choices = choices_for(user, seen, form)
    context = {
        "form": form,
        "selects": choices.selects(form),
        "chips": choices.chips(form),
        "rows": rows_of(page.reviews, user),
        "summary": summary_of(reviews),
        "older_url": form.url(after=page.older) if page.older else "",
        "newer_url": form.url(before=page.newer) if page.newer else "",
        "problem": problem,
        "any_review": bool(page.reviews) or seen.exists(),
        "sees_all": user.has_perm("reviews.see_reviews"),
    }
    response = render(request, page_or_part(request, TEMPLATE, "found"), context, status=status)
    # without the fields that nobody filled in
    return push_url(response, form.url(**_cursor(request))) if request.htmx else response


def _cursor(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in ("after", "before") if name in request.GET}
