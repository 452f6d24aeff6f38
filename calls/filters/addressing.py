"""What is asked for as an address: the query string is a list's only state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.urls import reverse

# What an address can carry: the server reads 8,190 characters of a request's first line, a Chinese one takes nine.
LONGEST_STATE = 7_500


def query_of(chosen: Mapping[str, Any], **places: str) -> QueryDict:
    """`chosen` are fields with what was understood of each; `places` stand beside what is asked."""
    query = QueryDict(mutable=True)
    for name, value in chosen.items():
        query.setlist(name, value if isinstance(value, list) else [str(value)])
    for name, place in places.items():
        query[name] = place
    return query


def address_of(query: QueryDict) -> str:
    """Of the list of calls."""
    address = reverse("call_list")
    return f"{address}?{query.urlencode()}" if query else address
