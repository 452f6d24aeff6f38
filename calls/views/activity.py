"""What the workers do, what they gave up, and the one click that lets them try again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render, resolve_url
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from calls.http import HtmxHttpRequest, page_or_part, user_of
from calls.models import BulkAction, Job
from calls.models.job import JobQuerySet
from calls.pacing import NotNow, the_pacer
from calls.refresh.turns import refused_scope
from calls.vocabulary import JobKind, JobState, Source

JOBS_SHOWN = 50
ACTIONS_SHOWN = 5
# jobs one click revives: each is a message to the broker
AT_ONCE = 500
TROUBLE = (JobState.DEAD, JobState.FAILED)
# the RAM action behind a refusal, as refresh words it: "… (aiccs:Something)"
PERMISSION = re.compile(r"\((\w+:\w+)\)")
# what a tab shows, first the one that wants a person
TABS = {
    "trouble": (gettext_lazy("Needs you"), TROUBLE),
    "running": (gettext_lazy("Running"), (JobState.RUNNING,)),
    "queued": (gettext_lazy("Queued"), (JobState.PENDING,)),
    "closed": (gettext_lazy("Done"), (JobState.DONE, JobState.CANCELLED)),
}

sees_jobs = permission_required("calls.view_job", raise_exception=True)
steers_jobs = permission_required("calls.change_job", raise_exception=True)


@dataclass(frozen=True, slots=True)
class Tab:
    name: str
    title: str
    count: int
    is_current: bool


@dataclass(frozen=True, slots=True)
class KindRow:
    """How many jobs of one kind there are in each tab, in the order of the tabs."""

    kind: str
    title: str
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Trouble:
    """The vendor refuses all of one kind: the key, a right or the bill. `permission` is the missing RAM action."""

    source: str
    kind: str
    reason: str
    permission: str


@sees_jobs
@require_GET
@vary_on_headers("HX-Request")
def activity(request: HtmxHttpRequest) -> HttpResponse:
    seen = Job.objects.seen_by(user_of(request))
    counts = _counts(seen)
    tab = _tab(request, counts)
    jobs = _shown(request, seen, tab)
    shown = jobs if _has_routine(request, tab) else jobs.filter(asked_by__isnull=False)
    context = {
        "tab": tab,
        "tabs": [Tab(name, str(title), _sum(counts, name), name == tab) for name, (title, _states) in TABS.items()],
        "kinds": _kinds(counts),
        "kind": request.GET.get("kind", ""),
        "page": Paginator(shown, JOBS_SHOWN).get_page(request.GET.get("page")),
        "routine": 0 if shown is jobs else jobs.filter(asked_by__isnull=True).count(),
        "is_busy": bool(_sum(counts, "running") or _sum(counts, "queued")),
        "troubles": list(_account_troubles()),
        "actions": BulkAction.objects.seen_by(user_of(request)).for_list()[:ACTIONS_SHOWN],
    }
    return render(request, page_or_part(request, "calls/activity.html", "jobs"), context)


@steers_jobs
@require_POST
def job_retry(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    job = _job(request, pk).revive(asked_by=user_of(request))
    return _row_or_back(request, job)


@steers_jobs
@require_POST
def job_cancel(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    job = _job(request, pk)
    job.cancel()
    return _row_or_back(request, job)


@steers_jobs
@require_POST
def retry_all(request: HtmxHttpRequest) -> HttpResponse:
    """Every job that needs somebody, of one kind where one is named."""
    jobs = Job.objects.seen_by(user_of(request)).filter(state__in=TROUBLE)
    if kind := request.POST.get("kind"):
        jobs = jobs.filter(kind=kind)
    revived = [job.revive(asked_by=user_of(request)) for job in jobs[:AT_ONCE]]
    left = jobs.count()
    text = ngettext("%(count)s job queued again.", "%(count)s jobs queued again.", len(revived)) % {
        "count": len(revived)
    }
    if left:
        text += " " + _("%(count)s are left: do it once more.") % {"count": left}
    messages.success(request, text)
    return HttpResponseRedirect(resolve_url("activity"))


def _job(request: HtmxHttpRequest, pk: int) -> Job:
    return get_object_or_404(Job.objects.seen_by(user_of(request)), pk=pk)


def _row_or_back(request: HtmxHttpRequest, job: Job) -> HttpResponse:
    if request.htmx:
        return render(request, "calls/_job_row.html", {"job": job})
    return HttpResponseRedirect(resolve_url("activity") + f"?show={request.POST.get('show', '')}")


def _counts(jobs: JobQuerySet) -> dict[tuple[str, str], int]:
    """(kind, state) -> number of jobs."""
    rows = jobs.order_by().values_list("kind", "state").annotate(Count("pk"))
    return {(kind, state): count for kind, state, count in rows}


def _sum(counts: dict[tuple[str, str], int], tab: str, kind: str = "") -> int:
    states = TABS[tab][1]
    return sum(count for (of, state), count in counts.items() if state in states and kind in {"", of})


def _kinds(counts: dict[tuple[str, str], int]) -> list[KindRow]:
    return [
        KindRow(kind.value, str(kind.label), tuple((tab, _sum(counts, tab, kind)) for tab in TABS)) for kind in JobKind
    ]


def _tab(request: HtmxHttpRequest, counts: dict[tuple[str, str], int]) -> str:
    """The one asked for; else the first that holds something."""
    if (asked := request.GET.get("show", "")) in TABS:
        return asked
    return next((name for name in TABS if _sum(counts, name)), "trouble")


def _shown(request: HtmxHttpRequest, seen: JobQuerySet, tab: str) -> JobQuerySet:
    jobs = seen.filter(state__in=TABS[tab][1]).select_related("call", "call_task", "bulk", "asked_by")
    kind = request.GET.get("kind", "")
    return jobs.filter(kind=kind) if kind in JobKind.values else jobs


def _has_routine(request: HtmxHttpRequest, tab: str) -> bool:
    """What the workers did by themselves and ended well buries what a person asked for: it is shown when named."""
    return tab != "closed" or "kind" in request.GET or "routine" in request.GET


def _account_troubles() -> Iterator[Trouble]:
    """What the workers have stopped asking about until somebody acts."""
    for source, kind in product(Source, (JobKind.REFRESH, JobKind.DISCOVER)):
        try:
            the_pacer().check_pauses(refused_scope(Job(kind=kind), source))
        except NotNow as pause:
            missing = PERMISSION.search(pause.reason)
            yield Trouble(str(source.label), str(kind.label), pause.reason, missing[1] if missing else "")
