"""Thousands of small calls whose words meet often, and questions about them; the same ones every time."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import connection

from calls.models import Call, Recording, Tag, Transcript, indexing
from calls.search.index import TABLE
from calls.search.position import first_position
from calls.vocabulary import CallResult, HungUpBy, RecordingState, Source, Speaker
from reviews.models import Label, Labelled, Review
from reviews.vocabulary import ReviewState
from tests.reviews.builders import make_version

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
# rows a statement: twenty thousand would take longer than PostgreSQL gives one on a busy machine
AT_ONCE = 2_000
# Few letters, so that every bigram and many longer texts occur, also apart from each other.
WORDS = [
    "退款",
    "款退",
    "退",
    "为什么",
    "什么",
    "贵",
    "您好",
    "好的",
    "加微信",
    "微信",
    "WeChat",
    "we",
    "Ｃhat",
    "ok",
    "13800",
]
WORDS += [
    "，",
    "。",
    "，谢谢",
    "？",
    "-",
    "“好”",
    '"',
    "'",
    "a b",
    "  ",
    "👍",
    "👍🏽",
    "ﾞｶﾞ",
    "ﬁne",
    "é",
    "ß",
    "%",
    "_",
    "\\",
    "OR",
]
WEIGHTS = [1 / rank for rank in range(1, len(WORDS) + 1)]
TAGS = ["情绪", "加微信", "客户 类型", "A=B"]
VALUES = ["是", "否", "不满", "", "Very Good"]
INTENTS = ["A", "B", "c", "D", ""]
SPEAKERS = [Speaker.AGENT, Speaker.CUSTOMER, Speaker.CUSTOMER, Speaker.OTHER]
LABELS = ["回访", "质检 难例", "Ｖip", "好"]
SCORES = [None, 0.0, 5.25, 33.33, 59.96, 59.99, 60.0, 60.04, 66.67, 66.7, 99.99, 100.0]
DURATIONS = [None, 0, 1, 5, 59, 60, 61, 64, 255, 256, 700, 70_000]


def beside() -> str:
    """The table beside the entries: PostgreSQL has in it what was said, SQLite what is counted."""
    return f"{TABLE}_texts" if connection.vendor == "postgresql" else f"{TABLE}_facets"


def sentence(chance: random.Random) -> str:
    return "".join(chance.choices(WORDS, WEIGHTS, k=chance.randint(1, 5)))


def make_turns(chance: random.Random, most: int = 5) -> list[dict[str, Any]]:
    return [
        {"speaker": chance.choice(SPEAKERS).value, "text": sentence(chance)} for _turn in range(chance.randint(0, most))
    ]


def make_calls(number: int, *, seed: int = 1, indexed: bool = True, with_people: bool = False) -> list[Call]:
    """So many calls, written in bulk as an import would leave them; `with_people`, some reviewed and labelled."""
    chance = random.Random(seed)
    places = chance.sample(range(number * 3), number)
    calls = Call.objects.bulk_create([make_row(chance, place) for place in places], AT_ONCE)
    Transcript.objects.bulk_create([_transcript(chance, call) for call in calls], AT_ONCE)
    Tag.objects.bulk_create([tag for call in calls for tag in make_tags(chance, call)], AT_ONCE)
    Recording.objects.bulk_create(
        [Recording(call=call, state=chance.choice(RecordingState.values)) for call in calls], AT_ONCE
    )
    if with_people:
        judge_and_label(chance, calls)
    if indexed:
        indexing.index_calls(call.pk for call in calls)
    _count_again()
    return calls


def judge_and_label(chance: random.Random, calls: Sequence[Call]) -> None:
    version = make_version()
    root, _is_new = User.objects.get_or_create(username="root of the world")
    labels = Label.objects.bulk_create(Label(name=name) for name in LABELS)
    Labelled.objects.bulk_create(
        Labelled(call=call, label=label, source=call.source, key=call.key)
        for call in chance.sample(calls, len(calls) // 4)
        for label in chance.sample(labels[:3], chance.randint(1, 2))
    )
    Review.objects.bulk_create(
        Review(
            call=call,
            source=call.source,
            key=call.key,
            placed_at=call.placed_at,
            version=version,
            reviewer=root,
            state=ReviewState.FINISHED,
            finished_at=call.placed_at,
            score=chance.choice(SCORES),
        )
        for call in chance.sample(calls, len(calls) // 4)
    )


def _count_again() -> None:
    """PostgreSQL plans by what it counted last: an empty table, where it looked between two tests, and then asks the
    index anew for every call. Fifteen seconds were not enough for what takes a tenth of one.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE calls_call")


def make_tags(chance: random.Random, call: Call) -> list[Tag]:
    return [
        Tag(call=call, position=position, name=chance.choice(TAGS), value=chance.choice(VALUES))
        for position in range(chance.choice([0, 0, 1, 2]))
    ]


def make_row(chance: random.Random, place: int) -> Call:
    placed_at = BEGIN + timedelta(seconds=place * 37)
    return Call(
        source=chance.choice(Source.values),
        key=f"made/{place}",
        task_id=chance.choice(["138", "139", ""]),
        batch_id=f"b{place % 50}",
        detail_id=f"d{place}",
        call_id=f"{place}^X",
        out_id=chance.choice(["", f"out {place}"]),
        caller=chance.choice(["95187", "0571-8899", ""]),
        callee=f"13{chance.randrange(10**4):04d}{place % 100:05d}",
        result=chance.choice([CallResult.ANSWERED, CallResult.BUSY, CallResult.NO_ANSWER, ""]),
        intent=chance.choice(INTENTS),
        hung_up_by=chance.choice([HungUpBy.AGENT, HungUpBy.CUSTOMER, ""]),
        duration=chance.choice(DURATIONS),
        placed_at=placed_at,
        position=first_position(placed_at) + chance.randrange(64),
        checked_at=placed_at,
    )


def _transcript(chance: random.Random, call: Call) -> Transcript:
    turns = make_turns(chance)
    unread = sentence(chance) if chance.random() < 0.05 else ""
    return Transcript(call=call, turns=turns, turn_count=len(turns), unread=unread)


def questions(number: int, *, seed: int = 7) -> list[str]:
    chance = random.Random(seed)
    return [question(chance) for _each in range(number)]


def question(chance: random.Random) -> str:
    pieces = [piece(chance) for _piece in range(chance.choice([1, 1, 1, 2, 2, 3, 4]))]
    joints = [chance.choice([" ", " ", " OR "]) for _joint in pieces]
    return "".join(f"{joint}{each}" for joint, each in zip(joints, pieces, strict=True)).strip()


def piece(chance: random.Random) -> str:
    minus = "-" if chance.random() < 0.2 else ""
    text = sentence(chance)[: chance.choice([1, 2, 3, 4, 8, 50])]
    kind = chance.random()
    if kind < 0.5:
        return f"{minus}{text}"
    if kind < 0.6:
        return f'{minus}"{text}"'
    if kind < 0.75:
        return f"{minus}{chance.choice(['customer', 'agent', '客户', 'bot'])}:{text}"
    return minus + chance.choice(_fields(chance))


def _fields(chance: random.Random) -> Sequence[str]:
    seconds = chance.choice([0, 1, 5, 30, 60, 61, 64, 256, 699, 65_535, 999_999])
    return [
        f'tag:"{chance.choice(TAGS)}"',
        f'tag:{chance.choice(TAGS[:2])}="{chance.choice(VALUES)}"',
        f"intent:{chance.choice('AbCx')}",
        f"result:{chance.choice(['answered', 'busy', 'no_answer', 'lost'])}",
        f"source:{chance.choice(['aiccs', 'robot'])}",
        f"hangup:{chance.choice(['agent', 'customer', 'other'])}",
        f"task:{chance.choice(['138', '139', '13'])}",
        f"dur:{chance.choice(['>', '<', '>=', '<=', ''])}{seconds}",
        f"dur:{seconds}-{seconds * 2}",
        f"turns:{chance.choice(['>', '<', ''])}{chance.randrange(6)}",
        f"no:{chance.choice(['1', '87', '899', '0001', '00012', '8899', '5187'])}",
        f"id:{chance.choice(['b7', 'd12', '33^x', 'out', 'zz'])}",
        f"has:{chance.choice(['recording', 'transcript', 'tag', 'label'])}",
        f'label:"{chance.choice([*LABELS, "vip", "回"])}"',
        f"score:{chance.choice(['>', '<', '>=', '<=', ''])}{chance.choice(['0', '5.25', '60', '66.7', '100'])}",
        "score:33.3-66.67",
        f"reviewed:{chance.choice(['yes', 'no'])}",
    ]


def in_batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
