"""Filling a queue: what its plan draws from what its question finds, and what somebody picks by hand."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from calls.filters import CallFilterForm
from calls.models import Call, search
from calls.models.call import CallQuerySet
from reviews.models import Queue, QueueItem
from reviews.queues.sampling import PICKED, Candidate, Plan, Stratum, draw, place_of, stratum_of
from reviews.vocabulary import ItemState, QueueState

log = logging.getLogger(__name__)
# calls that a plan may draw from at once, while a person waits for the page: some seconds
MOST = 100_000
BATCH = 500


class CannotDraw(Exception):
    """A sentence that says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Found:
    """A call that the question finds. `pk` is its row of today."""

    pk: int
    source: str
    task_id: str
    key: str
    candidate: Candidate


@dataclass(slots=True)
class Sample:
    """What a plan draws: the calls with their strata, and how many each stratum had to draw from."""

    candidates: int = 0
    drawn: list[tuple[Found, Stratum]] = field(default_factory=list)
    found_in: Counter[str] = field(default_factory=Counter)
    drawn_in: Counter[str] = field(default_factory=Counter)


def plan_of(queue: Queue) -> list[Stratum]:
    return [Stratum.from_json(row) for row in queue.plan]


def is_drawn(queue: Queue) -> bool:
    """From then on its plan stands: with another one the stored probabilities would not be true."""
    return queue.items.exclude(stratum=PICKED).exists()


def sample(question: str, plan: Plan, seed: str, user: User | None) -> Sample:
    """What would be drawn now, of the tasks that this person may see; nobody stands for all of them."""
    found = _found(question, plan, user)
    by_key = {one.candidate.key: one for one in found}
    result = Sample(candidates=len(found))
    for one in found:
        if stratum := stratum_of(plan, one.candidate):
            result.found_in[stratum.name] += 1
    for candidate, stratum in draw(plan, seed, (one.candidate for one in found)):
        result.drawn.append((by_key[candidate.key], stratum))
        result.drawn_in[stratum.name] += 1
    return result


def fill(queue: Queue, by: User | None) -> int:
    """Draws what the plan finds now into the queue; how many are new. Twice changes nothing."""
    drawn = sample(queue.question, plan_of(queue), queue.seed, by).drawn
    known = {
        (item.source, item.key): item
        for item in queue.items.filter(second_of=None).only("queue", "source", "key", "stratum", "call", "state")
    }
    new = [one for one in drawn if (one[0].source, one[0].key) not in known]
    added = _add(queue, [(found, stratum.name, stratum.share) for found, stratum in new])
    for found, stratum in drawn:
        if item := known.get((found.source, found.key)):
            _bring_up(queue, item, found, stratum)
    note_gone(queue)
    Queue.objects.filter(pk=queue.pk).update(drawn_at=timezone.now())
    return added


def fill_live() -> int:
    """Draws into every open queue that keeps drawing; how many calls are new. One that cannot draw is left alone."""
    added = 0
    for queue in Queue.objects.filter(is_live=True, state=QueueState.OPEN).select_related("created_by"):
        try:
            added += fill(queue, queue.created_by)
        except CannotDraw as error:
            log.warning("queue %s draws nothing: %s", queue.pk, error)
    return added


def pick(queue: Queue, calls: CallQuerySet) -> int:
    """Adds these calls, whatever its plan says; how many were not in the queue."""
    rows = calls.values_list("pk", "source", "task_id", "key")
    return _add(queue, [(Found(*row, Candidate(_key(row[1], row[3]))), PICKED, 1.0) for row in rows])


def note_gone(queue: Queue) -> None:
    """Items whose call is no longer there; drawing brings them back when the call comes back."""
    queue.items.filter(state=ItemState.WAITING, call=None).update(state=ItemState.GONE, closed_at=timezone.now())


def _found(question: str, plan: Plan, user: User | None) -> list[Found]:
    # a queue whose planner has left, or that nobody planned, draws from everything
    reader = user or User(is_superuser=True)
    asked = _form(question, reader)
    answers = {stratum.question: _pks(stratum.question, asked) for stratum in plan if stratum.question}
    calls = asked.narrow(Call.objects.seen_by(reader)).order_by()
    return [
        Found(
            pk,
            source,
            task_id,
            key,
            Candidate(
                _key(source, key),
                f"{source}/{task_id}",
                intent,
                frozenset(text for text, pks in answers.items() if pk in pks),
            ),
        )
        for pk, source, task_id, key, intent in calls.values_list("pk", "source", "task_id", "key", "intent")
    ]


def _form(question: str, reader: User) -> CallFilterForm:
    form = _asked(question, reader)
    if search.count(form.query, form.filters(), cap=MOST) > MOST:
        raise CannotDraw(_too_many())
    return form


def _pks(question: str, within: CallFilterForm) -> set[int]:
    """The calls that a stratum's question finds, in the days of the queue's own."""
    form, span = _asked(question, within.reader), within.filters()
    filters = form.filters()
    sinces = [since for since in (filters.since, span.since) if since]
    untils = [until for until in (filters.until, span.until) if until]
    filters = replace(filters, since=max(sinces, default=None), until=min(untils, default=None))
    if search.count(form.query, filters, cap=MOST) > MOST:
        raise CannotDraw(_too_many())
    return set(search.narrow(Call.objects.all(), form.query, filters).order_by().values_list("pk", flat=True))


def _asked(question: str, reader: User | None) -> CallFilterForm:
    """What cannot be read would be left out, and the rest find far more than was meant."""
    form = CallFilterForm(QueryDict(question), reader=reader)
    if form.errors:
        raise CannotDraw(_("The question asks for something that filters do not know any more. Choose another view."))
    if not form.is_understood:
        raise CannotDraw(_("The question asks for scores, which only people who see everybody's reviews can do."))
    return form


def _too_many() -> str:
    text = _("A queue draws from at most %(count)s calls at once. Ask for fewer days, or for fewer tasks.")
    return text % {"count": number_format(MOST, force_grouping=True)}


def _key(source: str, key: str) -> str:
    return f"{source}/{key}"


def _add(queue: Queue, rows: Sequence[tuple[Found, str, float]]) -> int:
    """How many of them were not in the queue yet."""
    return sum(_add_some(queue, rows[start : start + BATCH]) for start in range(0, len(rows), BATCH))


@transaction.atomic
def _add_some(queue: Queue, rows: Sequence[tuple[Found, str, float]]) -> int:
    _hold(queue, is_drawn=any(stratum != PICKED for _found, stratum, _share in rows))
    living = _living(found for found, *_how in rows)
    names = {"source__in": {found.source for found, *_how in rows}, "key__in": [found.key for found, *_how in rows]}
    # as the constraint says it: its index answers
    known = set(queue.items.filter(**names, second_of=None, is_calibration=False).values_list("source", "key"))
    items = [
        QueueItem(
            queue=queue,
            call_id=found.pk,
            source=found.source,
            task_id=found.task_id,
            key=found.key,
            stratum=stratum,
            probability=probability,
            place=place_of(queue.seed, found.candidate.key),
        )
        for found, stratum, probability in rows
        if found.pk in living and (found.source, found.key) not in known
    ]
    return len(QueueItem.objects.bulk_create(items))


def _hold(queue: Queue, *, is_drawn: bool) -> None:
    """One after the other: of two people who draw at once the second finds what the first has added, and what is drawn
    has the probabilities of the plan that stands from then on.
    """
    held = Queue.objects.select_for_update(no_key=True).get(pk=queue.pk)
    if is_drawn and (held.question, held.seed, held.plan) != (queue.question, queue.seed, queue.plan):
        raise CannotDraw(_("Somebody changed the plan of this queue in this very moment. Draw again."))


def _living(found: Iterable[Found]) -> set[int]:
    """Those that were not deleted since they were found; they stay until the transaction ends."""
    calls = Call.objects.filter(pk__in=[one.pk for one in found])
    return set(calls.held().values_list("pk", flat=True))


def _bring_up(queue: Queue, item: QueueItem, found: Found, stratum: Stratum) -> None:
    """An item that is there already: its call may have come back, and what was picked by hand may be drawn now."""
    changes: dict[str, Any] = {}
    if item.stratum == PICKED:
        changes |= {"stratum": stratum.name, "probability": stratum.share}
    if item.call_id is None:
        changes |= {"call_id": found.pk}
    if item.state == ItemState.GONE:
        changes |= {"state": ItemState.WAITING, "closed_at": None}
    if not changes:
        return
    with transaction.atomic():
        _hold(queue, is_drawn="stratum" in changes)
        if _living([found]):
            QueueItem.objects.filter(pk=item.pk).update(**changes)
