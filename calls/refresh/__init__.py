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
from calls.refresh.bulk import ask_bulk_refresh
from calls.refresh.fetching import plan
from calls.refresh.running import run

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
