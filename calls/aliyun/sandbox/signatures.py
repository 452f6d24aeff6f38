"""Checking what a client signed, from the vendor's description alone: the client's own code is never asked."""

from __future__ import annotations

import base64
import calendar
import hashlib
import hmac
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from calls.aliyun.sandbox.messages import Request
from calls.aliyun.sandbox.refusals import Refusal

WINDOW = 15 * 60  # seconds a date may be off, and a nonce is remembered for
ACS3 = "ACS3-HMAC-SHA256"
MUST_BE_SIGNED = {
    "host",
    "x-acs-action",
    "x-acs-content-sha256",
    "x-acs-date",
    "x-acs-signature-nonce",
    "x-acs-version",
}
_ACS3_PATTERN = re.compile(r"(\S+)\s+Credential=([^,]+),\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-fA-F]+)")
_DATE_PATTERN = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z")


@dataclass(frozen=True, slots=True)
class AccessKey:
    """`token` only for a temporary (STS) key; an expired one is known and refused."""

    key_id: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)
    is_expired: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks for which operation, proven."""

    key_id: str
    operation: str
    version: str
    wants_xml: bool
    params: Mapping[str, str]


class Gate:
    """Lets a request in, or says why not. `now` gives the server's idea of the time in epoch seconds."""

    def __init__(self, keys: Iterable[AccessKey], now: Callable[[], float]) -> None:
        self._keys = {key.key_id: key for key in keys}
        self._now = now
        self._nonces: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def admit(self, request: Request) -> Caller:
        if "authorization" in request.headers:
            return self._admit_acs3(request)
        if "AccessKeyId" in request.params:
            return self._admit_v1(request)
        raise Refusal("MissingAccessKeyId")

    def _admit_acs3(self, request: Request) -> Caller:
        headers = request.headers
        match = _ACS3_PATTERN.fullmatch(headers["authorization"])
        if match is None:
            raise Refusal("IncompleteSignature")
        algorithm, key_id, listed, signature = match.groups()
        if algorithm != ACS3:
            raise Refusal("InvalidSignatureMethod")
        names = listed.split(";")
        key = self._key(key_id, headers.get("x-acs-security-token", ""))
        needed = MUST_BE_SIGNED | ({"x-acs-security-token"} if key.token else set())
        if not needed <= set(names) or not set(names) <= headers.keys():
            raise Refusal("IncompleteSignature")
        self._check_date(headers["x-acs-date"])
        if hashlib.sha256(request.body).hexdigest() != headers["x-acs-content-sha256"]:
            raise Refusal("SignatureDoesNotMatch")
        if not hmac.compare_digest(acs3_signature(key.secret, request, names), signature):
            raise Refusal("SignatureDoesNotMatch")
        self._spend(key_id, headers["x-acs-signature-nonce"])
        return Caller(key_id, headers["x-acs-action"], headers["x-acs-version"], False, request.params)

    def _admit_v1(self, request: Request) -> Caller:
        params = request.params
        for name in ("Signature", "SignatureNonce", "Timestamp"):
            if not params.get(name):
                raise Refusal(f"Missing{name}", f"{name} is mandatory for this action.")
        if params.get("SignatureMethod") != "HMAC-SHA1" or params.get("SignatureVersion") != "1.0":
            raise Refusal("InvalidSignatureMethod")
        if params.get("Format", "XML").upper() not in {"XML", "JSON"}:
            raise Refusal("InvalidParameter.Format")
        key = self._key(params["AccessKeyId"], params.get("SecurityToken", ""))
        self._check_date(params["Timestamp"])
        text = v1_string_to_sign(request.method, request.query + request.form)
        if not hmac.compare_digest(v1_signature(key.secret, text), params["Signature"]):
            message = f"Specified signature is not matched with our calculation. server string to sign is:{text}"
            raise Refusal("SignatureDoesNotMatch", message)
        self._spend(key.key_id, params["SignatureNonce"])
        wants_xml = params.get("Format", "XML").upper() == "XML"
        return Caller(key.key_id, params.get("Action", ""), params.get("Version", ""), wants_xml, params)

    def _key(self, key_id: str, token: str) -> AccessKey:
        key = self._keys.get(key_id)
        if key is None:
            raise Refusal("InvalidAccessKeyId.NotFound")
        if key.token and not token:
            raise Refusal("MissingSecurityToken")
        if key.token != token:
            raise Refusal("InvalidSecurityToken.Malformed")
        if key.is_expired:
            raise Refusal("InvalidSecurityToken.Expired")
        return key

    def _check_date(self, text: str) -> None:
        match = _DATE_PATTERN.fullmatch(text)
        if match is None:
            raise Refusal("InvalidTimeStamp.Format")
        year, month, day, hour, minute, second = map(int, match.groups())
        if abs(calendar.timegm((year, month, day, hour, minute, second)) - self._now()) > WINDOW:
            raise Refusal("InvalidTimeStamp.Expired")

    def _spend(self, key_id: str, nonce: str) -> None:
        # Aged by a clock of its own: a test that moves the server's clock must not make old nonces good again.
        now = time.monotonic()
        with self._lock:
            if self._nonces.get((key_id, nonce), 0) > now:
                raise Refusal("SignatureNonceUsed")
            self._nonces[key_id, nonce] = now + 2 * WINDOW
            if len(self._nonces) % 10_000 == 0:
                self._nonces = {used: until for used, until in self._nonces.items() if until > now}


def encode(text: str) -> str:
    """RFC 3986: everything but letters, digits and -_.~ as upper-case hex of UTF-8."""
    return quote(text, safe="-_.~")


def canonical_query(pairs: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{encode(name)}={encode(value)}" for name, value in sorted(pairs))


def acs3_canonical_request(request: Request, names: Iterable[str]) -> str:
    ordered = sorted(names)
    lines = "".join(f"{name}:{request.headers[name]}\n" for name in ordered)
    payload = request.headers["x-acs-content-sha256"]
    return "\n".join([request.method, request.path, canonical_query(request.query), lines, ";".join(ordered), payload])


def acs3_signature(secret: str, request: Request, names: Iterable[str]) -> str:
    digest = hashlib.sha256(acs3_canonical_request(request, names).encode()).hexdigest()
    return hmac.new(secret.encode(), f"{ACS3}\n{digest}".encode(), hashlib.sha256).hexdigest()


def v1_string_to_sign(method: str, pairs: Iterable[tuple[str, str]]) -> str:
    signed = [(name, value) for name, value in pairs if name != "Signature"]
    return f"{method}&%2F&{encode(canonical_query(signed))}"


def v1_signature(secret: str, text: str) -> str:
    return base64.b64encode(hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()).decode()
