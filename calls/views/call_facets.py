from __future__ import annotations

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from calls.facets import Facets
from calls.filters import CallFilterForm


@require_safe
@permission_required("calls.view_call", raise_exception=True)
def call_facets(request: HttpRequest) -> HttpResponse:
    """The filter column with exact numbers: the list page brings those of the newest calls, and this one afterwards."""
    form = CallFilterForm(request.GET)
    facets = Facets(form, wants_whole=True, may_see_numbers=request.user.has_perm("calls.view_numbers"))
    return render(request, "calls/_filters.html#facets", {"form": form, "facets": facets})
