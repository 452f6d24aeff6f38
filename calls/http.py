"""What every page of this house does with a request."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

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
