"""The reader's own choices, in cookies: they belong to a screen, not to a person. And the icon."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from config.context import THEMES

YEAR = 365 * 24 * 3600


@login_not_required
@require_GET
def favicon(request: HttpRequest) -> HttpResponse:
    """For pages that name no icon of ours, such as the admin's: browsers ask for this one."""
    return HttpResponseRedirect(static("mark.svg"))


@login_not_required
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    language = request.POST.get("language", "")
    known = language in dict(settings.LANGUAGES)
    return _kept(request, settings.LANGUAGE_COOKIE_NAME, language if known else "")


@login_not_required
@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    theme = request.POST.get("theme", "")
    return _kept(request, "theme", theme if theme in THEMES else "")


def _kept(request: HttpRequest, cookie: str, value: str) -> HttpResponse:
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
    if value:
        response.set_cookie(cookie, value, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    else:
        response.delete_cookie(cookie)
    return response
