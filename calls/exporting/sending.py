"""A written file on its way to whoever asked for it."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from calls.exporting.shelf import open_file
from calls.models import BulkAction
from calls.vocabulary import JobKind

TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def file_of(reader: User, kind: JobKind, pk: int, name: str) -> FileResponse:
    """The file of this export of theirs, called `name` with its day; Http404 when there is none for them (any more)."""
    action = get_object_or_404(BulkAction.objects.filter(asked_by=reader, kind=kind).exclude(file=""), pk=pk)
    if not action.may_be_read_by(reader):
        raise Http404(_("This file holds what you may not see any more. Export it again."))
    try:
        file = open_file(action)
    except FileNotFoundError:
        raise Http404(_("The file of this export is no longer there. Export it again.")) from None
    day = timezone.localtime(action.finished_at).strftime("%Y-%m-%d")
    response = FileResponse(file, as_attachment=True, filename=f"{name}-{day}-{action.pk}.{action.format}")
    response.headers["Content-Type"] = TYPES[action.format]
    # customers' words: kept where it was downloaded to, and nowhere else
    response.headers["Cache-Control"] = "private, no-store"
    return response
