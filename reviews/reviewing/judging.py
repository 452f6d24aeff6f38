"""A review from its first answer to the last word. Each step is one transaction and leaves an event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from calls.models import Call
from reviews.models import QueueItem, Review, ReviewEvent
from reviews.models.judged import hold_calls, note_judged
from reviews.reviewing import holding, once
from reviews.reviewing.marking import write_marks
from reviews.reviewing.seen import digest_of, revision_of
from reviews.scoring import Answer, Card, Score, missing_of, score_of
from reviews.vocabulary import DisputeState, EventKind, ReviewState

UNDO = timedelta(seconds=10)
# what a press on the last second may take to get here
ON_THE_WAY = timedelta(seconds=5)


class Refused(Exception):
    """Says in words why not, and what to do."""


class Overtaken(Refused):
    """A newer page of the same review has written since."""

    def __init__(self) -> None:
        super().__init__(_("This review was changed in another tab after this page was opened."))


class CallChanged(Refused):
    """The reviewer has not seen what the call is now."""


class AlreadyFinished(Refused):
    """By this reviewer in another tab or without a queue, or the item by somebody else."""

    def __init__(self, sentence: str, review: Review | None = None) -> None:
        super().__init__(sentence)
        self.review = review


class ItemGone(Refused):
    """The first opinion was opened again, and took the second that nobody had begun along."""

    def __init__(self) -> None:
        super().__init__(_("This call is no longer in the queue: the review that asked for yours was opened again."))


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
    # how often its page wrote over that state and heard no answer: that may have come already, or come after this
    unanswered: int = 0
    # of the item's lock, as the page has it
    token: str = ""
    # this page goes on, whatever others wrote
    takes_over: bool = False


@transaction.atomic
def save_draft(review: Review, draft: Draft) -> Review:
    """Raises AlreadyFinished or Overtaken; then nothing is written."""
    row = _open(review)
    _write(row, draft)
    return row


def finish(review: Review, draft: Draft, digest: str, token: str = "") -> Review:
    """Saves what the page brings and finishes it: one transaction, as each is written to the disk by itself.

    `digest` is of what the page showed, `token` that of the item's lock. Raises Overtaken, or AlreadyFinished of this
    very review, and then writes nothing; whatever else it raises, holding.LockLost too, leaves the draft saved.
    """
    row, refusal = attempt(review, draft, digest, token)
    if refusal:
        raise refusal
    return row


@transaction.atomic
def attempt(review: Review, draft: Draft, digest: str, token: str) -> tuple[Review, Exception | None]:
    """As `finish`, for a transaction that has begun: with what leaves the draft saved, instead of raising it."""
    row = _open(review)
    _write(row, draft)
    try:
        with transaction.atomic():
            return _finish(row, digest, token), None
    except (Refused, holding.LockLost) as why:
        if row.item and not holding.renew(row.item, token):
            # saved over what a newer page of theirs has read: that one shall look first
            holding.change_token(row.item, row.reviewer)
        return row, why


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


def _write(row: Review, draft: Draft) -> None:
    if row.edit > draft.edit and not draft.takes_over and not _is_own(row, draft):
        raise Overtaken
    # higher than what its page wrote unheard, so that this comes too late if it comes after
    row.note, row.edit = draft.note, max(row.edit, draft.edit + draft.unanswered) + 1
    row.seconds_to_play, row.seconds_to_answer, row.seconds = (
        draft.spent.to_play,
        draft.spent.to_answer,
        draft.spent.total,
    )
    row.save()
    write_marks(row, draft.answers)


def _is_own(row: Review, draft: Draft) -> bool:
    """Whether the page itself wrote what is newer: whoever else writes into an item changes the token of its lock.

    Asked anew, once the review is locked: who came in between has changed it by then.
    """
    if row.edit > draft.edit + draft.unanswered or row.item_id is None or not draft.token:
        return False
    return QueueItem.objects.waiting().filter(pk=row.item_id, token=draft.token).exists()


def _finish(row: Review, digest: str, token: str) -> Review:
    if row.call is None:
        raise Refused(_("The call is gone, so this review cannot be finished. Your answers are kept as a draft."))
    if digest_of(row.call) != digest:
        raise CallChanged(_("The call has changed while you looked at it. Look at what is new, then finish."))
    card, answers = row.version.card, row.answers()
    if missing := missing_of(card, answers):
        raise Incomplete(missing)
    if once.is_repeated(row):
        raise Refused(_("You have finished a review of this call by this scorecard already. This one stays a draft."))
    if row.item is not None:
        holding.close(row.item, token)
    _judge(row, card, answers, row.call, digest)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise AlreadyFinished(_("Somebody else has finished a review of this call in this queue.")) from None
    note_judged(row)
    note(row, EventKind.FINISHED, row.reviewer, score=row.score, passed=row.passed, revision=row.revision)
    return row


def _back_to_draft(row: Review, kind: EventKind, by: User, **detail: object) -> Review:
    note(row, kind, by, score=row.score, passed=row.passed, revision=row.revision, **detail)
    row.state, row.finished_at, row.is_outdated = ReviewState.DRAFT, None, False
    row.score, row.critical_score, row.is_fatal, row.passed = None, None, False, None
    row.save()
    if row.item is not None:
        holding.reopen_item(row.item, row.reviewer)
    # last: while the item waits nobody learns what the other opinion came to
    note_judged(row)
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
    if row.item_id != review.item_id:
        # a queue took it over in this very moment, or let it go
        raise Overtaken
    return row


def _held(review: Review) -> Review:
    hold_calls(Review.objects.filter(pk=review.pk))
    rows = Review.objects.select_for_update(of=("self",)).select_related("version", "call", "item__queue", "reviewer")
    return rows.get(pk=review.pk)


def note(review: Review, kind: EventKind, by: User, **detail: object) -> None:
    ReviewEvent.objects.create(
        review=review, kind=kind, by=by, detail={k: v for k, v in detail.items() if v not in (None, "")}
    )
