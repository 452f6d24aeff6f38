from __future__ import annotations

from contextlib import suppress

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from calls.facets import Depth, Facets
from calls.filters import CallFilterForm
from calls.http import user_of
from calls.models.deadline import TooSlow, deadline
from calls.views.list_answer import SECONDS_WAITED


@require_safe
@permission_required("calls.view_call", raise_exception=True)
def call_facets(request: HttpRequest) -> HttpResponse:
    """The filter column with its numbers, which the list does not wait for: of the newest calls, or exact ones."""
    form = CallFilterForm(request.GET, reader=user_of(request))
    depth = Depth.NEWEST if request.GET.get("counts") == Depth.NEWEST.value else Depth.WHOLE
    may_see = request.user.has_perm("calls.view_numbers")
    facets = Facets(form, None, may_see_numbers=may_see)
    with suppress(TooSlow), deadline(SECONDS_WAITED):
        facets = Facets(form, depth, may_see_numbers=may_see)
    return render(request, "calls/_filters.html#facets", {"form": form, "facets": facets})
