"""Any text is a question: what is understood of it, and what is said about the rest."""

from __future__ import annotations

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from calls.search.grammar import LONGEST, MOST_EXCLUSIONS, MOST_PIECES, MOST_WORDS, parse
from calls.search.query import Mistake
from calls.search.tree import (
    All,
    Between,
    Field,
    InTask,
    Is,
    Labelled,
    Measure,
    Node,
    Not,
    Number,
    Said,
    Some,
    Tagged,
    leaves,
)
from calls.vocabulary import CallResult, HungUpBy, Source, Speaker

REFUND, SORRY, THANKS = Said("退款"), Said("投诉"), Said("谢谢")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("退款", REFUND),
        ("  退款　谢谢 ", All((REFUND, THANKS))),
        ("退款 -投诉", All((REFUND, Not(SORRY)))),
        ("退款 －投诉", All((REFUND, Not(SORRY)))),
        ("退款 OR 投诉 谢谢", All((Some((REFUND, SORRY)), THANKS))),
        ("谢谢 退款 ＯＲ -投诉", All((THANKS, Some((REFUND, Not(SORRY)))))),
        ("退款 or", All((REFUND, Said("or")))),
        ('"谢谢，再见"', Said("谢谢,再见")),
        ("“a  B”退款", All((Said("a b"), REFUND))),
        ("「你好 吗」", Said("你好 吗")),
        ('5" 管', All((Said('5"'), Said("管")))),
        ('-"OR"', Not(Said("or"))),
        ("customer:退款", Said("退款", Speaker.CUSTOMER)),
        ("客户：退款", Said("退款", Speaker.CUSTOMER)),
        ("Bot:您好 user:没听清", All((Said("您好", Speaker.AGENT), Said("没听清", Speaker.CUSTOMER)))),
        ('agent:"a b"', Said("a b", Speaker.AGENT)),
        ("tag:加微信", Tagged("加微信")),
        ("tag:情绪=不满", Tagged("情绪", "不满")),
        ("tag:情绪=", Tagged("情绪", "")),
        ('-tag:"客户 类型=VIP"', Not(Tagged("客户 类型", "vip"))),
        ('tag:类型="very good"', Tagged("类型", "very good")),
        ("intent:Ｄ", Is(Field.INTENT, "d")),
        ("result:no_answer", Is(Field.RESULT, "no_answer")),
        ('result:"No answer"', Is(Field.RESULT, "no_answer")),
        ("source:aiccs hangup:customer", All((Is(Field.SOURCE, "aiccs"), Is(Field.HUNG_UP_BY, "customer")))),
        ("task:春季", InTask("春季")),
        ("dur:>60", Between(Measure.DURATION, 61)),
        ("时长：≥60", Between(Measure.DURATION, 60)),
        ("dur:<60", Between(Measure.DURATION, 0, 59)),
        ("dur:30-60", Between(Measure.DURATION, 30, 60)),
        ("turns:<3", Between(Measure.TURNS, 0, 2)),
        ("turns:3", Between(Measure.TURNS, 3, 3)),
        ("no:138-0000", Number("1380000")),
        ("id:101^1019", Is(Field.ID, "101^1019")),
        ("has:recording", Is(Field.HAS, "recording")),
        ("has:label 有:标记", Labelled()),
        ("label:回访 -标记：ＶＩＰ", All((Labelled("回访"), Not(Labelled("vip"))))),
        ('label:"难 例"', Labelled("难 例")),
        ("score:<60", Between(Measure.SCORE, 0, 5_999)),
        ("分数：≥60 得分:≥60", Between(Measure.SCORE, 6_000)),
        ("score:>66.7", Between(Measure.SCORE, 6_671)),
        ("score:60-66.67", Between(Measure.SCORE, 6_000, 6_667)),
        # as a list shows it
        ("score:66.7", Between(Measure.SCORE, 6_665, 6_674)),
        ("score:60", Between(Measure.SCORE, 5_995, 6_004)),
        ("score:66.67", Between(Measure.SCORE, 6_667, 6_667)),
        ("score:0", Between(Measure.SCORE, 0, 0)),
        ("reviewed:no", Not(Is(Field.REVIEWED, "yes"))),
        ("-reviewed:no", Is(Field.REVIEWED, "yes")),
        ("12:30 http://x.cn/a 她说：好", All((Said("12:30"), Said("http://x.cn/a"), Said("她说:好")))),
        ("!@#", Said("!@#")),
        ("他说「谢谢」", Said("他说「谢谢」")),
        ("」", Said("」")),
        ("", All()),
    ],
)
def test_what_is_typed_is_what_is_asked(text: str, tree: Node):
    query = parse(text)

    assert query.tree == tree
    assert query.problems == ()


@pytest.mark.parametrize(
    ("text", "mistake", "tree"),
    [
        ('退款 "谢谢', Mistake.UNCLOSED_QUOTE, All((REFUND, THANKS))),
        ('退款" 谢谢', Mistake.UNOPENED_QUOTE, All((REFUND, THANKS))),
        ("退款」", Mistake.UNOPENED_QUOTE, REFUND),
        ("客户：退款”", Mistake.UNOPENED_QUOTE, Said("退款", Speaker.CUSTOMER)),
        ("退款 -", Mistake.LONE_MINUS, REFUND),
        ("OR 退款", Mistake.LONE_OR, REFUND),
        ("退款 OR dur:x 谢谢", Mistake.NOT_A_NUMBER, All((REFUND, THANKS))),
        ("退款 OR", Mistake.LONE_OR, REFUND),
        ("退款 OR OR 谢谢", Mistake.LONE_OR, Some((REFUND, THANKS))),
        ("tag: 退款", Mistake.EMPTY_FIELD, REFUND),
        ("tag:=是 退款", Mistake.EMPTY_FIELD, REFUND),
        ("mood:bad", Mistake.UNKNOWN_FIELD, Said("mood:bad")),
        ("dur:long 退款", Mistake.NOT_A_NUMBER, REFUND),
        ("dur:>1-2 退款", Mistake.NOT_A_NUMBER, REFUND),
        ("no:-- 退款", Mistake.NOT_A_NUMBER, REFUND),
        ("result:maybe 退款", Mistake.UNKNOWN_VALUE, REFUND),
        ("has:money 退款", Mistake.UNKNOWN_VALUE, REFUND),
        ("score:good 退款", Mistake.NOT_A_NUMBER, REFUND),
        ("score:60.123 退款", Mistake.NOT_A_NUMBER, REFUND),
        ("label: 退款", Mistake.EMPTY_FIELD, REFUND),
        ("reviewed:perhaps 退款", Mistake.UNKNOWN_VALUE, REFUND),
    ],
)
def test_a_mistake_is_named_and_the_rest_is_still_asked(text: str, mistake: Mistake, tree: Node):
    query = parse(text)

    assert [problem.mistake for problem in query.problems] == [mistake]
    assert str(query.problems[0])
    assert query.tree == tree


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("choices", [("result", CallResult), ("source", Source), ("hangup", HungUpBy)])
def test_a_value_may_be_named_in_any_language_whoever_asks(language: str, choices):
    """A view is shared, and workers ask what a reader of another language typed."""
    field, values = choices
    labels = []
    for spoken in ("en", "zh-hans"):
        with translation.override(spoken):
            labels += [(str(choice.label), choice.value) for choice in values]

    with translation.override(language):
        for label, value in labels:
            query = parse(f'{field}:"{label}"')
            assert (query.tree, query.problems) == (parse(f"{field}:{value}").tree, ())


def test_what_is_too_long_is_cut_and_said():
    words = [f"w{number}" for number in range(MOST_WORDS + 50)]

    long, many = parse("字" * (LONGEST + 1)), parse(" ".join(words))

    assert long.tree == Said("字" * LONGEST)
    assert [problem.mistake for problem in long.problems] == [Mistake.TOO_LONG]
    assert many.tree == All(tuple(Said(word) for word in words[:MOST_WORDS]))
    assert [problem.mistake for problem in many.problems] == [Mistake.TOO_MANY_WORDS]


def test_a_long_list_of_ids_is_asked_whole_beside_a_few_words():
    ids = " OR ".join(f"id:{number}" for number in range(150))

    query = parse(f"{ids} {' '.join(f'w{number}' for number in range(20))} tag:加微信")

    found = [leaf for leaf, _is_positive in leaves(query.tree)]
    assert sum(isinstance(leaf, Is) for leaf in found) == 150
    assert sum(isinstance(leaf, Said) for leaf in found) == MOST_WORDS
    assert Tagged("加微信") in found
    assert [problem.mistake for problem in query.problems] == [Mistake.TOO_MANY_WORDS]


def test_more_parts_than_anybody_means_are_cut_and_said():
    query = parse(" OR ".join(f"id:{number}" for number in range(250)))

    assert len(query.parts) == MOST_PIECES
    assert [problem.mistake for problem in query.problems] == [Mistake.TOO_MANY_PIECES]


def test_a_problem_never_repeats_a_page_of_text():
    query = parse("result:" + "x" * 9_000)

    assert len(str(query.problems[0])) < 400


def test_only_an_id_alone_names_one_call():
    assert parse("id:101^1").names_one_call
    assert not parse("id:101^1 退款").names_one_call
    assert not parse("-id:101^1").names_one_call
    assert not parse("101^1").names_one_call


def test_parts_say_what_was_understood_in_order():
    parts = parse("退款 OR -customer:贵 dur:>30").parts

    assert [(part.text, part.is_excluded, part.is_alternative) for part in parts] == [
        ("退款", False, False),
        ("-customer:贵", True, True),
        ("dur:>30", False, False),
    ]


@given(st.text(max_size=200))
def test_any_text_is_read_and_its_problems_are_sentences(text):
    query = parse(text)

    assert query.tree is not None
    assert all(str(problem).endswith(".") for problem in query.problems)


@given(st.text(alphabet='退款 -:"“”「」OR=><tagdurno.\x00\ud800１：＂', max_size=60))
def test_any_jumble_of_signs_is_read(text):
    assert all(str(problem) for problem in parse(text).problems)


def test_of_many_exclusions_the_first_are_looked_at_and_the_rest_is_said():
    query = parse("退款 " + " ".join(f"-w{number} -id:{number}" for number in range(MOST_EXCLUSIONS + 3)))

    excluded = [leaf for leaf, is_positive in leaves(query.tree) if not is_positive]
    assert sum(isinstance(leaf, Said) for leaf in excluded) == MOST_EXCLUSIONS
    assert len(excluded) == 2 * MOST_EXCLUSIONS + 3
    assert [str(problem) for problem in query.problems] == [
        "Only the first 5 exclusions are looked at. Say what the calls have rather than what they lack."
    ]
