"""What every page of this house does with a request."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django_htmx.middleware import HtmxDetails

from calls.selection import Selection

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


def back_to_list(request: HtmxHttpRequest, error: ValidationError) -> HttpResponseRedirect:
    """Where the selection came from, with the sentence why nothing was done."""
    messages.warning(request, " ".join(error.messages))
    try:
        return HttpResponseRedirect(Selection.listed(request.POST, user_of(request)).list_url)
    except ValidationError:
        return redirect("call_list")
