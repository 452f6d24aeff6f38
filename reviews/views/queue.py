"""Queues as supervisors see them: how far each is, what was skipped and why, and drawing once more."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from calls.http import PAGE_SIZE, HtmxHttpRequest, user_of
from calls.models import BulkAction
from calls.selection import Selection
from reviews.models import Queue, QueueItem
from reviews.models.judged import note_awaited
from reviews.queues.drawing import CannotDraw, fill, plan_of
from reviews.queues.estimates import failing
from reviews.queues.picking import MAY
from reviews.queues.planning import conditions_of
from reviews.queues.tallies import Tally, by_queue, items_of, tally_of
from reviews.reviewing.holding import put_back
from reviews.reviewing.progress import USUAL_PACE
from reviews.vocabulary import ItemState, QueueState

# what may become of a queue, and the word on the button
ACTIONS = {
    QueueState.OPEN: pgettext_lazy("verb", "Open"),
    QueueState.PAUSED: pgettext_lazy("verb", "Pause"),
    QueueState.CLOSED: pgettext_lazy("verb", "Close"),
}
NEXT = {
    QueueState.OPEN: (QueueState.PAUSED, QueueState.CLOSED),
    QueueState.PAUSED: (QueueState.OPEN, QueueState.CLOSED),
    QueueState.CLOSED: (QueueState.OPEN,),
}

plans_queues = permission_required(MAY, raise_exception=True)


@dataclass(frozen=True, slots=True)
class Row:
    queue: Queue
    tally: Tally

    @property
    def minutes_left(self) -> int:
        """Of one person at the usual pace."""
        return round(self.tally.waiting * USUAL_PACE / 60)


@plans_queues
@require_safe
def queue_list(request: HtmxHttpRequest) -> HttpResponse:
    # Calibrations have queues as well, and a page of their own.
    queues = Queue.objects.filter(calibration=None).select_related("scorecard").prefetch_related("reviewers")
    page = Paginator(queues.order_by("-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    items = QueueItem.objects.filter(queue__in=[queue.pk for queue in page]).seen_by(user_of(request))
    tallies = by_queue(items)
    rows = [Row(queue, tallies.get(queue.pk, Tally())) for queue in page]
    return render(request, "reviews/queue_list.html", {"rows": rows, "page": page})


@plans_queues
@require_safe
def queue_view(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    queue = get_object_or_404(Queue.objects.select_related("scorecard", "view", "created_by"), pk=pk)
    user = user_of(request)
    items = items_of(queue, user)
    skipped = items.filter(state=ItemState.SKIPPED).select_related("call", "skipped_by").order_by("-closed_at", "-pk")
    selection = Selection(queue.question, reader=user)
    context = {
        "queue": queue,
        "tally": tally_of(queue, items),
        "plan": plan_of(queue),
        "selection": selection,
        "adding": BulkAction.objects.seen_by(user).filling(queue.pk).for_list(),
        "rate": failing(items, user),
        "skipped": Paginator(skipped, PAGE_SIZE).get_page(request.GET.get("page")),
        "conditions": conditions_of(selection),
        "actions": [(state.value, word) for state, word in ACTIONS.items() if state in NEXT[QueueState(queue.state)]],
    }
    return render(request, "reviews/queue_view.html", context)


@plans_queues
@require_POST
def queue_draw(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """Once more: calls that came since are drawn by the same lot."""
    queue = get_object_or_404(Queue, pk=pk)
    if not queue.plan:
        messages.warning(request, _("This queue has no plan to draw by. Give it one, or add calls from the list."))
        return redirect("queue_change", queue.pk)
    draw_and_say(request, queue)
    return redirect(queue)


@plans_queues
@require_POST
def queue_state(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    queue = get_object_or_404(Queue, pk=pk)
    wanted = request.POST.get("state", "")
    if wanted not in QueueState.values:
        messages.warning(request, _("A queue is open, paused or closed. Nothing was changed."))
    else:
        with transaction.atomic():
            queue.state = QueueState(wanted)
            queue.save(update_fields=["state"])
            note_awaited(QueueItem.objects.waiting().filter(queue=queue))
    return redirect(queue)


@plans_queues
@require_POST
def item_put_back(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """A skipped call waits again, for everybody else or for whoever asks."""
    user = user_of(request)
    item = get_object_or_404(QueueItem.objects.seen_by(user).select_related("queue"), pk=pk)
    if not put_back(item, to=user if request.POST.get("to") == "me" else None):
        messages.warning(request, _("This call is not among the skipped ones any more."))
    return redirect(item.queue)


def draw_and_say(request: HtmxHttpRequest, queue: Queue) -> None:
    try:
        count = fill(queue, user_of(request))
    except CannotDraw as error:
        messages.error(request, str(error))
        return
    if count:
        text = ngettext("%(count)s call was drawn.", "%(count)s calls were drawn.", count)
        messages.success(request, text % {"count": f"{count:,}"})
    else:
        messages.info(request, _("No call came since that the plan would draw."))
