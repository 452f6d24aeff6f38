"""An administrator's verb: delete recordings for good, with a reason, and allow one to be fetched again."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from calls.http import user_of
from calls.models import Recording
from calls.recordings import purging
from calls.refresh import ask_recording
from calls.vocabulary import RecordingState

# The page lists each of them, and its address names each.
AT_ONCE = 200
TOO_MANY = gettext_lazy("At most %(count)s recordings at once: choose fewer.")

may_purge = permission_required(("calls.view_call", "calls.purge_recording"), raise_exception=True)


class PurgeForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
        help_text=gettext_lazy("Everybody who opens the call reads it, with your name."),
    )


@may_purge
@require_http_methods(["GET", "HEAD", "POST"])
def recordings_purge(request: HttpRequest) -> HttpResponse:
    """Asks with ?call=1&call=2, and does it when the answer comes back with a reason."""
    is_answer = request.method == "POST"
    chosen = (request.POST if is_answer else request.GET).getlist("call")
    if len(chosen) > AT_ONCE:
        messages.error(request, TOO_MANY % {"count": AT_ONCE})
        return render(request, "calls/recordings_purge.html", status=422)
    form = PurgeForm(request.POST if is_answer else None)
    recordings = _unpurged(chosen, user_of(request))
    if recordings and form.is_valid():
        return _purge(request, recordings, form.cleaned_data["reason"])
    context = {"form": form, "recordings": recordings}
    return render(request, "calls/recordings_purge.html", context, status=422 if is_answer else 200)


@may_purge
@require_POST
def recording_unpurge(request: HttpRequest, pk: int) -> HttpResponse:
    recording = get_object_or_404(Recording.objects.seen_by(user_of(request)).select_related("call"), pk=pk)
    if purging.unpurge(recording, by=user_of(request)):
        ask_recording(recording.call, asked_by=user_of(request))
        messages.info(request, _("Queued. A worker will fetch the recording."))
    return redirect(recording.call)


def _purge(request: HttpRequest, recordings: list[Recording], reason: str) -> HttpResponse:
    done = [recording for recording in recordings if _is_purged(recording, user_of(request), reason)]
    text = ngettext("%(count)s recording purged.", "%(count)s recordings purged.", len(done)) % {"count": len(done)}
    messages.success(request, text)
    if left := len(recordings) - len(done):
        sorry = ngettext(
            "%(count)s recording could not be deleted and stays: the storage refused.",
            "%(count)s recordings could not be deleted and stay: the storage refused.",
            left,
        )
        messages.error(request, sorry % {"count": left})
    return redirect(recordings[0].call if len(recordings) == 1 else "call_list")


def _is_purged(recording: Recording, user: User, reason: str) -> bool:
    """Also when somebody else did it a moment before."""
    try:
        purging.purge(recording, by=user, reason=reason)
    except OSError:
        return False
    return True


def _unpurged(pks: list[str], reader: User) -> list[Recording]:
    numbers = [int(pk) for pk in pks if pk.isascii() and pk.isdigit() and len(pk) < 19]
    unpurged = Recording.objects.seen_by(reader).exclude(state=RecordingState.PURGED)
    return list(unpurged.filter(pk__in=numbers).select_related("call").order_by("-call"))
