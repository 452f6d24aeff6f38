"""Who has which item in hands. An item is one person's while its lock lasts, and whoever lost it cannot finish it.

Every verb is one conditional UPDATE: of two processes that want the same item one changes a row and the other none.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from calls.models.cleaning import clean_text
from reviews.models import Calibration, Queue, QueueItem, Review
from reviews.models.judged import hold_calls, note_awaited
from reviews.models.queue import QueueItemQuerySet
from reviews.queues.sampling import luck
from reviews.reviewing.waiting import available, turns_of
from reviews.vocabulary import ItemState, SkipReason

# renewed every minute by the page that is open
LOCK = timedelta(minutes=5)
LONGEST_NOTE = 500
FREED: dict[str, Any] = {"locked_by": None, "locked_until": None, "token": ""}
# what a page of an item reads
WHOLE = ("queue__scorecard", "queue__calibration", "call__call_task", "locked_by")


class LockLost(Exception):
    """Somebody else has the item now, or it is done: what was written stays a draft."""


def take_next(user: User, queue: Queue | None = None, besides: Collection[int] = ()) -> QueueItem | None:
    """The next item that waits for this person, in their hands now; of any open queue of theirs unless one is given.

    None when nothing waits. What they hold already is not handed out again: see `held_by`. `besides` are items that
    they do not want now.
    """
    for turn in turns_of(user, queue):
        lock = _new_lock(user)
        waiting = available(user, turn)
        while _take_first(waiting.exclude(pk__in=besides) if besides else waiting, lock):
            # Not by its token, which another page of theirs may have changed meanwhile.
            held = QueueItem.objects.waiting().filter(locked_by=user, locked_until=lock["locked_until"])
            if taken := held.select_related(*WHOLE).first():
                return taken
    return None


def take(item: QueueItem, user: User) -> bool:
    """This very item into the hands of this person, who may hold it already: the new page then has the lock.

    False when it is done, somebody else's, or not for this person.
    """
    # One look at both: another page of theirs may take it, or let it go, in this very moment.
    is_offered = Q(locked_by=user, locked_until__gte=timezone.now())
    for turn in turns_of(user, item.queue):
        # of this one item: a list of all that waits would be made otherwise
        is_offered |= Q(pk__in=available(user, turn).filter(pk=item.pk).order_by().values("pk"))
    if not QueueItem.objects.waiting().filter(is_offered, pk=item.pk).exists():
        return False
    lock = _new_lock(user)
    if not _lock(item.pk, lock):
        return False
    # As it was written, not as it is by now: of two pages that open at once each has its own token.
    item.locked_by, item.locked_until, item.token = lock["locked_by"], lock["locked_until"], lock["token"]
    return True


def renew(item: QueueItem, token: str) -> bool:
    """Its page is still open. False when the lock is somebody else's now."""
    return _held(item, token).update(locked_until=timezone.now() + LOCK) == 1


def is_ours(item: QueueItem, token: str) -> bool:
    """Whether this is the lock of an item that was just read; `close` looks again, and writes."""
    return item.state == ItemState.WAITING and bool(token) and item.token == token


def keep(item: QueueItem, token: str) -> bool:
    """As `renew`, of an item that was just read; nothing is written while its lock lasts until its page says more."""
    if is_ours(item, token) and item.locked_until and item.locked_until > timezone.now() + LOCK / 2:
        return True
    return renew(item, token)


def change_token(item: QueueItem, user: User) -> None:
    """Another page of theirs has written: the one that has the lock, if it is theirs, shall look first."""
    QueueItem.objects.waiting().filter(pk=item.pk, locked_by=user).update(token=_new_token())


def release(item: QueueItem, token: str) -> None:
    """Its page is gone: the next person may have it. Nothing happens with a lock that is lost already."""
    _held(item, token).update(**FREED)


def skip(item: QueueItem, token: str, reason: str, note: str, by: User) -> None:
    """Out of the queue until a supervisor puts it back; ValidationError without a reason that can be understood."""
    note = clean_text(note.strip(), LONGEST_NOTE)
    if reason not in SkipReason.values:
        raise ValidationError(_("Choose why you skip this call."))
    if reason == SkipReason.OTHER and not note:
        raise ValidationError(_("Say in a few words why you skip this call."))
    skipped = {"skip_reason": reason, "skip_note": note, "skipped_by": by, "closed_at": timezone.now()}
    with transaction.atomic():
        hold_calls(QueueItem.objects.filter(pk=item.pk))
        if _held(item, token).update(state=ItemState.SKIPPED, **skipped, **FREED) != 1:
            raise LockLost
        note_awaited(QueueItem.objects.filter(pk=item.pk))
        item.refresh_from_db()


@transaction.atomic
def put_back(item: QueueItem, to: User | None = None) -> bool:
    """A skipped item waits again, for this person alone if one is named. Whoever skipped it does not get it again."""
    hold_calls(QueueItem.objects.filter(pk=item.pk))
    skipped = QueueItem.objects.filter(pk=item.pk, state=ItemState.SKIPPED)
    is_back = skipped.update(state=ItemState.WAITING, closed_at=None, assigned_to=to, **FREED) == 1
    note_awaited(QueueItem.objects.filter(pk=item.pk))
    return is_back


def close(item: QueueItem, token: str) -> None:
    """It is reviewed: inside the transaction that finishes the review. LockLost when it is not ours any more."""
    wants_second = _wants_second(item)
    with transaction.atomic():
        if _held(item, token).update(state=ItemState.DONE, closed_at=timezone.now(), **FREED) != 1:
            raise LockLost
        if wants_second:
            _ask_second(item)
        item.refresh_from_db()


def reopen_item(item: QueueItem, reviewer: User) -> None:
    """Its review, which this person wrote, is a draft again: the item waits, for them and nobody else."""
    with transaction.atomic():
        done = QueueItem.objects.filter(pk=item.pk, state=ItemState.DONE)
        done.update(state=ItemState.WAITING, closed_at=None, assigned_to=reviewer, **FREED)
        # A second opinion that nobody has begun would be about a first one that is not there. Held, so that nobody
        # opens it between the look and the end.
        unbegun = QueueItem.objects.waiting().free().filter(~Exists(Review.objects.filter(item=OuterRef("pk"))))
        QueueItem.objects.filter(pk__in=[one.pk for one in unbegun.filter(second_of=item).select_for_update()]).delete()
        item.refresh_from_db()


def _held(item: QueueItem, token: str) -> QueueItemQuerySet:
    """The item as long as this lock is the last one, also when its time is over and nobody else came."""
    return QueueItem.objects.waiting().filter(pk=item.pk, token=token or None)


def _take_first(waiting: QueueItemQuerySet, lock: dict[str, Any]) -> bool:
    """One statement finds it and takes it."""
    first = waiting.select_for_update(skip_locked=True).values("pk")[:1]
    taken = QueueItem.objects.filter(pk=Subquery(first))
    if not connection.features.has_select_for_update_skip_locked:
        # SQLite has one writer at a time. A transaction would keep the others out for as long as Python thinks.
        return taken.update(**lock) == 1
    # PostgreSQL: nobody waits for a row that somebody else is taking.
    with transaction.atomic():
        return taken.update(**lock) == 1


def _lock(pk: int, lock: dict[str, Any]) -> bool:
    is_free = Q(locked_until=None) | Q(locked_until__lt=timezone.now()) | Q(locked_by=lock["locked_by"])
    return QueueItem.objects.waiting().filter(is_free, pk=pk).update(**lock) == 1


def _new_lock(user: User) -> dict[str, Any]:
    return {"locked_by": user, "locked_until": timezone.now() + LOCK, "token": _new_token()}


def _new_token() -> str:
    return secrets.token_hex(16)


def _wants_second(item: QueueItem) -> bool:
    """By lot; never of a second opinion, nor where several people judge the same call anyway."""
    if item.second_of_id or luck(item.queue.seed, f"{item.source}/{item.key}", "second") >= item.queue.second_share:
        return False
    return not Calibration.objects.filter(queue=item.queue_id).exists()


def _ask_second(item: QueueItem) -> None:
    same = ("queue_id", "call_id", "source", "task_id", "key", "stratum", "probability", "place")
    # Opened again and closed again it has one already.
    QueueItem.objects.get_or_create(second_of=item, defaults={name: getattr(item, name) for name in same})
