"""A host of recordings over real HTTP, and the smallest calls and jobs around it."""

from __future__ import annotations

import io
import threading
import wave
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from calls.models import Call, Job, Recording
from calls.refresh import ask_recording
from tests.builders import make_call
from tests.test_refresh import run


def wav(seconds: float = 1.0, channels: int = 1) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(b"\x01\x02" * int(8000 * seconds) * channels)
    return file.getvalue()


@dataclass
class FileHost:
    """Answers every GET with what a test put there, and notes the targets exactly as they came."""

    port: int = 0
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    promised: int | None = None
    tells_its_size: bool = True
    targets: list[str] = field(default_factory=list)
    # path -> where it sends whoever asks for it
    moves: dict[str, str] = field(default_factory=dict)

    def link(self, target: str = "/a.wav?Expires=4102444800&Signature=a%2Bb%2fc+d~%7e", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{target}"


@pytest.fixture
def host(settings: Any) -> Iterator[FileHost]:
    files = FileHost(body=wav())
    settings.RECORDING_HOSTS = ["127.0.0.1", ".recordings.example"]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            files.targets.append(self.path)
            if moved_to := files.moves.get(self.path):
                self.send_response(302)
                self.send_header("Location", moved_to)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(files.status)
            if files.tells_its_size:
                self.send_header("Content-Length", str(len(files.body) if files.promised is None else files.promised))
            for name, value in files.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(files.body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    files.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield files
    server.shutdown()
    server.server_close()
    thread.join()


def waiting_call(host: FileHost, **changes: Any) -> Call:
    return make_call(**{"recording_url": host.link(), "has_recording": True, **changes})


def recording_of(call: Call) -> Recording:
    return Recording.objects.get(call=call)


def keep(call: Call) -> Job:
    return run(ask_recording(call))
