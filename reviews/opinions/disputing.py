"""Disputes: somebody doubts one answer of a finished review, somebody else decides, and the score follows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from calls.vocabulary import Speaker
from reviews.models import Dispute, Evidence, Mark, Resolution, Review, ReviewEvent
from reviews.models.judged import hold_calls, note_judged
from reviews.opinions.working_days import working_days_after
from reviews.scoring import Answer, Criterion, score_of
from reviews.scoring.score import is_negative, share_of
from reviews.vocabulary import DisputeState, EventKind


@dataclass(frozen=True, slots=True)
class Said:
    """A turn with its words, as a form offers it and a dispute keeps it: the call may go."""

    turn: int
    speaker: str
    text: str

    @property
    def who(self) -> str:
        return str(Speaker(self.speaker).label) if self.speaker in Speaker.values else ""

    def as_json(self) -> dict[str, Any]:
        return {"turn": self.turn, "speaker": self.speaker, "text": self.text}


class TooLate(ValidationError):
    """Somebody else was faster, or the review is not as it was: the sentence says which."""


def turns_of(mark: Mark) -> list[Said]:
    """What may speak for a dispute: every turn of the call, or what is left of them in the mark's evidence."""
    transcript = getattr(mark.review.call, "transcript", None)
    if transcript is not None:
        return [Said(turn.index, turn.speaker.value, turn.text) for turn in transcript]
    return [Said(one.turn, one.speaker, one.text) for one in mark.evidence.all()]


def why_not_disputable(mark: Mark) -> str:
    """In words, "" when it may be disputed."""
    if not mark.review.is_finished:
        return _("This review is open. What is not finished cannot be disputed.")
    if mark.disputes.filter(state=DisputeState.OPEN).exists():
        return _("This answer is disputed already. Wait until that is decided.")
    if mark.disputes.filter(state=DisputeState.REJECTED).exists():
        return _("A dispute of this answer was rejected. That is final.")
    return ""


@transaction.atomic
def raise_dispute(mark: Mark, by: User, reason: str, turns: Iterable[Said]) -> Dispute:
    """ValidationError with a sentence where the answer cannot be disputed (any more)."""
    # held, so that a finish taken back meanwhile is seen
    review = Review.objects.select_for_update().get(pk=mark.review_id)
    mark.review = review
    if why_not := why_not_disputable(mark):
        raise TooLate(why_not)
    now = timezone.now()
    values = {"raised_at": now, "reason": reason, "due_at": working_days_after(now, settings.DISPUTE_DAYS)}
    try:
        with transaction.atomic():
            dispute = Dispute.objects.create(
                mark=mark, raised_by=by, turns=[turn.as_json() for turn in turns], **values
            )
    except IntegrityError:
        raise TooLate(_("This answer is disputed already. Wait until that is decided.")) from None
    detail = {"criterion": mark.criterion, "dispute": dispute.pk, "reason": reason}
    ReviewEvent.objects.create(review=review, kind=EventKind.DISPUTED, by=by, detail=detail)
    return dispute


def why_not_resolvable(dispute: Dispute, user: User) -> str:
    """In words, "" when this person may decide it now."""
    if dispute.state != DisputeState.OPEN:
        return _("This dispute is decided.")
    if dispute.mark.review.reviewer_id == user.pk:
        return _("You made this review. Somebody else has to decide.")
    if not dispute.mark.review.is_finished:
        return _("The review was opened again. Decide when it is finished.")
    return ""


@transaction.atomic
def resolve(dispute: Dispute, by: User, state: DisputeState, reason: str, answer: Answer | None = None) -> Resolution:
    """Decide it: `answer` is what stands from now on, None leaves it. TooLate when somebody else was faster."""
    hold_calls(Review.objects.filter(pk=dispute.mark.review_id))
    # of two people who decide at once one gets the row; this holds on databases without row locks, too
    taken = Dispute.objects.filter(pk=dispute.pk, state=DisputeState.OPEN).update(state=state)
    if not taken:
        raise TooLate(_already(dispute))
    review = Review.objects.select_for_update().select_related("version").get(pk=dispute.mark.review_id)
    dispute = Dispute.objects.select_related("mark").get(pk=dispute.pk)
    if not review.is_finished:
        raise TooLate(_("The review was opened again. Decide when it is finished."))
    before = _standing(dispute.mark, review)
    if answer is not None:
        _answer(dispute.mark, review, answer, dispute.turns)
    after = _standing(dispute.mark, review)
    resolution = Resolution.objects.create(
        dispute=dispute, state=state, by=by, reason=reason, before=before, after=after
    )
    detail = {"criterion": dispute.mark.criterion, "dispute": dispute.pk, "state": state.value}
    detail |= {"before": before, "after": after, "reason": reason}
    ReviewEvent.objects.create(review=review, kind=EventKind.RESOLVED, by=by, detail=detail)
    return resolution


@transaction.atomic
def withdraw(dispute: Dispute, by: User) -> None:
    """By whoever raised it, while nobody has decided."""
    if not Dispute.objects.filter(pk=dispute.pk, state=DisputeState.OPEN).update(state=DisputeState.WITHDRAWN):
        raise TooLate(_already(dispute))
    mark, review = dispute.mark, dispute.mark.review
    standing = _standing(mark, review)
    Resolution.objects.create(dispute=dispute, state=DisputeState.WITHDRAWN, by=by, before=standing, after=standing)
    detail = {"criterion": mark.criterion, "dispute": dispute.pk, "state": DisputeState.WITHDRAWN.value}
    ReviewEvent.objects.create(review=review, kind=EventKind.RESOLVED, by=by, detail=detail)


def _already(dispute: Dispute) -> str:
    last = Resolution.objects.filter(dispute=dispute).select_related("by").last()
    if last is None:
        return _("This dispute is decided.")
    words = {"name": last.by.get_username(), "state": last.get_state_display()}
    return _("%(name)s was faster: %(state)s.") % words


def _standing(mark: Mark, review: Review) -> dict[str, Any]:
    """What stands of an answer and of the score."""
    return {
        "value": mark.value,
        "is_na": mark.is_na,
        "comment": mark.comment,
        "score": review.score,
        "critical_score": review.critical_score,
        "is_fatal": review.is_fatal,
        "passed": review.passed,
    }


def _answer(mark: Mark, review: Review, answer: Answer, turns: Sequence[dict[str, Any]]) -> None:
    criterion = review.version.card.criterion(mark.criterion)
    assert criterion is not None, "a finished review answers only what its version asks"
    mark.value, mark.is_na, mark.comment = answer.value, answer.is_na, answer.comment
    mark.share, mark.is_negative = share_of(criterion, answer), is_negative(criterion, answer)
    mark.save()
    if mark.is_negative and not mark.evidence.exists():
        # a negative answer rests on something: here on what the dispute brought
        Evidence.objects.bulk_create(Evidence(mark=mark, **turn) for turn in turns)
    _rescore(review, criterion, answer)


def _rescore(review: Review, criterion: Criterion, answer: Answer) -> None:
    score = score_of(review.version.card, review.answers())
    review.score, review.critical_score = score.total, score.critical
    review.is_fatal, review.passed = score.is_fatal, score.passed
    if criterion.judges_intent:
        option = criterion.option(answer.value)
        review.judged_intent = option.label if option and not answer.is_na else ""
    review.save(update_fields=["score", "critical_score", "is_fatal", "passed", "judged_intent", "changed_at"])
    note_judged(review)
