"""What a worker writes about the job it took, as long as nobody took it away."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from calls.models.cleaning import clean_text
from calls.vocabulary import JobState

if TYPE_CHECKING:
    from calls.models.call import Call

MAX_ATTEMPTS = 8


class LeaseLost(Exception):
    """The job was cancelled, or taken from a worker that was silent for too long: whoever holds it now decides."""


class Lease(models.Model):
    """What its holder writes, by these verbs. Each of them raises LeaseLost, and changes nothing, once the job is not
    ours any more.
    """

    state = models.CharField(_("state"), max_length=16, choices=JobState, default=JobState.PENDING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("due at"), default=timezone.now)
    lease_until = models.DateTimeField(_("taken until"), null=True, blank=True)
    # changes with every claim: a worker that lost its lease cannot write over its successor
    token = models.CharField(_("token"), max_length=32, blank=True)
    # progress, for jobs that have one: `done` of `total` things, some with errors
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("of"), null=True, blank=True)
    errors = models.PositiveIntegerField(_("errors"), default=0)
    # what the vendor said last
    last_code = models.CharField(_("vendor's code"), max_length=128, blank=True)
    last_message = models.CharField(_("vendor's message"), max_length=500, blank=True)
    last_request_id = models.CharField(_("vendor's request id"), max_length=64, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    if TYPE_CHECKING:
        call_id: int | None

    class Meta:
        abstract = True

    def renew(self) -> None:
        """Say that this worker is alive."""
        self._write(lease_until=timezone.now() + timedelta(seconds=settings.JOB_LEASE))

    def progress(self, done: int, total: int | None, errors: int = 0) -> None:
        """What the page shows while it waits; renews the lease as well."""
        lease_until = timezone.now() + timedelta(seconds=settings.JOB_LEASE)
        self._write(done=done, total=total, errors=errors, lease_until=lease_until)

    def finish(self, *, call: Call | None = None, said: str = "") -> None:
        """`call` is the one that the work was about, when it was not known before; it may be deleted meanwhile."""
        known: dict[str, Any] = {}
        with transaction.atomic():
            if call is not None and call.pk != self.call_id:
                known["call"] = type(call)._base_manager.select_for_update().filter(pk=call.pk).first()
            self._close(JobState.DONE, last_code="", last_message=clean_text(said, 500), **known)

    def fail(self, code: str, message: str, request_id: str = "") -> None:
        """Trying again would bring the same."""
        self._close(JobState.FAILED, **_said(code, message, request_id))

    def put_back(
        self,
        next_at: datetime,
        code: str = "",
        message: str = "",
        request_id: str = "",
        *,
        is_attempt: bool = True,
        limit: int | None = MAX_ATTEMPTS,
    ) -> None:
        """Try again at `next_at`; dead after `limit` attempts. Waiting for a turn is no attempt."""
        said = _said(code, message, request_id) if message else {}
        if is_attempt and limit is not None and self.attempts >= limit:
            self._close(JobState.DEAD, **said)
            return
        attempts = self.attempts if is_attempt else self.attempts - 1
        self._write(state=JobState.PENDING, next_at=next_at, attempts=attempts, token="", lease_until=None, **said)

    def _close(self, state: JobState, **values: Any) -> None:
        self._write(state=state, finished_at=timezone.now(), token="", lease_until=None, **values)

    def _write(self, **values: Any) -> None:
        """Fenced by the token: a worker that lost its lease cannot write over its successor."""
        held = type(self)._base_manager.filter(pk=self.pk, state=JobState.RUNNING, token=self.token)
        if not self.token or held.update(**values) != 1:
            raise LeaseLost(f"job {self.pk}")
        for name, value in values.items():
            setattr(self, name, value)


def _said(code: str, message: str, request_id: str) -> dict[str, str]:
    return {
        "last_code": clean_text(code, 128),
        "last_message": clean_text(message, 500),
        "last_request_id": clean_text(request_id, 64),
    }
