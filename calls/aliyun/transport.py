"""Signed requests over a kept-alive connection: sign, send, read with limits, map failures. Knows no operation."""

from __future__ import annotations

import os
import secrets
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import requests
import urllib3

from calls.aliyun import failures, wire
from calls.aliyun.connection import EndpointAdapter
from calls.aliyun.errors import AliyunError, BadPayload, Refused, Unreachable
from calls.aliyun.signing import EMPTY_BODY, authorization, canonical_query

CONNECT_SECONDS = 5
READ_SECONDS = 10
# the read time-out starts again with every byte, so a dripping answer needs an end of its own
TOTAL_SECONDS = 30
LARGEST_BODY = 32 * 1024 * 1024
PIECE = 64 * 1024
TIMEOUT = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
DEFAULT_PORTS = {"http": 80, "https": 443}


class _TooLarge(Exception):
    """The body passed LARGEST_BODY."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key; `security_token` only for temporary (STS) keys."""

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Product:
    """One vendor API: its version, and the prefix of its RAM actions."""

    version: str
    ram_prefix: str


@dataclass(slots=True)
class Clock:
    """The vendor's time: ours plus an offset in seconds, learned when it calls our time expired."""

    offset: float = 0.0

    def stamp(self) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + self.offset))

    def learn(self, date_header: str) -> None:
        if at := failures.http_date(date_header):
            self.offset = at.timestamp() - time.time()


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that says OK: its text as it came, and the same as an object."""

    operation: str
    raw: str
    body: Mapping[str, Any]
    request_id: str = ""


class Transport:
    """One endpoint of one account. Thread-safe; connections are pooled per process."""

    def __init__(
        self, product: Product, endpoint: str, credentials: Credentials, clock: Clock, *, verify: bool | str = True
    ) -> None:
        parts = urlsplit(endpoint)
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname or parts.path.strip("/") or "@" in parts.netloc:
            raise ValueError(f"An endpoint looks like https://aiccs.aliyuncs.com, not {endpoint!r}.")
        if isinstance(verify, str) and not Path(verify).exists():
            raise ValueError(f"The certificate bundle {verify!r} does not exist.")
        self._product = product
        self._base = f"{parts.scheme}://{parts.netloc}"
        is_default_port = parts.port in {None, DEFAULT_PORTS[parts.scheme]}
        self._host = parts.netloc.rpartition(":")[0] if is_default_port and parts.port else parts.netloc
        self._credentials = credentials
        self._clock = clock
        self._verify = verify
        self._adapter = EndpointAdapter(self._base)
        self._pid = os.getpid()

    def ask(self, operation: str, params: Mapping[str, str]) -> Reply:
        """One request and its answer. Raises one of the AliyunError family."""
        try:
            query = canonical_query(params)
        except UnicodeEncodeError:
            raise Refused("a parameter holds half a character", operation=operation) from None
        reply = self._attempt(operation, query)
        if isinstance(reply, AliyunError) and reply.code in failures.WORTH_SIGNING_AGAIN:
            reply = self._attempt(operation, query)
        if isinstance(reply, AliyunError):
            raise reply
        return reply

    def close(self) -> None:
        """Close idle connections."""
        self._adapter.close()

    def signed(self, operation: str, query: str) -> requests.PreparedRequest:
        """A request for a canonical query, with a nonce and date of its own."""
        headers = {
            "host": self._host,
            "x-acs-action": operation,
            "x-acs-content-sha256": EMPTY_BODY,
            "x-acs-date": self._clock.stamp(),
            "x-acs-signature-nonce": secrets.token_hex(16),
            "x-acs-version": self._product.version,
        }
        key = self._credentials
        if key.security_token:
            headers["x-acs-accesskey-id"] = key.access_key_id
            headers["x-acs-security-token"] = key.security_token
        headers["Authorization"] = authorization(key.access_key_id, key.access_key_secret, query, headers)
        headers["accept"] = "application/json"
        headers["user-agent"] = "Earshot"
        headers["content-length"] = "0"
        # Ready-made: letting requests prepare it costs as much as everything else, and encodes the query anew.
        request = requests.PreparedRequest()
        request.method = "POST"
        # the official SDK sends a blank as "+", which decodes to what was signed
        request.url = f"{self._base}/?{query.replace('%20', '+')}"
        request.headers = cast(Any, headers)
        return request

    def _attempt(self, operation: str, query: str) -> Reply | AliyunError:
        request = self.signed(operation, query)
        try:
            response, content = self._exchange(request)
        except _TooLarge:
            return BadPayload(f"the answer is larger than {LARGEST_BODY >> 20} MB", operation=operation)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            # Returned, not raised: a chained error would carry the URL with the query into every traceback.
            return _broken_exchange(error, operation)
        return self._judged(response, content, operation)

    def _exchange(self, request: requests.PreparedRequest) -> tuple[requests.Response, bytes]:
        deadline = time.monotonic() + TOTAL_SECONDS
        # The adapter itself: a session would read a redirect's body without limit, keep cookies and ask for proxies.
        response = self._own_adapter().send(request, stream=True, timeout=cast(Any, TIMEOUT), verify=self._verify)
        try:
            return response, _read(response, deadline)
        except BaseException:
            response.close()
            raise

    def _own_adapter(self) -> EndpointAdapter:
        if self._pid != os.getpid():
            # Forked: two processes on one connection would read each other's answers.
            self._adapter, self._pid = EndpointAdapter(self._base), os.getpid()
        return self._adapter

    def _judged(self, response: requests.Response, content: bytes, operation: str) -> Reply | AliyunError:
        status, headers = response.status_code, response.headers
        try:
            raw = content.decode()
            body = wire.load_object(raw)
        except wire.UNREADABLE as error:
            raw = content.decode("utf-8", "replace")
            return failures.unreadable(status, headers, raw, str(error) or type(error).__name__, operation=operation)
        code = failures.word(body, "Code")
        if code == failures.OK and status < 300:
            return Reply(operation, raw, body, failures.request_id_of(body, headers))
        if code == failures.OK:
            return failures.unreadable(status, headers, raw, "", operation=operation)
        if not code and status < 300:
            request_id = failures.request_id_of(body, headers)
            return BadPayload("the answer has no Code", raw=raw, request_id=request_id, operation=operation)
        if code.startswith("InvalidTimeStamp"):
            self._clock.learn(headers.get("Date", ""))
        permission = f"{self._product.ram_prefix}:{operation}"
        return failures.failure_of(status, headers, body, operation=operation, permission=permission)


def _read(response: requests.Response, deadline: float) -> bytes:
    pieces, size = [], 0
    # read1 returns what has arrived; read would wait for a whole piece, byte by byte past any deadline.
    while piece := response.raw.read1(PIECE, decode_content=True):
        pieces.append(piece)
        size += len(piece)
        if size > LARGEST_BODY:
            raise _TooLarge
        if time.monotonic() > deadline:
            raise TimeoutError(f"the answer was not complete after {TOTAL_SECONDS} s")
    return b"".join(pieces)


def _broken_exchange(error: Exception, operation: str) -> AliyunError:
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            reason = f"the server's certificate is not trusted: {cause.verify_message}"
            return Refused(reason, operation=operation, is_account_wide=True)
    return Unreachable(_reason(error, causes), operation=operation)


def _reason(error: Exception, causes: list[BaseException]) -> str:
    """A sentence without the URL, which is in the texts of requests and urllib3."""
    if isinstance(error, requests.ConnectTimeout):
        return f"no connection within {CONNECT_SECONDS} s"
    if isinstance(error, requests.Timeout | urllib3.exceptions.ReadTimeoutError):
        return f"no answer within {READ_SECONDS} s"
    if type(error) is TimeoutError:
        return str(error)
    for cause in causes:
        if isinstance(cause, OSError) and cause.strerror:
            return f"the connection failed: {cause.strerror}"
    return f"the connection failed: {type(causes[-1]).__name__}"


def _causes(error: BaseException) -> list[BaseException]:
    """The error and what it wraps, outermost first: urllib3 keeps causes in `reason` and in `args`."""
    found: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting:
        cause = waiting.pop(0)
        if isinstance(cause, BaseException) and cause not in found:
            found.append(cause)
            waiting += [getattr(cause, "reason", None), *cause.args, cause.__cause__, cause.__context__]
    return found
