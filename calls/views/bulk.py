"""What is done to many calls at once: asked for from the selection bar, watched on a page of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from calls.columns import Column
from calls.exporting import AVAILABLE, exported
from calls.http import HtmxHttpRequest, back_to_list, page_or_part, user_of
from calls.models import BulkAction, Job
from calls.models.job import OPEN
from calls.refresh import ask_bulk_refresh
from calls.selection import Selection
from calls.slices import sliced
from calls.views.saved_view import task_names_of
from calls.vocabulary import JobState

ACTIONS_SHOWN = 50
# From here on it is asked whether that many were meant.
CONFIRM_ABOVE = 500

sees_calls = permission_required("calls.view_call", raise_exception=True)
refreshes = permission_required(("calls.view_call", "calls.refresh_call"), raise_exception=True)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a bulk action is, in calls or reviews. `total` is what there is to do as far as is known."""

    done: int
    total: int
    failed: int = 0
    cancelled: int = 0

    @property
    def finished(self) -> int:
        return self.done + self.failed + self.cancelled


@refreshes
@require_POST
def bulk_refresh(request: HtmxHttpRequest) -> HttpResponse:
    try:
        selection = Selection.posted(request.POST, user_of(request))
    except ValidationError as error:
        return back_to_list(request, error)
    count = selection.count()
    if count == 0:
        return back_to_list(request, ValidationError(_("No call matches any more. Nothing was refreshed.")))
    if count > CONFIRM_ABOVE and "confirmed" not in request.POST:
        context = {"selection": selection, "count": count, "conditions": conditions_of(selection, user_of(request))}
        return render(request, "calls/bulk_confirm.html", context)
    return redirect(ask_bulk_refresh(selection, count=count, asked_by=user_of(request)))


@sees_calls
@require_GET
def bulk_list(request: HtmxHttpRequest) -> HttpResponse:
    actions = BulkAction.objects.seen_by(user_of(request)).for_list()
    page = Paginator(actions, ACTIONS_SHOWN).get_page(request.GET.get("page"))
    return render(request, "calls/bulk_list.html", {"page": page})


@sees_calls
@require_GET
@vary_on_headers("HX-Request")
def bulk_view(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    action = get_object_or_404(BulkAction.objects.seen_by(user_of(request)), pk=pk)
    job, is_open, user = action.job, action.is_open, user_of(request)
    if not is_open:
        # it may have ended since the action was read: as it was then nobody would ask again
        action.refresh_from_db()
    may_export = action.is_export and exported(action).may_export(user)
    context = {
        "action": action,
        "job": job,
        "is_open": is_open,
        **_meant(action, user),
        "columns": _columns(action),
        "progress": _progress(action, job, is_open=is_open),
        "may_steer": _may_steer(request, action),
        "may_export": may_export,
        "into": _into(action, user),
        "may_fetch": may_export and action.asked_by_id == user.pk and action.may_be_read_by(user),
    }
    return render(request, page_or_part(request, "calls/bulk_view.html", "bulk"), context)


@sees_calls
@require_POST
def bulk_cancel(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    action = _steered(request, pk)
    action.cancel()
    return redirect(action)


@sees_calls
@require_POST
def bulk_retry(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """Once more what failed or was cancelled; it goes on where it stopped."""
    action = _steered(request, pk)
    job = action.job
    if action.finished_at is None and job is None:
        # forgotten: the action itself knows how far it came
        action.ask(user_of(request))
    elif action.finished_at is None and job is not None and not job.is_open:
        job.revive(asked_by=user_of(request))
    return redirect(action)


def conditions_of(selection: Selection, reader: User) -> list[str]:
    """What the list asked beside its search box, in words."""
    return [chip.label for chip in selection.form.chips(task_names_of([selection.form], reader))]


def _meant(action: BulkAction, reader: User) -> dict[str, Any]:
    """Which calls, or reviews."""
    if action.is_of_reviews:
        return {"conditions": exported(action).conditions(action, reader)}
    selection = Selection.of(action)
    return {"selection": selection, "conditions": conditions_of(selection, reader)}


def _into(action: BulkAction, reader: User) -> Model | None:
    """What the calls go into, for those who could have put them there."""
    if action.is_export or not sliced(action).may(reader):
        return None
    return sliced(action).into(action)


def _may_steer(request: HtmxHttpRequest, action: BulkAction) -> bool:
    return action.asked_by_id == request.user.pk or request.user.has_perm("calls.change_job")


def _steered(request: HtmxHttpRequest, pk: int) -> BulkAction:
    action = get_object_or_404(BulkAction.objects.seen_by(user_of(request)), pk=pk)
    if not _may_steer(request, action):
        raise PermissionDenied
    return action


def _columns(action: BulkAction) -> list[Column]:
    return [AVAILABLE[name] for name in action.columns if name in AVAILABLE]


def _progress(action: BulkAction, job: Job | None, *, is_open: bool) -> Progress:
    if action.is_export:
        done = action.affected if action.finished_at else job.done if job else 0
        return Progress(done, max(action.expected, done))
    if action.is_adding:
        return Progress(action.tried, action.tried if action.finished_at else max(action.expected, action.tried))
    states = action.refreshes
    waiting = sum(states.get(state, 0) for state in OPEN)
    failed = states.get(JobState.FAILED, 0) + states.get(JobState.DEAD, 0)
    cancelled = states.get(JobState.CANCELLED, 0)
    # Jobs that ended well are forgotten after a day: what is not counted among the others is done.
    done = max(action.affected - waiting - failed - cancelled, 0)
    return Progress(done, max(action.expected - action.left_out, action.affected), failed, cancelled)
