"""What the working page does: saving drafts, finishing, keeping the call, taking back."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from calls.http import HtmxHttpRequest, user_of
from reviews.models import QueueItem, Review
from reviews.reviewing import holding, judging
from reviews.reviewing.desk import Closed, Desk, desk_of_item, desk_of_review
from reviews.views.next_item import give_back
from reviews.views.review_form import Sent, sent_in, token_in, whole
from reviews.views.review_page import Trouble
from reviews.views.review_told import back, finished, refused, saved, stopped
from reviews.views.review_view import draft_for, item_for, look_again

MAY = ["calls.view_call", "reviews.review_call"]


@permission_required(MAY, raise_exception=True)
@require_POST
def review_draft(request: HtmxHttpRequest, item: int | None = None, review: int | None = None) -> HttpResponse:
    """Keeps what was answered so far. 409 with the reason when this page is no longer the one that may."""
    try:
        desk, sent = _received(request, item, review)
    except Closed as why:
        return stopped(request, why, item, review)
    desk, token, trouble = _written(desk, sent)
    if not request.headers.get("X-Draft"):
        return back(request, desk, trouble)
    return saved(request, desk, sent, trouble, token)


@permission_required(MAY, raise_exception=True)
@require_POST
def review_finish(request: HtmxHttpRequest, item: int | None = None, review: int | None = None) -> HttpResponse:
    try:
        desk, sent = _received(request, item, review)
    except Closed as why:
        return stopped(request, why, item, review)
    token, trouble = _hold(desk, sent)
    problems = sent.problems
    if not (trouble and trouble.can_take_over):
        try:
            if not trouble and not problems:
                return finished(request, desk.finish(sent.draft, sent.digest, token), desk)
            _kept(desk, sent, trouble, token)
        except judging.Incomplete as why:
            problems = why.missing
        except judging.Overtaken as why:
            trouble = Trouble(str(why), can_take_over=True)
        except (judging.AlreadyFinished, judging.ItemGone) as why:
            trouble = Trouble(str(why), is_over=True)
        except judging.Refused as why:
            trouble = Trouble(str(why), is_kept=True)
        except holding.LockLost:
            token, trouble = _regain(desk, token, takes_over=False)
            trouble = trouble or Trouble(
                _("Another tab had this call for a moment. Nothing is lost: finish once more.")
            )
        desk = desk.anew()
    return refused(request, desk, sent, token, problems, trouble)


@permission_required(MAY, raise_exception=True)
@require_POST
def review_hold(request: HtmxHttpRequest, item: int) -> HttpResponse:
    """The heartbeat of an open page."""
    token = token_in(request.POST)
    try:
        row = _item_of(request, item)
        if holding.renew(row, token):
            return HttpResponse(status=204)
        desk = desk_of_item(row, user_of(request))
    except Closed as why:
        return stopped(request, why, item)
    held, trouble = _regain(desk, token, takes_over=False)
    known = whole(request.POST.get("edit", ""))
    if not trouble and known is not None and desk.anew().edit > known:
        # with the token that it has the page writes nothing until somebody says that it shall
        held, trouble = token, Trouble(str(judging.Overtaken()), can_take_over=True)
    return saved(request, desk, None, trouble, held)


@permission_required(MAY, raise_exception=True)
@require_POST
def review_release(request: HtmxHttpRequest, item: int) -> HttpResponse:
    """The page has gone; or, with `go_on`, its reader wants another call."""
    row = item_for(request, item)
    if "go_on" in request.POST:
        return give_back(request, row)
    holding.release(row, token_in(request.POST))
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


def _item_of(request: HtmxHttpRequest, pk: int) -> QueueItem:
    """As `item_for`; raises Closed where there is none any more, so that its page is told instead of left alone."""
    try:
        return item_for(request, pk)
    except Http404:
        if QueueItem.objects.filter(pk=pk).exists():
            raise
        raise Closed(str(judging.ItemGone())) from None


def _received(request: HtmxHttpRequest, item: int | None, review: int | None) -> tuple[Desk, Sent]:
    if item is not None:
        shown = request.POST.get("card_version", "")
        desk = desk_of_item(_item_of(request, item), user_of(request), shown)
    else:
        desk = desk_of_review(draft_for(request, review or 0))
    return desk, sent_in(request.POST, desk.card)


def _written(desk: Desk, sent: Sent) -> tuple[Desk, str, Trouble | None]:
    """The desk with what is kept, the token, and what is in the way."""
    token, trouble = _hold(desk, sent)
    # an older page of the same reader writes only its last words
    if trouble and trouble.can_take_over and not sent.is_leaving:
        return desk, token, trouble
    try:
        kept = _kept(desk, sent, trouble, token)
        return replace(desk, review=kept, version=kept.version), token, trouble
    except judging.Overtaken as why:
        return desk, token, Trouble(str(why), can_take_over=True)
    except judging.Refused as why:
        return desk, token, Trouble(str(why), is_over=True)
    except holding.LockLost:
        # a newer page took the item in this very moment: this one is the older now
        return _written(_again(desk), sent)


def _hold(desk: Desk, sent: Sent) -> tuple[str, Trouble | None]:
    """The token that holds the item from now on."""
    if desk.item is None or holding.is_ours(desk.item, sent.token):
        return sent.token, None
    return _regain(desk, sent.token, takes_over=sent.draft.takes_over)


@transaction.atomic
def _kept(desk: Desk, sent: Sent, trouble: Trouble | None, token: str) -> Review:
    """Raises what Desk.save raises, and holding.LockLost when a page took the item meanwhile: then nothing is written.

    The last words of an older page reach the newer one before that writes again.
    """
    review = desk.save(sent.draft, is_lost=trouble is not None)
    if desk.item and trouble and trouble.can_take_over:
        holding.change_token(desk.item, desk.user)
    if desk.item and not trouble and not holding.renew(desk.item, token):
        raise holding.LockLost
    return review


def _again(desk: Desk) -> Desk:
    if desk.item:
        look_again(desk.item)
    return desk.anew()


def _regain(desk: Desk, token: str, *, takes_over: bool) -> tuple[str, Trouble | None]:
    """The page was silent for too long, or another page came: it goes on unless somebody has the item now."""
    assert desk.item
    item = desk.item
    look_again(item)
    if item.is_held and item.locked_by == desk.user and not takes_over:
        sentence = _("You opened this call in another tab, which may go on with it now.")
        return token, Trouble(sentence, can_take_over=True)
    if holding.take(item, desk.user):
        return item.token, None
    look_again(item)
    name = item.locked_by.get_username() if item.locked_by else _("Somebody else")
    sentence = _(
        "%(name)s took this call after this page had been silent for 5 minutes. Your answers are kept as a draft."
    )
    return token, Trouble(sentence % {"name": name}, is_over=True)
