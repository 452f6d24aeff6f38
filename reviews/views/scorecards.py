"""Scorecards: what there is, one with its versions, and the steps from a draft to a retired version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Count, Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from calls.http import user_of
from reviews import exchange
from reviews.models import Review, Scorecard, ScorecardVersion
from reviews.ready import READY
from reviews.vocabulary import ReviewState, VersionState

may_look = permission_required("reviews.review_call", raise_exception=True)
may_manage = permission_required("reviews.manage_scorecard", raise_exception=True)
MANAGE = "reviews.manage_scorecard"


@may_look
@require_safe
def scorecard_list(request: HttpRequest) -> HttpResponse:
    scorecards = Scorecard.objects.prefetch_related(Prefetch("versions", _versions(request))).annotate(
        queue_count=Count("queues", distinct=True)
    )
    rows = [_row(scorecard) for scorecard in scorecards]
    context = {"rows": [row for row in rows if row["newest"]], "ready": READY}
    return render(request, "reviews/scorecard_list.html", context)


@may_look
@require_safe
def scorecard_view(request: HttpRequest, pk: int) -> HttpResponse:
    scorecard = get_object_or_404(Scorecard, pk=pk)
    versions = list(
        _versions(request)
        .filter(scorecard=scorecard)
        .annotate(review_count=Count("reviews", Q(reviews__state=ReviewState.FINISHED)))
    )
    version = _chosen(request, versions)
    context = {
        "scorecard": scorecard,
        "versions": versions,
        "version": version,
        "draft": next((one for one in versions if one.is_draft), None),
        "queues": scorecard.queues.all() if request.user.has_perm("reviews.plan_queue") else (),
    }
    return render(request, "reviews/scorecard_view.html", context)


@may_look
@require_safe
def scorecard_export(request: HttpRequest, pk: int) -> HttpResponse:
    scorecard = get_object_or_404(Scorecard, pk=pk)
    version = _chosen(request, list(_versions(request).filter(scorecard=scorecard)))
    response = HttpResponse(exchange.file_of(version), content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="scorecard-{scorecard.pk}-v{version.number}.json"'
    return response


@may_manage
@require_http_methods(["GET", "HEAD", "POST"])
def scorecard_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """What happens is said first."""
    scorecard = get_object_or_404(Scorecard, pk=pk)
    draft = scorecard.draft
    if draft is None:
        messages.warning(request, _("There is no draft to publish. Edit the scorecard first."))
        return redirect(scorecard)
    return _step(
        request,
        "publish",
        draft,
        lambda seen: draft.publish(user_of(request), seen=seen),
        done=_("Version %(number)s is published. Reviews that begin from now on use it."),
        stale=_("The draft has changed since you looked at it. Look again before publishing."),
        consequences=list(_of_publishing(scorecard, draft)),
    )


@may_manage
@require_http_methods(["GET", "HEAD", "POST"])
def scorecard_retire(request: HttpRequest, pk: int) -> HttpResponse:
    scorecard = get_object_or_404(Scorecard, pk=pk)
    version = scorecard.published
    if version is None:
        messages.warning(request, _("No version is published, so there is nothing to retire."))
        return redirect(scorecard)
    return _step(
        request,
        "retire",
        version,
        lambda seen: seen == version.stamp and version.retire(),
        done=_("Version %(number)s is retired."),
        stale=_("Another version has been published since you looked. Look again."),
        consequences=list(_of_retiring(scorecard, version)),
    )


@may_manage
@require_http_methods(["GET", "HEAD", "POST"])
def scorecard_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw the draft away; a scorecard that never had another version goes with it."""
    scorecard = get_object_or_404(Scorecard, pk=pk)
    draft = scorecard.draft
    if draft is None:
        messages.warning(request, _("There is no draft any more."))
        return redirect(scorecard)
    is_all = scorecard.versions.count() == 1 and not scorecard.queues.exists()
    if request.method == "POST" and draft.discard(seen=request.POST.get("seen", "")):
        messages.success(request, _("The draft is discarded."))
        return redirect(scorecard) if Scorecard.objects.filter(pk=pk).exists() else redirect("scorecard_list")
    if request.method == "POST":
        messages.warning(request, _("The draft has changed since you looked at it. Look again before discarding."))
        return redirect("scorecard_discard", scorecard.pk)
    gone = [_("What was written in it is lost."), _("Published and retired versions stay as they are.")]
    if is_all:
        gone[1] = _("The scorecard has no other version, so it goes as well.")
    return _ask(request, scorecard, "discard", draft, consequences=gone)


def _step(
    request: HttpRequest,
    act: str,
    version: ScorecardVersion,
    take: Callable[[str], bool],
    *,
    done: str,
    stale: str,
    consequences: list[str],
) -> HttpResponse:
    """Asks first. `take` is told what was looked at by then, and does nothing when that has changed."""
    scorecard = version.scorecard
    if request.method != "POST":
        return _ask(request, scorecard, act, version, consequences=consequences)
    if take(request.POST.get("seen", "")):
        messages.success(request, done % {"number": version.number})
        return redirect(scorecard)
    messages.warning(request, stale)
    return redirect(f"scorecard_{act}", scorecard.pk)


def _ask(request: HttpRequest, scorecard: Scorecard, act: str, version: ScorecardVersion, **more: Any) -> HttpResponse:
    context = {"scorecard": scorecard, "act": act, "version": version} | more
    return render(request, "reviews/scorecard_confirm.html", context)


def _of_publishing(scorecard: Scorecard, draft: ScorecardVersion) -> list[str]:
    said = [_("Reviews that begin from now on use version %(number)s.") % {"number": draft.number}]
    if before := scorecard.published:
        said.append(_("Version %(number)s retires.") % {"number": before.number})
    said += _what_stays(scorecard)
    said.append(_("The version never changes again: editing makes the next one."))
    return said


def _of_retiring(scorecard: Scorecard, version: ScorecardVersion) -> list[str]:
    said = [_("No review begins with it any more, until a version is published again.")]
    if count := scorecard.queues.count():
        text = ngettext(
            "%(count)s queue uses it and hands out no calls meanwhile.",
            "%(count)s queues use it and hand out no calls meanwhile.",
            count,
        )
        said.append(text % {"count": count})
    return said + _what_stays(scorecard)


def _what_stays(scorecard: Scorecard) -> list[str]:
    counts = Review.objects.filter(version__scorecard=scorecard).aggregate(
        finished=Count("pk", Q(state=ReviewState.FINISHED)), begun=Count("pk", Q(state=ReviewState.DRAFT))
    )
    said = []
    if count := counts["finished"]:
        text = ngettext(
            "%(count)s finished review keeps its version and score.",
            "%(count)s finished reviews keep their version and score.",
            count,
        )
        said.append(text % {"count": count})
    if count := counts["begun"]:
        text = ngettext(
            "%(count)s review that has begun is finished with the version it began with.",
            "%(count)s reviews that have begun are finished with the version they began with.",
            count,
        )
        said.append(text % {"count": count})
    return said


def _versions(request: HttpRequest) -> Any:
    """Drafts are for those who write them."""
    versions = ScorecardVersion.objects.select_related("scorecard", "changed_by", "published_by").order_by("-number")
    return versions if request.user.has_perm(MANAGE) else versions.exclude(state=VersionState.DRAFT)


def _chosen(request: HttpRequest, versions: list[ScorecardVersion]) -> ScorecardVersion:
    """The version that the address names; else the published one, else the newest."""
    wanted = request.GET.get("version")
    tests: list[Callable[[ScorecardVersion], bool]] = [lambda one: one.is_published, lambda one: True]
    if wanted:
        tests = [lambda one: str(one.number) == wanted]
    for test in tests:
        for version in versions:
            if test(version):
                return version
    raise Http404(_("This scorecard has no such version."))


def _row(scorecard: Scorecard) -> dict[str, Any]:
    versions = list(scorecard.versions.all())
    published = next((one for one in versions if one.is_published), None)
    newest = versions[0] if versions else None
    return {
        "scorecard": scorecard,
        "newest": newest,
        "published": published,
        "draft": next((one for one in versions if one.is_draft), None),
        "criteria": len(list((published or newest).card)) if newest else 0,
    }
