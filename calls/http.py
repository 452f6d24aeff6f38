"""What every page of this house does with a request."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from calls.models import Call
from calls.models.call import CallQuerySet

PAGE_SIZE = 50


class HtmxHttpRequest(HttpRequest):
    htmx: HtmxDetails


def page_or_part(request: HtmxHttpRequest, template: str, part: str) -> str:
    """The whole page, or for HTMX the part of the same template: `calls/call_list.html#results`.

    A restored history entry wants the page, not the part.
    """
    wants_part = bool(request.htmx) and not request.htmx.history_restore_request and not request.htmx.boosted
    return f"{template}#{part}" if wants_part else template


def user_of(request: HttpRequest) -> User:
    """Who is asking: every page needs a login."""
    assert isinstance(request.user, User)
    return request.user


@dataclass(frozen=True, slots=True)
class Page:
    """Some calls, newest first. `newer` and `older` are cursors of the neighbours, "" where there is none."""

    calls: Sequence[Call]
    newer: str = ""
    older: str = ""


def keyset_page(calls: CallQuerySet, *, after: str = "", before: str = "", size: int = PAGE_SIZE) -> Page:
    """The newest calls, those older than `after` or newer than `before`; an unreadable cursor counts as none."""
    if place := _place(before):
        found = list(calls.filter(_newer(*place)).order_by("placed_at", "pk")[: size + 1])
        if len(found) > size:
            shown = found[size - 1 :: -1]
            return Page(shown, newer=_cursor(shown[0]), older=_cursor(shown[-1]))
        place = None  # the first page is always a full one
    else:
        place = _place(after)
    rest = calls.filter(_older(*place)) if place else calls
    found = list(rest.newest_first()[: size + 1])
    shown = found[:size]
    return Page(
        shown,
        newer=_cursor(shown[0]) if place and shown else "",
        older=_cursor(shown[-1]) if len(found) > size else "",
    )


def _older(placed_at: datetime, pk: int) -> Q:
    # The first comparison looks idle; it is what lets the index begin at the right place.
    return Q(placed_at__lte=placed_at) & (Q(placed_at__lt=placed_at) | Q(pk__lt=pk))


def _newer(placed_at: datetime, pk: int) -> Q:
    return Q(placed_at__gte=placed_at) & (Q(placed_at__gt=placed_at) | Q(pk__gt=pk))


def _cursor(call: Call) -> str:
    return base64.urlsafe_b64encode(f"{call.placed_at.isoformat()} {call.pk}".encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[datetime, int] | None:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        moment, _, pk = base64.urlsafe_b64decode(padded.encode("ascii")).decode("ascii").partition(" ")
        placed_at = datetime.fromisoformat(moment)
        place = (placed_at, int(pk))
    except (ValueError, binascii.Error):
        return None
    is_storable = placed_at.tzinfo is not None and 1 < placed_at.year < 9999 and 0 <= place[1] < 2**63
    return place if is_storable else None
