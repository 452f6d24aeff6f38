"""What the working page does: saving drafts, finishing, keeping the call, taking back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect, reswap, trigger_client_event

from calls.http import HtmxHttpRequest, user_of
from reviews.models import Review
from reviews.reviewing import holding, judging
from reviews.reviewing.desk import Closed, Desk, desk_of_item, desk_of_review
from reviews.reviewing.tally import tally_of
from reviews.views.next_item import ahead_for, go_on, next_page
from reviews.views.review_form import Sent, sent_in, token_in
from reviews.views.review_page import Trouble, page_of, undo_for
from reviews.views.review_view import TEMPLATE, closed, draft_for, item_for
from reviews.vocabulary import ReviewState

MAY = ["calls.view_call", "reviews.review_call"]


@permission_required(MAY, raise_exception=True)
@require_POST
def review_draft(request: HtmxHttpRequest, item: int | None = None, review: int | None = None) -> HttpResponse:
    """Keeps what was answered so far. 409 with the reason when this page is no longer the one that may."""
    try:
        desk, sent = _received(request, item, review)
    except Closed as why:
        return _stopped(request, item, str(why))
    token, trouble = _hold(desk, sent)
    # an older page of the same reader writes only its last words
    if not (trouble and trouble.can_take_over) or sent.is_leaving:
        try:
            kept = judging.save_draft(desk.begun(), sent.draft)
            desk = replace(desk, review=kept, version=kept.version)
        except judging.Overtaken as why:
            trouble = Trouble(str(why), can_take_over=True)
        except judging.Refused as why:
            trouble = Trouble(str(why), is_over=True)
    if not request.headers.get("X-Draft"):
        return _back(request, desk, trouble)
    return _saved(request, desk, sent, trouble, token)


@permission_required(MAY, raise_exception=True)
@require_POST
def review_finish(request: HtmxHttpRequest, item: int | None = None, review: int | None = None) -> HttpResponse:
    try:
        desk, sent = _received(request, item, review)
    except Closed as why:
        return _stopped(request, item, str(why))
    token, trouble = _hold(desk, sent)
    problems = sent.problems
    if not trouble:
        try:
            kept = judging.save_draft(desk.begun(), sent.draft)
            desk = replace(desk, review=kept, version=kept.version)
            if not problems:
                return _finished(request, judging.finish(kept, sent.digest, token), desk)
        except judging.Incomplete as why:
            problems = why.missing
        except judging.Overtaken as why:
            trouble = Trouble(str(why), can_take_over=True)
        except judging.AlreadyFinished as why:
            trouble = Trouble(str(why), is_over=True)
        except judging.Refused as why:
            trouble = Trouble(str(why))
        except holding.LockLost:
            trouble = Trouble(_("This call went to somebody else. Your answers are kept as a draft."), is_over=True)
    return _refused(request, desk, sent, token, problems, trouble)


@permission_required(MAY, raise_exception=True)
@require_POST
def review_hold(request: HtmxHttpRequest, item: int) -> HttpResponse:
    """The heartbeat of an open page."""
    row, token = item_for(request, item), token_in(request.POST)
    if holding.renew(row, token):
        return HttpResponse(status=204)
    try:
        desk = desk_of_item(row, user_of(request))
    except Closed as why:
        return _stopped(request, item, str(why))
    held, trouble = _regain(desk, token, takes_over=False)
    return _saved(request, desk, None, trouble, held)


@permission_required(MAY, raise_exception=True)
@require_POST
def review_release(request: HtmxHttpRequest, item: int) -> HttpResponse:
    """The page has gone."""
    holding.release(item_for(request, item), token_in(request.POST))
    return HttpResponse(status=204)


@permission_required(MAY, raise_exception=True)
@require_POST
def review_undo(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    review = draft_for(request, pk)
    try:
        judging.undo(review, user_of(request))
    except judging.Refused as why:
        messages.warning(request, str(why))
        return redirect(review)
    return redirect("review_edit", review.pk)


def _received(request: HtmxHttpRequest, item: int | None, review: int | None) -> tuple[Desk, Sent]:
    if item is not None:
        shown = request.POST.get("card_version", "")
        desk = desk_of_item(item_for(request, item), user_of(request), shown)
    else:
        desk = desk_of_review(draft_for(request, review or 0))
    return desk, sent_in(request.POST, desk.card)


def _hold(desk: Desk, sent: Sent) -> tuple[str, Trouble | None]:
    """The token that holds the item from now on."""
    if desk.item is None or holding.renew(desk.item, sent.token):
        return sent.token, None
    return _regain(desk, sent.token, takes_over=sent.draft.takes_over)


def _regain(desk: Desk, token: str, *, takes_over: bool) -> tuple[str, Trouble | None]:
    """The page was silent for too long, or another page came: it goes on unless somebody has the item now."""
    assert desk.item
    item = desk.item
    item.refresh_from_db()
    if item.is_held and item.locked_by == desk.user and not takes_over:
        sentence = _("You opened this call in another tab, which may go on with it now.")
        return token, Trouble(sentence, can_take_over=True)
    if holding.take(item, desk.user):
        return item.token, None
    item.refresh_from_db()
    name = item.locked_by.get_username() if item.locked_by else _("Somebody else")
    sentence = _(
        "%(name)s took this call after this page had been silent for 5 minutes. Your answers are kept as a draft."
    )
    return token, Trouble(sentence % {"name": name}, is_over=True)


def _stopped(request: HtmxHttpRequest, item: int | None, sentence: str) -> HttpResponse:
    """There is nothing left to judge: the form stays as it is, and what can be kept is kept."""
    drafts = Review.objects.filter(reviewer=user_of(request), state=ReviewState.DRAFT)
    mine = drafts.filter(item=item).first() if item else None
    if mine and "card_version" in request.POST:
        with suppress(judging.Refused):
            judging.save_draft(mine, sent_in(request.POST, mine.version.card).draft)
    if not request.htmx and not request.headers.get("X-Draft"):
        return closed(request, sentence)
    context = {"trouble": Trouble(sentence, is_over=True), "is_oob": True}
    status = 422 if request.htmx else 409
    return reswap(render(request, "reviews/_draft_saved.html", context, status=status), "none")


def _saved(
    request: HtmxHttpRequest, desk: Desk, sent: Sent | None, trouble: Trouble | None, token: str = ""
) -> HttpResponse:
    """The parts of the page that a saved draft changes."""
    context: dict[str, Any] = {
        "desk": desk,
        "token": token,
        "trouble": trouble,
        "is_saved": not trouble,
        "draft_url": _url("review_draft", desk),
        "own_url": _own_url(desk),
    }
    if sent is not None:
        context["answers"] = sent.draft.answers
        context["tally"] = tally_of(desk.card, sent.draft.answers)
        context["edit"] = sent.draft.edit if trouble else desk.edit
    return render(request, "reviews/_draft_saved.html", context, status=409 if trouble else 200)


def _back(request: HtmxHttpRequest, desk: Desk, trouble: Trouble | None) -> HttpResponse:
    """Without a script a saved draft is the page again."""
    if trouble:
        messages.warning(request, trouble.sentence)
    else:
        messages.success(request, _("Draft saved"))
    return redirect(_own_url(desk))


def _own_url(desk: Desk) -> str:
    if desk.item is not None:
        return _url("review_view", desk)
    assert desk.review
    return reverse("review_edit", args=[desk.review.pk])


def _url(name: str, desk: Desk) -> str:
    if desk.item is not None:
        return reverse(name, kwargs={"item": desk.item.pk})
    return reverse(name, kwargs={"review": desk.review.pk if desk.review else 0})


def _refused(
    request: HtmxHttpRequest,
    desk: Desk,
    sent: Sent,
    token: str,
    problems: dict[str, list[str]],
    trouble: Trouble | None,
) -> HttpResponse:
    """The form as it was filled, with what is missing or in the way."""
    draft = sent.draft
    context = page_of(
        request,
        desk,
        token=token,
        answers=draft.answers,
        note=draft.note,
        spent=draft.spent,
        problems=problems,
        trouble=trouble,
    )
    if trouble and trouble.can_take_over:
        context["edit"] = draft.edit
    context["is_saved"] = not trouble
    response = render(request, f"{TEMPLATE}#scorecard" if request.htmx else TEMPLATE, context, status=422)
    return trigger_client_event(response, "call-changed") if sent.digest != context["digest"] else response


def _finished(request: HtmxHttpRequest, review: Review, desk: Desk) -> HttpResponse:
    if desk.item is None:
        return HttpResponseClientRedirect(review.get_absolute_url()) if request.htmx else redirect(review)
    if not request.htmx:
        return go_on(request, desk.item)
    toast = render_to_string("reviews/_undo.html", {"undo": undo_for(review), "is_oob": True}, request)
    if ahead := ahead_for(request, desk.item):
        # the page has it already: see static/js/next-call.js
        response = reswap(HttpResponse(toast), "none")
        return trigger_client_event(response, "review-ahead", {"item": ahead.pk}, after="swap")
    return next_page(request, desk.item, toast)
