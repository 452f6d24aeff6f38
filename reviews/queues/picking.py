"""Calls that somebody adds to a queue by hand: a few while they wait, more by a worker."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_noop as _

from calls.models import BulkAction
from calls.models.call import CallQuerySet
from calls.selection import Selection, Slice
from calls.slices import Impossible, Sliced, do_at_once
from calls.vocabulary import JobKind
from reviews.models import Queue
from reviews.queues.drawing import pick
from reviews.vocabulary import QueueState

# some tenths of a second
AT_ONCE = 500
# more would be no queue that people get through
MOST = 100_000
MAY = ("calls.view_call", "reviews.plan_queue")
NOT_ALLOWED = _("Whoever asked for this may not add calls to queues any more.")
GONE = _("The queue is not there any more.")
CLOSED = _("The queue was closed meanwhile. Open it and try again.")


def ask_pick(queue: Queue, selection: Selection, *, count: int, asked_by: User) -> BulkAction:
    """Have all these calls added; a few are when it returns."""
    wish = BulkAction(kind=JobKind.QUEUE_CALLS, queue=queue.pk, expected=count, **selection.kept)
    if count > AT_ONCE:
        return BulkAction.objects.ask(wish, asked_by)
    wish.asked_by, wish.asked_name = asked_by, asked_by.get_username()
    with transaction.atomic():
        wish.save()
        do_at_once(wish)
    return wish


def picked() -> Sliced:
    return Sliced(_pick_slice, _may_pick, NOT_ALLOWED, queue_of)


def queue_of(action: BulkAction) -> Queue | None:
    return None if action.queue is None else Queue.objects.filter(pk=action.queue).first()


def _may_pick(user: User) -> bool:
    return user.has_perms(MAY)


def _pick_slice(action: BulkAction, calls: CallQuerySet, part: Slice) -> None:
    queue = queue_of(action)
    if queue is None:
        raise Impossible(GONE)
    if queue.state == QueueState.CLOSED:
        raise Impossible(CLOSED)
    added = pick(queue, calls)
    action.go_on(part.place, added, len(part.pks) - added)
