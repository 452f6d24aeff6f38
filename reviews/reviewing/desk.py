"""What lies before a reviewer: a call, a scorecard, and what they have answered so far."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from calls.models import Call
from reviews.models import QueueItem, Review, Scorecard, ScorecardVersion
from reviews.reviewing import beginning, judging, once
from reviews.reviewing.judging import Draft
from reviews.scoring import Answer, Card
from reviews.vocabulary import ItemState, Purpose, ReviewState, VersionState


class Closed(Exception):
    """Why there is nothing to review here, in words."""


class Gone(Closed):
    """The call was deleted here."""


class Judged(Closed):
    """The same person has judged the call without a queue: their review can be the item's."""

    def __init__(self, review: Review) -> None:
        super().__init__(_("You have finished a review of this call already, without a queue."))
        self.review = review


@dataclass(frozen=True)
class Desk:
    """`review` is None until the first answer of an item is saved; it may have been begun without a queue.

    `apart` is a draft of the same person about the call by another scorecard, which stays as it is.
    """

    user: User
    call: Call
    version: ScorecardVersion
    item: QueueItem | None = None
    review: Review | None = None
    apart: Review | None = None

    @property
    def is_taken_over(self) -> bool:
        """Its draft comes into the queue with the next answer."""
        return self.item is not None and self.review is not None and self.review.item_id is None

    @property
    def card(self) -> Card:
        return self.version.card

    @cached_property
    def answers(self) -> dict[str, Answer]:
        return self.review.answers() if self.review else {}

    @property
    def edit(self) -> int:
        return self.review.edit if self.review else 0

    @property
    def note(self) -> str:
        return self.review.note if self.review else ""

    def begun(self) -> Review:
        """The review of this desk, begun if need be. Raises judging.AlreadyFinished."""
        if self.review and not self.is_taken_over:
            return self.review
        return beginning.start(self.user, self.call, self.version, self.item)

    def save(self, draft: Draft, *, is_lost: bool = False) -> Review:
        """As judging.save_draft. What is refused stays where it was: it comes into the queue with its answers.

        `is_lost`: the page does not hold the item, so what lies outside the queue stays there.
        """
        if self.review and (is_lost or not self.is_taken_over):
            return judging.save_draft(self.review, draft)
        with transaction.atomic():
            return judging.save_draft(self.begun(), self._alone(draft))

    def finish(self, draft: Draft, digest: str, token: str) -> Review:
        """As judging.finish; see `save`."""
        if self.review and not self.is_taken_over:
            return judging.finish(self.review, draft, digest, token)
        with transaction.atomic():
            review, refusal = judging.attempt(self.begun(), self._alone(draft), digest, token)
        if refusal:
            raise refusal
        return review

    def _alone(self, draft: Draft) -> Draft:
        """Without a queue other pages wrote into it and needed no lock."""
        return replace(draft, token="") if self.is_taken_over else draft

    def anew(self) -> Desk:
        """With what is kept by now."""
        mine = Review.objects.filter(pk=self.review.pk) if self.review else Review.objects.none()
        if self.item:
            mine |= Review.objects.filter(item=self.item, reviewer=self.user)
        review = mine.select_related("version__scorecard", "call").first()
        return replace(self, review=review, version=review.version) if review else self


def desk_of_item(item: QueueItem, user: User, shown: str = "") -> Desk:
    """Raises Closed or Judged; a finished review of the same person in this item is a matter of its own page.

    `shown` is the key of the version that an open page was made with.
    """
    mine = Review.objects.filter(item=item, reviewer=user).select_related("version__scorecard", "call").first()
    if item.state == ItemState.SKIPPED:
        raise Closed(_("This call was skipped, so it is no longer in the queue."))
    if mine and mine.is_finished:
        raise Closed(_("You have finished this review already, in another tab."))
    if item.state == ItemState.DONE:
        raise Closed(_("Somebody else has reviewed this call in the meantime."))
    if item.call is None:
        raise Gone(_("This call is gone: it was deleted here after it was drawn. Nothing of yours is lost."))
    scorecard, apart = item.queue.scorecard, None
    if mine is None and (kept := once.before(item, user)):
        if kept.version.scorecard_id != scorecard.pk:
            apart = kept
        elif kept.is_finished:
            raise Judged(kept)
        else:
            mine = kept
    version = mine.version if mine else _shown(scorecard, shown) or scorecard.published
    if version is None:
        raise Closed(
            _("The scorecard “%(name)s” has no published version. Ask an administrator to publish one.")
            % {"name": scorecard.name}
        )
    return Desk(user, item.call, version, item, mine, apart)


def desk_of_review(review: Review) -> Desk:
    """Of a draft by its own address: without an item, or in one since its page was opened. Raises Closed."""
    if review.call is None:
        raise Gone(_("The call is gone, so this review cannot go on. Your answers are kept."))
    return Desk(review.reviewer, review.call, review.version, review.item, review)


def draft_left(user: User, item: int | None, review: int | None, shown: str = "") -> Review | None:
    """What a page wrote into whose desk is closed: also what would have come into the queue with its next answer.

    Of a call that was deleted before the first answer was saved it is begun now; `shown` as for `desk_of_item`.
    """
    drafts = Review.objects.filter(reviewer=user, state=ReviewState.DRAFT).select_related("version")
    if item is None:
        return drafts.filter(pk=review or 0).first()
    row = QueueItem.objects.select_related("queue__calibration", "queue__scorecard").filter(pk=item).first()
    mine = drafts.filter(item=item).first()
    if mine or row is None:
        return mine
    if row.purpose == Purpose.FIRST:
        alone = drafts.filter(item=None, source=row.source, key=row.key)
        mine = alone.filter(version__scorecard=row.queue.scorecard_id).first()
    if mine or row.call_id or row.state != ItemState.WAITING:
        return mine
    version = _shown(row.queue.scorecard, shown)
    return beginning.start_without_call(user, row, version) if version else None


def _shown(scorecard: Scorecard, pk: str) -> ScorecardVersion | None:
    """It stays valid for its page when a newer one is published or it is retired."""
    if not pk.isascii() or not pk.isdigit():
        return None
    return scorecard.versions.filter(pk=int(pk)).exclude(state=VersionState.DRAFT).first()
