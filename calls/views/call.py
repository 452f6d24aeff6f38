"""The page of one call."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import trigger_client_event

from calls.http import HtmxHttpRequest
from calls.models import Call
from calls.numbers import Numbers
from calls.recordings.hearing import CallHearing, hearing_of
from calls.refresh import ask_recording, ask_refresh
from calls.views import call_details, call_revisions
from calls.views.call_freshness import State, polling_of, state_of, why_not_refreshable
from calls.views.call_turns import Talk, talk_of
from calls.views.call_wave import speech_of, wave_of, why_no_wave
from calls.views.same_number import MANY, recent_count

TEMPLATE = "calls/call_view.html"
# what HTMX may ask for by the id of the element that it will replace
PARTS = ("freshness", "summary", "jumps", "transcript", "panel", "player", "wave")
# those that stand in a template of their own
TEMPLATES = {"jumps": "calls/_call_bar.html", "wave": "calls/_call_player.html"}


@permission_required("calls.view_call", raise_exception=True)
@require_safe
@vary_on_headers("HX-Request", "HX-Target")
def call_view(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    call = get_object_or_404(Call.objects.seen_by(_reader(request)).select_related("call_task"), pk=pk)
    part = request.htmx.target if request.htmx and request.htmx.target in PARTS else ""
    return _answer(request, call, part or "")


@permission_required("calls.refresh_call", raise_exception=True)
@require_POST
def call_refresh(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    call = get_object_or_404(Call.objects.seen_by(_reader(request)), pk=pk)
    if why_not := why_not_refreshable(call):
        return _told(request, call, messages.WARNING, why_not, "freshness")
    assert call.ref
    ask_refresh(call.ref, call=call, asked_by=_reader(request))
    return _told(request, call, messages.INFO, _("Queued. A worker will ask the source."), "freshness")


@permission_required("calls.refresh_call", raise_exception=True)
@require_POST
def call_ask_recording(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    call = get_object_or_404(Call.objects.seen_by(_reader(request)), pk=pk)
    ask_recording(call, asked_by=_reader(request))
    return _told(request, call, messages.INFO, _("Queued. A worker will fetch the recording."), "player")


def answer_with(request: HtmxHttpRequest, call: Call, part: str, **more: str) -> HttpResponse:
    """One part of the page as it is now, with what just happened to it."""
    return render(request, f"{TEMPLATE}#{part}", context_of(request, call) | more)


def _told(request: HtmxHttpRequest, call: Call, level: int, sentence: str, part: str) -> HttpResponse:
    """The part says it by itself; without HTMX the page comes back with a message."""
    if request.htmx:
        return _answer(request, call, part)
    messages.add_message(request, level, sentence)
    return redirect(call)


def _answer(request: HtmxHttpRequest, call: Call, part: str) -> HttpResponse:
    """The page or a part of it; 204 to a poll that would bring nothing new."""
    state = state_of(call, _reader(request), _numbers_of(request, call))
    known = request.GET if request.method != "POST" else request.POST
    # before anything else is read: every open page asks this again and again
    if part and known.get("seen") in {state.freshness_stamp, state.sound_stamp}:
        return HttpResponse(status=204)
    context = context_of(request, call, state)
    response = render(request, f"{TEMPLATES.get(part, TEMPLATE)}#{part}" if part else TEMPLATE, context)
    if part and known.get("version") not in {None, state.version}:
        # the other parts of the page listen for this and fetch themselves
        trigger_client_event(response, "sound-changed" if part == "player" else "call-changed")
    return response


def context_of(request: HtmxHttpRequest, call: Call, state: State | None = None) -> dict[str, Any]:
    """What the parts of this page are made of; another page that shows them gives them an address of its own."""
    user, numbers = _reader(request), _numbers_of(request, call)
    # Before what it stands for: what changes in between is fetched once more, and never missed.
    state = state or state_of(call, user, numbers)
    freshness, sound, hearing = state.freshness, state.sound, hearing_of(call)
    talk = talk_of(call, numbers, request.GET.get("q", "").strip(), hearing)
    return {
        "call": call,
        "numbers": numbers,
        "can_reveal": numbers.may_see and any(shown != numbers.show(shown) for shown in call.phones),
        "intent": numbers.hide(call.intent),
        "number": numbers.show(call.callee) or _("No number"),
        "page_url": f"{call.get_absolute_url()}?{_page_query(request)}",
        "page_query": _page_query(request),
        "list_url": _list_url(request),
        "talk": talk,
        "freshness": freshness,
        "freshness_message": numbers.hide(freshness.job.last_message) if freshness.job else "",
        "freshness_stamp": state.freshness_stamp,
        "freshness_trigger": polling_of(freshness),
        "why_not_refreshable": why_not_refreshable(call),
        "sound": sound,
        "sound_stamp": state.sound_stamp,
        "version": state.version,
        **_picture(hearing if sound.may_hear else None, talk, freshness.is_listening),
        "recent_calls": recent_count(call, user),
        "many_calls": MANY,
        **_panel(call, numbers, sound.recording),
    }


def changes_since(call: Call, revision: int, numbers: Numbers) -> list[call_revisions.Change] | None:
    """What the newest answer says otherwise than that revision; None when one of them cannot be read any more."""
    seen = call.payloads.filter(revision=revision).first()
    newest = call.payloads.order_by("-revision").first()
    if seen is None or newest is None:
        return None
    before, after = call_revisions.snapshot_in(seen), call_revisions.snapshot_in(newest)
    return call_revisions.changes_between(before, after, numbers) if before and after else None


def _picture(hearing: CallHearing | None, talk: Talk, is_listening: bool) -> dict[str, Any]:
    return {
        "wave": wave_of(hearing, talk.lines),
        "speech": json.dumps([(round(start, 2), round(end, 2)) for start, end in speech_of(hearing)]),
        "why_no_wave": why_no_wave(hearing, is_listening),
    }


def _numbers_of(request: HtmxHttpRequest, call: Call) -> Numbers:
    may_see = _reader(request).has_perm("calls.view_numbers")
    return Numbers(call.phones, may_see=may_see, is_shown="numbers" in request.GET)


def _panel(call: Call, numbers: Numbers, recording: Any) -> dict[str, Any]:
    tags, variables = call_details.tags_of(call, numbers), call_details.variables_of(call, numbers)
    return {
        "outcome": call_details.outcome_of(call, numbers),
        "hang_up": call_details.hang_up_of(call),
        "transfer": call_details.transfer_of(call, numbers),
        "variables": variables,
        "variables_have_notes": any(
            one["source"] or one["variable_id"] or one["key"] != one["name"] for one in variables
        ),
        "tags": tags,
        "tags_have_notes": any(tag.description or tag.tag_id for tag in tags),
        "counters": call_details.counters_of(call),
        "timeline": call_details.timeline_of(call, recording, numbers),
        "revisions": call_revisions.revisions_of(call, numbers),
        "phones": call_details.numbers_of(call, numbers),
        "identifiers": call_details.identifiers_of(call, numbers),
        "complaints": [numbers.hide(complaint) for complaint in call.complaints],
    }


def _page_query(request: HtmxHttpRequest) -> str:
    """What makes this page the one that the reader sees; everything else in the query belongs to polls."""
    return urlencode({name: request.GET[name] for name in ("q", "numbers") if name in request.GET})


def _list_url(request: HtmxHttpRequest) -> str:
    """The list as it was when the reader left it, if that is where they came from."""
    came_from = urlsplit(request.headers.get("Referer", ""))
    try:
        is_list = came_from.netloc == request.get_host() and resolve(came_from.path).url_name == "call_list"
    except Resolver404:
        is_list = False
    return f"{came_from.path}?{came_from.query}" if is_list else reverse("call_list")


def _reader(request: HtmxHttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
