"""The five ways in which asking the vendor fails. Each carries what the vendor said."""

from __future__ import annotations


class AliyunError(Exception):
    """Base of the family. `code`, `message` and `request_id` are the vendor's, empty when it said nothing."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        request_id: str = "",
        operation: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.request_id = request_id
        self.operation = operation
        # seconds the vendor asks us to wait
        self.retry_after = retry_after

    def __str__(self) -> str:
        parts = [self.operation, self.code, self.message, f"request {self.request_id}" if self.request_id else ""]
        return " · ".join(part for part in parts if part)


class Unreachable(AliyunError):
    """No usable answer: connection, time-out, 5xx. Worth trying again."""


class Throttled(AliyunError):
    """Too many calls for this account and operation. Not the job's fault: everyone waits `retry_after`."""


class NotReady(AliyunError):
    """The vendor has nothing to tell about this call yet, or does not know it."""


class Refused(AliyunError):
    """The vendor will answer the same next time. `is_account_wide`: the key, a right or the bill, not this call.

    `missing_permission` names the RAM action to grant, such as `aiccs:QueryConversationDetailInfo`.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        request_id: str = "",
        operation: str = "",
        is_account_wide: bool = False,
        missing_permission: str = "",
    ) -> None:
        super().__init__(message, code=code, request_id=request_id, operation=operation)
        self.is_account_wide = is_account_wide
        self.missing_permission = missing_permission


class BadPayload(AliyunError):
    """An answer came and cannot be read. `raw` is its text, at most 32 MB."""

    def __init__(
        self, message: str, *, raw: str = "", code: str = "", request_id: str = "", operation: str = ""
    ) -> None:
        super().__init__(message, code=code, request_id=request_id, operation=operation)
        self.raw = raw
