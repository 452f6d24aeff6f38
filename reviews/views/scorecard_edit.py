"""The editor. It works without scripts: a button sends the whole form and gets it back with one thing done."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect

from calls.http import HtmxHttpRequest, user_of
from reviews.editing import Typed, apply, settle
from reviews.editing.rows import rows_of
from reviews.exchange import LONGEST_NAME
from reviews.models import Scorecard
from reviews.ready import empty_card
from reviews.scoring import Card
from reviews.vetting import Problem, problems_in
from reviews.views.scorecards import may_manage

TEMPLATE = "reviews/scorecard_edit.html"
SAVE, PREVIEW = "save", "preview"


@may_manage
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def scorecard_edit(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    scorecard = get_object_or_404(Scorecard, pk=pk)
    if request.method != "POST":
        newest = scorecard.newest
        typed = Typed.of(scorecard.name, newest.card if newest else empty_card())
        return _page(request, scorecard, typed, seen=scorecard.stamp)
    typed = Typed.posted(request.POST)
    seen, act = request.POST.get("seen", ""), request.POST.get("act", SAVE)
    here = "" if act in {SAVE, PREVIEW} else apply(typed, act)
    settle(typed)
    if act == PREVIEW:
        return render(request, f"{TEMPLATE}#preview", _preview_of(scorecard, typed))
    if act == SAVE:
        return _save(request, scorecard, typed, seen)
    return _page(request, scorecard, typed, seen=seen, here=here)


def _save(request: HtmxHttpRequest, scorecard: Scorecard, typed: Typed, seen: str) -> HttpResponse:
    problems = _problems(scorecard, typed)
    if problems:
        return _page(request, scorecard, typed, problems, seen=seen, status=422)
    card = Card.from_json(typed.content())
    if not scorecard.write_draft(card, user_of(request), seen=seen):
        # nothing of theirs is lost, and nothing of ours: saving again is a decision now
        now = scorecard.stamp
        return _page(request, scorecard, typed, seen=now, conflict=_who_was_faster(scorecard), status=409)
    if not _rename(scorecard, typed.name.strip()):
        problems = [Problem("name", _("Somebody has just taken this name. Choose another."))]
        return _page(request, scorecard, typed, problems, seen=scorecard.stamp, status=422)
    messages.success(request, _("Draft saved."))
    url = reverse("scorecard_edit", args=[scorecard.pk])
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def _problems(scorecard: Scorecard, typed: Typed) -> list[Problem]:
    problems = problems_in(typed.content())
    name = typed.name.strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        problems.insert(0, Problem("name", _("Write a name of 1 to 80 characters.")))
    elif Scorecard.objects.exclude(pk=scorecard.pk).filter(name=name).exists():
        problems.insert(0, Problem("name", _("There is another scorecard of this name.")))
    return problems


def _rename(scorecard: Scorecard, name: str) -> bool:
    try:
        with transaction.atomic():
            Scorecard.objects.filter(pk=scorecard.pk).update(name=name)
    except IntegrityError:
        return False
    return True


def _who_was_faster(scorecard: Scorecard) -> str:
    draft = scorecard.draft
    if draft is None:
        return _(
            "The draft was published or discarded while you were editing. Nothing of yours is lost: saving again "
            "makes it the draft of the next version."
        )
    who = draft.changed_by.get_username() if draft.changed_by else _("Somebody")
    text = _(
        "%(who)s has saved this draft since you opened it. Nothing of yours is lost: look at theirs in another tab, "
        "or save again to put yours in its place."
    )
    return text % {"who": who}


def _page(
    request: HtmxHttpRequest,
    scorecard: Scorecard,
    typed: Typed,
    problems: list[Problem] | None = None,
    *,
    seen: str,
    here: str = "",
    conflict: str = "",
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "rows": rows_of(typed, problems or []),
        "seen": seen,
        "number": seen.partition(".")[0],
        "here": here,
        "conflict": conflict,
        **_preview_of(scorecard, typed),
    }
    template = f"{TEMPLATE}#editor" if request.htmx else TEMPLATE
    # htmx shows an answer to 422 (see base.html), and a conflict is one of its kind
    return render(request, template, context, status=422 if request.htmx and status == 409 else status)


def _preview_of(scorecard: Scorecard, typed: Typed) -> dict[str, Any]:
    """The form as reviewers see it; without a card while something is wrong."""
    content = typed.content()
    problems = problems_in(content)
    card = None if problems else Card.from_json(content)
    return {"scorecard": scorecard, "card": card, "wrong": len(problems)}
