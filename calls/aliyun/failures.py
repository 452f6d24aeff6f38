"""Which of the five errors an answer means. The codes are in the vendor's error catalogue; first match wins."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from calls.aliyun.errors import AliyunError, BadPayload, Refused, Throttled, Unreachable
from calls.aliyun.fields import BEIJING

OK = "OK"
# a fresh nonce, or a fresh date by the server's clock, may be all it takes
WORTH_SIGNING_AGAIN = {"SignatureNonceUsed", "InvalidTimeStamp.Expired"}

_THROTTLED = re.compile(r"Throttling|isv\.BUSINESS_LIMIT_CONTROL")
# a nonce of 128 random bits is "used" twice only when something on the way repeats our requests
_TRANSIENT = re.compile(
    r"ServiceUnavailable|InternalError|ServiceTimeout|SystemError|isp\.SYSTEM_ERROR|SignatureNonceUsed"
)
_DENIED = re.compile(r"NoPermission|Forbidden$|Forbidden\.RAM|isp\.RAM_PERMISSION_DENY|PermissionInsufficient")
_ACCOUNT_WIDE = re.compile(
    r"Signature|IncompleteSignature|InvalidSignature|InvalidAccessKeyId|InvalidSecurityToken|InvalidTimeStamp"
    r"|IllegalTimestamp|Missing(AccessKeyId|Signature|SecurityToken)|Forbidden|NoTenantFound"
    r"|InvalidProduct\.|InvalidProtocol\.|isv\.PRODUCT_|isv\.OUT_OF_SERVICE|isv\.ACCOUNT_"
)
# A gateway that finds a signature wrong tells what it would have signed: our query and headers.
_ECHO = re.compile(r"[\s,;]*server\s*(?:string\s*to\s*sign|canonical\s*request)\b.*", re.IGNORECASE | re.DOTALL)
# the vendor's words inside the message of isv.BUSINESS_LIMIT_CONTROL -> seconds
_LIMIT_WINDOWS = {"分钟级": 60.0, "小时级": 3600.0}
_LONGEST_WAIT = 86_400.0


def failure_of(
    status: int, headers: Mapping[str, str], body: Mapping[str, Any], *, operation: str, permission: str
) -> AliyunError:
    """The error that a refusal with the vendor's words means. `permission` is the operation's RAM action."""
    code, message = word(body, "Code"), _ECHO.sub("", word(body, "Message"))
    said: dict[str, Any] = {"code": code, "request_id": request_id_of(body, headers), "operation": operation}
    message = message or (f"the answer had HTTP status {status}" if status >= 400 else "the vendor gave no reason")
    if status == 429 or _THROTTLED.match(code):
        wait = retry_after(headers)
        return Throttled(message, retry_after=_window(message) if wait is None else wait, **said)
    if _DENIED.match(code):
        missing = _auth_action(body) or permission
        return Refused(message, is_account_wide=True, missing_permission=missing, **said)
    if _TRANSIENT.match(code):
        return Unreachable(message, retry_after=retry_after(headers), **said)
    if _ACCOUNT_WIDE.match(code):
        return Refused(message, is_account_wide=True, **said)
    if status >= 500 or not code:
        return Unreachable(message, retry_after=retry_after(headers), **said)
    return Refused(message, **said)


def unreadable(status: int, headers: Mapping[str, str], raw: str, reason: str, *, operation: str) -> AliyunError:
    """The error for a body that is no JSON object and no XML answer."""
    said: dict[str, Any] = {"request_id": request_id_of({}, headers), "operation": operation}
    if status == 429:
        return Throttled("the answer had HTTP status 429", retry_after=retry_after(headers), **said)
    if status >= 300:
        # Not the vendor's words but those of something on the way.
        return Unreachable(f"the answer had HTTP status {status}", retry_after=retry_after(headers), **said)
    if raw.lstrip("\ufeff \t\r\n")[:1] in {"<", ""}:
        kind = "a web page" if raw.strip() else "an empty body"
        return Unreachable(f"{kind} came instead of an answer", **said)
    return BadPayload(f"the answer cannot be read: {reason}", raw=raw, **said)


def word(body: Mapping[str, Any], name: str) -> str:
    """A text of the envelope in either capitalisation, printable and at most 500 characters."""
    value = body.get(name)
    if value is None:
        value = body.get(name[0].lower() + name[1:])
    if not isinstance(value, str | int) or isinstance(value, bool):
        return ""
    text = str(value)[:500].strip()
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else " " for character in text)


def request_id_of(body: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    return word(body, "RequestId") or word({"RequestId": headers.get("x-acs-request-id")}, "RequestId")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the vendor asks us to wait, at most a day: its own header counts milliseconds."""
    own = headers.get("x-acs-retry-after", "").strip()
    if own.isascii() and own.isdigit() and int(own[:12]):
        return min(int(own[:12]) / 1000, _LONGEST_WAIT)
    common = headers.get("Retry-After", "").strip()
    if common.isascii() and common.isdigit():
        return min(float(common[:12]), _LONGEST_WAIT)
    if (at := http_date(common)) is None:
        return None
    return min(max((at - datetime.now(UTC)).total_seconds(), 0.0), _LONGEST_WAIT)


def http_date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _window(message: str) -> float | None:
    if "天级" in message:
        # a day's quota is full: it opens again at midnight in Beijing
        now = datetime.now(BEIJING)
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return (midnight - now).total_seconds()
    return next((seconds for name, seconds in _LIMIT_WINDOWS.items() if name in message), None)


def _auth_action(body: Mapping[str, Any]) -> str:
    detail = body.get("AccessDeniedDetail") or body.get("accessDeniedDetail")
    return word(detail, "AuthAction") if isinstance(detail, Mapping) else ""
