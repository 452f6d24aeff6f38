"""How a review begins, and what becomes of one that the same person has written about the call already.

A draft has one place: a queue's item takes over what was begun without a queue, and what can no longer be finished in
its queue goes on without one.
"""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from calls.models import Call
from reviews.models import QueueItem, Review, ScorecardVersion
from reviews.models.judged import hold_calls, name_of, note_judged
from reviews.reviewing import holding, once
from reviews.reviewing.judging import AlreadyFinished, ItemGone, Refused, note
from reviews.reviewing.seen import digest_of, revision_of
from reviews.reviewing.waiting import begun_by
from reviews.vocabulary import EventKind, Purpose, ReviewState


@transaction.atomic
def start(user: User, call: Call, version: ScorecardVersion, item: QueueItem | None = None) -> Review:
    """The draft of this person about this call: the one that is there, or a new one. Raises AlreadyFinished or
    ItemGone.

    Without an item it may be that of an item which they may go on with. Of a call that was deleted meanwhile it keeps
    the answers all the same.
    """
    # one after the other, so that two tabs never begin two reviews
    living = Call.objects.select_for_update().filter(pk=call.pk).first()
    if item and not QueueItem.objects.select_for_update().filter(pk=item.pk).exists():
        raise ItemGone
    known = _in_queue(user, item) if item else _without_queue(user, call, version)
    return known or _begin(user, call, version, item, is_gone=living is None)


@transaction.atomic
def start_without_call(user: User, item: QueueItem, version: ScorecardVersion) -> Review:
    """The draft of this person in an item whose call was deleted before they had saved an answer."""
    # one after the other, as in `start`
    if not QueueItem.objects.select_for_update().filter(pk=item.pk).exists():
        raise ItemGone
    known = Review.objects.filter(reviewer=user, item=item).first()
    if known:
        return known
    review = Review.objects.create(
        source=item.source,
        task_id=item.task_id,
        key=item.key,
        # nobody knows any more; when the call is back, finishing tells
        placed_at=timezone.now(),
        item=item,
        version=version,
        purpose=purpose_of(item, user),
        reviewer=user,
    )
    note(review, EventKind.STARTED, user, scorecard=str(version))
    return review


@transaction.atomic
def settle(item: QueueItem, user: User, token: str) -> Review:
    """What this person finished without a queue is the item's review. Raises Refused, or holding.LockLost."""
    hold_calls(QueueItem.objects.filter(pk=item.pk))
    review = once.before(item, user)
    if review is None:
        raise Refused(_("That review cannot be used here any more: another queue has it by now, or the call is gone."))
    if not review.is_finished:
        raise Refused(_("The review that you had finished is open again. Go on with it here."))
    holding.close(item, token)
    _move(review, item)
    note_judged(review)
    return review


def purpose_of(item: QueueItem | None, user: User) -> Purpose:
    if item is None:
        return Purpose.AD_HOC
    calibration = getattr(item.queue, "calibration", None)
    if calibration is not None:
        return Purpose.EXPERT if calibration.expert_id == user.pk else Purpose.CALIBRATION
    return Purpose.SECOND if item.second_of_id else Purpose.FIRST


def _in_queue(user: User, item: QueueItem) -> Review | None:
    own = Review.objects.filter(reviewer=user, item=item).first()
    kept = None if own else once.before(item, user)
    if kept is None or kept.version.scorecard_id != item.queue.scorecard_id:
        return own
    if kept.is_finished:
        raise AlreadyFinished(_("You have finished a review of this call already, without a queue."), kept)
    return _move(kept, item)


def _without_queue(user: User, call: Call, version: ScorecardVersion) -> Review | None:
    drafts = Review.objects.filter(reviewer=user, call=call, state=ReviewState.DRAFT)
    known = drafts.filter(Q(item=None) | Q(item__in=begun_by(user, call))).first()
    if known:
        return known
    # first: beside it a draft could never be finished
    if done := once.finished(user, call, version.scorecard):
        raise AlreadyFinished(
            _("You have reviewed this call by this scorecard already. Open it again to change what you said."), done
        )
    stranded = once.stranded(user, call, version.scorecard)
    return _move(stranded, None) if stranded else None


def _move(review: Review, item: QueueItem | None) -> Review:
    """Its answers, and the version that it was begun with, stay."""
    detail = {"into": item.queue.name} if item else {"out_of": review.item.queue.name if review.item else ""}
    review.item, review.purpose = item, purpose_of(item, review.reviewer)
    review.save(update_fields=["item", "purpose", "changed_at"])
    note(review, EventKind.MOVED, review.reviewer, **detail)
    return review


def _begin(user: User, call: Call, version: ScorecardVersion, item: QueueItem | None, *, is_gone: bool) -> Review:
    review = Review.objects.create(
        call=None if is_gone else call,
        **name_of(call),
        placed_at=call.placed_at,
        intent=call.intent,
        item=item,
        version=version,
        purpose=purpose_of(item, user),
        reviewer=user,
        revision=revision_of(call),
        digest=digest_of(call),
    )
    note(review, EventKind.STARTED, user, scorecard=str(version))
    return review
