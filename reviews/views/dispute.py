"""Disputes: raised on one answer, seen by whom they concern, decided by somebody else."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from calls.http import HtmxHttpRequest, user_of
from calls.numbers import mask_all
from reviews.models import Dispute, Mark, Review
from reviews.models.dispute import DisputeQuerySet
from reviews.opinions import disputing
from reviews.opinions.disputing_forms import DisputeForm, ResolutionForm
from reviews.vocabulary import DisputeState

PAGE = 50
SHOWN = ("open", "overdue", "decided", "mine")

may_dispute = permission_required("reviews.raise_dispute", raise_exception=True)


@require_GET
@may_dispute
def dispute_list(request: HtmxHttpRequest) -> HttpResponse:
    user = user_of(request)
    chosen = request.GET.get("show", "")
    show = chosen if chosen in SHOWN else "open"
    visible = _visible_to(user)
    disputes = _narrowed(visible, show, user).select_related("mark__review__version__scorecard", "raised_by")
    page = Paginator(disputes, PAGE).get_page(request.GET.get("page"))
    rows = [(dispute, words_of(dispute.mark)) for dispute in page]
    counts = {"open": visible.open().count(), "overdue": visible.overdue().count()}
    return render(request, "reviews/dispute_list.html", {"page": page, "rows": rows, "show": show, "counts": counts})


@require_http_methods(["GET", "HEAD", "POST"])
@may_dispute
def dispute_new(request: HtmxHttpRequest, pk: int, criterion: str) -> HttpResponse:
    user = user_of(request)
    review = get_object_or_404(Review.objects.visible_to(user).select_related("call__transcript", "version"), pk=pk)
    mark = get_object_or_404(review.marks.select_related("review"), criterion=criterion)
    mark.review = review
    form = DisputeForm(mark, request.POST if request.method == "POST" else None)
    why_not = disputing.why_not_disputable(mark)
    if request.method == "POST" and not why_not and form.is_valid():
        try:
            return redirect(disputing.raise_dispute(mark, user, form.cleaned_data["reason"], form.evidence))
        except disputing.TooLate as error:
            why_not = error.messages[0]
    ticks = list(zip(form["turns"], form.offered, strict=True))
    context = {
        "form": form,
        "ticks": ticks,
        "mark": mark,
        "review": review,
        "why_not": why_not,
        "words": words_of(mark),
    }
    status = 409 if why_not and request.method == "POST" else 422 if form.errors else 200
    return render(request, "reviews/dispute_new.html", context, status=status)


@require_GET
@may_dispute
def dispute_view(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    dispute = _of_one(user, pk)
    criterion = dispute.mark.review.version.card.criterion(dispute.mark.criterion)
    may_resolve = user.has_perm("reviews.resolve_dispute") and not disputing.why_not_resolvable(dispute, user)
    form = ResolutionForm(dispute, criterion) if may_resolve and criterion else None
    return _page(request, dispute, form)


@require_POST
@permission_required("reviews.resolve_dispute", raise_exception=True)
def dispute_resolve(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    dispute = _of_one(user, pk)
    if dispute.mark.review.reviewer_id == user.pk:
        raise PermissionDenied
    criterion = dispute.mark.review.version.card.criterion(dispute.mark.criterion)
    assert criterion is not None, "a finished review answers only what its version asks"
    form = ResolutionForm(dispute, criterion, request.POST)
    problem = disputing.why_not_resolvable(dispute, user)
    if not problem and not form.is_valid():
        return _page(request, dispute, form, status=422)
    try:
        if problem:
            raise disputing.TooLate(problem)
        disputing.resolve(dispute, user, form.state, form.cleaned_data["reason"], form.answer)
    except disputing.TooLate as error:
        lost = {"problem": error.messages[0], "written": request.POST.get("reason", "")}
        return _page(request, _of_one(user, pk), None, status=409, **lost)
    messages.success(request, _("Decided. The score follows the answer that stands now."))
    return redirect(dispute)


@require_POST
@may_dispute
def dispute_withdraw(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    dispute = _of_one(user_of(request), pk)
    if dispute.raised_by_id != request.user.pk:
        raise PermissionDenied
    try:
        disputing.withdraw(dispute, user_of(request))
    except disputing.TooLate as error:
        messages.warning(request, error.messages[0])
    return redirect(dispute)


def words_of(mark: Mark) -> dict[str, str]:
    """What was asked and answered, in the scorecard's words."""
    criterion = mark.review.version.card.criterion(mark.criterion)
    answer = {"value": mark.value, "is_na": mark.is_na}
    return {"title": criterion.title if criterion else mark.criterion, "answer": answer_in_words(mark, answer)}


def answer_in_words(mark: Mark, standing: dict[str, Any]) -> str:
    if standing.get("is_na"):
        return _("Not applicable")
    criterion, value = mark.review.version.card.criterion(mark.criterion), str(standing.get("value", ""))
    option = criterion.option(value) if criterion else None
    return option.label if option else mask_all(value) or "–"


def _visible_to(user: User) -> DisputeQuerySet:
    return Dispute.objects.filter(mark__review__in=Review.objects.visible_to(user).values("pk"))


def _narrowed(disputes: DisputeQuerySet, show: str, user: User) -> DisputeQuerySet:
    if show == "overdue":
        return disputes.overdue().order_by("due_at", "pk")
    if show == "decided":
        return disputes.exclude(state=DisputeState.OPEN)
    return disputes.filter(raised_by=user) if show == "mine" else disputes.open().order_by("due_at", "pk")


def _of_one(user: User, pk: int) -> Dispute:
    related = ("mark__review__version__scorecard", "mark__review__reviewer", "mark__review__call", "raised_by")
    return get_object_or_404(_visible_to(user).select_related(*related), pk=pk)


def _page(
    request: HtmxHttpRequest, dispute: Dispute, form: ResolutionForm | None, *, status: int = 200, **more: str
) -> HttpResponse:
    """`problem` and `written`: why what somebody decided came too late, and the words that they keep."""
    mark, user = dispute.mark, user_of(request)
    steps = [
        {
            "step": step,
            "before": answer_in_words(mark, step.before),
            "after": answer_in_words(mark, step.after),
            "is_changed": step.before != step.after,
        }
        for step in dispute.resolutions.select_related("by")
    ]
    context = {
        "dispute": dispute,
        "mark": mark,
        "review": mark.review,
        "words": words_of(mark),
        "evidence": mark.evidence.all(),
        "steps": steps,
        "form": form,
        "may_withdraw": dispute.raised_by_id == user.pk and dispute.state == DisputeState.OPEN,
        "why_not": disputing.why_not_resolvable(dispute, user) if user.has_perm("reviews.resolve_dispute") else "",
    }
    return render(request, "reviews/dispute_view.html", context | more, status=status)
