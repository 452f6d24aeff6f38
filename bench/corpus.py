"""Calls for the search benchmark: the same ones every time, written in bulk through the real models.

Words follow Zipf's law; robots say half of theirs from a script. Planted words have known frequencies, and nothing
else is made of their characters.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from django.db import transaction

from calls.models import Call, CallTask, Recording, Tag, Transcript, indexing
from calls.search.position import first_position
from calls.snapshot import CallSnapshot, TurnSnapshot
from calls.vocabulary import CallResult, HungUpBy, RecordingState, Source, Speaker

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 300
CHUNK = 1_000
# characters, words and tasks that the talk is made of
CHARACTERS = 3_000
WORDS = 20_000
TASKS = 40

HALF, TWENTIETH, THOUSANDTH, RARE = "您好", "退款", "麤鱻", "龖厵"  # 50 %, 5 %, 0.1 %, 0.001 % of the calls
LATIN = "Refund"  # 25 %
OLD = "鼍龘"  # 30 % of the oldest tenth, nowhere else
THREE = "为什么"  # 1 %
NEVER_TAGGED = "齉靐"  # 20 %, never together with TAG
TAG = "加微信"
BUSY_NUMBER = "13900001234"
COMMON_CHARACTER, RARE_CHARACTER = "的", "麤"
RESULTS = [CallResult.ANSWERED, CallResult.NO_ANSWER, CallResult.BUSY, CallResult.REFUSED, CallResult.POWERED_OFF]
INTENTS = ["A", "B", "C", "D", ""]


class Corpus:
    def __init__(self, size: int, seed: int = 20_261_120) -> None:
        self.size = size
        self.chance = random.Random(seed)
        used = set("".join([HALF, TWENTIETH, THOUSANDTH, RARE, OLD, THREE, NEVER_TAGGED, COMMON_CHARACTER]))
        letters = [chr(0x4E00 + 5 * number) for number in range(CHARACTERS) if chr(0x4E00 + 5 * number) not in used]
        by_rank = list(accumulate(1 / (rank + 10) for rank in range(len(letters))))
        self.words = [
            "".join(self.chance.choices(letters, cum_weights=by_rank, k=self.chance.choice([1, 2, 2, 2, 3])))
            for _word in range(WORDS)
        ]
        self.words[2] = COMMON_CHARACTER
        self.by_zipf = list(accumulate(1 / (rank + 2) for rank in range(WORDS)))
        self.tasks = [f"{138_000 + number}" for number in range(TASKS)]
        self.by_task = list(accumulate(1 / 1.2**number for number in range(TASKS)))
        self.scripts = {task: [self._sentence() for _line in range(8)] for task in self.tasks}

    def write(self) -> Iterator[int]:
        """Writes all calls, oldest first; gives the number written so far, chunk by chunk."""
        CallTask.objects.bulk_create(
            CallTask(source=Source.AICCS, task_id=task, name=f"任务 {task}") for task in self.tasks
        )
        for first in range(0, self.size, CHUNK):
            with transaction.atomic():
                calls = self._write_chunk(range(first, min(first + CHUNK, self.size)))
                indexing.index_calls(call.pk for call in calls)
            yield first + len(calls)

    def write_bare(self) -> None:
        """The calls alone, for pages that need no words. A hundred, spread over the whole time, are to one number."""
        for first in range(0, self.size, CHUNK):
            Call.objects.bulk_create(map(self._call, range(first, min(first + CHUNK, self.size))))
        busy = [f"bench/{number}" for number in range(0, self.size, max(self.size // 100, 1))]
        Call.objects.filter(source=Source.AICCS, key__in=busy).update(callee=BUSY_NUMBER)

    def _write_chunk(self, numbers: range) -> list[Call]:
        calls = Call.objects.bulk_create(map(self._call, numbers))
        Transcript.objects.bulk_create(
            Transcript(call=call, **Transcript.columns(self._said(number, call)))
            for number, call in zip(numbers, calls, strict=True)
        )
        Tag.objects.bulk_create(Tag(call=call, name=TAG, value="是") for call in calls if call.out_id)
        Recording.objects.bulk_create(Recording(call=call, state=self._state(call)) for call in calls)
        return calls

    def _call(self, number: int) -> Call:
        chance = self.chance
        placed_at = BEGIN + timedelta(seconds=number * DAYS * 86_400 // self.size)
        result = chance.choices(RESULTS, [60, 20, 10, 6, 4])[0]
        return Call(
            source=Source.AICCS,
            key=f"bench/{number}",
            task_id=chance.choices(self.tasks, cum_weights=self.by_task)[0],
            batch_id=str(number // 1000),
            detail_id=str(966_000_000 + number),
            call_id=f"{101_299_000_000 + number}^10198273645",
            out_id="tagged" if chance.random() < 0.0075 else "",
            caller="057188996676",
            callee=f"138{chance.randrange(10**8):08d}",
            result=result,
            intent=chance.choices(INTENTS, [5, 10, 25, 40, 20])[0],
            hung_up_by=chance.choice([HungUpBy.CUSTOMER, HungUpBy.AGENT]),
            duration=min(int(chance.expovariate(1 / 60)), 3_000),
            placed_at=placed_at,
            started_at=placed_at,
            position=first_position(placed_at) + number % 60,
            is_final=True,
            checked_at=placed_at,
        )

    def _said(self, number: int, call: Call) -> CallSnapshot:
        turns = [self._turn(place, call.task_id) for place in range(self.chance.randint(8, 16))]
        for word, speaker in self._planted(number, call):
            place = self.chance.randrange(len(turns))
            turns[place] = TurnSnapshot(speaker, f"{word}，{turns[place].text}")
        return CallSnapshot(source=Source.AICCS, turns=tuple(turns))

    def _turn(self, place: int, task: str) -> TurnSnapshot:
        if place % 2:
            return TurnSnapshot(Speaker.CUSTOMER, self._sentence())
        is_script = self.chance.random() < 0.5
        return TurnSnapshot(Speaker.AGENT, self.chance.choice(self.scripts[task]) if is_script else self._sentence())

    def _planted(self, number: int, call: Call) -> Iterator[tuple[str, Speaker]]:
        chance = self.chance
        if chance.random() < 0.5:
            # Mostly the robot says it; a customer once in some thousands.
            yield HALF, Speaker.CUSTOMER if chance.random() < 0.00026 else Speaker.AGENT
        if chance.random() < 0.05:
            yield TWENTIETH, Speaker.CUSTOMER
        if chance.random() < 0.01:
            yield THREE, Speaker.CUSTOMER
        if chance.random() < 0.25:
            yield LATIN, Speaker.AGENT
        if chance.random() < 0.2 and not call.out_id:
            yield NEVER_TAGGED, Speaker.CUSTOMER
        if number < self.size // 10 and chance.random() < 0.3:
            yield OLD, Speaker.CUSTOMER
        if number % 1_000 == 500:
            yield THOUSANDTH, Speaker.CUSTOMER
        if number % 100_000 == 50_000:
            yield RARE, Speaker.CUSTOMER

    def _sentence(self) -> str:
        words = self.chance.choices(self.words, cum_weights=self.by_zipf, k=self.chance.randint(3, 10))
        words.insert(len(words) // 2, "，")
        return "".join([*words, "。"])

    def _state(self, call: Call) -> RecordingState:
        return RecordingState.STORED if call.result == CallResult.ANSWERED else RecordingState.NONE
