"""A fortnight of reviews, told the same way every time: what the board is looked at with."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from calls.models import Call
from calls.snapshot import TagSnapshot
from reviews.models import Review
from reviews.scoring import Answer
from reviews.vocabulary import Purpose
from tests.builders import make_call
from tests.reviews.builders import make_item, make_queue, make_review, make_version
from tests.stories import TASKS, UNANSWERED, a_day_of_calls

JUDGED = "ABCDE"


def a_fortnight_of_calls() -> list[Call]:
    """About ten a day of the four tasks, fewer at weekends, newest first."""
    a_day_of_calls(1)
    chance, now = random.Random(20_261_121), timezone.now()
    moments = [
        now - timedelta(days=day, minutes=chance.randrange(500))
        for day in range(15)
        for _call in range(chance.randint(3, 6) if (now - timedelta(days=day)).weekday() > 4 else chance.randint(7, 14))
    ]
    return [_call(moment, chance) for moment in sorted(moments, reverse=True)]


def _call(started_at: datetime, chance: random.Random) -> Call:
    [(task_id, _name, source)] = chance.choices(TASKS, [6, 4, 2, 1])
    is_answered = chance.random() < 0.52
    made = {"source": source, "task_id": task_id, "started_at": started_at, "answered_at": None, "ended_at": None}
    if not is_answered:
        return make_call(**made, result=chance.choice(UNANSWERED), intent="", turns=(), tags=(), duration=0)
    [intent] = chance.choices(JUDGED, [5, 4, 6, 7, 3])
    tags = (
        TagSnapshot("客户情绪", chance.choice(("平静", "平静", "不满"))),
        TagSnapshot("加微信", chance.choice("是否")),
    )
    return make_call(**made, intent=intent, tags=tags, duration=chance.randrange(12, 140))


def reviews_of(calls: list[Call], *people: User) -> list[Review]:
    """Two of three answered calls reviewed by `people` from a queue drawn by lot, an eighth of them by two."""
    queue = make_queue(name="By lot", version=make_version("Service"), seed="lot")
    reviews = []
    for number, call in enumerate(call for call in calls if call.result == "answered"):
        item = make_item(queue, call, stratum="random", probability=0.25, place=number)
        if number % 3 < 2:
            reviews.append(_review(call, people[number % len(people)], number, item=item))
        if number % 12 == 1:
            second = make_item(queue, call, stratum="random", probability=0.25, place=number, second_of=item)
            reviews.append(
                _review(
                    call,
                    people[(number + 1) % len(people)],
                    number + (number % 24 == 1),
                    item=second,
                    purpose=Purpose.SECOND,
                )
            )
    return reviews


def _review(call: Call, reviewer: User, number: int, **fields: Any) -> Review:
    failed = {"greeting": number % 23 == 4, "answer": number % 13 == 3, "goodbye": number % 7 == 1}
    answers = {key: Answer("fail" if is_failed else "pass", turns=(1,)) for key, is_failed in failed.items()}
    if number % 7 == 5:
        answers["goodbye"] = Answer(is_na=True)
    judged = JUDGED[(JUDGED.find(call.intent) + (number % 4 == 1)) % len(JUDGED)]
    answers["intent"] = Answer(judged.lower())
    finished_at = call.placed_at + timedelta(hours=1)
    seconds = 30.0 + number % 20
    times: dict[str, Any] = {"seconds_to_play": 3.0, "seconds_to_answer": 12.0 + number % 5, "seconds": seconds}
    return make_review(
        call,
        reviewer,
        answers,
        judged_intent=judged,
        started_at=finished_at - timedelta(seconds=seconds),
        finished_at=finished_at,
        **times | fields,
    )
