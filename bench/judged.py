"""Reviews of the calls that are exported, found and sorted."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User

from calls.models import Call, Transcript
from calls.vocabulary import Speaker
from reviews import ready
from reviews.models import Evidence, Mark, Review, ScorecardVersion
from reviews.models.judged import name_of
from reviews.scoring import Answer, score_of
from reviews.scoring.score import is_negative, share_of
from reviews.vocabulary import Purpose, ReviewState

PEOPLE = 10
# of the answers, those that need a comment and evidence
NEGATIVE = 0.1
# how many calls lend their words to the evidence
LENDING = 500
CHUNK = 2_000
COMMENTS = ("没有报自己的名字", "客户问了价格，没有正面回答", "结束得太急，客户还在说话", "没有告知正在录音")
Judged = tuple[Review, dict[str, Answer]]


def fill(share: float = 1.0) -> Iterator[int]:
    """One review of every call, or of such a part of them drawn by lot; yields how many are written.

    Ten criteria each, a tenth of the answers negative with a comment and two turns.
    """
    chance, lot = random.Random(20_261_121), random.Random(20_261_122)
    version = ready.install(language=ready.CHINESE)
    people = reviewers()
    lending = Transcript.objects.order_by("call")[:LENDING]
    said = [text for transcript in lending for _speaker, text in transcript.texts()]
    calls = Call.objects.order_by("pk").iterator(CHUNK)
    drawn = (call for call in calls if lot.random() < share)
    written = 0
    while chunk := list(itertools.islice(drawn, CHUNK)):
        _write([_one(call, version, chance.choice(people), chance) for call in chunk], said, chance)
        written += len(chunk)
        yield written


def reviewers() -> list[User]:
    return [User.objects.get_or_create(username=f"reviewer {number}")[0] for number in range(PEOPLE)]


def review_of(
    call: Call, reviewer: User, version: ScorecardVersion, answers: Mapping[str, Answer], at: datetime, **fields: Any
) -> Review:
    """Finished `at` this time after forty seconds; not written yet."""
    score = score_of(version.card, answers)
    return Review(
        call=call,
        **name_of(call),
        placed_at=call.placed_at,
        intent=call.intent,
        version=version,
        reviewer=reviewer,
        state=ReviewState.FINISHED,
        score=score.total,
        critical_score=score.critical,
        is_fatal=score.is_fatal,
        passed=score.passed,
        started_at=at - timedelta(seconds=40),
        finished_at=at,
        seconds_to_play=3.0,
        seconds_to_answer=12.0,
        seconds=40.0,
        **fields,
    )


def marks_of(review: Review, answers: Mapping[str, Answer]) -> Iterator[Mark]:
    for criterion in review.version.card:
        if answer := answers.get(criterion.key):
            yield Mark(
                review=review,
                criterion=criterion.key,
                value=answer.value,
                comment=answer.comment,
                share=share_of(criterion, answer),
                weight=criterion.weight,
                is_negative=is_negative(criterion, answer),
            )


def _one(call: Call, version: ScorecardVersion, reviewer: User, chance: random.Random) -> Judged:
    answers = _answers(version, chance)
    at = call.placed_at + timedelta(hours=1, seconds=chance.randrange(86_400))
    return review_of(call, reviewer, version, answers, at, purpose=Purpose.AD_HOC), answers


def _answers(version: ScorecardVersion, chance: random.Random) -> dict[str, Answer]:
    """The first option, which is the good one where one is, or a negative one."""
    given = {}
    for criterion in version.card:
        bad = [option.key for option in criterion.options if option.is_negative]
        if bad and chance.random() < NEGATIVE:
            given[criterion.key] = Answer(bad[0], comment=chance.choice(COMMENTS), turns=(2, 5))
        elif criterion.options:
            given[criterion.key] = Answer(criterion.options[0].key)
    return given


def _write(judged: Iterable[Judged], said: list[str], chance: random.Random) -> None:
    made = list(judged)
    Review.objects.bulk_create(review for review, _answers in made)
    marks = Mark.objects.bulk_create(mark for review, answers in made for mark in marks_of(review, answers))
    turns = {(review.pk, key): answer.turns for review, answers in made for key, answer in answers.items()}
    Evidence.objects.bulk_create(
        Evidence(
            mark=mark, turn=turn, speaker=Speaker.CUSTOMER, text=chance.choice(said), start=turn * 4, end=turn * 4 + 3
        )
        for mark in marks
        for turn in turns[mark.review_id, mark.criterion]
    )
