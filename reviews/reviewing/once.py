"""What somebody has written about a call already: nobody judges it twice by one scorecard unless a queue asks."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef

from calls.models import Call
from reviews.models import QueueItem, Review, Scorecard
from reviews.models.review import COUNTED, ReviewQuerySet
from reviews.reviewing.waiting import begun_by
from reviews.vocabulary import Purpose, ReviewState


def before(item: QueueItem, user: User) -> Review | None:
    """What this person wrote about the call of an item without a queue: by the queue's scorecard, or else a draft.

    Second opinions and calibrations begin with nothing.
    """
    if item.purpose != Purpose.FIRST or item.call_id is None:
        return None
    found = list(_counted(user.pk).filter(call=item.call_id, item=None).select_related("version__scorecard"))
    same = [review for review in found if review.version.scorecard_id == item.queue.scorecard_id]
    others = [review for review in found if not review.is_finished]
    # a finished one first: with it nothing is left to do
    return next(iter(sorted(same, key=lambda review: not review.is_finished) + others), None)


def finished(user: User, call: Call, scorecard: Scorecard) -> Review | None:
    """This person's verdict on the call, wherever it was asked for."""
    return _counted(user.pk).finished().filter(call=call, version__scorecard=scorecard).first()


def stranded(user: User, call: Call, scorecard: Scorecard) -> Review | None:
    """A draft of this person in an item that they cannot go on with: its queue is closed, or others have done it."""
    going = begun_by(user, call).filter(pk=OuterRef("item"))
    drafts = _counted(user.pk).filter(call=call, version__scorecard=scorecard, state=ReviewState.DRAFT)
    return drafts.filter(item__isnull=False).exclude(Exists(going)).first()


def is_repeated(review: Review) -> bool:
    """Its author has finished another one of the same call and scorecard; other queues ask for their own."""
    if review.purpose not in COUNTED:
        return False
    others = _counted(review.reviewer_id).finished().filter(call=review.call_id).exclude(pk=review.pk)
    others = others.filter(version__scorecard=review.version.scorecard_id)
    return others.filter(**{"item": None} if review.item_id else {}).exists()


def _counted(reviewer: int) -> ReviewQuerySet:
    reviews: ReviewQuerySet = Review.objects.filter(reviewer=reviewer, purpose__in=COUNTED)
    return reviews
