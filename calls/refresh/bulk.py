"""Refreshing many calls: a wish for each."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_noop as _

from calls.models import BulkAction, Call, Job
from calls.models.call import CallQuerySet
from calls.refresh.asking import ask_refresh
from calls.selection import Selection, Slice
from calls.vocabulary import JobKind, Priority

# So few are asked for at once, as if each had been opened; more go to the workers, behind everything else.
AT_ONCE = 50
NOT_ALLOWED = _("Whoever asked for this refresh may not refresh calls any more.")


def ask_bulk_refresh(selection: Selection, *, count: int, asked_by: User) -> BulkAction:
    """Have the vendor asked about all these calls."""
    wish = BulkAction(kind=JobKind.BULK_REFRESH, expected=count, **selection.kept)
    if count > AT_ONCE:
        return BulkAction.objects.ask(wish, asked_by)
    with transaction.atomic():
        wish.keep(asked_by)
        _ask_at_once(wish, selection, asked_by)
    return wish


def may_refresh(user: User) -> bool:
    return user.has_perm("calls.refresh_call")


def ask_slice(action: BulkAction, found: CallQuerySet, part: Slice) -> None:
    """The wishes, not the refreshes."""
    calls = [call for call in _refreshable(found) if call.ref is not None]
    Job.objects.ask_all(
        Job(
            kind=JobKind.REFRESH,
            subject=str(call.ref),
            call=call,
            call_task_id=call.call_task_id,
            bulk=action,
            priority=Priority.BULK,
        )
        for call in calls
    )
    # Somebody else may have asked for some before: this action waits for those as well.
    already = Job.objects.open().filter(kind=JobKind.REFRESH, subject__in=[str(call.ref) for call in calls])
    already.filter(bulk=None).update(bulk=action)
    action.go_on(part.place, len(calls), len(part.pks) - len(calls))


def _ask_at_once(action: BulkAction, selection: Selection, asked_by: User) -> None:
    found = 0
    for part in selection.slices():
        for call in _refreshable(selection.calls.filter(pk__in=part.pks)):
            if call.ref is not None:
                job = ask_refresh(call.ref, call=call, asked_by=asked_by)
                Job.objects.filter(pk=job.pk).update(bulk=action)
                found += 1
    # Between counting and asking calls go, and others come.
    action.go_on("", found, max(action.expected - found, 0))
    action.finish()


def _refreshable(calls: CallQuerySet) -> list[Call]:
    """With what names a call at the vendor, and nothing else; none of them goes before its job is written."""
    names = ("source", "task_id", "batch_id", "detail_id", "callee", "query_date", "call_task_id")
    return list(calls.held().only(*names))
