"""Calls as a file: choose what it holds, and fetch it when a worker has written it."""

from __future__ import annotations

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from calls.columns import columns_of
from calls.exporting import ask_export, open_file
from calls.exporting.forms import ExportForm
from calls.http import HtmxHttpRequest, user_of
from calls.models import BulkAction
from calls.selection import Selection
from calls.views.bulk import back_to_list, conditions_of

TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}

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
    shown = [column.name for column in columns_of(user, request.POST)]
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
    action = get_object_or_404(BulkAction.objects.filter(asked_by=user_of(request)).exclude(file=""), pk=pk)
    if not action.may_be_read_by(user_of(request)):
        raise Http404(_("This file holds calls that you may not see any more. Export the calls again."))
    try:
        file = open_file(action)
    except FileNotFoundError:
        raise Http404(_("The file of this export is no longer there. Export the calls again.")) from None
    day = timezone.localtime(action.finished_at).strftime("%Y-%m-%d")
    response = FileResponse(file, as_attachment=True, filename=f"calls-{day}-{action.pk}.{action.format}")
    response.headers["Content-Type"] = TYPES[action.format]
    # customers' words: kept where it was downloaded to, and nowhere else
    response.headers["Cache-Control"] = "private, no-store"
    return response
