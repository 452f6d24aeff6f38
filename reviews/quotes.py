"""The words that an answer rests on, ready to be shown beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from calls.numbers import Numbers
from calls.templatetags.formats import duration

if TYPE_CHECKING:
    from reviews.models import Review


@dataclass(frozen=True, slots=True)
class Quote:
    """`at` is when it is heard, as the transcript writes it; "" when nobody knows."""

    at: str
    text: str


Quotes = Mapping[int, Quote]  # by the number of the turn, from 1


def quotes_in(talk: Any) -> dict[int, Quote]:
    """Every turn of a transcript as `context_of` gives it; numbers are hidden there already."""
    return {
        line.turn.index: Quote(
            ("≈" if line.time.is_estimated else "") + duration(line.time.at) if line.time else "", line.text
        )
        for line in talk.lines
    }


def quotes_kept(review: Review, numbers: Numbers) -> dict[int, Quote]:
    """What the review itself remembers of its evidence: all there is when the call is gone or has other words now."""
    return {
        evidence.turn: Quote(duration(evidence.start), numbers.hide(evidence.text))
        for mark in review.marks.prefetch_related("evidence")
        for evidence in mark.evidence.all()
    }
