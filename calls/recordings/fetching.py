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

import certifi
from django.utils.translation import gettext_noop as _
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from calls.recordings.errors import Blocked, LinkExpired, NotAudio, Unfetched
from calls.recordings.links import Target, is_public, vet

CONNECT, READ, IN_ALL = 5.0, 10.0, 600.0  # seconds
PIECE = 64 * 1024
LARGEST = 200 * 1024 * 1024
# So often the caller hears that the download lives.
ALIVE_EVERY = 5.0


@dataclass(frozen=True, slots=True)
class Downloaded:
    size: int
    sha256: str


def download(link: str, into: IO[bytes], *, alive: Callable[[], None]) -> Downloaded:
    """Copies the file behind `link`; raises one of the RecordingError family. `alive` is called every few seconds."""
    target = vet(link)
    connection = _connection(target)
    try:
        # urllib3's bare connection: no proxy or password from the environment, no redirect, no second encoding.
        headers = {"Accept-Encoding": "identity", "User-Agent": "Earshot"}
        connection.request("GET", target.target, headers=headers, preload_content=False, decode_content=False)
        connection.timeout = READ
        response = connection.getresponse()
        _check(response)
        return _copy(response, into, alive)
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        raise Unfetched(_("The recording's host did not send the whole file"), type(error).__name__) from error
    finally:
        connection.close()


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


def _copy(response: BaseHTTPResponse, into: IO[bytes], alive: Callable[[], None]) -> Downloaded:
    began = told = time.monotonic()
    size, digest = 0, hashlib.sha256()
    for piece in response.stream(PIECE, decode_content=False):
        size += len(piece)
        if size > LARGEST:
            raise NotAudio(_("The recording is larger than 200 MB"))
        _write(into, piece)
        digest.update(piece)
        now = time.monotonic()
        if now - began > IN_ALL:
            # `READ` is per piece: a host that drips one byte a second never exceeds it.
            raise Unfetched(_("The recording's host sends too slowly"))
        if now - told > ALIVE_EVERY:
            told = now
            alive()
    return Downloaded(size, digest.hexdigest())


class NoSpace(Exception):
    """Our own disk, not the vendor's host."""


def _write(into: IO[bytes], piece: bytes) -> None:
    try:
        into.write(piece)
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
