"""A finished review, read only: every answer leads to the words and the sound that it rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from calls.http import HtmxHttpRequest, user_of
from calls.models import Call
from calls.numbers import Numbers, mask_all
from calls.templatetags.formats import duration
from calls.views.call import changes_since, context_of
from reviews.models import Evidence, Review, ReviewEvent
from reviews.quotes import Quote
from reviews.reviewing import judging
from reviews.reviewing.differing import Piece, differing
from reviews.reviewing.seen import digest_of
from reviews.reviewing.tally import figure
from reviews.scoring import score_of
from reviews.views.review_view import closed, draft_for
from reviews.vocabulary import EventKind

TEMPLATE = "reviews/review_show.html"
LONGEST_REASON = 500
Hide = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Told:
    """An event in words."""

    at: datetime
    label: str
    by: str
    note: str


@dataclass(frozen=True, slots=True)
class Difference:
    label: str
    pieces: list[Piece]


@permission_required("calls.view_call", raise_exception=True)
@require_safe
def review_show(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    shown = Review.objects.visible_to(user).select_related(
        "version__scorecard", "call__call_task", "reviewer", "item__queue"
    )
    review = get_object_or_404(shown, pk=pk)
    if not review.is_finished:
        return _unfinished(request, review, user)
    context = _about_call(request, review)
    hide = _hiding(context)
    return render(request, TEMPLATE, context | _judged(request, review, hide) | _sheet(review, hide))


@permission_required(["calls.view_call", "reviews.review_call"], raise_exception=True)
@require_POST
def review_reopen(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    """Only whoever wrote it: the answers stay theirs."""
    review = draft_for(request, pk)
    reason = request.POST.get("reason", "").replace("\0", "").strip()[:LONGEST_REASON]
    try:
        judging.reopen(review, user_of(request), reason)
    except judging.Refused as why:
        messages.warning(request, str(why))
        return redirect(review)
    return redirect("review_edit", review.pk)


def _unfinished(request: HtmxHttpRequest, review: Review, user: User) -> HttpResponse:
    """One's own draft is worked on elsewhere; nobody else reads it before it is finished."""
    if review.reviewer_id == user.pk and user.has_perm("reviews.review_call"):
        return redirect("review_edit", review.pk)
    sentence = _("This review is not finished. It can be read as soon as %(name)s has finished it.")
    return closed(request, sentence % {"name": review.reviewer.get_username()})


def _about_call(request: HtmxHttpRequest, review: Review) -> dict[str, Any]:
    """The call as it is now; nothing when it is gone."""
    call = review.call
    if call is None or not Call.objects.seen_by(user_of(request)).filter(pk=call.pk).exists():
        return {"call": None, "title": _("A call that is gone")}
    context = context_of(request, call)
    return {
        **context,
        "title": context["number"],
        "find_url": review.get_absolute_url(),
        "comment_url": reverse("comment_new", args=[call.pk]),
        "is_same": digest_of(call) == review.digest,
        "differences": _differences(review, call, context) if review.is_outdated else [],
    }


def _differences(review: Review, call: Call, context: dict[str, Any]) -> list[Difference] | None:
    """None when it cannot be told any more."""
    changes = changes_since(call, review.revision, context["numbers"])
    if changes is None:
        return None
    return [Difference(change.label, differing(change.before, change.after)) for change in changes]


def _hiding(context: dict[str, Any]) -> Hide:
    """What people wrote and quoted, as this reader may see it. Of a call that is gone nobody knows the numbers."""
    if context["call"] is None:
        return mask_all
    numbers: Numbers = context["numbers"]
    return numbers.hide if numbers.may_see else lambda text: mask_all(numbers.hide(text))


def _judged(request: HtmxHttpRequest, review: Review, hide: Hide) -> dict[str, Any]:
    user = user_of(request)
    is_own = review.reviewer_id == user.pk
    return {
        "review": review,
        "note": hide(review.note),
        "events": list(_told(review, hide)),
        "can_reopen": is_own and user.has_perm("reviews.review_call") and review.call is not None,
        "disputable": review.pk if user.has_perm("reviews.raise_dispute") else None,
        "figure": figure(review.score),
    }


def _sheet(review: Review, hide: Hide) -> dict[str, Any]:
    answers = review.answers()
    card = review.version.card
    typed = {one.key for one in card if not one.options}
    shown = {
        key: replace(one, comment=hide(one.comment), value=hide(one.value) if key in typed else one.value)
        for key, one in answers.items()
    }
    return {"answers": shown, "quotes": _quotes(review, hide), "score": score_of(card, answers)}


def _quotes(review: Review, hide: Hide) -> dict[int, Quote]:
    """The words as they were when it was judged."""
    kept = Evidence.objects.filter(mark__review=review)
    return {one.turn: Quote("" if one.start is None else duration(one.start), hide(one.text)) for one in kept}


def _told(review: Review, hide: Hide) -> Iterator[Told]:
    for event in ReviewEvent.objects.filter(review=review).select_related("by"):
        name = event.by.get_username() if event.by else ""
        yield Told(event.at, str(EventKind(event.kind).label), name, hide(_note_of(event)))


def _note_of(event: ReviewEvent) -> str:
    if reason := event.detail.get("reason"):
        return str(reason)
    if (
        event.kind in {EventKind.FINISHED, EventKind.UNDONE, EventKind.REOPENED}
        and event.detail.get("score") is not None
    ):
        return _("score %(score)s") % {"score": figure(event.detail["score"])}
    if into := event.detail.get("into"):
        return _("into the queue “%(queue)s”") % {"queue": into}
    if out_of := event.detail.get("out_of"):
        return _("out of the queue “%(queue)s”") % {"queue": out_of}
    if event.kind == EventKind.CALL_CHANGED and event.detail.get("is_as_before"):
        return _("it says the same again as when it was judged")
    return ""
