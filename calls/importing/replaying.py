"""Reading kept answers once more with today's parser: what it learned since reaches the calls without asking again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max, OuterRef, Q, QuerySet, Subquery

from calls.aliyun import AliyunError, read_saved
from calls.models import Call, Payload
from calls.models.cleaning import clean_text
from calls.snapshot import Answer, CallRef


@dataclass(frozen=True, slots=True)
class Replayed:
    """One payload read again; `problem` says why it still cannot be read."""

    payload: Payload
    call: Call | None = None
    problem: str = ""


def current() -> QuerySet[Payload]:
    """What calls are made of: the newest readable revision of each, and answers that nobody could read yet."""
    readable = Payload.objects.filter(call=OuterRef("call"), error="").order_by().values("call")
    newest = Subquery(readable.annotate(newest=Max("revision")).values("newest"))
    return Payload.objects.filter(~Q(error="") | Q(revision=newest))


def replay(payloads: QuerySet[Payload]) -> Iterator[Replayed]:
    """One transaction a payload: a broken one stops nothing."""
    for payload in payloads.order_by("pk").iterator(chunk_size=200):
        try:
            yield _replayed(payload)
        except AliyunError as error:
            problem = clean_text(str(error))
            Payload.objects.filter(pk=payload.pk).update(error=problem)
            yield Replayed(payload, problem=problem)


def _replayed(payload: Payload) -> Replayed:
    answer = read_saved(payload.body, _ref(payload.subject))[0]
    if payload.call is None:
        return _adopted(payload, answer)
    Call.objects.absorb(answer, asked_at=payload.received_at, replay=True)
    Payload.objects.filter(pk=payload.pk).exclude(error="").update(error="")
    return Replayed(payload, call=payload.call)


def _adopted(payload: Payload, answer: Answer) -> Replayed:
    """An answer that waited without a call: absorbing keeps it as a revision, so the copy here is not needed."""
    with transaction.atomic():
        absorbed = Call.objects.absorb(answer, asked_at=payload.received_at)
        if absorbed.is_stale:
            return Replayed(payload, problem="A newer answer of the same call is known")
        Payload.objects.filter(pk=payload.pk).delete()
    return Replayed(payload, call=absorbed.call)


def _ref(subject: str) -> CallRef | None:
    try:
        return CallRef.from_key(subject)
    except ValueError:
        return None
