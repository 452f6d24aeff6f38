"""How fast and loud a reader hears, kept for them wherever they sign in."""

from __future__ import annotations

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.views.decorators.http import require_POST

from calls.forms import ListeningForm
from calls.http import HtmxHttpRequest, user_of
from calls.models import KeyPreference


@require_POST
@permission_required("calls.view_call", raise_exception=True)
def listening_keep(request: HtmxHttpRequest) -> HttpResponse:
    form = ListeningForm(request.POST)
    if not form.is_valid():
        sentences = [str(sentence) for errors in form.errors.values() for sentence in errors]
        return HttpResponse("\n".join(sentences), status=422, content_type="text/plain; charset=utf-8")
    KeyPreference.keep(user_of(request), **form.cleaned_data)
    return HttpResponse(status=204)
