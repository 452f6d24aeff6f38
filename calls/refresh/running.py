"""One job, from its claim to its end: the only place that knows what each kind of failure means for it."""

from __future__ import annotations

import logging
import random
import traceback
from datetime import datetime, timedelta

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from calls import exporting, slices
from calls.aliyun import AliyunError, BadPayload, Refused, Throttled, Unreachable
from calls.models import Job
from calls.models.bulk_action import EXPORTS
from calls.models.job import JobQuerySet, LeaseLost
from calls.pacing import LONGEST_WISH, REFUSED, THROTTLED, UNREACHABLE, NotNow, the_pacer
from calls.refresh import discovery, fetching
from calls.refresh.hearing import hear
from calls.refresh.keeping import keep
from calls.refresh.turns import down_scope, refused_scope
from calls.refresh.unread import keep_unread
from calls.vocabulary import JobKind, JobState, Source

logger = logging.getLogger(__name__)

WORK = {
    JobKind.REFRESH: fetching.fetch,
    JobKind.DISCOVER: discovery.discover,
    JobKind.KEEP_RECORDING: keep,
    JobKind.BULK_REFRESH: slices.carry_out,
    JobKind.QUEUE_CALLS: slices.carry_out,
    JobKind.EXPORT: exporting.write,
    JobKind.EXPORT_REVIEWS: exporting.write,
    JobKind.HEAR: hear,
}
# Minutes long each, or busy with arithmetic: more of them at once would leave no process for the many short jobs.
ONE_AT_A_TIME = (
    JobKind.DISCOVER,
    JobKind.KEEP_RECORDING,
    JobKind.BULK_REFRESH,
    JobKind.QUEUE_CALLS,
    JobKind.EXPORT,
    JobKind.EXPORT_REVIEWS,
    JobKind.HEAR,
)
ROOM_MAY_BE_FREE_IN = 2.0
LONGEST_BACKOFF = 300.0
UNREADABLE_ATTEMPTS = 3
# So many failures in a row mean that the vendor is down, not that a call is cursed.
DOWN_AFTER = 5


def run(job: Job) -> None:
    """Do what a claimed job is about. Never raises for what the vendor does; the outcome is in the row."""
    try:
        _wait_for_room(job)
        WORK[JobKind(job.kind)](job)
    except LeaseLost:
        logger.info("Job %s is not ours any more", job.pk)
    except (NotNow, AliyunError, SoftTimeLimitExceeded) as failure:
        _unless_lost(job, failure)
    except Exception as error:
        # The class and the way there, not the text: it could hold a customer's number.
        way = "".join(traceback.format_tb(error.__traceback__))
        logger.error("Job %s failed: %s\n%s", job.pk, type(error).__name__, way)
        _unless_lost(job, error)
    if job.kind in ONE_AT_A_TIME:
        _call_next(job)


def _unless_lost(job: Job, failure: Exception) -> None:
    try:
        _settle(job, failure)
    except LeaseLost:
        logger.info("Job %s is not ours any more", job.pk)


def _settle(job: Job, failure: Exception) -> None:
    match failure:
        case NotNow():
            job.put_back(_in(failure.seconds + random.uniform(0.2, 2)), message=failure.reason, is_attempt=False)
        case Throttled():
            seconds = the_pacer().pause(_source(job), THROTTLED, at_least=failure.retry_after)
            job.put_back(_in(seconds + random.uniform(0, 1)), *_said(failure), is_attempt=False)
        case Refused(is_account_wide=True):
            reason = " · ".join(part for part in (failure.code, _words(failure)) if part)
            seconds = the_pacer().pause(refused_scope(job, _source(job)), REFUSED, reason=reason)
            job.put_back(_in(seconds + random.uniform(0, 10)), *_said(failure), is_attempt=False)
        case Refused():
            job.fail(*_said(failure))
        case BadPayload():
            keep_unread(job, failure)
            if job.attempts >= UNREADABLE_ATTEMPTS:
                job.fail(*_said(failure))
            else:
                job.put_back(_in(backoff(job.attempts)), *_said(failure))
        case Unreachable():
            _count_outage(job, failure)
            wish = min(failure.retry_after or 0.0, LONGEST_WISH)
            job.put_back(_in(max(backoff(job.attempts), wish)), *_said(failure))
        case AliyunError():
            job.put_back(_in(backoff(job.attempts)), *_said(failure))
        case SoftTimeLimitExceeded():
            job.put_back(_in(backoff(job.attempts)), message=_("It took too long and was stopped"))
        case _:
            job.put_back(_in(backoff(job.attempts)), message=f"Unexpected: {type(failure).__name__}")


def backoff(attempts: int) -> float:
    """Seconds before the next attempt: doubling, half of it at random."""
    longest: float = min(LONGEST_BACKOFF, settings.JOB_BACKOFF * 2.0 ** max(attempts - 1, 0))
    return longest * random.uniform(0.5, 1)


def _count_outage(job: Job, failure: Unreachable) -> None:
    """While the vendor is down only now and then a job looks; the others wait and lose no attempt."""
    scope = down_scope(_source(job))
    if the_pacer().strike(scope) >= DOWN_AFTER:
        the_pacer().pause(scope, UNREACHABLE, reason=failure.message)


def _wait_for_room(job: Job) -> None:
    if job.kind not in ONE_AT_A_TIME or job.started_at is None:
        return
    others = _at_its_door(job).filter(state=JobState.RUNNING, lease_until__gt=timezone.now())
    # Of two that began at once the earlier goes on.
    earlier = Q(started_at__lt=job.started_at) | Q(started_at=job.started_at, pk__lt=job.pk)
    if others.filter(earlier).exists():
        raise NotNow(ROOM_MAY_BE_FREE_IN)


def _call_next(job: Job) -> None:
    """The door is free: who stood before it need not wait for the feeder."""
    soon = timezone.now() + timedelta(seconds=2 * ROOM_MAY_BE_FREE_IN)
    waiting = _at_its_door(job).filter(state=JobState.PENDING, next_at__lte=soon).exclude(pk=job.pk)
    following = waiting.order_by("priority", "next_at", "pk").first()
    if following and waiting.filter(pk=following.pk).update(next_at=timezone.now()):
        following.nudge()


def _at_its_door(job: Job) -> JobQuerySet:
    """Files of calls and files of reviews are written one after the other."""
    return Job.objects.filter(kind__in=EXPORTS if job.kind in EXPORTS else (job.kind,))


def _source(job: Job) -> Source:
    return Source(job.subject.split("/")[0])


def _in(seconds: float) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)


def _said(error: AliyunError) -> tuple[str, str, str]:
    return error.code, _words(error), error.request_id


def _words(error: AliyunError) -> str:
    permission = getattr(error, "missing_permission", "")
    if permission and permission not in error.message:
        return f"{error.message} ({permission})"
    return error.message
