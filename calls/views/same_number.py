"""Every call to one number, of all tasks and both APIs. Named by a call: an address tells no number."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from calls.http import HtmxHttpRequest, user_of
from calls.models import Call
from calls.models.call import CallQuerySet
from calls.numbers import Numbers
from calls.vocabulary import NumberHash

SHOWN = 100
# so many calls in so many days are a notice
MANY, WEEK = 3, timedelta(days=7)


@require_safe
@permission_required("calls.view_call", raise_exception=True)
def same_number(request: HtmxHttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    call = get_object_or_404(Call.objects.seen_by(user), pk=pk)
    found = list(calls_to(call, user).select_related("call_task").newest_first()[: SHOWN + 1])
    numbers = Numbers([call.callee], may_see=user.has_perm("calls.view_numbers"), is_shown=False)
    context = {
        "call": call,
        "number": numbers.show(call.callee) or _("No number"),
        "rows": [(other, _intent(other, user)) for other in found[:SHOWN]],
        "has_more": len(found) > SHOWN,
        "shown": SHOWN,
        "why_not_all": why_not_all(call),
    }
    return render(request, "calls/same_number.html", context)


def _intent(call: Call, user: User) -> str:
    """Where a source puts the number as well."""
    return Numbers(call.phones, may_see=user.has_perm("calls.view_numbers"), is_shown=False).hide(call.intent)


def calls_to(call: Call, user: User) -> CallQuerySet:
    """Those that this reader may see; the call itself is one of them."""
    calls = Call.objects.seen_by(user)
    if not call.callee or "*" in call.callee:
        return calls.filter(pk=call.pk)
    return calls.filter(callee__in=_spellings(call))


def recent_count(call: Call, user: User) -> int:
    """How often the number was called in the week up to this call, which counts too."""
    return calls_to(call, user).filter(placed_at__gt=call.placed_at - WEEK, placed_at__lte=call.placed_at).count()


def why_not_all(call: Call) -> str:
    """In words, when there may be calls to this customer that nobody can recognise."""
    if not call.callee:
        return _("The source told no number for this call.")
    if "*" in call.callee:
        return _("The source hides a part of this number, so other calls to it cannot be told apart.")
    if call.number_hash != NumberHash.PLAIN:
        return _(
            "The source disguises this number (%(way)s). Calls for which it tells the number itself are missing here."
        ) % {"way": call.get_number_hash_display()}
    return ""


def _spellings(call: Call) -> list[str]:
    """The number as it is told, and as a task that disguises numbers tells the very same one."""
    if call.number_hash != NumberHash.PLAIN:
        return [call.callee]
    number = call.callee.encode()
    return [call.callee, hashlib.md5(number, usedforsecurity=False).hexdigest(), hashlib.sha256(number).hexdigest()]
