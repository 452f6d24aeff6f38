"""The page where people spend their day: a call, its sound and the scorecard on one screen."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from calls.http import HtmxHttpRequest, user_of
from calls.models import Call
from reviews.models import QueueItem, Review, ScorecardVersion
from reviews.reviewing import beginning, holding, judging
from reviews.reviewing.desk import Closed, Judged, desk_of_item, desk_of_review
from reviews.reviewing.waiting import begun_by, held_by
from reviews.views import given_back
from reviews.views.review_form import whole
from reviews.views.review_page import page_of
from reviews.vocabulary import QueueState, ReviewState

TEMPLATE = "reviews/review_view.html"
ITEMS = QueueItem.objects.select_related(*holding.WHOLE)


def item_for(request: HtmxHttpRequest, pk: int) -> QueueItem:
    """404 outside one's tasks, and for what is somebody else's alone; `holding` knows who works on which queue."""
    user = user_of(request)
    item = get_object_or_404(ITEMS.seen_by(user), pk=pk)
    if item.assigned_to_id not in {None, user.pk}:
        raise Http404
    return item


@permission_required(["calls.view_call", "reviews.review_call"], raise_exception=True)
@require_safe
def review_view(request: HtmxHttpRequest, item: int) -> HttpResponse:
    user, row = user_of(request), item_for(request, item)
    finished = Review.objects.finished().filter(item=row, reviewer=user).first()
    if finished:
        return redirect(finished)
    try:
        desk = desk_of_item(row, user)
    except Judged as why:
        return render(request, "reviews/review_judged.html", {"item": row, "review": why.review})
    except Closed as why:
        return closed(request, str(why))
    if not holding.take(row, user):
        return closed(request, taken_words(row))
    given_back.forget(request, row)
    # with what an older page wrote until this one had the lock
    return render(request, TEMPLATE, page_of(request, desk.anew(), token=row.token))


@permission_required(["calls.view_call", "reviews.review_call"], raise_exception=True)
@require_safe
def review_edit(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """A draft that no queue asked for."""
    review = draft_for(request, pk)
    if review.is_finished:
        return redirect(review)
    if review.item_id is not None:
        return redirect("review_view", item=review.item_id)
    try:
        desk = desk_of_review(review)
    except Closed as why:
        return closed(request, str(why))
    return render(request, TEMPLATE, page_of(request, desk))


@permission_required(["calls.view_call", "reviews.review_call"], raise_exception=True)
@require_POST
def review_ahead(request: HtmxHttpRequest, item: int) -> HttpResponse:
    """The page of the item after this one, held for the same reader; 204 when there is none."""
    user, row = user_of(request), item_for(request, item)
    # When the lock of this one ran out it is free, also for whoever judges it: taken anew, its page would be shut out.
    coming = given_back.take_another(request, row.queue, besides=[row.pk])
    if coming is None:
        return HttpResponse(status=204)
    try:
        desk = desk_of_item(coming, user)
    except Closed:
        holding.release(coming, coming.token)
        return HttpResponse(status=204)
    return render(request, f"{TEMPLATE}#review", page_of(request, desk, token=coming.token, is_ahead=True))


@permission_required(["calls.view_call", "reviews.review_call"], raise_exception=True)
def review_call(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """On with the call if one has begun it; else a review without a queue: asks which scorecard of several.

    Whether one may still go on with what a queue asked for, its own page says.
    """
    user = user_of(request)
    call = get_object_or_404(Call.objects.seen_by(user), pk=pk)
    if item := held_by(user).filter(call=call).first() or begun_by(user, call).first():
        return redirect("review_view", item=item.pk)
    mine = Review.objects.filter(call=call, reviewer=user, item=None, state=ReviewState.DRAFT).first()
    if mine:
        return redirect("review_edit", mine.pk)
    versions = list(ScorecardVersion.objects.published().select_related("scorecard"))
    chosen = [one for one in versions if one.pk == whole(request.POST.get("card", ""))]
    if request.method == "POST" and (chosen or len(versions) == 1):
        return _begun(request, call, (chosen or versions)[0])
    return render(request, "reviews/review_call.html", {"call": call, "versions": versions})


def _begun(request: HtmxHttpRequest, call: Call, version: ScorecardVersion) -> HttpResponse:
    try:
        review = beginning.start(user_of(request), call, version)
    except judging.AlreadyFinished as why:
        messages.info(request, str(why))
        return redirect(why.review or call)
    return redirect("review_edit", review.pk)


def draft_for(request: HtmxHttpRequest, pk: int) -> Review:
    """One's own, of a call that one may see."""
    user = user_of(request)
    mine = Review.objects.filter(reviewer=user).seen_by(user)
    return get_object_or_404(mine.select_related("version__scorecard", "call__call_task", "item__queue"), pk=pk)


def look_again(item: QueueItem) -> None:
    """As it is now; 404, like everything about it, when it is gone."""
    try:
        item.refresh_from_db()
    except QueueItem.DoesNotExist:
        raise Http404 from None


def taken_words(item: QueueItem) -> str:
    look_again(item)
    if item.queue.state != QueueState.OPEN:
        return _("The queue “%(queue)s” is not open now. A supervisor can open it again.") % {"queue": item.queue}
    if item.locked_by is None or not item.is_held:
        return _("This call is no longer free. Take the next one.")
    return _("%(name)s took this call.") % {"name": item.locked_by.get_username()}


def closed(request: HtmxHttpRequest, sentence: str, lost: str = "") -> HttpResponse:
    """`lost` are answers that could not be kept, as text."""
    return render(request, "reviews/review_closed.html", {"sentence": sentence, "lost": lost})
