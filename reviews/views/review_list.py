"""Finished reviews: found, counted, and as a file."""

from __future__ import annotations

from django.contrib.auth.decorators import permission_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url

from calls.exporting import MOST_ROWS
from calls.exporting.sending import file_of
from calls.exporting.writing import TOO_MANY
from calls.http import HtmxHttpRequest, page_or_part, user_of
from calls.vocabulary import ExportFormat, JobKind
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


@permission_required(exporting.MAY, raise_exception=True)
@require_POST
def review_export(request: HtmxHttpRequest) -> HttpResponse:
    """Has a worker write exactly the reviews of the list with the same question."""
    form = ReviewFilterForm(request.POST)
    count = form.narrow(_seen(request)).count()
    format = request.POST.get("format", ExportFormat.CSV.value)
    if problem := _problem_of(form, count, format):
        return _list(request, form, problem, status=422)
    action = exporting.ask_export(
        form,
        count=count,
        format=ExportFormat(format),
        wants_numbers="numbers" in request.POST,
        asked_by=user_of(request),
    )
    return redirect(action)


@permission_required(exporting.MAY, raise_exception=True)
@require_safe
def review_export_file(request: HtmxHttpRequest, pk: int) -> FileResponse:
    """The file, for whoever asked for it."""
    return file_of(user_of(request), JobKind.EXPORT_REVIEWS, pk, "reviews")


def _seen(request: HttpRequest) -> ReviewQuerySet:
    reviews: ReviewQuerySet = Review.objects.visible_to(user_of(request)).finished()
    return reviews


def _problem_of(form: ReviewFilterForm, count: int, format: str) -> str:
    """Why there will be no such file; "" when there will be one."""
    if form.errors:
        return _("A filter was not understood, so this would not be the list that you mean. Look at the filters.")
    if format not in ExportFormat.values:
        return _("Choose a format.")
    if count == 0:
        return _("No review matches any more. There is nothing to export.")
    return _(TOO_MANY) if count > MOST_ROWS.get(ExportFormat(format), count) else ""


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
