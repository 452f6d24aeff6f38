"""What the working page is told after a step: the parts that changed, what is in the way, or the next call."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect, reswap, trigger_client_event

from calls.http import HtmxHttpRequest, user_of
from reviews.models import Review, ScorecardVersion
from reviews.reviewing import judging
from reviews.reviewing.desk import Closed, Desk, Gone, draft_left
from reviews.reviewing.tally import tally_of
from reviews.views.next_item import ahead_for, go_on, next_page
from reviews.views.review_form import Sent, sent_in, whole
from reviews.views.review_page import Trouble, page_of, undo_for
from reviews.views.review_view import TEMPLATE, closed


def saved(
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


def back(request: HtmxHttpRequest, desk: Desk, trouble: Trouble | None) -> HttpResponse:
    """Without a script a saved draft is the page again."""
    if trouble:
        messages.warning(request, trouble.sentence)
    else:
        messages.success(request, _("Draft saved"))
    return redirect(_own_url(desk))


def refused(
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
    context["is_saved"] = not trouble or trouble.is_kept
    response = render(request, f"{TEMPLATE}#scorecard" if request.htmx else TEMPLATE, context, status=422)
    return trigger_client_event(response, "call-changed") if sent.digest != context["digest"] else response


def finished(request: HtmxHttpRequest, review: Review, desk: Desk) -> HttpResponse:
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


def stopped(request: HtmxHttpRequest, why: Closed, item: int | None = None, review: int | None = None) -> HttpResponse:
    """There is nothing left to judge: the form stays as it is, and what can be kept is kept."""
    sentence, is_kept, shown = str(why), True, request.POST.get("card_version")
    if shown is not None:
        is_kept = _keep_last(request, item, review, shown)
        if isinstance(why, Gone):
            sentence = _("This call is gone: it was deleted here. Your answers are kept as a draft.")
        if isinstance(why, Gone) and not is_kept:
            sentence = _("This call is gone: it was deleted here. Your last answers could not be kept.")
    if not request.htmx and not request.headers.get("X-Draft"):
        # a page of its own takes the place of the form: what is in no draft is there to be copied
        return closed(request, sentence, lost="" if is_kept else _written_out(request, shown or ""))
    context = {"trouble": Trouble(sentence, is_over=True), "is_oob": True}
    status = 422 if request.htmx else 409
    return reswap(render(request, "reviews/_draft_saved.html", context, status=status), "none")


def _keep_last(request: HtmxHttpRequest, item: int | None, review: int | None, shown: str) -> bool:
    """Whether what the page brings is in the draft now."""
    with suppress(judging.Refused):
        if mine := draft_left(user_of(request), item, review, shown):
            judging.save_draft(mine, sent_in(request.POST, mine.version.card).draft)
            return True
    return False


def _written_out(request: HtmxHttpRequest, shown: str) -> str:
    """A line for each answer that the page brought."""
    version = ScorecardVersion.objects.filter(pk=whole(shown) or 0).first()
    if version is None:
        return ""
    sent, lines = sent_in(request.POST, version.card).draft, []
    for criterion in version.card:
        if answer := sent.answers.get(criterion.key):
            option = criterion.option(answer.value)
            said = _("N/A") if answer.is_na else option.label if option else answer.value
            lines.append(f"{criterion.title}: {' · '.join(filter(None, [said, answer.comment]))}")
    return "\n".join([*lines, sent.note]).strip()


def _own_url(desk: Desk) -> str:
    if desk.item is not None:
        return _url("review_view", desk)
    assert desk.review
    return reverse("review_edit", args=[desk.review.pk])


def _url(name: str, desk: Desk) -> str:
    if desk.item is not None:
        return reverse(name, kwargs={"item": desk.item.pk})
    return reverse(name, kwargs={"review": desk.review.pk if desk.review else 0})
