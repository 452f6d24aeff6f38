"""The sandbox on a socket: a thread for each connection, kept alive, every answer in one write."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import ssl
import struct
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from calls.aliyun.sandbox.messages import Malformed, Response, read_request
from calls.aliyun.sandbox.sandbox import Options, Sandbox


class Server(socketserver.ThreadingTCPServer):
    """Serves a Sandbox on `host`:`port` (0: any free port), over TLS when a certificate and its key are given."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 256

    def __init__(
        self,
        sandbox: Sandbox,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        tls_cert: Path | None = None,
        tls_key: Path | None = None,
    ) -> None:
        self.sandbox = sandbox
        self.ending = threading.Event()
        self._tls = _tls_context(tls_cert, tls_key) if tls_cert else None
        sandbox.scheme = "https" if self._tls else "http"
        self._connections: set[socket.socket] = set()
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, port), Connection)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        host = str(self.server_address[0])
        return f"{self.sandbox.scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        # An answer is one write and must not wait for the acknowledgement of the one before.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls:
            # The handshake happens with the first read, in the connection's own thread.
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def end(self) -> None:
        """Stops listening and hangs up on everybody, waiting clients included."""
        self.ending.set()
        self.shutdown()
        self.server_close()
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are their own business; anything else is a mistake of ours and shown."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class Connection(socketserver.StreamRequestHandler):
    server: Server
    wbufsize = 0

    def handle(self) -> None:
        sandbox = self.server.sandbox
        while not self.server.ending.is_set():
            try:
                request = read_request(self.rfile)
            except Malformed as error:
                self._send(Response(error.status, error.reason.encode(), content_type="text/plain"))
                return
            if request is None:
                return
            response = sandbox.answer(request)
            if request.method == "HEAD":
                response = replace(response, body=b"")
            if not self._deliver(response) or request.headers.get("connection", "").lower() == "close":
                return

    def _deliver(self, response: Response) -> bool:
        """Sends the response as its fault wants it; False when the connection is done for."""
        if response.delivery == "hang":
            self.server.ending.wait(response.seconds)
            return False
        if response.delivery == "reset":
            # An immediate RST instead of a goodbye.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        if response.delivery == "slow":
            self.server.ending.wait(response.seconds)
        head = response.head(self.server.sandbox.server_now())
        if response.delivery == "cut":
            self.connection.sendall(head + response.body[: len(response.body) // 2])
            return False
        if response.delivery.startswith("drip"):
            return self._drip(head, response)
        self.connection.sendall(head + response.body)
        return True

    def _drip(self, head: bytes, response: Response) -> bool:
        slow, fast = (head, response.body) if response.delivery == "drip_headers" else (response.body, b"")
        if response.delivery == "drip_body":
            self.connection.sendall(head)
        for byte in slow:
            self.connection.sendall(bytes([byte]))
            if self.server.ending.wait(response.seconds):
                return False
        self.connection.sendall(fast)
        return True

    def _send(self, response: Response) -> None:
        self.connection.sendall(response.head(self.server.sandbox.server_now()) + response.body)


@contextlib.contextmanager
def running(options: Options | None = None, **where: Any) -> Iterator[Server]:
    """A sandbox in a thread of this process; `where` is what Server takes."""
    server = Server(Sandbox(options), **where)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.end()
        thread.join(5)


def _tls_context(certificate: Path, key: Path | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
