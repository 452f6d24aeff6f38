from __future__ import annotations

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from calls.facets import Depth, Facets
from calls.filters import CallFilterForm
from calls.http import user_of


@require_safe
@permission_required("calls.view_call", raise_exception=True)
def call_facets(request: HttpRequest) -> HttpResponse:
    """The filter column with its numbers, which the list does not wait for: of the newest calls, or exact ones."""
    form = CallFilterForm(request.GET, reader=user_of(request))
    depth = Depth.NEWEST if request.GET.get("counts") == Depth.NEWEST.value else Depth.WHOLE
    facets = Facets(form, depth, may_see_numbers=request.user.has_perm("calls.view_numbers"))
    return render(request, "calls/_filters.html#facets", {"form": form, "facets": facets})
