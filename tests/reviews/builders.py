"""The smallest scorecards, queues and reviews that tests need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from calls.models import Call
from reviews.models import Calibration, Mark, Queue, QueueItem, Review, Scorecard, ScorecardVersion
from reviews.models.judged import name_of
from reviews.opinions import calibrating
from reviews.scoring import Answer, Card, Criterion, Option, Section, score_of
from reviews.scoring.score import is_negative, share_of
from reviews.vocabulary import CriterionKind, ItemState, Purpose, ReviewState, VersionState

PASS_FAIL = (Option("pass", "Pass"), Option("fail", "Fail", 0.0, is_negative=True))
# answers to the smallest scorecard
FINE = {key: Answer("pass") for key in ("greeting", "answer", "goodbye")}
WRONG = FINE | {"answer": Answer("fail", turns=(2,))}
INTENTS = tuple(Option(letter.lower(), letter, None) for letter in "ABCDE")


def make_card() -> Card:
    """Three criteria to pass or fail, and what the intent really was."""
    titles = {"greeting": "Names itself", "answer": "Answers what was asked", "goodbye": "Says goodbye"}
    asked = tuple(Criterion(key, title, options=PASS_FAIL) for key, title in titles.items())
    intent = Criterion(
        "intent", "Intent was really", CriterionKind.CHOICE, 0, INTENTS, allows_na=False, judges_intent=True
    )
    return Card((Section("Talk", asked), Section("Outcome", (intent,))))


def make_version(name: str = "Compliance", card: Card | None = None, **fields: Any) -> ScorecardVersion:
    scorecard, _created = Scorecard.objects.get_or_create(name=name)
    values = {"state": VersionState.PUBLISHED, "number": 1, "published_at": timezone.now(), **fields}
    return ScorecardVersion.objects.create(scorecard=scorecard, content=(card or make_card()).as_json(), **values)


def make_queue(*calls: Call, name: str = "Monday", version: ScorecardVersion | None = None, **fields: Any) -> Queue:
    version = version or ScorecardVersion.objects.published().first() or make_version()
    # a second opinion is drawn by the call's key, which every run gives anew: a test that wants one says so
    chosen = {"seed": "5eed", "second_share": 0} | fields
    queue = Queue.objects.create(name=name, scorecard=version.scorecard, **chosen)
    for place, call in enumerate(calls):
        make_item(queue, call, place=place)
    return queue


def make_item(queue: Queue, call: Call, **fields: Any) -> QueueItem:
    return QueueItem.objects.create(queue=queue, call=call, **name_of(call), **fields)


def make_review(
    call: Call,
    reviewer: User,
    answers: dict[str, Answer] | None = None,
    *,
    version: ScorecardVersion | None = None,
    item: QueueItem | None = None,
    **fields: Any,
) -> Review:
    """A finished review with its marks and score, as finishing would have written them."""
    version = version or ScorecardVersion.objects.published().first() or make_version()
    given = FINE if answers is None else answers
    score = score_of(version.card, given)
    values: dict[str, Any] = {"state": ReviewState.FINISHED, "purpose": Purpose.FIRST, "finished_at": timezone.now()}
    values |= {"score": score.total, "critical_score": score.critical, "is_fatal": score.is_fatal}
    review = Review.objects.create(
        call=call,
        **name_of(call),
        placed_at=call.placed_at,
        intent=call.intent,
        item=item,
        version=version,
        reviewer=reviewer,
        **values | {"passed": score.passed} | fields,
    )
    for key, answer in given.items():
        criterion = version.card.criterion(key)
        assert criterion
        mark = Mark.objects.create(
            review=review,
            criterion=key,
            value=answer.value,
            is_na=answer.is_na,
            comment=answer.comment,
            weight=criterion.weight,
            share=share_of(criterion, answer),
            is_negative=is_negative(criterion, answer),
        )
        for turn in answer.turns:
            mark.evidence.create(turn=turn)
    return review


def make_pair(call: Call, **fields: Any) -> tuple[QueueItem, QueueItem]:
    """An item, and the one of the blind second opinion about it."""
    queue = make_queue(name=f"Pair {call.pk}")
    first = make_item(queue, call, **fields)
    return first, make_item(queue, call, second_of=first, place=1)


def finish(item: QueueItem, reviewer: User, answers: dict[str, Answer] | None = None, **fields: Any) -> Review:
    """The item's review, as its reviewer would have finished it."""
    assert item.call
    version = item.queue.scorecard.versions.get(state=VersionState.PUBLISHED)
    review = make_review(item.call, reviewer, answers, version=version, item=item, **{"purpose": item.purpose} | fields)
    QueueItem.objects.filter(pk=item.pk).update(state=ItemState.DONE, closed_at=timezone.now())
    return review


def make_calibration(calls: Sequence[Call], people: Sequence[User], expert: User, name: str = "May") -> Calibration:
    version = ScorecardVersion.objects.published().first() or make_version()
    return calibrating.plan(name, version.scorecard, calls, people=people, expert=expert, by=expert)


def finish_all(calibration: Calibration, person: User, answers: dict[str, Answer] | None = None) -> list[Review]:
    """Whatever this person was asked, answered the same."""
    return [finish(item, person, answers) for item in calibration.queue.items.filter(assigned_to=person)]
