"""A number is found in a text without making a pattern of it first; the pattern has the last word."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from calls.numbers import DIGITS, Numbers, _said, _spellings, mask

NUMBERS = ("13800005678", "0571-8899", "+86 138 0000", "95187", "12*45678", "abc1234567")
SIGNS = "".join(DIGITS.values()) + " -‐―－.,，、。\t\u3000\xa0+*(我a"


def spell(number: str, draw: st.DrawFn) -> str:
    """The number as somebody may say it: each digit in another way, something between some of them."""
    between = st.text(" -.,，、。\u2003", max_size=2)
    return "".join(draw(st.sampled_from(DIGITS.get(sign, sign))) + draw(between) for sign in number)


@st.composite
def texts(draw: st.DrawFn) -> str:
    parts = st.one_of(st.text(SIGNS, max_size=8), st.sampled_from(NUMBERS))
    said = [spell(part, draw) if part in NUMBERS else part for part in draw(st.lists(parts, max_size=4))]
    return "".join(said)


@given(texts(), st.sets(st.sampled_from(NUMBERS)))
@example("我的号码是幺三八，零零零零，五六七八", {"13800005678"})
def test_hiding_finds_whatever_the_patterns_find(text, numbers):
    expected = text
    for number in sorted(_spellings(numbers), key=len, reverse=True):
        expected = _said(number).sub(mask(number), expected)

    assert Numbers(numbers, may_see=False, is_shown=False).hide(text) == expected
