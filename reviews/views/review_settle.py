"""Giving a review that one finished without a queue to the queue that asks for the same."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from calls.http import HtmxHttpRequest, user_of
from reviews.models import QueueItem, Review
from reviews.reviewing import beginning, holding, judging
from reviews.reviewing.waiting import held_by
from reviews.views.next_item import go_on
from reviews.views.review_view import closed, item_for, taken_words


@permission_required(["calls.view_call", "reviews.review_call"], raise_exception=True)
@require_POST
def review_settle(request: HtmxHttpRequest, item: int) -> HttpResponse:
    row, user = item_for(request, item), user_of(request)
    if not holding.take(row, user):
        return _too_late(request, row)
    try:
        beginning.settle(row, user, row.token)
    except judging.Refused as why:
        messages.warning(request, str(why))
        return redirect("review_view", item=row.pk)
    except holding.LockLost:
        return _too_late(request, row)
    return go_on(request, row)


def _too_late(request: HtmxHttpRequest, item: QueueItem) -> HttpResponse:
    """Pressed twice it is done already, and the call that the first press took is in their hands."""
    user = user_of(request)
    if not Review.objects.finished().filter(item=item, reviewer=user).exists():
        return closed(request, taken_words(item))
    following = held_by(user).seen_by(user).filter(queue=item.queue_id, call__isnull=False).first()
    return redirect("review_view", item=following.pk) if following else go_on(request, item)
