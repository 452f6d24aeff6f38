from __future__ import annotations

from calls.search.document import Document
from calls.search.traits import LENGTHS, Traits, length_of, read_tags, read_traits, tags_of, traits_of


def document(**fields: object) -> Document:
    return Document(call_id=1, position=1, **fields)  # type: ignore[arg-type]


def test_traits_are_read_as_they_were_written():
    text = traits_of(
        document(
            result="answered",
            intent="ＶＩＰ",
            task="robot/138",
            duration=60,
            hung_up_by="agent",
            source="robot",
            recording="stored",
            turns=(("agent", "您好"),),
            is_reviewed=True,
            verdict="passed",
            labels=("3", "12"),
        )
    )

    written = Traits("answered", "ＶＩＰ", "138", "60-180", "agent", "robot", "stored", "yes", "passed", "3 12")
    assert Traits(*read_traits(text)) == written


def test_of_a_call_that_nobody_knows_anything_about_every_part_is_there():
    assert Traits(*read_traits(traits_of(document()))) == Traits("", "", "", "", "", "", "", "no", "no", "")


def test_a_review_without_a_verdict_is_a_review():
    assert Traits(*read_traits(traits_of(document(is_reviewed=True)))).review == "yes"


def test_a_tag_is_there_once_in_one_order_and_as_it_was_spelled():
    pairs = (("情绪", "好"), ("A=B", ""), ("情绪", "好"), ("a", "VIP"), ("a", "vip"))

    text = tags_of(document(tags=pairs))

    assert read_tags(text) == [("A=B", ""), ("a", "VIP"), ("a", "vip"), ("情绪", "好")]
    assert text == tags_of(document(tags=pairs[::-1]))
    assert read_tags(tags_of(document())) == []


def test_what_parts_values_is_a_blank_within_them():
    one = document(intent="a\x1fb\x1ec\x1dd", tags=(("n\x1fn", "v\x1e\x1dv"),))

    assert Traits(*read_traits(traits_of(one))).intent == "a b c d"
    assert read_tags(tags_of(one)) == [("n n", "v  v")]


def test_every_number_of_seconds_has_the_length_whose_ends_it_lies_between():
    for key, (least, most) in LENGTHS.items():
        assert length_of(least) == length_of(least if most is None else most) == key
    assert length_of(70_000) == "180-"
