from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django_htmx.http import HttpResponseClientRedirect

Next = Callable[[HttpRequest], HttpResponseBase]


def bodiless_head(get_response: Next) -> Next:
    """A HEAD answer has no body: gunicorn warns about each one that still has."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.method == "HEAD":
            if response.streaming:
                response.streaming_content = []  # type: ignore[attr-defined]
            elif isinstance(response, HttpResponse):
                length = response.get("Content-Length") or str(len(response.content))
                response.content = b""
                response["Content-Length"] = length
        return response

    return middleware


def kept_nowhere(get_response: Next) -> Next:
    """Customers' words and numbers stay in no browser, unless a view says otherwise: people share machines."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return middleware


def wordy_refusal(get_response: Next) -> Next:
    """An address that only takes what a form sends, opened as a page: after signing in again, or from the history."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and request.method == "GET" and not response.content:
            response.content = render_to_string("405.html", request=request)
        return response

    return middleware


class login_required(LoginRequiredMiddleware):
    """Every page needs a login; a fragment asked for after logging out sends the whole page there."""

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        if getattr(request, "htmx", False) or request.headers.get("HX-Request"):
            return HttpResponseClientRedirect(resolve_url(self.get_login_url(view_func)))
        return super().handle_no_permission(request, view_func)
