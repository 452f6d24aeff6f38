"""Choosing what keys do, and switching single keys off."""

from __future__ import annotations

import json

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from calls.http import HtmxHttpRequest, user_of
from calls.keys import keys_of
from calls.keys.caps import PRINTED
from calls.keys.form import KeyForm
from calls.models import KeyPreference

TEMPLATE = "calls/keys.html"


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("calls.view_call", raise_exception=True)
def keys(request: HtmxHttpRequest) -> HttpResponse:
    user = user_of(request)
    now = keys_of(KeyPreference.of(user).keys)
    if request.method != "POST":
        return _page(request, KeyForm(now))
    if "reset" in request.POST:
        return _keep(request, {}, _("Every key is as usual again."))
    form = KeyForm(now, request.POST)
    if not form.is_valid():
        return _page(request, form)
    return _keep(request, form.chosen, _("Your keys are kept."))


@require_POST
@permission_required("calls.view_call", raise_exception=True)
def keys_switch(request: HtmxHttpRequest) -> HttpResponse:
    user = user_of(request)
    KeyPreference.keep(user, is_on=request.POST.get("single_keys") != "off")
    if request.htmx:
        return render(request, f"{TEMPLATE}#single-keys")
    back = request.POST.get("next", "/")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return redirect(back if is_ours else "/")


def _keep(request: HtmxHttpRequest, chosen: dict[str, str], sentence: str) -> HttpResponse:
    KeyPreference.keep(user_of(request), keys=chosen)
    messages.success(request, sentence)
    return redirect("keys")


def _page(request: HtmxHttpRequest, form: KeyForm) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, TEMPLATE, {"form": form, "caps": json.dumps(PRINTED)}, status=status)
