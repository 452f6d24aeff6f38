"""A review from the first answer to the last word. Each step is one transaction and leaves an event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from calls.models import Call
from reviews.models import QueueItem, Review, ReviewEvent, ScorecardVersion
from reviews.models.judged import hold_calls, note_judged
from reviews.reviewing import holding
from reviews.reviewing.marking import write_marks
from reviews.reviewing.seen import digest_of, revision_of
from reviews.reviewing.waiting import begun_by
from reviews.scoring import Answer, Card, Score, missing_of, score_of
from reviews.vocabulary import DisputeState, EventKind, Purpose, ReviewState

UNDO = timedelta(seconds=10)
# what a press on the last second may take to get here
ON_THE_WAY = timedelta(seconds=5)


class Refused(Exception):
    """Says in words why not, and what to do."""


class Overtaken(Refused):
    """A newer page of the same review has written since."""


class CallChanged(Refused):
    """The reviewer has not seen what the call is now."""


class AlreadyFinished(Refused):
    """By this reviewer in another tab, or the item by somebody else."""


class Incomplete(Refused):
    def __init__(self, missing: dict[str, list[str]]) -> None:
        super().__init__()
        self.missing = missing


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of attention from opening to the first play, the first answer, and now; None while it did not happen."""

    to_play: float | None = None
    to_answer: float | None = None
    total: float | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What a page brings: the answers, and which state of the review they were written over."""

    answers: Mapping[str, Answer]
    note: str = ""
    spent: Spent = Spent()
    edit: int = 0
    # this page goes on, whatever others wrote
    takes_over: bool = False


@transaction.atomic
def start(user: User, call: Call, version: ScorecardVersion, item: QueueItem | None = None) -> Review:
    """The draft of this person about this call: the one that is there, or a new one.

    Without an item it may be that of an item which they may go on with. Of a call that was deleted meanwhile it keeps
    the answers all the same.
    """
    # one after the other, so that two tabs never begin two reviews
    living = Call.objects.select_for_update().filter(pk=call.pk).first()
    mine = Review.objects.filter(reviewer=user)
    drafts = mine.filter(Q(item=None) | Q(item__in=begun_by(user, call)), call=call, state=ReviewState.DRAFT)
    known = mine.filter(item=item).first() if item else drafts.first()
    if known:
        return known
    review = Review.objects.create(
        call=living,
        source=call.source,
        task_id=call.task_id,
        key=call.key,
        placed_at=call.placed_at,
        intent=call.intent,
        item=item,
        version=version,
        purpose=purpose_of(item, user),
        reviewer=user,
        revision=revision_of(call),
        digest=digest_of(call),
    )
    _note(review, EventKind.STARTED, user, scorecard=str(version))
    return review


def purpose_of(item: QueueItem | None, user: User) -> Purpose:
    if item is None:
        return Purpose.AD_HOC
    calibration = getattr(item.queue, "calibration", None)
    if calibration is not None:
        return Purpose.EXPERT if calibration.expert_id == user.pk else Purpose.CALIBRATION
    return Purpose.SECOND if item.second_of_id else Purpose.FIRST


@transaction.atomic
def save_draft(review: Review, draft: Draft) -> Review:
    """Raises AlreadyFinished or Overtaken; then nothing is written."""
    row = _open(review)
    if row.edit > draft.edit and not draft.takes_over:
        raise Overtaken(_("This review was changed in another tab after this page was opened."))
    row.note, row.edit = draft.note, row.edit + 1
    row.seconds_to_play, row.seconds_to_answer, row.seconds = (
        draft.spent.to_play,
        draft.spent.to_answer,
        draft.spent.total,
    )
    row.save()
    write_marks(row, draft.answers)
    return row


@transaction.atomic
def finish(review: Review, digest: str, token: str = "") -> Review:
    """Finishes what was last saved. `digest` is of what the page showed, `token` that of the item's lock.

    Raises a Refused, or holding.LockLost; then the draft stays as it is.
    """
    row = _open(review)
    if row.call is None:
        raise Refused(_("The call is gone, so this review cannot be finished. Your answers are kept as a draft."))
    if digest_of(row.call) != digest:
        raise CallChanged(_("The call has changed while you looked at it. Look at what is new, then finish."))
    card, answers = row.version.card, row.answers()
    if missing := missing_of(card, answers):
        raise Incomplete(missing)
    if row.item is not None:
        holding.close(row.item, token)
    _judge(row, card, answers, row.call, digest)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise AlreadyFinished(_("Somebody else has finished a review of this call in this queue.")) from None
    note_judged(row)
    _note(row, EventKind.FINISHED, row.reviewer, score=row.score, passed=row.passed, revision=row.revision)
    return row


@transaction.atomic
def undo(review: Review, by: User) -> Review:
    """Takes the last finish back, within ten seconds of it. The item is held by its reviewer again."""
    row = _held(review)
    if row.finished_at is None or row.reviewer_id != by.pk:
        raise Refused(_("There is nothing to undo: this review is not finished."))
    if timezone.now() - row.finished_at > UNDO + ON_THE_WAY:
        raise Refused(_("Too late to undo. Open the review again instead."))
    return _back_to_draft(row, EventKind.UNDONE, by)


@transaction.atomic
def reopen(review: Review, by: User, reason: str = "") -> Review:
    """A finished review is a draft again, with its answers; finishing it anew supersedes what it said."""
    row = _held(review)
    if row.finished_at is None:
        raise Refused(_("This review is open already."))
    if row.call is None:
        raise Refused(_("The call is gone. A review without its call stays as it is."))
    if row.marks.filter(disputes__state=DisputeState.OPEN).exists():
        raise Refused(_("An answer of this review is disputed. It can be opened again when that is decided."))
    return _back_to_draft(row, EventKind.REOPENED, by, reason=reason)


def _back_to_draft(row: Review, kind: EventKind, by: User, **detail: object) -> Review:
    _note(row, kind, by, score=row.score, passed=row.passed, revision=row.revision, **detail)
    row.state, row.finished_at, row.is_outdated = ReviewState.DRAFT, None, False
    row.score, row.critical_score, row.is_fatal, row.passed = None, None, False, None
    row.save()
    note_judged(row)
    if row.item is not None:
        holding.reopen_item(row.item, row.reviewer)
    return row


def _judge(row: Review, card: Card, answers: Mapping[str, Answer], call: Call, digest: str) -> None:
    score: Score = score_of(card, answers)
    row.score, row.critical_score = score.total, score.critical
    row.is_fatal, row.passed = score.is_fatal, score.passed
    row.judged_intent = _judged_intent(card, answers)
    row.state, row.finished_at, row.is_outdated = ReviewState.FINISHED, timezone.now(), False
    row.digest, row.revision, row.intent = digest, revision_of(call), call.intent
    row.placed_at, row.task_id, row.key = call.placed_at, call.task_id, call.key


def _judged_intent(card: Card, answers: Mapping[str, Answer]) -> str:
    for criterion in card:
        option = criterion.option(answers.get(criterion.key, Answer()).value)
        if criterion.judges_intent and option:
            return option.label[:64]
    return ""


def _open(review: Review) -> Review:
    row = _held(review)
    if row.is_finished:
        raise AlreadyFinished(_("You have finished this review already, in another tab."))
    return row


def _held(review: Review) -> Review:
    hold_calls(Review.objects.filter(pk=review.pk))
    return Review.objects.select_for_update(of=("self",)).select_related("version", "call", "item").get(pk=review.pk)


def _note(review: Review, kind: EventKind, by: User, **detail: object) -> None:
    ReviewEvent.objects.create(
        review=review, kind=kind, by=by, detail={k: v for k, v in detail.items() if v not in (None, "")}
    )
