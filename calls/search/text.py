"""One way to fold text, for what is stored and for what is asked."""

from __future__ import annotations

import unicodedata
from operator import add

# Control characters part words just as blanks do; NUL is no character at all.
CONTROLS = dict.fromkeys([*range(1, 32), 127], " ") | {0: None}
# Tokens hold letters only, so ASCII punctuation stands there in its full-width form, which folded text never has.
FULL_WIDTH = {ord(mark): ord(mark) + 0xFEE0 for mark in r"""!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~"""} | {0x20: 0x3000}
# Follows the last character of a turn: a half-width form, so folded text never has it either.
TURN_END = "\uffe8"


def fold(text: str) -> str:
    """Full-width as half-width, no case: `ＡＢＣ，退款` and `abc,退款` become equal."""
    return unicodedata.normalize("NFKC", text).casefold()


def normalise(text: str) -> str:
    """The form in which texts are compared: folded, every run of blanks and controls one blank."""
    folded = fold(text)
    # Looking up each character takes as long as all the rest, and nearly no text has a control in it.
    if not folded.isprintable():
        folded = folded.translate(CONTROLS)
    return " ".join(folded.split())


def storable(text: str) -> str:
    """Without lone surrogates and NUL, which no database takes."""
    return text.replace("\x00", "").encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def as_token(normalised: str) -> str:
    """Text that every tokenizer leaves in one piece."""
    return normalised.translate(FULL_WIDTH)


def bigrams(normalised: str) -> list[str]:
    """Every two neighbouring characters: `为什么` gives 为什 and 什么."""
    letters = as_token(normalised)
    return list(map(add, letters, letters[1:]))


def stream(text: str) -> str:
    """What SQLite indexes for a text of one turn a line: its bigrams in order, the last one of a turn with TURN_END."""
    lines = as_token(text).split("\n")
    return " ".join(" ".join(map(add, line, line[1:] + TURN_END)) for line in lines)


def letters(text: str) -> set[str]:
    """The characters of a text of one turn a line, as tokens."""
    return set(as_token(text)) - {"\n"}


def grams(text: str) -> set[str]:
    """What PostgreSQL indexes for a text of one turn a line: its characters and bigrams, without order."""
    found: set[str] = set()
    for line in as_token(text).split("\n"):
        found.update(line, map(add, line, line[1:]))
    return found
