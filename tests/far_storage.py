"""A storage that is no disk: it knows no paths, and is read over real HTTP by links that it makes itself."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage

from calls.recordings.by_link import ByLink

RANGE = re.compile(r"bytes=(\d+)-(\d+)")


class FarStorage(ByLink, Storage):
    blobs: dict[str, bytes] = {}
    base = ""
    # bytes that left it, one number an answer
    sent: list[int] = []
    is_down = False

    def _save(self, name: str, content: File[bytes]) -> str:
        if self.is_down:
            raise OSError("The bucket refused: EndpointConnectionError")
        self.blobs[name] = b"".join(content.chunks())
        return name

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        return ContentFile(self.blobs[name])

    def exists(self, name: str) -> bool:
        return name in self.blobs

    def delete(self, name: str) -> None:
        if self.is_down:
            raise OSError("The bucket refused: EndpointConnectionError")
        self.blobs.pop(name, None)

    def size(self, name: str) -> int:
        return len(self.blobs[name])

    def url(self, name: str | None) -> str:
        return f"{self.base}/{name}?Signature=CANARY"


@pytest.fixture
def far_storage(settings: Any) -> Iterator[type[FarStorage]]:
    """Recordings go there, and come from there."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            blob = FarStorage.blobs.get(self.path.lstrip("/").partition("?")[0])
            wanted = RANGE.fullmatch(self.headers.get("Range", ""))
            if FarStorage.is_down or blob is None or wanted is None:
                self._answer(503 if FarStorage.is_down else 404, b"<Error/>")
                return
            first, last = map(int, wanted.groups())
            piece = blob[first : last + 1]
            FarStorage.sent.append(len(piece))
            self._answer(206, piece)

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    FarStorage.base, FarStorage.is_down = f"http://127.0.0.1:{server.server_port}", False
    FarStorage.blobs.clear()
    FarStorage.sent.clear()
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "tests.far_storage.FarStorage"}}
    yield FarStorage
    server.shutdown()
    server.server_close()
    thread.join()
