"""The red list: recordings that are not ours yet while their links die, and those that were lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from calls.http import HtmxHttpRequest, page_or_part, user_of
from calls.models import Job, Recording
from calls.models.recording import RecordingQuerySet
from calls.refresh import ask_recording
from calls.views.activity import Tab
from calls.vocabulary import JobKind, JobState

SHOWN = 50
# recordings one click asks for: each is a message to the broker
AT_ONCE = 500
TABS = {"risk": gettext_lazy("Link dies soon"), "lost": gettext_lazy("Lost since yesterday")}

sees_the_list = permission_required(("calls.view_call", "calls.view_job"), raise_exception=True)
may_retry = permission_required(("calls.view_job", "calls.refresh_call"), raise_exception=True)


@dataclass(frozen=True, slots=True)
class Row:
    """`job` is the open one that fetches it, if any."""

    recording: Recording
    job: Job | None
    tab: str

    @property
    def is_queued(self) -> bool:
        """Nothing but a free worker is missing."""
        return self.job is not None and self.job.state == JobState.PENDING and self.job.next_at <= timezone.now()


@sees_the_list
@require_GET
@vary_on_headers("HX-Request")
def recordings_at_risk(request: HtmxHttpRequest) -> HttpResponse:
    user = user_of(request)
    counts = {name: recordings_of(name, user).count() for name in TABS}
    tab = _tab(request.GET.get("show", ""), counts)
    page = Paginator(recordings_of(tab, user).select_related("call"), SHOWN).get_page(request.GET.get("page"))
    context = {
        "tab": tab,
        "tabs": [Tab(name, str(title), counts[name], name == tab) for name, title in TABS.items()],
        "page": page,
        "rows": _rows(list(page.object_list), tab),
        "looked_at": timezone.now(),
        "is_safe": not any(counts.values()),
    }
    return render(request, page_or_part(request, "calls/recordings_at_risk.html", "recordings"), context)


@may_retry
@require_POST
def recording_retry(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """Have a worker fetch this one now; what was stored or purged meanwhile stays as it is."""
    recording = get_object_or_404(Recording.objects.seen_by(user_of(request)).select_related("call"), pk=pk)
    tab = request.POST.get("show", "")
    ask_recording(recording.call, asked_by=user_of(request))
    if request.htmx:
        (row,) = _rows([recording], tab if tab in TABS else "risk")
        return render(request, "calls/_recording_at_risk.html", {"row": row})
    messages.info(request, _("Queued. A worker will fetch the recording."))
    return _back(tab)


@may_retry
@require_POST
def recordings_retry_all(request: HtmxHttpRequest) -> HttpResponse:
    """All of one tab, the most urgent first."""
    tab = request.POST.get("show", "")
    tab = tab if tab in TABS else "risk"
    asked, left = _ask_all(recordings_of(tab, user_of(request)), user_of(request))
    text = ngettext("%(count)s recording queued.", "%(count)s recordings queued.", asked) % {"count": asked}
    if left:
        text += " " + _("%(count)s are left: do it once more.") % {"count": left}
    messages.success(request, text)
    return _back(tab)


def recordings_of(tab: str, reader: User) -> RecordingQuerySet:
    recordings = Recording.objects.seen_by(reader)
    return recordings.lost_since(yesterday()) if tab == "lost" else recordings.at_risk()


def yesterday() -> datetime:
    """Its beginning, where the reader lives."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=1)


def _ask_all(recordings: RecordingQuerySet, user: User) -> tuple[int, int]:
    """How many were asked for and how many are left. Those that stand in the queue for a person already are neither."""
    now_due = Q(state=JobState.RUNNING) | Q(state=JobState.PENDING, next_at__lte=timezone.now(), asked_by__isnull=False)
    queued = Job.objects.filter(now_due, kind=JobKind.KEEP_RECORDING, call__isnull=False)
    others = recordings.exclude(call__in=queued.values("call"))
    count = others.count()
    calls = [recording.call for recording in others.select_related("call")[:AT_ONCE]]
    for call in calls:
        ask_recording(call, asked_by=user)
    return len(calls), count - len(calls)


def _tab(asked: str, counts: dict[str, int]) -> str:
    """The one asked for; else the first that holds something."""
    if asked in TABS:
        return asked
    return next((name for name, count in counts.items() if count), "risk")


def _rows(recordings: list[Recording], tab: str) -> list[Row]:
    calls = [recording.pk for recording in recordings]
    jobs = {job.call_id: job for job in Job.objects.open().filter(kind=JobKind.KEEP_RECORDING, call__in=calls)}
    return [Row(recording, jobs.get(recording.pk), tab) for recording in recordings]


def _back(tab: str) -> HttpResponse:
    return HttpResponseRedirect(resolve_url("recordings_at_risk") + (f"?show={tab}" if tab in TABS else ""))
