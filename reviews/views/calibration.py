"""Calibrations: planned over some calls, answered one by one, compared when all are given."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from calls.http import HtmxHttpRequest, user_of
from calls.models import Call
from calls.selection import Selection
from reviews.models import Calibration, Queue
from reviews.models.judged import CallGone
from reviews.opinions import calibrating
from reviews.opinions.calibrating_forms import CalibrationForm
from reviews.vocabulary import ItemState

PAGE = 50
MOST_SHOWN = 200

may_review = permission_required("reviews.review_call", raise_exception=True)
may_plan = permission_required("reviews.plan_calibration", raise_exception=True)


@require_GET
@may_review
def calibration_list(request: HtmxHttpRequest) -> HttpResponse:
    found = calibrating.visible_to(user_of(request))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    calibrations = list(page)
    progress = calibrating.progress_of(calibrations)
    rows = [(one, done, calibrating.is_over(one, done)) for one, done in zip(calibrations, progress, strict=True)]
    return render(request, "reviews/calibration_list.html", {"page": page, "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@may_plan
def calibration_new(request: HtmxHttpRequest) -> HttpResponse:
    """Which calls: a list's selection, as its bar posts it or as an address has it, or `queue`."""
    user = user_of(request)
    fields = request.POST if request.method == "POST" else request.GET
    try:
        calls = _calls(fields, user)
    except ValidationError as error:
        return _refused(request, error.messages[0])
    is_filled = request.method == "POST" and "name" in request.POST
    form = CalibrationForm(calls, request.POST if is_filled else None, initial={"expert": user.pk})
    if is_filled and form.is_valid():
        given = form.cleaned_data
        try:
            calibration = calibrating.plan(
                given["name"],
                given["scorecard"],
                calls,
                people=list(given["people"]),
                expert=given["expert"],
                by=user,
                due_at=form.due_at,
            )
        except CallGone:
            return _refused(request, _("None of these calls is there any more. Choose others."))
        except IntegrityError:
            # two people planned under one name at once
            form.add_error("name", _("There is a queue of this name. Choose another one."))
        else:
            return redirect(calibration)
    context = {"form": form, "calls": calls, "chosen": ",".join(str(call.pk) for call in calls)}
    return render(request, "reviews/calibration_new.html", context, status=422 if form.errors else 200)


@require_GET
@may_review
def calibration_view(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    calibration = _of_one(request, pk)
    [progress] = calibrating.progress_of([calibration])
    is_over = calibrating.is_over(calibration, progress)
    answers = calibrating.answers_of(calibration, user) if is_over else []
    titles, rows = calibrating.deviations(answers)
    differing = [one for one in answers if not one.is_same]
    context = {
        "calibration": calibration,
        "progress": progress,
        "is_over": is_over,
        "titles": titles,
        "rows": rows,
        "differing": differing[:MOST_SHOWN],
        "left_out": max(len(differing) - MOST_SHOWN, 0),
        "mine": calibration.queue.items.filter(state=ItemState.WAITING, assigned_to=user).count(),
    }
    return render(request, "reviews/calibration_view.html", context)


@require_POST
@may_plan
def calibration_end(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    calibration = _of_one(request, pk)
    calibrating.end(calibration)
    messages.info(request, _("Ended. What was not answered stays open; everybody who took part sees the answers."))
    return redirect(calibration)


def _refused(request: HtmxHttpRequest, problem: str) -> HttpResponse:
    return render(request, "reviews/calibration_new.html", {"problem": problem}, status=422)


def _of_one(request: HtmxHttpRequest, pk: int) -> Calibration:
    return get_object_or_404(calibrating.visible_to(user_of(request)), pk=pk)


def _calls(fields: QueryDict, user: User) -> list[Call]:
    """Those that are meant and may be seen; ValidationError with a sentence when there are none or too many."""
    seen = Call.objects.seen_by(user)
    queue = fields.get("queue", "")
    if queue.isascii() and queue.isdecimal() and len(queue) < 19:
        found = seen.filter(pk__in=get_object_or_404(Queue, pk=int(queue)).items.values("call"))
    else:
        selection = Selection.posted(fields, user)
        meant = next(selection.slices(size=calibrating.MOST_CALLS + 1), None)
        found = seen.filter(pk__in=meant.pks if meant else [])
    calls = list(found.newest_first()[: calibrating.MOST_CALLS + 1])
    if not calls:
        raise ValidationError(_("None of these calls is there any more. Choose others."))
    if len(calls) > calibrating.MOST_CALLS:
        text = _("At most %(most)s calls: everybody who takes part reviews each of them. Choose fewer.")
        raise ValidationError(text % {"most": calibrating.MOST_CALLS})
    return calls
