"""The sound of a call."""

from __future__ import annotations

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from calls.http import user_of
from calls.models import Recording
from calls.recordings import serving
from calls.vocabulary import RecordingState


@permission_required(("calls.view_call", "calls.hear_recording"), raise_exception=True)
@require_safe
def recording_view(request: HttpRequest, pk: int) -> HttpResponseBase:
    as_download = "download" in request.GET
    if as_download and not request.user.has_perm("calls.download_recording"):
        raise PermissionDenied(_("You may hear recordings, not download them."))
    recording = get_object_or_404(Recording.objects.seen_by(user_of(request)), call_id=pk, state=RecordingState.STORED)
    try:
        return serving.sound_of(recording, request, as_download=as_download)
    except FileNotFoundError:
        raise Http404(_("The file of this recording is not where it was stored.")) from None
    except OSError:
        sentence = _("The storage of the recordings does not answer. Try again in a moment.")
        return HttpResponse(
            sentence, status=503, content_type="text/plain; charset=utf-8", headers={"Retry-After": "10"}
        )
