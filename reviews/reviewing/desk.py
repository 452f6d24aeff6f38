"""What lies before a reviewer: a call, a scorecard, and what they have answered so far."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from calls.models import Call
from reviews.models import QueueItem, Review, Scorecard, ScorecardVersion
from reviews.reviewing import judging
from reviews.scoring import Answer, Card
from reviews.vocabulary import ItemState, VersionState


class Closed(Exception):
    """Why there is nothing to review here, in words."""


@dataclass(frozen=True)
class Desk:
    """`review` is None until the first answer of an item is saved."""

    user: User
    call: Call
    version: ScorecardVersion
    item: QueueItem | None = None
    review: Review | None = None

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
        """The review of this desk, begun if need be."""
        return self.review or judging.start(self.user, self.call, self.version, self.item)


def desk_of_item(item: QueueItem, user: User, shown: str = "") -> Desk:
    """Raises Closed; a finished review of the same person is a matter of its own page.

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
        raise Closed(_("This call is gone: it was deleted here after it was drawn. Nothing of yours is lost."))
    scorecard = item.queue.scorecard
    version = mine.version if mine else _shown(scorecard, shown) or scorecard.published
    if version is None:
        raise Closed(
            _("The scorecard “%(name)s” has no published version. Ask an administrator to publish one.")
            % {"name": scorecard.name}
        )
    return Desk(user, item.call, version, item, mine)


def desk_of_review(review: Review) -> Desk:
    """Of a draft without an item. Raises Closed."""
    if review.call is None:
        raise Closed(_("The call is gone, so this review cannot go on. Your answers are kept."))
    return Desk(review.reviewer, review.call, review.version, review.item, review)


def _shown(scorecard: Scorecard, pk: str) -> ScorecardVersion | None:
    """It stays valid for its page when a newer one is published or it is retired."""
    if not pk.isascii() or not pk.isdigit():
        return None
    return scorecard.versions.filter(pk=int(pk)).exclude(state=VersionState.DRAFT).first()
