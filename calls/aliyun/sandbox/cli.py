"""Starting the sandbox from a command line: `manage.py sandbox` or, alone, `python -m calls.aliyun.sandbox`."""

from __future__ import annotations

import argparse
import errno
import signal
import socket
import ssl
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

from calls.aliyun.sandbox.answers_robot import SHAPES
from calls.aliyun.sandbox.faults import KINDS, Fault
from calls.aliyun.sandbox.sandbox import EXPIRED_STS_KEY, KEY, LINK_TTL, STS_KEY, Options, Sandbox
from calls.aliyun.sandbox.server import Server
from calls.aliyun.sandbox.signatures import AccessKey


class CannotStart(Exception):
    """A sentence for the person who started it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=_port, default=8099, help="0 takes any free port")
    parser.add_argument("--seed", type=int, default=1, help="another seed is another world")
    parser.add_argument("--every", type=_positive, default=30, help="seconds between two calls over all tasks")
    parser.add_argument("--clock", type=_moment, help="the world's time at the start, as 2026-11-20T12:00:00+08:00")
    parser.add_argument("--freeze", action="store_true", help="the world's time stands still")
    parser.add_argument(
        "--opened", type=_moment, help="list every call since then; a few of the days before (this hour)"
    )
    parser.add_argument("--link-ttl", type=_positive, default=LINK_TTL, help="seconds that a recording link lives")
    parser.add_argument("--quota", type=int, default=0, help="calls per second of a key and operation, 0 for no limit")
    parser.add_argument("--shape", choices=SHAPES, default="alternate", help="Data of the robot API")
    parser.add_argument("--skew", type=float, default=0.0, help="seconds that the server's own clock is off")
    parser.add_argument("--tls-cert", type=Path, help="serve https with this certificate (chain)")
    parser.add_argument("--tls-key", type=Path)
    parser.add_argument("--control", action="store_true", help="let anyone switch faults under /_sandbox/")
    kinds = "; ".join(f"{kind}: {meaning}" for kind, meaning in KINDS.items())
    parser.add_argument(
        "--fault",
        type=_fault,
        action="append",
        default=[],
        metavar="KIND:NAME=VALUE,...",
        help=f"may be given many times; narrowed by operation, about, times, chance. {kinds}",
    )


def serve(arguments: Any, out: Any, key: AccessKey = KEY) -> None:
    """Serves until Ctrl+C or SIGTERM. Raises CannotStart."""
    options = Options(
        seed=arguments.seed,
        clock=arguments.clock,
        is_frozen=arguments.freeze,
        opened_at=arguments.opened,
        every=arguments.every,
        link_ttl=arguments.link_ttl,
        quota=arguments.quota,
        shape=arguments.shape,
        faults=tuple(arguments.fault),
        keys=(key, STS_KEY, EXPIRED_STS_KEY),
        has_control=arguments.control,
    )
    sandbox = Sandbox(options)
    sandbox.skew = arguments.skew
    server = _listen(sandbox, arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        out.write(f"Sandbox listening on {server.url} (access key {key.key_id}), Ctrl+C ends it\n")
        out.flush()
        server.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="sandbox", description="A stand-in for both voice APIs and the recording host."
    )
    add_arguments(parser)
    try:
        serve(parser.parse_args(words), sys.stdout)
    except CannotStart as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _listen(sandbox: Sandbox, arguments: Any) -> Server:
    try:
        return Server(sandbox, arguments.host, arguments.port, tls_cert=arguments.tls_cert, tls_key=arguments.tls_key)
    except ssl.SSLError as error:
        raise CannotStart(f"{arguments.tls_cert} and its key cannot be used for TLS: {error.reason}") from error
    except (FileNotFoundError, PermissionError) as error:
        if error.errno == errno.EACCES and not error.filename and not arguments.tls_cert:
            raise CannotStart(f"Port {arguments.port} needs more rights: choose one above 1023 with --port.") from error
        raise CannotStart(f"The certificate or its key cannot be read: {error.strerror}.") from error
    except socket.gaierror as error:
        raise CannotStart(f"{arguments.host} is no address of this machine: give another with --host.") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            where = f"Port {arguments.port} on {arguments.host}"
            raise CannotStart(f"{where} is taken: stop what uses it, or choose another with --port.") from error
        raise CannotStart(f"Cannot listen on {arguments.host}:{arguments.port}: {error.strerror}.") from error


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: give a number from 0 to 65535")
    return int(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above zero")
    return int(text)


def _moment(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 2026-11-20T12:00:00+08:00") from error


def _fault(text: str) -> Fault:
    try:
        return Fault.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
