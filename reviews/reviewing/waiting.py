"""What waits for whom: which queues a person works on, and which of their items may be handed to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone

from calls.models import Call
from calls.models.scope import in_scope
from reviews.models import Queue, QueueItem, Review
from reviews.models.queue import QueueItemQuerySet
from reviews.vocabulary import ItemState, QueueState, ReviewState

# what a count on the rail still tells apart
MOST_COUNTED = 100


@dataclass(frozen=True, slots=True)
class Turn:
    """A person at an open queue. `left` is how many calls more their quota lets them have, None without one.

    Whoever is no reviewer of the queue gets only what is assigned to them by name, which no quota holds back either.
    """

    queue: Queue
    is_member: bool
    left: int | None

    @property
    def is_only_assigned(self) -> bool:
        return not self.is_member or self.left == 0


def turns_of(user: User, queue: Queue | None = None) -> list[Turn]:
    """The open queues this person works on, the oldest first; only this one if it is given."""
    reviewers = Queue.reviewers.through.objects.filter(queue=OuterRef("pk"))
    assigned = QueueItem.objects.waiting().filter(queue=OuterRef("pk"), assigned_to=user)
    is_member = ~Exists(reviewers) | Exists(reviewers.filter(user_id=user.pk))
    queues = Queue.objects.filter(state=QueueState.OPEN).annotate(is_member=is_member)
    queues = queues.filter(Q(is_member=True) | Exists(assigned)).order_by("pk")
    found = list(queues if queue is None else queues.filter(pk=queue.pk))
    spent = _spent(user, [one.pk for one in found if one.quota is not None])
    return [
        Turn(one, one.is_member, None if one.quota is None else max(one.quota - spent.get(one.pk, 0), 0))
        for one in found
    ]


def available(user: User, turn: Turn) -> QueueItemQuerySet:
    """What may be handed to this person from a queue, in order; not what they hold already."""
    return _permitted(user, [turn]).free().order_by("place", "pk")


def held_by(user: User) -> QueueItemQuerySet:
    """What this person has in hands, the longest held first."""
    return QueueItem.objects.waiting().filter(locked_by=user, locked_until__gte=timezone.now()).order_by("locked_until")


def begun_by(user: User, call: Call) -> QueueItemQuerySet:
    """Items about this call that this person opened last or has a draft of, and may go on with; the free ones first.

    Somebody else may hold them meanwhile.
    """
    drafts = Review.objects.filter(reviewer=user, state=ReviewState.DRAFT, item=OuterRef("pk"))
    begun = QueueItem.objects.waiting().filter(Q(locked_by=user) | Exists(drafts), call=call).offered_to(user)
    return begun.exclude(queue__state=QueueState.CLOSED).order_by(F("locked_until").asc(nulls_first=True), "pk")


def coming_from(user: User, turns: Sequence[Turn]) -> dict[int, int]:
    """Queue -> how many of its calls may still come to this person, besides what they hold."""
    items = _permitted(user, turns).free().order_by() if turns else QueueItem.objects.none()
    found = dict(items.values_list("queue").annotate(Count("pk")))
    coming = {turn.queue.pk: found.get(turn.queue.pk, 0) for turn in turns}
    bounds = {turn.queue.pk: turn.left for turn in turns if turn.left is not None and not turn.is_only_assigned}
    return {queue: min(count, bounds.get(queue, count)) for queue, count in coming.items()}


def count_for(user: User) -> int:
    """How many calls wait for this person, those in their hands among them, as far as `MOST_COUNTED`."""
    turns = turns_of(user)
    endless = [turn for turn in turns if turn.left is None]
    count = held_by(user).count()
    count += _permitted(user, endless).free()[:MOST_COUNTED].count() if endless else 0
    if count < MOST_COUNTED:
        count += sum(coming_from(user, [turn for turn in turns if turn.left is not None]).values())
    return min(count, MOST_COUNTED)


def _permitted(user: User, turns: Sequence[Turn]) -> QueueItemQuerySet:
    anybodys = [turn.queue for turn in turns if not turn.is_only_assigned]
    whose = Q(assigned_to=user, queue__in=[turn.queue for turn in turns])
    # Whoever skipped a call knows why: put back it is for others, unless it is given to them by name.
    whose |= Q(assigned_to=None, queue__in=anybodys) & ~Q(skipped_by=user)
    # a second opinion about one's own review would be none
    own = Review.objects.filter(reviewer=user, item=OuterRef("second_of"))
    items = QueueItem.objects.waiting().filter(whose, in_scope(user), call__isnull=False)
    return items.exclude(Exists(own))


def _spent(user: User, queues: Sequence[int]) -> dict[int, int]:
    """Queue -> how many of its calls this person has reviewed or holds."""
    if not queues:
        return {}
    done = Q(state=ItemState.DONE) & Exists(Review.objects.finished().filter(item=OuterRef("pk"), reviewer=user))
    held = Q(state=ItemState.WAITING, locked_by=user, locked_until__gte=timezone.now())
    items = QueueItem.objects.filter(done | held, queue__in=queues).order_by()
    return dict(items.values_list("queue").annotate(Count("pk")))
