"""HTTP/1.1 requests and answers, as little of it as both APIs and the recording host need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from io import BufferedIOBase
from urllib.parse import parse_qsl, unquote

LONGEST_LINE = 64 * 1024
LARGEST_BODY = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """`headers` by lower-case name, several values of one name sorted and joined; `params`: query and form merged."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    path: str
    query: tuple[tuple[str, str], ...]
    form: tuple[tuple[str, str], ...]
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json;charset=utf-8"
    # the vendor's Code, for the journal
    code: str = ""
    # set by a fault: how the bytes leave, and how slowly
    delivery: str = "whole"
    seconds: float = 0.0

    def head(self, now: float) -> bytes:
        lines = [
            f"HTTP/1.1 {self.status} {_PHRASES.get(self.status, '')}",
            f"Date: {formatdate(now, usegmt=True)}",
            f"Content-Type: {self.content_type}",
            f"Content-Length: {len(self.body)}",
            *(f"{name}: {value}" for name, value in self.headers),
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


_PHRASES = {int(status): status.phrase for status in HTTPStatus}


@dataclass(slots=True)
class Malformed(Exception):
    """Bytes that are no HTTP request: worth one answer, then the connection ends."""

    status: int
    reason: str = field(default="")


def read_request(stream: BufferedIOBase) -> Request | None:
    """The next request of a connection, None when the client has closed it."""
    line = stream.readline(LONGEST_LINE)
    if not line:
        return None
    words = line.decode("latin-1").split()
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise Malformed(400, "not an HTTP/1.1 request line")
    headers = _read_headers(stream)
    return make_request(words[0], words[1], headers, _read_body(stream, headers))


def make_request(method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> Request:
    path, _, query_text = target.partition("?")
    query = tuple(parse_qsl(query_text, keep_blank_values=True))
    form: tuple[tuple[str, str], ...] = ()
    if body and headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = tuple(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return Request(method, target, headers, body, unquote(path), query, form, dict(query + form))


def _read_headers(stream: BufferedIOBase) -> dict[str, str]:
    headers: dict[str, list[str]] = {}
    while (line := stream.readline(LONGEST_LINE)) not in (b"\r\n", b"\n"):
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or len(headers) > 200:
            raise Malformed(400, "not a header line")
        headers.setdefault(name.strip().lower(), []).append(value.strip())
    # Sorted, because that is how a signature counts several values of one name.
    return {name: values[0] if len(values) == 1 else ",".join(sorted(values)) for name, values in headers.items()}


def _read_body(stream: BufferedIOBase, headers: Mapping[str, str]) -> bytes:
    if "transfer-encoding" in headers:
        raise Malformed(411, "a length is required")
    length = headers.get("content-length", "0")
    if not length.isdigit():
        raise Malformed(400, "the length is not a number")
    if int(length) > LARGEST_BODY:
        raise Malformed(413, "the body is too large")
    return stream.read(int(length)) if int(length) else b""
