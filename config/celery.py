"""Celery and its broker. The rows of Job are the truth; messages are nudges and may get lost."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_ready
from kombu.entity import Queue

from config import forgiving

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

forgiving.install()
app = Celery("earshot")
# The broker's address is a Django setting; everything else stands here beside its reason.
app.config_from_object("django.conf:settings", namespace="CELERY")

KEY_PREFIX = "earshot:"

app.conf.update(
    # What a job brought is in its row. A result backend makes a page wait 19 s when Redis is down.
    result_backend=None,
    task_ignore_result=True,
    # Pickle would let whoever writes to Redis run code here.
    task_serializer="json",
    accept_content=["json"],
    # A cheap first line; the leases are the guarantee.
    task_acks_late=True,
    # True redelivers a task that kills its worker for ever; False loses the message, and the lease brings it back.
    task_reject_on_worker_lost=False,
    # It would retry with a countdown, which parks messages in the broker.
    task_retry_on_worker_lost=False,
    task_acks_on_failure=True,
    task_acks_on_timeout=True,
    # A worker that holds spare messages keeps them from idle ones.
    worker_prefetch_multiplier=1,
    # Nothing is sent with a countdown: `next_at` is in the row.
    worker_eta_task_limit=100,
    # True left tasks in `unacked` until the visibility timeout after each restart of Redis (7 of 260); False none.
    worker_cancel_long_running_tasks_on_connection_loss=False,
    # On SIGTERM running work gets this long, then it is cut off; the lease brings it back.
    worker_soft_shutdown_timeout=20,
    # Leaks of any library end with the process; KiB.
    worker_max_tasks_per_child=5000,
    worker_max_memory_per_child=400_000,
    # `requests` cannot see a server that drips its header: only a signal ends that. Long jobs are sent with more.
    task_soft_time_limit=60,
    task_time_limit=90,
    # The default gives up after 100 tries and ends the worker.
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        # Longer than the longest hard limit (660 s); a message unacknowledged for longer is sent again.
        "visibility_timeout": 900,
        # The default looks for such messages every 100 s.
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        # Without these a half-open connection is never noticed; with them the worker is back after 32 s.
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 10,
        # Each queue in turn: one worker serves three, and a full bulk queue must not starve the others.
        "queue_order_strategy": "round_robin",
        "global_keyprefix": KEY_PREFIX,
        "client_name": "earshot",
    },
    # Publishing is best effort: the row waits in the database.
    task_publish_retry=False,
    # Django's logging stays.
    worker_hijack_root_logger=False,
    # No pub/sub: less to break and less to attack.
    worker_send_task_events=False,
    worker_enable_remote_control=False,
    # Interactive: seconds long and somebody waits, and the ticks that everything depends on. Bulk: background
    # refreshes. Media: recordings. Maintenance: walks and sweeping, minutes long.
    task_queues=[Queue(name) for name in ("interactive", "bulk", "media", "maintenance")],  # type: ignore[no-untyped-call]
    task_create_missing_queues=False,
    task_default_queue="bulk",
    # run_job is sent to the queue of its kind and priority, see calls.models.nudging. The ticks share a queue with
    # work of seconds: behind a walk and a recording they could wait for minutes.
    task_routes={
        "calls.tasks.feed": "interactive",
        "calls.tasks.reconcile": "interactive",
        "calls.tasks.tick": "interactive",
        "calls.tasks.prune": "maintenance",
        "calls.tasks.tidy": "maintenance",
        "reviews.tasks.draw": "maintenance",
    },
    timezone="UTC",
)
app.autodiscover_tasks()


@app.on_after_configure.connect
def plan_ticks(sender: Celery, **kwargs: Any) -> None:
    """What beat sends. Two beats do no harm: every tick asks the database what there is to do."""
    from django.conf import settings

    plan = {
        "calls.tasks.feed": settings.FEED_EVERY,
        "calls.tasks.reconcile": settings.RECONCILE_EVERY,
        "calls.tasks.tick": settings.TICK_EVERY,
        "calls.tasks.prune": 3600,
        "calls.tasks.tidy": 1800,
        "reviews.tasks.draw": 60,
    }
    sender.conf.beat_schedule = {
        # A tick that was not taken before the next one is sent has nothing to add.
        task.rpartition(".")[2]: {"task": task, "schedule": seconds, "options": {"expires": max(seconds, 10)}}
        for task, seconds in plan.items()
    }


@worker_ready.connect
def look_around(**kwargs: Any) -> None:
    """What waited while no worker ran need not wait for beat's first ticks as well."""
    for name in ("tick", "reconcile"):
        app.send_task(f"calls.tasks.{name}", retry=False)


@setup_logging.connect
def keep_djangos_logging(**kwargs: Any) -> None:
    """A receiver here stops Celery from setting up its own, whose lines show a task's arguments."""
