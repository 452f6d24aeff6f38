"""Where a reviewer starts: what is in their hands, what waits, and how long it takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from calls.http import HtmxHttpRequest, user_of
from reviews.models import Queue, QueueItem, Review
from reviews.reviewing.holding import take_next
from reviews.reviewing.progress import Progress, progress_in
from reviews.reviewing.waiting import held_by, turns_of
from reviews.views import given_back
from reviews.vocabulary import ReviewState

# drafts that are begun and lie in nobody's hands
MOST_BEGUN = 20

reviews_calls = permission_required(("calls.view_call", "reviews.review_call"), raise_exception=True)


@dataclass(frozen=True, slots=True)
class MyQueue:
    queue: Queue
    progress: Progress
    quota_is_reached: bool
    is_empty: bool

    @property
    def waits(self) -> bool:
        return self.progress.total > self.progress.done


@reviews_calls
@require_safe
def review_home(request: HtmxHttpRequest) -> HttpResponse:
    user = user_of(request)
    queues = list(_queues_of(user))
    held = list(held_by(user).seen_by(user).select_related("queue", "call"))
    context = {
        "queues": queues,
        "waits": any(one.waits for one in queues),
        "left": sum(one.progress.total - one.progress.done for one in queues),
        "minutes": max(round(sum(one.progress.seconds_left for one in queues) / 60), 1),
        "held": held,
        "begun": _begun(user, held),
        "finished": Review.objects.finished().filter(reviewer=user).count(),
    }
    return render(request, "reviews/review_home.html", context)


@reviews_calls
@require_POST
def review_next(request: HtmxHttpRequest) -> HttpResponse:
    """On with what is in one's hands, or the next one; of one queue when it is named."""
    user = user_of(request)
    queue = get_object_or_404(Queue, pk=_number(request.POST["queue"])) if request.POST.get("queue") else None
    held = held_by(user).seen_by(user).filter(call__isnull=False)
    held = held.filter(queue=queue) if queue else held
    # Its page takes the lock, as after every reload.
    item = held.first()
    # what they gave back when nothing else is left
    item = item or given_back.take_another(request, queue) or take_next(user, queue)
    # their own page may have fetched the last one ahead since the first look
    item = item or held.first()
    if item is None:
        messages.info(request, _("Nothing waits for you at the moment."))
        return redirect("review_home")
    return redirect("review_view", item.pk)


def _queues_of(user: User) -> Iterator[MyQueue]:
    turns = turns_of(user)
    queues = [turn.queue.pk for turn in turns]
    filled = set(QueueItem.objects.filter(queue__in=queues).order_by().values_list("queue", flat=True).distinct())
    progress = progress_in(user, queues, turns)
    for turn in turns:
        yield MyQueue(turn.queue, progress[turn.queue.pk], turn.left == 0, turn.queue.pk not in filled)


def _begun(user: User, held: list[QueueItem]) -> list[QueueItem]:
    """Calls that this person began to review and let go of; they still wait."""
    items = QueueItem.objects.waiting().free().seen_by(user)
    begun = items.filter(reviews__reviewer=user, reviews__state=ReviewState.DRAFT, call__isnull=False)
    return list(begun.exclude(pk__in=[item.pk for item in held]).select_related("queue", "call")[:MOST_BEGUN])


def _number(text: str) -> int:
    """-1 is nobody's primary key."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else -1
