"""Reading the search box: any text at all becomes a question and a list of what was not understood.

退款 谢谢      both          退款 OR 退钱   one of them      -投诉          not this
"谢谢，再见"   as it stands  customer:贵    who said it      tag:情绪=不满  a field (see fields.py)
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from calls.search import fields
from calls.search.query import Mistake, Part, Problem, Query
from calls.search.text import CONTROLS, normalise, storable
from calls.search.tree import Is, Labelled, Said, Tagged

LONGEST = 10_000
MOST_PIECES = 200
# Words that most calls hold are lists as long as the cache, and a dozen of them are what a second has time for. Ids,
# tags and the like are looked up, however many.
MOST_WORDS = 12
# What is excluded is a list that is read to its end, however few calls are left: twelve took 1.6 s of a million calls.
MOST_EXCLUSIONS = 5
LOOKED_UP = Is | Tagged | Labelled
MOST_PROBLEMS = 20
OPENING = {*'"“„「『'}
CLOSING = '"“”」』'
# One piece: an optional minus, an optional field, then something in quotation marks or up to the next blank. A field's
# value may be quoted in part: tag:mood="very good".
PIECE = re.compile(
    r"""
    (?P<minus>[-−]?)
    (?P<field>[^\W\d_]+:)?
    (?(field)(?P<head>[^\s"“”「『=]+=)?)
    (?:
        (?P<open>["“”„]) (?P<quoted>[^"“”]*) (?P<closed>["“”]?)
      | (?P<corner>[「『]) (?P<cornered>[^」』]*) (?P<shut>[」』]?)
      | (?P<bare>\S*)
    )
    """,
    re.VERBOSE,
)


class _Piece(NamedTuple):
    is_excluded: bool
    field: str
    value: str
    is_quoted: bool
    is_closed: bool
    is_stray: bool
    text: str


def parse(text: str) -> Query:
    """What was asked. Never fails; never takes longer than ten thousand characters do."""
    problems: list[Problem] = []
    asked = storable(text)
    if len(asked) > LONGEST:
        asked = asked[:LONGEST]
        problems.append(Problem(Mistake.TOO_LONG, hint=(f"{LONGEST:,}",)))
    parts = tuple(_parts(asked, problems))
    return Query(asked, parts, tuple(dict.fromkeys(problems))[:MOST_PROBLEMS])


def _parts(asked: str, problems: list[Problem]) -> Iterator[Part]:
    is_alternative = False
    count = words = exclusions = 0
    for piece in _pieces(asked):
        if _is_or(piece):
            if is_alternative or not count:
                problems.append(Problem(Mistake.LONE_OR))
            is_alternative = bool(count)
            continue
        part = _understand(piece, problems)
        is_joined, is_alternative = is_alternative, False
        if part is None:
            continue
        is_word = not isinstance(part.leaf, LOOKED_UP)
        if count == MOST_PIECES:
            problems.append(Problem(Mistake.TOO_MANY_PIECES, hint=(str(MOST_PIECES),)))
            return
        if is_word and words == MOST_WORDS:
            problems.append(Problem(Mistake.TOO_MANY_WORDS, hint=(str(MOST_WORDS),)))
            continue
        if is_word and part.is_excluded and exclusions == MOST_EXCLUSIONS:
            problems.append(Problem(Mistake.TOO_MANY_EXCLUSIONS, hint=(str(MOST_EXCLUSIONS),)))
            continue
        count, words, exclusions = count + 1, words + is_word, exclusions + (is_word and part.is_excluded)
        yield Part(part.leaf, part.text, part.is_excluded, is_joined)
    if is_alternative:
        problems.append(Problem(Mistake.LONE_OR))


def _pieces(asked: str) -> Iterator[_Piece]:
    # Width first, so that `客户：退款` and `＂退款＂` are written as meant; case later, since OR is told from or by it.
    asked = unicodedata.normalize("NFKC", asked).translate(CONTROLS)
    at = 0
    while at < len(asked):
        if asked[at].isspace():
            at += 1
            continue
        found = PIECE.match(asked, at)
        if found is None or found.end() == at:  # nothing matches an empty string here; never loop
            return
        at = found.end()
        bare = _without_stray_marks(found["bare"] or "")
        yield _Piece(
            is_excluded=bool(found["minus"]),
            field=(found["field"] or "")[:-1].casefold(),
            value=(found["head"] or "") + (found["quoted"] or found["cornered"] or bare),
            is_quoted=bool(found["open"] or found["corner"]),
            is_closed=bool(found["closed"] or found["shut"]),
            is_stray=bare != (found["bare"] or ""),
            text=found[0],
        )


def _without_stray_marks(bare: str) -> str:
    """Without the marks at its end that close nothing. Behind a digit they are inches, and of nothing but marks they
    are what is meant.
    """
    rest = bare.rstrip(CLOSING)
    return bare if not rest or rest[-1].isdigit() or OPENING & {*rest} else rest


def _is_or(piece: _Piece) -> bool:
    return piece.text == "OR"


def _understand(piece: _Piece, problems: list[Problem]) -> Part | None:
    if piece.text in {"-", "−"}:
        problems.append(Problem(Mistake.LONE_MINUS))
        return None
    if piece.is_quoted and not piece.is_closed:
        problems.append(Problem(Mistake.UNCLOSED_QUOTE, piece.value or piece.text))
    if piece.is_stray:
        problems.append(Problem(Mistake.UNOPENED_QUOTE, piece.value))
    if piece.field in fields.NAMES:
        return _read_field(piece, problems)
    # Chinese talk has colons as well; only a Latin word before one looks like a field.
    if piece.field.isascii() and piece.field and piece.value and not piece.value.startswith("//"):
        problems.append(Problem(Mistake.UNKNOWN_FIELD, f"{piece.field}:"))
    said = normalise(f"{piece.field}:{piece.value}" if piece.field else piece.value)
    return Part(Said(said), piece.text, piece.is_excluded) if said else None


def _read_field(piece: _Piece, problems: list[Problem]) -> Part | None:
    try:
        leaf, is_wanted = fields.read(piece.field, piece.value)
    except fields.NotUnderstood as error:
        text = f"{piece.field}:" if error.mistake == Mistake.EMPTY_FIELD else piece.text
        problems.append(error.about(text))
        return None
    return Part(leaf, piece.text, piece.is_excluded == is_wanted)
