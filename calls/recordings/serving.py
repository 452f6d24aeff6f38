"""Sending a stored recording the way players ask for it: one byte range, conditions, HEAD (RFC 9110, 13 and 14)."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import IO
from urllib.parse import quote

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header

from calls.models import Recording

CHUNK = 64 * 1024
ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
# Nothing else is ever sent under its own type: a browser must not run what a recording host called audio.
EXTENSIONS = {
    "audio/wav": "wav",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/mp4": "m4a",
    "audio/aac": "aac",
    "audio/flac": "flac",
    "audio/amr": "amr",
}
TYPES = {extension: kind for kind, extension in EXTENSIONS.items()}
ALIASES = {
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/mp3": "audio/mpeg",
}
UNKNOWN = "application/octet-stream"


class Unsatisfiable(Exception):
    """The range starts behind the end of the file."""


class Slice:
    """The next `length` bytes of an open file."""

    def __init__(self, file: IO[bytes], length: int) -> None:
        self._file = file
        self._left = length

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        chunk = self._file.read(wanted) if wanted else b""
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        self._file.close()


def sound_of(recording: Recording, request: HttpRequest, *, as_download: bool) -> HttpResponseBase:
    """The whole file (200), one range of it (206), or why not (304, 412, 416). FileNotFoundError when it is gone."""
    if not recording.file:
        raise FileNotFoundError
    headers = _headers(recording, as_download=as_download)
    plain = HttpResponse(headers=headers, content_type=content_type_of(recording))
    condition = get_conditional_response(request, etag=headers["ETag"], response=plain)
    if condition is not plain and condition is not None:
        return condition
    if settings.RECORDING_ACCEL:
        return _handed_over(recording, headers)
    # A storage far away would be asked over the network once more.
    size = recording.file.size if recording.size is None else recording.size
    try:
        window = _asked_range(request, size, headers["ETag"])
    except Unsatisfiable:
        return HttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    start, end = window or (0, size - 1)
    headers["Content-Length"] = str(end - start + 1)
    if window:
        headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    return _body(recording, request, start, end, headers, status=206 if window else 200)


def _handed_over(recording: Recording, headers: dict[str, str]) -> HttpResponse:
    """The proxy in front sends the file itself, ranges and all; who may have it was decided before."""
    place = f"{settings.RECORDING_ACCEL.rstrip('/')}/{quote(recording.file.name or '')}"
    kind = content_type_of(recording)
    return HttpResponse(headers={**headers, "X-Accel-Redirect": place}, content_type=kind)


def content_type_of(recording: Recording) -> str:
    said = recording.content_type.partition(";")[0].strip().lower()
    said = ALIASES.get(said, said)
    if said in EXTENSIONS:
        return said
    return TYPES.get(PurePath(recording.file.name or "").suffix.lstrip(".").lower(), UNKNOWN)


def _headers(recording: Recording, *, as_download: bool) -> dict[str, str]:
    extension = EXTENSIONS.get(content_type_of(recording), "bin")
    name = f"call-{recording.call_id}.{extension}"
    stored_at = recording.stored_at.timestamp() if recording.stored_at else 0
    stamp = recording.sha256 or f"{recording.call_id}-{recording.size}-{stored_at:.0f}"
    return {
        "ETag": f'"{stamp}"',
        "Accept-Ranges": "bytes",
        # a customer's voice: kept by this browser only, and asked about each time
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": content_disposition_header(as_download, name) or "inline",
    }


def _asked_range(request: HttpRequest, size: int, etag: str) -> tuple[int, int] | None:
    """First and last byte; None for the whole file: no range, several, another unit, or meant for another version."""
    match = ONE_RANGE.fullmatch(request.headers.get("Range", "").strip())
    if not match or request.headers.get("If-Range", etag) != etag:
        return None
    first, last = match.groups()
    if (not first and not last) or (first and last and int(last) < int(first)):
        return None
    if not first:
        start, end = max(size - int(last), 0), size - 1
    else:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
    if start > end:
        raise Unsatisfiable
    return start, end


def _body(
    recording: Recording, request: HttpRequest, start: int, end: int, headers: dict[str, str], *, status: int
) -> HttpResponseBase:
    kind = content_type_of(recording)
    if request.method == "HEAD":
        return HttpResponse(status=status, headers=headers, content_type=kind)
    file = _opened_at(recording, start, end)
    response = FileResponse(Slice(file, end - start + 1), status=status, headers=headers, content_type=kind)
    response.block_size = CHUNK
    return response


def _opened_at(recording: Recording, start: int, end: int) -> IO[bytes]:
    """Bytes from `start` on; a storage that can is asked for no more than the bytes up to `end`."""
    storage, name = recording.file.storage, recording.file.name or ""
    if open_range := getattr(storage, "open_range", None):
        opened: IO[bytes] = open_range(name, start, end)
        return opened
    file = storage.open(name, "rb")
    file.seek(start)
    return file
