"""The door that pages use: what it gives, how few statements it takes, and what no input can do to it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calls.models import Call, search
from calls.models.search import Sort
from calls.search import sorting, sqlite
from calls.search.filters import Filters
from calls.search.grammar import parse
from calls.snapshot import TagSnapshot, TurnSnapshot
from calls.vocabulary import Speaker
from tests.builders import make_call
from tests.search import worlds
from tests.search.looking import World, check

pytestmark = pytest.mark.django_db
SHAPES = ["", "退款", "为什么", "customer:您好", "退款 -什么 OR tag:情绪", "dur:>60", "-什么", "no:87", "task:138"]


def said(*texts: str) -> tuple[TurnSnapshot, ...]:
    speakers = [Speaker.AGENT, Speaker.CUSTOMER]
    return tuple(TurnSnapshot(speakers[index % 2], text) for index, text in enumerate(texts))


def found(text: str, **filters: Any) -> list[Call]:
    return search.find(parse(text), Filters(**filters)).calls(Call.objects.all())


def test_an_absorbed_call_is_found_by_what_was_said_and_by_whom():
    call = make_call(turns=said("您好，请问是张女士吗？", "我要退款"))
    make_call(turns=said("要退款吗", "您好"))

    assert found("customer:退款 agent:您好") == [call]
    assert found("customer:张女士") == []


def test_a_rare_word_made_of_common_letters_is_found_behind_all_that_looks_like_it(monkeypatch):
    monkeypatch.setattr(sqlite, "MOST_READ", 5)
    refunded = make_call(turns=said("您好", "Refund, please"))
    for _number in range(20):
        make_call(turns=said("您好", "are and full"))

    assert search.find(parse("refund"), limit=2).ids == [refunded.pk]
    assert search.find(parse("refunds"), limit=2).ids == []


@pytest.mark.parametrize("sort", [search.Sort.NEWEST, search.Sort.OLDEST])
@pytest.mark.parametrize("like_it", ["full", "are and full"])
def test_what_looks_like_a_word_hides_no_call_that_says_it(monkeypatch, sort, like_it):
    """Like the middle of it, or like its ends as well."""
    monkeypatch.setattr(sqlite, "MOST_READ", 5)
    calls = [make_call(turns=said("您好", "Refund" if number % 5 == 2 else like_it)) for number in range(40)]
    refunded = calls[2::5] if sort == search.Sort.OLDEST else calls[2::5][::-1]

    for most in (1, 3, 8, 50):
        assert search.find(parse("refund"), sort=sort, limit=most).ids == [call.pk for call in refunded][:most]


def test_a_call_is_found_by_every_field():
    call = make_call(
        call_id="101^9",
        detail_id="9661",
        out_id="ORDER-7",
        callee="13812345678",
        tags=(TagSnapshot("加微信", "是"),),
        intent="D",
        duration=75,
    )
    make_call(duration=10, tags=(), intent="A", turns=())

    for text in ["id:101^9", "id:9661", "id:order-7", "no:5678", "no:12345678", "tag:加微信=是", "intent:d", "dur:>60"]:
        assert found(text) == [call], text
    assert found("", has_transcript=False) != [call]


def test_a_call_that_is_deleted_is_found_no_more():
    one, other = make_call(), make_call()
    one.delete()
    assert found("退款") == [other]

    Call.objects.all().delete()
    assert found("退款") == found("") == []


def test_the_first_page_says_that_there_are_older_ones_only():
    worlds.make_calls(30)

    page = search.find(limit=10)
    last = search.find(after=search.find(after=page.older, limit=10).older, limit=10)

    assert (page.newer, page.older == "") == ("", False)
    assert (last.newer == "", last.older) == (False, "")
    assert search.find(before=last.newer, limit=10).ids == search.find(after=page.older, limit=10).ids


@pytest.mark.parametrize("text", SHAPES)
def test_a_page_and_its_count_need_as_many_statements_for_300_calls_as_for_30(text):
    numbers = []
    for size in (30, 300):
        Call.objects.all().delete()
        worlds.make_calls(size)
        with CaptureQueriesContext(connection) as queries:
            search.find(parse(text)).calls(Call.objects.select_related("transcript"))
            search.count(parse(text))
        numbers.append(len(queries))

    assert numbers[0] == numbers[1] <= 7


def test_a_single_character_takes_at_most_three_statements():
    worlds.make_calls(300)

    with CaptureQueriesContext(connection) as queries:
        search.find(parse("贵 customer:退"))

    assert len(queries) <= 3


HOSTILE = [
    "退" * 10_000,
    "".join(chr(0x4E00 + number) for number in range(10_000)),
    " ".join(f"w{number}" for number in range(200)),
    " OR ".join(f"退{number}" for number in range(200)),
    " ".join(f"-{chr(0x4E00 + number)}" for number in range(200)),
    " ".join(f"{chr(0x4E00 + number)} OR -退" for number in range(100)),
    " ".join(f"tag:t{number}=v{number} OR dur:>{number}" for number in range(100)),
    "，。！？",
    "-",
    "- - -",
    '"',
    '""',
    '"""',
    '"退款',
    'tag:"',
    "OR OR OR",
    "-OR",
    "👍🏽👨‍👩‍👧‍👦",
    "退\x00款",
    "\ud800",
    "%",
    "_%_",
    "\\",
    "'; DROP TABLE calls_call; --",
    "' OR 1=1",
    "a AND b NOT c NEAR(d e, 3)",
    "customer : 退款 * ^ {a b} : c",
    "(((((",
    "a & b | !c <-> d:*",
    "NULL",
    "dur:>99999999999999999999",
    "dur:>999999999",
    "dur:<0",
    "no:" + "1" * 9_000,
    "id:" + "x" * 9_000,
    "tag:" + "长" * 9_000 + "=" + "值" * 900,
    "task:%",
    "\u202e退款",
    "\t\n\r\x0b\x1c",
    "ﷺ" * 500,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_anybody_types_fails_or_finds_what_is_wrong(text):
    make_call(turns=said("a AND b NOT c NEAR(d e, 3)", "100%_ \\ ' \" 退款", "👍🏽👨‍👩‍👧‍👦 ，。！？"))
    worlds.make_calls(60)

    check(World(), text)


@pytest.mark.parametrize("text", ["Refund", "refundable", "customer:Refund", "Refund 好", "Refund OR 贵", "好 -Refund"])
def test_a_long_word_is_found_in_one_piece_only(text):
    for line in (
        "refund",
        "refundable!",
        "ndfure",
        "re fund",
        "refu nd",
        "rendfu",
        "fundref",
        "好 REFUND",
        "refxnd 好",
    ):
        make_call(turns=said(line, line))

    check(World(), text)


def test_matching_turns_show_each_word_where_it_was_said():
    call = make_call(turns=said("您好", "我要退款", "退款？", "对，退款", "好的，谢谢", "谢谢"))

    turns = search.matches(call, parse("退款 谢谢 -再见")).turns

    assert [(each.turn.index, [piece.text for piece in each.pieces if piece.is_hit]) for each in turns] == [
        (2, ["退款"]),
        (3, ["退款"]),
        (5, ["谢谢"]),
    ]


def test_matching_turns_keep_to_the_speaker_that_was_asked_for():
    call = make_call(turns=said("退款", "退款"))

    assert [each.turn.index for each in search.matches(call, parse("customer:退款")).turns] == [2]
    assert search.matches(call, parse("tag:客户情绪")).turns == []


def test_a_count_stops_at_its_cap():
    worlds.make_calls(40)

    assert search.count(cap=10) == search.count(parse("-zzzz"), cap=10) == 11
    assert search.count(cap=None) == search.count(parse("-zzzz"), cap=None) == 40


@pytest.mark.parametrize("sort", [Sort.MOST_TURNS, Sort.FEWEST_TURNS])
def test_a_value_that_many_share_at_the_end_is_not_sorted(sort, monkeypatch):
    """Nothing lies beyond it, so what is nearest must not be taken together with it."""
    monkeypatch.setattr(sorting, "FIRST_RANGE", 2)
    calls = [make_call() for _number in range(5)]

    with CaptureQueriesContext(connection) as queries:
        found = search.find(sort=sort, limit=2).ids

    assert found == [call.pk for call in reversed(calls)][:2]
    assert not any("ORDER BY e.turns" in query["sql"] for query in queries)
