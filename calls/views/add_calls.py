"""Adding calls by hand: by their ids, or from a file that is looked at before anything is written."""

from __future__ import annotations

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from calls import importing, refresh
from calls.forms import AgentIdsForm, RobotIdsForm, UploadForm
from calls.http import HtmxHttpRequest, page_or_part, user_of
from calls.importing import Verdict, progress, shelf
from calls.models import Call
from calls.models.scope import tasks_of
from calls.vocabulary import Source

ROWS_SHOWN = 100

adds_calls = permission_required("calls.add_call", raise_exception=True)


@adds_calls
@require_http_methods(["GET", "POST"])
def add_calls(request: HtmxHttpRequest) -> HttpResponse:
    """The forms; the upload is posted here."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid():
        name, content = form.content
        try:
            importing.read_plan(content, permitted=tasks_of(user_of(request)))
        except importing.Unreadable as error:
            form.add_error("file" if name else "text", str(error))
        else:
            return redirect("add_calls_plan", shelf.put(user_of(request), name, content))
    return _forms(request, upload=form)


@adds_calls
@require_POST
def add_by_ids(request: HtmxHttpRequest, source: str) -> HttpResponse:
    """One call by its ids: nothing to look at first, the worker is asked at once."""
    agent = AgentIdsForm(request.POST) if source == Source.AICCS else None
    robot = RobotIdsForm(request.POST) if source == Source.ROBOT else None
    form = agent or robot
    if form is None:
        raise Http404
    user = user_of(request)
    permitted = tasks_of(user)
    if form.is_valid() and permitted is not None and (form.ref.source.value, form.ref.task_id) not in permitted:
        form.add_error("task_id", importing.NOT_YOURS)
    if not form.is_valid():
        return _forms(request, agent=agent, robot=robot)
    job = refresh.ask_refresh(form.ref, call=Call.objects.for_ref(form.ref).first(), asked_by=user)
    token = shelf.put(user, "", b"")
    shelf.finish(user, token, importing.Receipt(jobs=[job.pk]))
    return redirect("add_calls_done", token)


@adds_calls
@require_GET
def add_calls_plan(request: HtmxHttpRequest, token: str) -> HttpResponse:
    """What the upload would do, row by row."""
    user = user_of(request)
    try:
        if shelf.receipt_of(user, token):
            return redirect("add_calls_done", token)
        name, content = shelf.take(user, token)
    except shelf.Gone:
        return _gone(request)
    plan = importing.read_plan(content, permitted=tasks_of(user))
    shown = request.GET.get("show", "")
    page = Paginator(plan.with_verdict(shown), ROWS_SHOWN).get_page(request.GET.get("page"))
    verdicts = [
        {"name": verdict.value, "title": verdict.label, "count": plan.counts[verdict.value]} for verdict in Verdict
    ]
    context = {"plan": plan, "name": name, "token": token, "page": page, "shown": shown, "verdicts": verdicts}
    return render(request, "calls/add_calls_plan.html", context)


@adds_calls
@require_POST
def add_calls_confirm(request: HtmxHttpRequest, token: str) -> HttpResponse:
    user = user_of(request)
    try:
        with shelf.alone_with(user, token):
            # A second click finds the receipt of the first.
            if shelf.receipt_of(user, token) is None:
                plan = importing.read_plan(shelf.take(user, token)[1], permitted=tasks_of(user))
                shelf.finish(user, token, importing.carry_out(plan, user))
    except shelf.Gone:
        return _gone(request)
    return redirect("add_calls_done", token)


@adds_calls
@require_GET
@vary_on_headers("HX-Request")
def add_calls_done(request: HtmxHttpRequest, token: str) -> HttpResponse:
    """What became of it, while the workers are at it."""
    try:
        receipt = shelf.receipt_of(user_of(request), token)
    except shelf.Gone:
        return _gone(request)
    if receipt is None:
        return redirect("add_calls_plan", token)
    context = {"receipt": receipt, "token": token, "progress": progress.of(receipt, user_of(request))}
    return render(request, page_or_part(request, "calls/add_calls_done.html", "progress"), context)


def _forms(
    request: HtmxHttpRequest,
    *,
    upload: UploadForm | None = None,
    agent: AgentIdsForm | None = None,
    robot: RobotIdsForm | None = None,
) -> HttpResponse:
    context = {"upload": upload or UploadForm(), "agent": agent or AgentIdsForm(), "robot": robot or RobotIdsForm()}
    return render(request, "calls/add_calls.html", context)


def _gone(request: HtmxHttpRequest) -> HttpResponse:
    upload = UploadForm()
    sentence = _("This preview is no longer kept: two hours have passed, or somebody else made it. Add the file again.")
    return render(
        request,
        "calls/add_calls.html",
        {"upload": upload, "agent": AgentIdsForm(), "robot": RobotIdsForm(), "gone": sentence},
        status=410,
    )
