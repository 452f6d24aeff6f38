"""The source's own words about a call, and what changed between two of its answers."""

from __future__ import annotations

from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from calls.http import user_of
from calls.models import Payload
from calls.models.scope import in_scope
from calls.numbers import Numbers
from calls.views.call_revisions import changes_between, pretty, raw_changes, snapshot_in


@permission_required(("calls.view_call", "calls.view_numbers"), raise_exception=True)
@require_safe
def payload_view(request: HttpRequest, pk: int, revision: int) -> HttpResponse:
    """The raw answer; it holds whole numbers, so only people who may see those may read it."""
    payload = get_object_or_404(_payloads(request, pk), revision=revision)
    context = {"call": payload.call, "payload": payload, "body": pretty(payload.body)}
    return render(request, "calls/payload_view.html", context)


@permission_required("calls.view_call", raise_exception=True)
@require_safe
def payload_compare(request: HttpRequest, pk: int, revision: int) -> HttpResponse:
    """This answer beside the one before it."""
    payloads = _payloads(request, pk)
    after = get_object_or_404(payloads, revision=revision)
    before = get_object_or_404(payloads.filter(revision__lt=revision).order_by("-revision")[:1])
    call = after.call
    assert call is not None
    may_see = request.user.has_perm("calls.view_numbers")
    numbers = Numbers(call.phones, may_see=may_see, is_shown=False)
    old, new = snapshot_in(before), snapshot_in(after)
    changes = changes_between(old, new, numbers) if old and new else None
    raw = raw_changes(before.body, after.body) if changes is None and may_see else None
    context = {"call": call, "before": before, "after": after, "changes": changes, "raw": raw, "may_see": may_see}
    return render(request, "calls/payload_compare.html", context)


def _payloads(request: HttpRequest, call: int) -> QuerySet[Payload]:
    """The answers about a call, if the reader may see it."""
    return Payload.objects.filter(in_scope(user_of(request), "call__"), call=call).select_related("call")
