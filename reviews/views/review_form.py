"""What a page of a review sends, read once."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.http import QueryDict

from reviews.forms import Problems, answers_from
from reviews.reviewing.judging import Draft, Spent
from reviews.scoring import Card

LONGEST_NOTE = 4_000
LONGEST_TOKEN = 64
DAY = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Sent:
    draft: Draft
    problems: Problems
    # of the item's lock
    token: str
    # of what the call was when the page showed it
    digest: str
    # the page is going away: nobody will read an answer
    is_leaving: bool


def sent_in(data: QueryDict, card: Card) -> Sent:
    answers, problems = answers_from(card, {name: data.get(name, "") for name in data})
    spent = Spent(*(_seconds(data, name) for name in ("seconds_to_play", "seconds_to_answer", "seconds")))
    note = data.get("note", "").replace("\0", "").strip()[:LONGEST_NOTE]
    token = token_in(data)
    draft = Draft(
        answers,
        note,
        spent,
        edit=whole(data.get("edit", "")) or 0,
        unanswered=whole(data.get("unanswered", "")) or 0,
        token=token,
        takes_over="take_over" in data,
    )
    return Sent(draft, problems, token, digest=data.get("digest", ""), is_leaving="leaving" in data)


def token_in(data: QueryDict, name: str = "token") -> str:
    """Of a lock, as the page was given it; "" for anything else."""
    text = data.get(name, "")
    return text if text.isascii() and text.isalnum() and len(text) <= LONGEST_TOKEN else ""


def whole(text: str) -> int | None:
    """A number that a column can hold, or None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _seconds(data: QueryDict, name: str) -> float | None:
    try:
        seconds = float(data.get(name, ""))
    except ValueError:
        return None
    return round(seconds, 1) if math.isfinite(seconds) and 0 <= seconds <= DAY else None
