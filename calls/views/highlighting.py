"""Found words as safe HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from django.utils.safestring import SafeString, mark_safe

from calls.search.highlight import Piece

# characters: what a line of a list shows at 1366 px, and how much of what came before still tells the meaning
IN_VIEW, BEFORE = 44, 14


def marked(pieces: Sequence[Piece]) -> SafeString:
    """The whole text with every hit in <mark>."""
    return mark_safe(  # noqa: S308  every piece is escaped
        "".join(f"<mark>{escape(text)}</mark>" if is_hit else escape(text) for text, is_hit in pieces)
    )


def marked_in_view(pieces: Sequence[Piece]) -> SafeString:
    """The same for one line: from a little before the first hit on, where that would stand outside of the line."""
    if len(pieces) < 2 or pieces[0].is_hit:
        return marked(pieces)
    first = next((place for place, piece in enumerate(pieces) if piece.is_hit), 0)
    before = "".join(text for text, _is_hit in pieces[:first])
    if len(before) + len(pieces[first].text) <= IN_VIEW:
        return marked(pieces)
    return marked([Piece(f"…{before[-BEFORE:]}", False), *pieces[first:]])
