"""Asking the vendor: what to ask about, when, and what becomes of the answer.

Pages and commands use the asks; workers use `run`.
"""

from calls.refresh.asking import (
    ask_discovery,
    ask_hearing,
    ask_hearings,
    ask_recording,
    ask_refresh,
    begin_demo,
    list_tasks,
)
from calls.refresh.bulk import NOT_ALLOWED, ask_bulk_refresh, ask_slice, may_refresh
from calls.refresh.fetching import plan
from calls.refresh.running import run
from calls.slices import Sliced, provide
from calls.vocabulary import JobKind

__all__ = [
    "ask_bulk_refresh",
    "ask_discovery",
    "ask_hearing",
    "ask_hearings",
    "ask_recording",
    "ask_refresh",
    "begin_demo",
    "list_tasks",
    "plan",
    "run",
]

provide(JobKind.BULK_REFRESH, Sliced(ask_slice, may_refresh, NOT_ALLOWED))
