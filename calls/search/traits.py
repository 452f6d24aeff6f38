"""What the filter column counts of a call, as two short texts that many calls share: its traits, and its tags.

Ten thousand calls are counted by reading ten thousand of them and taking apart the few hundred that differ. Values are
spelled as the vendor spelled them, since the column shows them so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from calls.search.document import Document

# Between parts, between pairs of them, and between calls where many are read; in a value they become blanks.
PART, PAIR, CALL = "\x1f", "\x1e", "\x1d"
# So many parts come first that take many values together; those behind them take few.
HEAD = 3
BLANK = str.maketrans(PART + PAIR + CALL, "   ")
# seconds, both ends included; entries hold the key, so whoever changes it makes the index anew (tokens.VERSION)
LENGTHS: Mapping[str, tuple[int, int | None]] = {
    "0-10": (0, 9),
    "10-30": (10, 29),
    "30-60": (30, 59),
    "60-180": (60, 179),
    "180-": (180, None),
}


class Traits(NamedTuple):
    """`review` is no, yes, passed or failed; `labels` are numbers between blanks."""

    result: str
    intent: str
    task: str
    length: str
    hung: str
    source: str
    recording: str
    transcript: str
    review: str
    labels: str


def traits_of(document: Document) -> str:
    traits = Traits(
        result=document.result,
        intent=document.intent,
        task=document.task.partition("/")[2],
        length=length_of(document.duration),
        hung=document.hung_up_by,
        source=document.source,
        recording=document.recording,
        transcript="yes" if document.has_transcript else "no",
        review=(document.verdict or "yes") if document.is_reviewed else "no",
        labels=" ".join(document.labels),
    )
    return PART.join(value.translate(BLANK) for value in traits)


def tags_of(document: Document) -> str:
    """Each pair of a name and a value once, in one order."""
    return PAIR.join(sorted({PART.join(part.translate(BLANK) for part in tag) for tag in document.tags}))


def read_traits(text: str) -> list[str]:
    """In the order of `Traits`."""
    return text.split(PART)


def read_tags(text: str) -> list[tuple[str, str]]:
    """Name and value of each."""
    pairs = (pair.partition(PART) for pair in text.split(PAIR) if pair)
    return [(name, value) for name, _part, value in pairs]


def length_of(seconds: int | None) -> str:
    if seconds is None:
        return ""
    return next(key for key, (_least, most) in LENGTHS.items() if most is None or seconds <= most)
