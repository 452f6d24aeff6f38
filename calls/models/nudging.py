"""Telling the workers about a job. Best effort: the row is the truth, and the feeder sends again what was lost."""

from __future__ import annotations

import logging
import time
from functools import cache

from celery import current_app
from kombu.connection import Connection
from kombu.exceptions import OperationalError
from kombu.pools import producers
from redis.exceptions import RedisError

from calls.vocabulary import JobKind, Priority

logger = logging.getLogger(__name__)

# Each try costs a page up to a second when Redis is frozen, so after a failure nobody tries again for this long.
DOWN_FOR = 10.0
# Seconds (soft, hard) a worker may take. A walk and a recording last minutes, one request at most 30 s.
SHORT = (60, 90)
LONG = (630, 660)
# A million rows. The broker sends the message again after 900 s; the job's claim refuses it.
LONGEST = (3600, 3660)
# done by the worker that has time, beside walks
UNHURRIED = (
    JobKind.DISCOVER,
    JobKind.BULK_REFRESH,
    JobKind.QUEUE_CALLS,
    JobKind.EXPORT,
    JobKind.EXPORT_REVIEWS,
)
LIMITS = {
    JobKind.REFRESH: SHORT,
    JobKind.EXPORT: LONGEST,
    JobKind.EXPORT_REVIEWS: LONGEST,
    JobKind.BULK_REFRESH: LONGEST,
    JobKind.QUEUE_CALLS: LONGEST,
}


class _Broker:
    """What this process knows about the broker."""

    down_until = 0.0


def queue_of(kind: str, priority: int) -> str:
    """`interactive` holds only what takes seconds: a walk or a recording there would make people wait for it."""
    if kind in (JobKind.KEEP_RECORDING, JobKind.HEAR):
        return "media"
    if kind in UNHURRIED:
        return "maintenance"
    return "interactive" if priority == Priority.PEOPLE else "bulk"


def nudge(pk: int, kind: str, priority: int) -> bool:
    """Send the job's primary key to its queue; False, at once or within about a second, when the broker is down."""
    if time.monotonic() < _Broker.down_until:
        return False
    soft, hard = LIMITS.get(JobKind(kind), LONG)
    try:
        with producers[_connection()].acquire(block=True, timeout=1) as producer:
            current_app.send_task(
                "calls.tasks.run_job",
                args=[pk],
                queue=queue_of(kind, priority),
                producer=producer,
                retry=False,
                soft_time_limit=soft,
                time_limit=hard,
            )
    except (OperationalError, RedisError, OSError) as error:
        _Broker.down_until = time.monotonic() + DOWN_FOR
        logger.warning("The broker does not answer (%s); jobs wait in the database", type(error).__name__)
        return False
    return True


def forget_outage() -> None:
    """Try the broker again with the next nudge."""
    _Broker.down_until = 0.0


@cache
def _connection() -> Connection:
    """Its own connection: a page must not wait as long as a worker may."""
    impatient = {
        "socket_timeout": 1,
        "socket_connect_timeout": 1,
        "max_retries": 0,
        "interval_start": 0,
        "interval_max": 0,
        "connect_retries_timeout": 1,
    }
    connection: Connection = current_app.connection_for_write(transport_options=impatient)
    return connection
