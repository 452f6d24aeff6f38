from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from calls.search.document import CEILINGS, Document, matches
from calls.search.highlight import pieces, spans
from calls.search.position import ROOM, Span, first_position, free_position
from calls.search.text import as_token, normalise, storable
from calls.search.tokens import cover, words_of
from calls.search.tree import Between, Measure
from calls.search.windows import (
    GROWING,
    MANY_BLOCKS,
    MOST_BLOCKS,
    PARTS,
    WIDENING,
    blocks_of,
    windows,
    windows_of_blocks,
)
from calls.search.windows import cover as blocks_over


def marked(text: str, *terms: str, width: int | None = None) -> str:
    return "".join(f"[{piece.text}]" if piece.is_hit else piece.text for piece in pieces(text, terms, width=width))


def test_hits_are_marked_in_the_text_as_it_was_written():
    assert marked("我要ＲＥＦＵＮＤ，谢谢", "refund,") == "我要[ＲＥＦＵＮＤ，]谢谢"
    assert marked("ﾊﾞｽで", "バ") == "[ﾊﾞ]ｽで"
    assert marked("ﬁne", "i") == "[ﬁ]ne"
    assert marked("a \t b", "a b") == "[a \t b]"
    assert marked("退款退款", "退款", "款退") == "[退款退款]"
    assert marked("没有", "退款") == "没有"


def test_a_long_turn_is_cut_around_its_first_hit():
    text = "前" * 300 + "退款" + "后" * 300

    assert marked(text, "退款", width=20) == "…" + "前" * 5 + "[退款]" + "后" * 13 + "…"
    assert marked("退款" + "后" * 30, "退款", width=10) == "[退款]" + "后" * 8 + "…"


@given(st.text(max_size=60), st.integers(0, 50), st.integers(1, 10))
@example("e\u0301\u0301", 0, 1)
def test_marking_loses_nothing_and_every_found_term_is_marked(text, start, length):
    term = normalise(text)[start : start + length].strip()

    assert "".join(piece.text for piece in pieces(text, [term])) == text
    assert spans(text, [term]) == sorted(spans(text, [term]))


@given(st.text(max_size=80))
def test_normalised_text_never_holds_what_tokens_are_made_with(text):
    normalised = normalise(storable(text))

    assert not set("\uffe8\uffe9\u3000＂") & set(normalised)
    assert not set(" '\"\\") & set(as_token(normalised))


@given(st.sampled_from(Measure), st.integers(0, 70_000), st.none() | st.integers(0, 70_000), st.integers(0, 70_000))
@example(Measure.DURATION, 61, None, 61)
@example(Measure.DURATION, 0, 60, 61)
def test_blocks_of_a_range_are_the_range(measure, low, high, value):
    document = Document(1, 1, duration=value, turns=(("agent", "x"),) * (value % 5_000))
    is_found = not set(cover(measure, low, high)).isdisjoint(words_of(document))

    assert is_found == matches(Between(measure, low, high), document)
    assert len(cover(measure, low, high)) <= 48


def test_an_open_range_needs_few_blocks():
    assert len(cover(Measure.DURATION, 61, None)) < 24
    assert cover(Measure.DURATION, 0, CEILINGS[Measure.DURATION]) == ["xd7x0", "xd7x1", "xd7x2", "xd7x3"]


@given(st.integers(0, 2**38), st.integers(1, 2**38), st.integers(0, 2**38))
def test_a_window_is_covered_by_the_blocks_it_touches(low, width, position):
    blocks = blocks_over(low, low + width)

    assert len(blocks) <= MOST_BLOCKS
    if blocks and low <= position < low + width:
        assert not set(blocks).isdisjoint(blocks_of(position))


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**4), st.integers(2, 8), st.booleans())
def test_windows_stand_side_by_side_and_are_the_span(low, length, width, growth, is_upward):
    span = Span(low, low + length)
    each = [windows_of_blocks(span, width, growth, oldest_first=is_upward)]
    if not is_upward:
        each.append(windows(span, width, growth))
    for found in map(list, each):
        ordered = found if is_upward else found[::-1]
        edges = [edge for window in ordered for edge in (window.low, window.high)]
        assert edges[1:-1:2] == edges[2::2]
        assert (edges[:1], edges[-1:]) == (([low], [low + length]) if length else ([], []))


@given(st.integers(0, 2**36), st.integers(0, 2**35), st.integers(1, 2**35), st.integers(1, 10))
def test_a_window_of_many_hits_begins_where_its_blocks_begin(low, length, width, times):
    found = list(windows(Span(low, low + length), width, times))

    for window in found:
        assert 1 <= len(window.blocks) <= MANY_BLOCKS
        assert window.low == low or set(blocks_of(window.low - 1)).isdisjoint(window.blocks)


@given(st.integers(2**30, 2**36), st.integers(2**20, 2**30), st.integers(1, 5))
def test_windows_of_many_hits_are_no_wider_than_wanted_and_soon_enough(low, width, times):
    found = list(windows(Span(low, low + 100 * width), width, times))

    for number, window in enumerate(found):
        # sixteen blocks and nearly half of the larger one that is taken instead
        assert window.high - window.low <= 1.6 * width * WIDENING ** (number // times)
    # 1 + 4 + 16 + 64 are less than a hundred; windows may be half as wide, or end just in front of a block
    assert len(found) <= 20 * times


@given(st.integers(0, 2**36), st.integers(0, 2**36), st.integers(1, 2**36), st.booleans(), st.floats(0, 1))
def test_a_large_block_is_the_smaller_blocks_in_it(low, length, width, is_upward, share):
    found = list(windows_of_blocks(Span(low, low + length), width, 8, oldest_first=is_upward))

    # as many as grow, as many as the span has room for, and what is cut off at its ends
    assert len(found) <= GROWING + 1 + PARTS + 1
    for window in found:
        if window.level is None:
            continue
        oldest, newest = window.ends
        position = window.low + int((window.high - 1 - window.low) * share)
        [block] = [int(word.partition("x")[2]) for word in blocks_of(position) if word.startswith(f"z{window.level}x")]
        assert oldest <= block <= newest
        assert newest - oldest < 16


def test_positions_keep_the_order_of_seconds_and_are_never_shared():
    chance = random.Random(5)
    begin = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
    taken: dict[int, datetime] = {}
    for number in range(300):
        at = begin + timedelta(seconds=chance.randrange(10), milliseconds=chance.choice([0, chance.randrange(1000)]))
        position = free_position(
            at, str(number), lambda first: [each for each in taken if first <= each < first + ROOM]
        )
        assert position not in taken
        taken[position] = at

    assert all(position // ROOM == int(at.timestamp()) for position, at in taken.items())
    ordered = [int(taken[position].timestamp()) for position in sorted(taken)]
    assert ordered == sorted(ordered)


def test_a_second_that_is_full_runs_over_into_the_next():
    at = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
    taken = set(range(first_position(at), first_position(at) + ROOM))

    position = free_position(at, "x", lambda first: taken)

    assert position // ROOM == int(at.timestamp()) + 1
