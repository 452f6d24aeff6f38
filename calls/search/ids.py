"""Ids in the search box: people paste them bare, from the vendor's console or a colleague's message."""

from __future__ import annotations

import re

from calls.search.query import Part, Query
from calls.search.tree import Field, Is, Said

# Letters, digits and the marks that ids have; prices and years are shorter or have fewer digits.
LIKE_AN_ID = re.compile(r"[0-9a-z^_:.-]{5,128}")
FEWEST_DIGITS = 5


def or_id(query: Query) -> Query:
    """The same question; one that looks like an id finds the calls that have it, too."""
    if not (text := _bare_id(query)):
        return query
    part = Part(Is(Field.ID, text), query.parts[0].text, is_alternative=True)
    return Query(query.text, (*query.parts, part), query.problems)


def id_meant(query: Query) -> str:
    """The id, when the question is nothing else; "" otherwise."""
    leaf = query.parts[-1].leaf if query.parts else None
    is_alone = query.names_one_call or (
        len(query.parts) == 2 and or_id(Query(parts=query.parts[:1])).parts == query.parts
    )
    return leaf.value if is_alone and isinstance(leaf, Is) else ""


def _bare_id(query: Query) -> str:
    if len(query.parts) != 1 or query.parts[0].is_excluded:
        return ""
    leaf = query.parts[0].leaf
    if not isinstance(leaf, Said) or leaf.speaker or not LIKE_AN_ID.fullmatch(leaf.text):
        return ""
    return leaf.text if sum(map(str.isdigit, leaf.text)) >= FEWEST_DIGITS else ""
