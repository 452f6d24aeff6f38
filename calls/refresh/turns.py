"""Before each request: is the vendor to be left alone, and whose turn is it?"""

from __future__ import annotations

from calls.models import Job
from calls.pacing import NotNow, the_pacer
from calls.vocabulary import Priority, Source

# Seconds a worker waits for its turn while it holds a job. The background's is short: the row can wait as well.
PATIENCE = {Priority.PEOPLE: 2.0, Priority.BACKGROUND: 0.25, Priority.BULK: 0.25}
# A walk that is put back starts over, so it waits longer; shorter than a lease.
WALKING = 20.0


def await_turn(job: Job, source: Source, *, patience: float | None = None) -> None:
    """Returns when one request may be sent; NotNow when that is too far away."""
    pacer = the_pacer()
    priority = Priority(job.priority)
    scopes = scopes_of(job, source)
    try:
        pacer.check_pauses(*scopes)
    except NotNow:
        # Who has just repaired the key or the bill asks by clicking, and must not be told what was true before.
        if priority != Priority.PEOPLE or not pacer.may_probe(scopes[0]):
            raise
    seconds = PATIENCE[priority] if patience is None else patience
    pacer.wait_turn(source, urgent=priority == Priority.PEOPLE, patience=seconds)


def refused_scope(job: Job, source: Source) -> str:
    """A missing right for one operation must not stop the others."""
    return f"refused:{source}:{job.kind}"


def down_scope(source: Source) -> str:
    return f"down:{source}"


def scopes_of(job: Job, source: Source) -> tuple[str, str]:
    return refused_scope(job, source), down_scope(source)
