"""Tasks: what runs at the vendor, which of it is followed, and how far the search for its calls is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import Count, Max
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from calls import refresh
from calls.forms import CallTaskFilterForm
from calls.http import HtmxHttpRequest, page_or_part, user_of
from calls.models import Call, CallTask, Job
from calls.models.scope import tasks_of
from calls.vocabulary import JobKind, JobState, Source

TASKS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task with the number of its calls that we keep, and its newest discovery."""

    task: CallTask
    cached: int
    discovery: Job | None

    @property
    def is_discovering(self) -> bool:
        return self.discovery is not None and self.discovery.is_open

    @property
    def rate(self) -> float | None:
        """Calls a second; None before there is something to measure."""
        job = self.discovery
        if job is None or job.started_at is None or not job.done:
            return None
        seconds = ((job.finished_at or timezone.now()) - job.started_at).total_seconds()
        return job.done / seconds if seconds >= 1 else None


@dataclass(frozen=True, slots=True)
class TaskListUpdate:
    """The newest reading of each API's list of tasks."""

    jobs: tuple[Job, ...]
    # it ended under a page that still shows the list as it was
    is_news: bool = False
    # to whom the number of all tasks would tell of others than theirs
    is_limited: bool = False

    @classmethod
    def newest(cls, reader: User, *, is_news: bool = False) -> Self:
        lists = Job.objects.filter(kind=JobKind.DISCOVER, call_task=None, subject__in=Source.values).order_by()
        pks = [pk for _subject, pk in lists.values_list("subject").annotate(Max("pk"))]
        jobs = tuple(Job.objects.filter(pk__in=pks).order_by("subject"))
        return cls(jobs, is_news, is_limited=tasks_of(reader) is not None)

    @property
    def is_open(self) -> bool:
        return any(job.is_open for job in self.jobs)

    @property
    def listed(self) -> int:
        return 0 if self.is_limited else sum(job.done for job in self.jobs)

    @property
    def failed(self) -> tuple[Job, ...]:
        return tuple(job for job in self.jobs if job.state in {JobState.FAILED, JobState.DEAD})

    @property
    def finished_at(self) -> datetime | None:
        return max((job.finished_at for job in self.jobs if job.finished_at), default=None)


sees_tasks = permission_required("calls.view_calltask", raise_exception=True)
follows_tasks = permission_required("calls.follow_calltask", raise_exception=True)


@sees_tasks
@require_GET
@vary_on_headers("HX-Request")
def task_list(request: HtmxHttpRequest) -> HttpResponse:
    form = CallTaskFilterForm(request.GET)
    seen = CallTask.objects.seen_by(user_of(request))
    tasks = form.narrow(seen.select_related("followed_by"))
    page = Paginator(tasks, TASKS_SHOWN).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "rows": _rows(page),
        "any_task": bool(page.object_list) or seen.exists(),
        "update": TaskListUpdate.newest(user_of(request)),
    }
    return render(request, page_or_part(request, "calls/task_list.html", "tasks"), context)


@follows_tasks
@require_POST
def task_update(request: HtmxHttpRequest) -> HttpResponse:
    """Have a worker ask the vendor which tasks there are."""
    for source in Source:
        refresh.list_tasks(source, asked_by=user_of(request))
    return _update(request) if request.htmx else _back(request)


@sees_tasks
@require_GET
def task_updating(request: HtmxHttpRequest) -> HttpResponse:
    """How far the lists are; polled only while a worker is at one."""
    return _update(request)


@follows_tasks
@require_POST
def task_follow(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """Follow, or with `stop` no longer."""
    task = get_object_or_404(CallTask.objects.seen_by(user_of(request)), pk=pk)
    if "stop" in request.POST:
        task.unfollow()
    else:
        task.follow(user_of(request))
        refresh.ask_discovery(task, asked_by=user_of(request))
    return _row_or_back(request, task)


@follows_tasks
@require_POST
def task_discover(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    task = get_object_or_404(CallTask.objects.seen_by(user_of(request)), pk=pk)
    refresh.ask_discovery(task, asked_by=user_of(request))
    return _row_or_back(request, task)


@sees_tasks
@require_GET
def task_row(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """One task's row, polled while its discovery is open; the last answer carries no trigger."""
    task = get_object_or_404(CallTask.objects.seen_by(user_of(request)).select_related("followed_by"), pk=pk)
    return _row(request, task)


def _update(request: HtmxHttpRequest) -> HttpResponse:
    update = TaskListUpdate.newest(user_of(request), is_news=True)
    return render(request, "calls/task_list.html#update", {"update": update})


def _row_or_back(request: HtmxHttpRequest, task: CallTask) -> HttpResponse:
    return _row(request, task) if request.htmx else _back(request)


def _row(request: HtmxHttpRequest, task: CallTask) -> HttpResponse:
    [row] = _rows([task])
    return render(request, "calls/_task_row.html", {"row": row})


def _back(request: HtmxHttpRequest) -> HttpResponse:
    """To the list as it was filtered."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        back = resolve_url("task_list")
    return HttpResponseRedirect(back)


def _rows(tasks: Iterable[CallTask]) -> list[TaskRow]:
    """Two questions for all of them."""
    told = list(tasks)
    pks = [task.pk for task in told]
    cached = dict(Call.objects.filter(call_task__in=pks).order_by().values_list("call_task").annotate(Count("pk")))
    jobs = Job.objects.filter(kind=JobKind.DISCOVER, call_task__in=pks).order_by().values_list("call_task")
    newest = Job.objects.in_bulk([pk for _task, pk in jobs.annotate(Max("pk"))])
    discoveries = {job.call_task_id: job for job in newest.values()}
    return [TaskRow(task, cached.get(task.pk, 0), discoveries.get(task.pk)) for task in told]
