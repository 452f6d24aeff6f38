"""Downloading one file from a host that is not ours, without trusting it: address, size, time and encoding."""

from __future__ import annotations

import hashlib
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from typing import IO
from urllib.parse import urljoin

import certifi
from django.conf import settings
from django.utils.translation import gettext_noop as _
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from calls.recordings.errors import Blocked, LinkExpired, NotAudio, Unfetched
from calls.recordings.links import Target, is_public, vet

CONNECT, READ = 5.0, 10.0  # seconds
PIECE = 64 * 1024
MB = 1024 * 1024
# So often the caller hears that the download lives.
ALIVE_EVERY = 5.0
MOVED = {301, 302, 303, 307, 308}
MOST_MOVES = 3


@dataclass(frozen=True, slots=True)
class Downloaded:
    size: int
    sha256: str


def download(link: str, into: IO[bytes], *, alive: Callable[[], None]) -> Downloaded:
    """Copies the file behind `link`; raises one of the RecordingError family. `alive` is called every few seconds."""
    target = vet(link)
    for _move in range(MOST_MOVES + 1):
        connection = _connection(target)
        try:
            response = _ask(connection, target)
            if response.status not in MOVED:
                _check(response)
                return _copy(response, into, alive)
            link = urljoin(link, response.headers.get("Location", ""))
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            raise Unfetched(_("The recording's host did not send the whole file"), type(error).__name__) from error
        finally:
            connection.close()
        target = _vet_move(target, link)
    raise Unfetched(_("The recording's host sends us on and on"))


def _ask(connection: HTTPConnection, target: Target) -> BaseHTTPResponse:
    # urllib3's bare connection: no proxy or password from the environment, no second encoding.
    headers = {"Accept-Encoding": "identity", "User-Agent": "Earshot"}
    connection.request("GET", target.target, headers=headers, preload_content=False, decode_content=False)
    connection.timeout = READ
    return connection.getresponse()


def _vet_move(before: Target, link: str) -> Target:
    """Each move is vetted like the link itself. It is the host's mistake, and may be over the next time."""
    sentence = _("The recording's host sends us on to where we do not go")
    try:
        target = vet(link)
    except Blocked as error:
        raise Unfetched(sentence, error.detail) from error
    if before.scheme == "https" and target.scheme == "http":
        raise Unfetched(sentence, "HTTPS -> HTTP")
    return target


def _check(response: BaseHTTPResponse) -> None:
    if response.status == 403:
        # Usually expired (x-oss-ec 0002-00000069, or 0002-00000418 for the newer signature). Whatever else it is,
        # a fresh link is the only remedy.
        raise LinkExpired(_("The vendor does not honour its link any more"), response.headers.get("x-oss-ec", "403"))
    if response.status != 200:
        raise Unfetched(_("The recording's host refused to send the file"), f"HTTP {response.status}")
    encoding = response.headers.get("Content-Encoding", "identity").lower()
    if encoding != "identity":
        # 200 kB can unpack to 200 MB.
        raise NotAudio(_("The recording's host sent a packed file"), encoding[:20])
    length = response.headers.get("Content-Length", "")
    _check_size(int(length) if length.isascii() and length.isdigit() else 0)


def _check_size(size: int) -> None:
    if size > settings.RECORDING_MAX_MB * MB:
        raise NotAudio(_("The recording is larger than RECORDING_MAX_MB allows"), f"{settings.RECORDING_MAX_MB} MB")


def _copy(response: BaseHTTPResponse, into: IO[bytes], alive: Callable[[], None]) -> Downloaded:
    began = told = time.monotonic()
    size, digest = 0, hashlib.sha256()
    for piece in response.stream(PIECE, decode_content=False):
        size += len(piece)
        _check_size(size)
        _write(into, piece)
        digest.update(piece)
        now = time.monotonic()
        if now - began > settings.RECORDING_MAX_SECONDS:
            # `READ` is per piece: a host that drips one byte a second never exceeds it.
            raise Unfetched(
                _("The recording's host takes longer than RECORDING_MAX_SECONDS allows"),
                f"{settings.RECORDING_MAX_SECONDS} s",
            )
        if now - told > ALIVE_EVERY:
            told = now
            alive()
    _write(into, b"")
    return Downloaded(size, digest.hexdigest())


class NoSpace(Exception):
    """Our own disk, not the vendor's host."""


def _write(into: IO[bytes], piece: bytes) -> None:
    """Nothing to write is the end: what is still held back must be on the disk as well."""
    try:
        into.write(piece) if piece else into.flush()
    except OSError as error:
        raise NoSpace(error.strerror or type(error).__name__) from error


def _connection(target: Target) -> HTTPConnection:
    address = _address(target)
    if target.scheme == "http":
        return _PinnedHTTP(target.host, target.port, address)
    context = ssl.create_default_context(cafile=certifi.where())
    return _PinnedHTTPS(target.host, target.port, address, context)


def _address(target: Target) -> str:
    """Resolved once, vetted, and then connected to: a name that changes its mind in between changes nothing."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unfetched(_("The recording's host has no address"), target.host) from error
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        if target.is_listed_by_name or is_public(address):
            return address
    raise Blocked(_("The vendor's link leads into a private network"), target.host)


class _PinnedHTTP(HTTPConnection):
    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(host, port)
        self.address = address

    def _new_conn(self) -> socket.socket:
        return socket.create_connection((self.address, self.port), timeout=CONNECT)


class _PinnedHTTPS(HTTPSConnection):
    """The certificate is still checked against the name."""

    def __init__(self, host: str, port: int, address: str, context: ssl.SSLContext) -> None:
        super().__init__(host, port, ssl_context=context)
        self.address = address

    def _new_conn(self) -> socket.socket:
        return socket.create_connection((self.address, self.port), timeout=CONNECT)
