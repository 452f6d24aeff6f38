"""What is done to many calls, slice by slice: a killed worker goes on where it stopped, a cancelled one stops there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import models, transaction
from django.utils.translation import gettext_noop as _

from calls.models import BulkAction, Call, Job
from calls.models.call import CallQuerySet
from calls.selection import Selection, Slice
from calls.vocabulary import JobKind

NOT_UNDERSTOOD = _("The filters of this selection have changed since. Select the calls again.")


class Impossible(Exception):
    """Trying again would bring the same; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Sliced:
    """One kind of bulk action that is done to a slice after the other."""

    # the calls of the slice that are still there for whoever asked, in the transaction that also keeps the place behind
    # it: says by `action.go_on` what became of all of the slice; raises Impossible
    do: Callable[[BulkAction, CallQuerySet, Slice], None]
    # whether they may have it done at all
    may: Callable[[User], bool]
    not_allowed: str
    # what the calls go into, when there is such a thing and it still exists
    into: Callable[[BulkAction], models.Model | None] = lambda _action: None


_kinds: dict[str, Sliced] = {}


def provide(kind: JobKind, sliced: Sliced) -> None:
    _kinds[kind] = sliced


def sliced(action: BulkAction) -> Sliced:
    return _kinds[action.kind]


def carry_out(job: Job) -> None:
    """The work of such a job."""
    action = job.bulk
    if action is None or action.finished_at is not None:
        job.finish()
        return
    try:
        _carry_out(job, action)
    except Impossible as error:
        job.fail("", str(error))


def do_at_once(action: BulkAction) -> None:
    """The same for a few calls, while somebody waits for the page. Raises Impossible."""
    for part in Selection.of(action).parts():
        _do(action, part)
    action.finish()


def _carry_out(job: Job, action: BulkAction) -> None:
    _permitted(action)
    selection = Selection.of(action)
    if not selection.is_understood:
        raise Impossible(NOT_UNDERSTOOD)
    _tell(job, action)
    if action.place or not action.tried:
        for part in selection.parts(action.place):
            # What is done, the place to go on from and the lease in one: after kill -9 no slice is done twice.
            with transaction.atomic():
                _do(action, part)
                _tell(job, action)
    with transaction.atomic():
        action.finish()
        job.finish()


def _do(action: BulkAction, part: Slice) -> None:
    calls = Call.objects.seen_by(_permitted(action))
    sliced(action).do(action, calls.filter(pk__in=part.pks), part)


def _permitted(action: BulkAction) -> User:
    """Whoever asked, with the rights of this moment: a million calls take a while."""
    user = User.objects.filter(pk=action.asked_by_id or 0, is_active=True).first()
    if user is None or not sliced(action).may(user):
        raise Impossible(sliced(action).not_allowed)
    return user


def _tell(job: Job, action: BulkAction) -> None:
    job.progress(action.tried, max(action.expected, action.tried))
