"""What comes after this call: the one that the page has already, or the next that waits."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect, push_url, reswap, retarget

from calls.http import HtmxHttpRequest, user_of
from reviews.models import Queue, QueueItem
from reviews.reviewing import holding
from reviews.reviewing.desk import Closed, desk_of_item
from reviews.reviewing.waiting import held_by
from reviews.views import given_back
from reviews.views.review_form import token_in, whole
from reviews.views.review_page import page_of
from reviews.views.review_view import ITEMS, TEMPLATE
from reviews.vocabulary import QueueState


def ahead_for(request: HtmxHttpRequest, item: QueueItem) -> QueueItem | None:
    """The item that the page fetched ahead, when it is still held for it."""
    user, pk = user_of(request), whole(request.POST.get("ahead", ""))
    if pk is None:
        return None
    coming = ITEMS.seen_by(user).filter(pk=pk, queue=item.queue, locked_by=user).first()
    return coming if coming and holding.keep(coming, token_in(request.POST, "ahead_token")) else None


def give_back(request: HtmxHttpRequest, item: QueueItem) -> HttpResponse:
    """It waits for others, with a draft that stays, and the reader goes on with another call."""
    holding.release(item, token_in(request.POST))
    given_back.remember(request, item)
    user = user_of(request)
    held = held_by(user).seen_by(user).filter(queue=item.queue, call__isnull=False).exclude(pk=item.pk)
    coming = held.first() or given_back.take_another(request, item.queue)
    if coming is None:
        messages.info(request, _("Nothing else is left for you in “%(queue)s”.") % {"queue": item.queue})
        return redirect("review_home")
    return redirect("review_view", item=coming.pk)


def next_page(request: HtmxHttpRequest, item: QueueItem, toast: str) -> HttpResponse:
    coming = _another(request, item.queue)
    if coming is None:
        return HttpResponseClientRedirect(_nothing_left(request, item.queue))
    try:
        desk = desk_of_item(coming, user_of(request))
    except Closed:
        return HttpResponseClientRedirect(reverse("review_view", kwargs={"item": coming.pk}))
    page = render_to_string(f"{TEMPLATE}#review", page_of(request, desk, token=coming.token), request)
    response = retarget(reswap(HttpResponse(page + toast), "outerHTML"), "#review")
    return push_url(response, reverse("review_view", kwargs={"item": coming.pk}))


def go_on(request: HtmxHttpRequest, item: QueueItem) -> HttpResponse:
    coming = ahead_for(request, item) or _another(request, item.queue)
    if coming is None:
        return redirect(_nothing_left(request, item.queue))
    return redirect("review_view", item=coming.pk)


def _another(request: HtmxHttpRequest, queue: Queue) -> QueueItem | None:
    """What waits, else what is in their hands without a draft: a page that is gone had fetched it ahead."""
    user = user_of(request)
    if coming := given_back.take_another(request, queue):
        return coming
    held = held_by(user).seen_by(user).filter(queue=queue, queue__state=QueueState.OPEN, call__isnull=False)
    # What has a draft is judged in another tab of theirs.
    held = held.exclude(reviews__reviewer=user).select_related(*holding.WHOLE)
    return next((item for item in held if holding.take(item, user)), None)


def _nothing_left(request: HtmxHttpRequest, queue: object) -> str:
    """Where to go when the queue is done, with a word about it."""
    messages.success(request, _("Nothing is left for you in “%(queue)s”.") % {"queue": queue})
    return reverse("review_home")
