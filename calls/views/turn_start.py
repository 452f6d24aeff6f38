"""`This turn starts here`: what a person hears counts more than what listening found."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from calls.http import HtmxHttpRequest, user_of
from calls.models import Call
from calls.recordings.hearing import forget_turn_start, hearing_of, set_turn_start
from calls.refresh import ask_hearing
from calls.views.call import answer_with

# a year: what is later is no position in a recording, and no number that a column can hold
LATEST = 366 * 24 * 3600


class Unusable(ValueError):
    """Says in words what is wrong with what was asked, and what to do."""


@permission_required(["calls.view_call", "calls.hear_recording"], raise_exception=True)
@require_POST
def turn_start_set(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    call = get_object_or_404(Call.objects.seen_by(user_of(request)), pk=pk)
    try:
        is_timed = _set(call, request.POST, user_of(request))
    except Unusable as problem:
        return _told(request, call, str(problem))
    return _told(request, call, is_timed=is_timed)


@permission_required(["calls.view_call", "calls.hear_recording"], raise_exception=True)
@require_POST
def turn_start_forget(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    call = get_object_or_404(Call.objects.seen_by(user_of(request)), pk=pk)
    try:
        is_timed = forget_turn_start(call, _number(request.POST) - 1)
    except Unusable as problem:
        return _told(request, call, str(problem))
    except IndexError:
        return _told(request, call, _no_such_turn(request.POST))
    return _told(request, call, is_timed=is_timed)


def _set(call: Call, asked: QueryDict, by: User) -> bool:
    number, at = _number(asked), _seconds(asked)
    hearing = hearing_of(call)
    if hearing is None:
        raise Unusable(_("Nobody has listened to this recording yet. Try again once the turns have times."))
    if hearing.duration is not None and at > hearing.duration:
        raise Unusable(_("%(at)s s is after the end of the recording") % {"at": f"{at:g}"})
    try:
        return set_turn_start(call, number - 1, round(at * 1000), by=by)
    except IndexError:
        raise Unusable(_no_such_turn(asked)) from None


def _number(asked: QueryDict) -> int:
    try:
        return int(asked.get("turn", ""))
    except ValueError:
        raise Unusable(_no_such_turn(asked)) from None


def _seconds(asked: QueryDict) -> float:
    """From the start of the recording."""
    text = asked.get("at", "")
    try:
        at = float(text)
    except ValueError:
        at = -1.0
    # a comparison with NaN is never true
    if not 0 <= at <= LATEST:
        raise Unusable(_("“%(at)s” is no position in a recording. Give seconds, such as 12.4.") % {"at": text[:40]})
    return at


def _no_such_turn(asked: QueryDict) -> str:
    sentence = _("There is no turn “%(turn)s” in this call any more. Reload the page and try again.")
    return sentence % {"turn": asked.get("turn", "")[:40]}


def _told(request: HtmxHttpRequest, call: Call, problem: str = "", *, is_timed: bool = True) -> HttpResponse:
    """The transcript as it is now; without HTMX the page."""
    note = "" if is_timed else _("Kept. A worker is timing the other turns; their times come back in a moment.")
    if not is_timed:
        ask_hearing(call, asked_by=user_of(request))
    if not request.htmx:
        if problem or note:
            messages.add_message(request, messages.WARNING if problem else messages.INFO, problem or note)
        return redirect(call)
    response = answer_with(request, call, "transcript", turn_problem=problem, turn_note=note)
    response.status_code = 422 if problem else 200
    # the state of the call is looked at anew: it watches what the worker does
    return trigger_client_event(response, "times-changed" if is_timed else "sound-changed")
