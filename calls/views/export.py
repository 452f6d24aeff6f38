"""Calls as a file: choose what it holds, and fetch it when a worker has written it."""

from __future__ import annotations

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from calls.columns import columns_of, with_sorting
from calls.exporting import ask_export
from calls.exporting.forms import ExportForm
from calls.exporting.sending import file_of
from calls.http import HtmxHttpRequest, back_to_list, user_of
from calls.selection import Selection
from calls.views.bulk import conditions_of
from calls.vocabulary import JobKind

exports = permission_required(("calls.view_call", "calls.export_call"), raise_exception=True)


@exports
@require_POST
def bulk_export(request: HtmxHttpRequest) -> HttpResponse:
    """First the choices; with `asked` the wish itself."""
    try:
        selection = Selection.posted(request.POST, user_of(request))
    except ValidationError as error:
        return back_to_list(request, error)
    count = selection.count()
    if count == 0:
        return back_to_list(request, ValidationError(_("No call matches any more. There is nothing to export.")))
    user = user_of(request)
    fields = request.POST if "asked" in request.POST else None
    shown = [column.name for column in with_sorting(columns_of(user, request.POST), selection.form.order)]
    form = ExportForm(fields, shown=shown, count=count, may_see_numbers=user.has_perm("calls.view_numbers"))
    if form.is_valid():
        chosen = form.cleaned_data
        action = ask_export(
            selection,
            count=count,
            format=chosen["format"],
            columns=chosen["columns"],
            wants_numbers=chosen.get("numbers", False),
            asked_by=user,
        )
        return redirect(action)
    context = {"form": form, "selection": selection, "count": count, "conditions": conditions_of(selection, user)}
    return render(request, "calls/export.html", context, status=422 if form.is_bound else 200)


@exports
@require_safe
def export_file(request: HttpRequest, pk: int) -> FileResponse:
    """The file, for whoever asked for it."""
    return file_of(user_of(request), JobKind.EXPORT, pk, "calls")
