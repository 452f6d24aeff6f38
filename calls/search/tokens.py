"""The one tokenizer: what is kept of a call, and what a question asks of it.

Everything that is not talk becomes words of letters and digits, so that a filter costs what a search word costs and
both are one question to one index. Such a word is two letters for what it is about and the value: `xranswered`.

    xs source   xt task    xr result    xi intent     xh hung up by   xc recording   xv reviewed   xw has
    xk id       xg tag     xd duration  xu turns      xe last four of a number, backwards   xn number, backwards
    xl label    xp score     xa every call
"""

from __future__ import annotations

from dataclasses import dataclass

from calls.search.document import CEILINGS, Document, only_letters_and_digits
from calls.search.text import as_token, normalise
from calls.search.traits import tags_of, traits_of
from calls.search.tree import (
    NOTHING,
    Between,
    Field,
    Is,
    Leaf,
    Measure,
    Node,
    Not,
    Number,
    Said,
    Tagged,
    Token,
    replace_leaves,
    some_of,
)
from calls.vocabulary import Speaker

# Raise it whenever the words of a call change: an index with another number asks to be rebuilt.
VERSION = 3
EVERY_CALL = Token("xa")
# PostgreSQL takes words of 2,046 bytes, and a character has up to four.
LONGEST_WORD = 500
# A block of one level is four of the level below, so that any range is a few blocks.
FANOUT = 4
LEVELS = {Measure.DURATION: 8, Measure.TURNS: 6, Measure.SCORE: 7}
# What most calls lack is told by its blocks alone: no call needs a word that says so.
RARE = {Measure.SCORE}


@dataclass(frozen=True, slots=True)
class Entry:
    """What an index keeps of a call: normalised talk, one turn a line, its words between blanks, and what is counted
    of it.
    """

    call_id: int
    position: int
    customer: str
    agent: str
    other: str
    words: str
    # what lists are sorted by; None where nobody knows
    duration: int | None
    turns: int | None
    score: int | None
    # what the filter column counts: see traits.py
    traits: str
    tags: str


def entry_of(document: Document) -> Entry:
    lines = document.lines()
    told = {speaker: "\n".join(line for who, line in lines if who == speaker) for speaker in Speaker.values}
    return Entry(
        call_id=document.call_id,
        position=document.position,
        customer=told[Speaker.CUSTOMER],
        agent=told[Speaker.AGENT],
        other=told[Speaker.OTHER],
        words=f" {' '.join(words_of(document))} ",
        duration=document.measure(Measure.DURATION),
        turns=document.measure(Measure.TURNS),
        score=document.measure(Measure.SCORE),
        traits=traits_of(document),
        tags=tags_of(document),
    )


def words_of(document: Document) -> list[str]:
    words = [EVERY_CALL.word]
    for field, values in document.fields().items():
        words += [_word(field, value) for value in values]
    for name, value in document.tags:
        words += [_tag_word(name), _tag_word(name, value)]
    for measure in Measure:
        value_of = document.measure(measure)
        if value_of is not None:
            words += [_block(measure, level, value_of // FANOUT**level) for level in range(LEVELS[measure])]
        elif measure not in RARE:
            words.append(_none(measure))
    for number in document.numbers:
        if backwards := only_letters_and_digits(number)[::-1]:
            words += [f"xe{backwards[:4]}", f"xn{backwards}"[:LONGEST_WORD]]
    return list(dict.fromkeys(words))


def lower(node: Node) -> Node:
    """The same question in words of the index: only `Said` and `Token` leaves are left."""
    return replace_leaves(node, _lower)


def _lower(leaf: Leaf, is_positive: bool) -> Node:
    match leaf:
        case Said() | Token():
            return leaf
        case Is(field, value):
            return Token(_word(field, normalise(value)))
        case Tagged(name, value):
            return Token(_tag_word(name, value))
        case Number(suffix):
            return _ends_with(only_letters_and_digits(suffix)[::-1])
        case Between(measure, low, high):
            return some_of(*(Token(word) for word in cover(measure, low, high)))
    raise ValueError(f"{leaf!r} is not resolved")


def cover(measure: Measure, low: int, high: int | None) -> list[str]:
    """The fewest blocks that together are the range."""
    ceiling = CEILINGS[measure]
    low, end = min(low, ceiling), (ceiling if high is None else min(high, ceiling)) + 1
    blocks = []
    while low < end:
        level = 0
        while level + 1 < LEVELS[measure] and low % FANOUT ** (level + 1) == 0 and low + FANOUT ** (level + 1) <= end:
            level += 1
        blocks.append(_block(measure, level, low // FANOUT**level))
        low += FANOUT**level
    return blocks


def unknown(measure: Measure) -> Node:
    """Calls whose value nobody knows."""
    if measure in RARE:
        return Not(some_of(*map(Token, cover(measure, 0, None))))
    return Token(_none(measure))


def _ends_with(backwards: str) -> Node:
    if not backwards or len(backwards) > LONGEST_WORD - 2:
        return NOTHING
    if len(backwards) < 4:
        return Token(f"xe{backwards}", is_prefix=True)
    if len(backwards) == 4:
        return Token(f"xe{backwards}")
    return Token(f"xn{backwards}", is_prefix=True)


def _word(field: Field, normalised: str) -> str:
    return (field.value + as_token(normalised))[:LONGEST_WORD]


def _tag_word(name: str, value: str | None = None) -> str:
    word = f"xg{as_token(normalise(name))}"
    # A half-width arrow parts name from value: normalised text has none.
    return (word if value is None else f"{word}\uffe9{as_token(normalise(value))}")[:LONGEST_WORD]


def _none(measure: Measure) -> str:
    return f"{measure.value}none"


def _block(measure: Measure, level: int, block: int) -> str:
    return f"{measure.value}{level}x{block}"
