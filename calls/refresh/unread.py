"""Answers that could not be read: the vendor's words stay, for a better parser."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from calls.aliyun import BadPayload
from calls.models import Call, Job, Payload
from calls.models.cleaning import clean_text
from calls.snapshot import CallRef
from calls.vocabulary import JobKind


@transaction.atomic
def keep_unread(job: Job, error: BadPayload) -> None:
    """As the next revision of the call, when it is known; the same words only once."""
    digest = Payload.digest_of(error.raw)
    if Payload.objects.filter(subject=job.subject, digest=digest).exclude(error="").exists():
        return
    call = _call_of(job)
    latest = call.payloads.order_by("-revision").first() if call is not None else None
    Payload.objects.create(
        call=call,
        subject=job.subject,
        operation=error.operation,
        revision=latest.revision + 1 if latest is not None else 1,
        body=clean_text(error.raw),
        digest=digest,
        request_id=clean_text(error.request_id, 64),
        error=clean_text(error.message),
        received_at=timezone.now(),
    )


def _call_of(job: Job) -> Call | None:
    if job.kind != JobKind.REFRESH:
        return None
    # The row is held, so that two workers do not choose the same revision.
    calls = Call.objects.select_for_update()
    if job.call_id is not None:
        return calls.filter(pk=job.call_id).first()
    return calls.for_ref(CallRef.from_key(job.subject)).first()
