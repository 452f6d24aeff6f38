"""Calls that somebody adds to a queue by hand: a few while they wait, more by a worker."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
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
CLICKS_APART = timedelta(minutes=1)
MAY = ("calls.view_call", "reviews.plan_queue")
NOT_ALLOWED = _("Whoever asked for this may not add calls to queues any more.")
GONE = _("The queue is not there any more. Select the calls again and add them to another one.")
CLOSED = _("The queue was closed meanwhile. Open it and try again.")


def ask_pick(queue: Queue, selection: Selection, *, count: int, asked_by: User) -> BulkAction:
    """Have all these calls added; a few are when it returns. Raises Impossible."""
    named = {"queue": queue.pk, "queue_name": queue.name}
    wish = BulkAction(kind=JobKind.QUEUE_CALLS, expected=count, **named, **selection.kept)
    if count > AT_ONCE:
        return BulkAction.objects.ask(wish, asked_by)
    with transaction.atomic():
        wish.keep(asked_by)
        do_at_once(wish)
    return wish


def asked_before(name: str, selection: Selection, asked_by: User) -> BulkAction | None:
    """What the first of two clicks has asked for, and made the queue of this name for."""
    queue = Queue.objects.filter(name=name, created_by=asked_by).first()
    if queue is None:
        return None
    lately = {"asked_by": asked_by, "asked_at__gt": timezone.now() - CLICKS_APART}
    asked = BulkAction.objects.filter(kind=JobKind.QUEUE_CALLS, queue=queue.pk, question=selection.question, **lately)
    return next((action for action in asked if action.chosen == selection.kept["chosen"]), None)


def picked() -> Sliced:
    return Sliced(_pick_slice, _may_pick, NOT_ALLOWED, queue_of)


def queue_of(action: BulkAction) -> Queue | None:
    return Queue.objects.filter(pk=action.queue or 0).first()


def _may_pick(user: User) -> bool:
    return user.has_perms(MAY)


def _pick_slice(action: BulkAction, calls: CallQuerySet, part: Slice) -> None:
    # held, so that nobody closes or deletes it until the slice is in
    queue = Queue.objects.select_for_update(no_key=True).filter(pk=action.queue or 0).first()
    if queue is None:
        raise Impossible(GONE)
    if queue.state == QueueState.CLOSED:
        raise Impossible(CLOSED)
    added = pick(queue, calls)
    action.go_on(part.place, added, len(part.pks) - added)
