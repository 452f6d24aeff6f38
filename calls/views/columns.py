"""Choosing the columns of the list: a page, and over the list a dialog."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from calls.columns import COLUMNS, Column, columns_of
from calls.http import HtmxHttpRequest, page_or_part, user_of
from calls.models import ListPreference, SavedView
from calls.models.saved_view import moved
from calls.views.saved_view import go_to

STEPS = {"up": -1, "down": 1}


@dataclass(frozen=True, slots=True)
class Choice:
    column: Column
    is_shown: bool
    is_first: bool
    is_last: bool
    # the key that was pressed keeps the focus: "up", "down" or ""
    focus: str


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("calls.view_call", raise_exception=True)
@vary_on_headers("HX-Request")
def columns(request: HtmxHttpRequest) -> HttpResponse:
    user = user_of(request)
    query = QueryDict(request.POST.get("query", "")) if request.method == "POST" else request.GET
    view = SavedView.objects.named(query.get("view", ""), user)
    if request.method != "POST":
        shown = [column.name for column in columns_of(user, query)]
        return _page(request, query, view, _with_the_others(shown), shown)
    order = _with_the_others(request.POST.getlist("order"))
    shown = [name for name in order if name in request.POST.getlist("column") or COLUMNS[name].is_always_shown]
    for key in STEPS.keys() & request.POST.keys():
        order = moved(order, request.POST[key], STEPS[key])
        return _page(request, query, view, order, shown, moving=(key, request.POST[key]))
    _keep(request, view, [] if "reset" in request.POST else shown)
    return go_to(request, _back(query))


def _keep(request: HtmxHttpRequest, view: SavedView | None, names: list[str]) -> None:
    """With the view when it has columns of its own and belongs to the reader; with the reader otherwise."""
    user = user_of(request)
    if view and view.columns and view.owner_id == user.pk:
        SavedView.objects.filter(pk=view.pk).update(columns=names)
        messages.success(request, _("The columns of “%(view)s” are kept with it.") % {"view": view})
    else:
        ListPreference.keep(user, columns=names)


def _with_the_others(names: list[str]) -> list[str]:
    """These columns in this order, then every other one."""
    return list(dict.fromkeys([*(name for name in names if name in COLUMNS), *COLUMNS]))


def _back(query: QueryDict) -> str:
    return f"{reverse('call_list')}?{query.urlencode()}" if query else reverse("call_list")


def _page(
    request: HtmxHttpRequest,
    query: QueryDict,
    view: SavedView | None,
    order: list[str],
    shown: list[str],
    *,
    moving: tuple[str, str] = ("", ""),
) -> HttpResponse:
    key, name = moving
    last = len(order) - 1
    choices = [
        Choice(COLUMNS[one], one in shown, place == 0, place == last, key if one == name else "")
        for place, one in enumerate(order)
    ]
    context = {
        "choices": choices,
        "query": query.urlencode(),
        "back_url": _back(query),
        "view": view if view and view.columns else None,
        "owns_view": view is not None and view.owner_id == user_of(request).pk,
    }
    return render(request, page_or_part(request, "calls/columns.html", "ask"), context)
