"""Sandboxes for tests: `with sandbox(seed=7) as stand_in:` in this process, `sandbox_process()` in its own.

>>> with sandbox(clock=NOON, is_frozen=True, faults=(Fault("throttle", times=2),)) as stand_in:
...     stand_in.url, stand_in.key, stand_in.journal.entries("QueryConversationDetailInfo")
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import requests
import trustme

from calls.aliyun.sandbox.faults import Fault, Switchboard
from calls.aliyun.sandbox.journal import Journal
from calls.aliyun.sandbox.sandbox import KEY, STS_KEY, Options, Sandbox
from calls.aliyun.sandbox.server import running
from calls.aliyun.sandbox.signatures import AccessKey

__all__ = ["NOON", "Fault", "RunningSandbox", "SandboxProcess", "sandbox", "sandbox_process", "tls_files"]

ROOT = Path(__file__).resolve().parent.parent
# 20 November 2026, 12:00 in Beijing, a Friday
NOON = 1795147200.0


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """A sandbox in a thread of this process: everything about it can be read and switched directly."""

    url: str
    port: int
    sandbox: Sandbox
    key: AccessKey = KEY
    sts_key: AccessKey = STS_KEY

    @property
    def address(self) -> str:
        """host:port, as the official SDK takes it."""
        return f"127.0.0.1:{self.port}"

    @property
    def journal(self) -> Journal:
        return self.sandbox.journal

    @property
    def faults(self) -> Switchboard:
        return self.sandbox.faults


@contextmanager
def sandbox(*, tls: tuple[Path, Path] | None = None, port: int = 0, **options: Any) -> Iterator[RunningSandbox]:
    """`options` are those of calls.aliyun.sandbox.sandbox.Options; `tls` is (certificate, key)."""
    certificate, key = tls or (None, None)
    with running(Options(**options), port=port, tls_cert=certificate, tls_key=key) as server:
        yield RunningSandbox(server.url, server.port, server.sandbox)


@dataclass(frozen=True, slots=True)
class SandboxProcess:
    """A sandbox in a process of its own, read and switched over HTTP."""

    url: str
    port: int
    process: subprocess.Popen[str]
    key: AccessKey = KEY
    sts_key: AccessKey = STS_KEY
    verify: bool | str = True

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def entries(self, operation: str = "", after: int = 0) -> list[dict[str, Any]]:
        """The journal, oldest first."""
        return list(self._ask("GET", f"log?operation={operation}&after={after}"))

    def switch_on(self, *faults: Fault) -> None:
        self._ask("POST", "faults", [asdict(fault) for fault in faults])

    def clear_faults(self) -> None:
        self._ask("DELETE", "faults")

    def change(self, **state: Any) -> None:
        """clock, move_clock, skew, quota, link_ttl, shape."""
        self._ask("POST", "state", state)

    def _ask(self, method: str, page: str, content: Any = None) -> Any:
        body = None if content is None else json.dumps(content)
        answer = requests.request(method, f"{self.url}/_sandbox/{page}", data=body, timeout=10, verify=self.verify)
        answer.raise_for_status()
        return answer.json()


@contextmanager
def sandbox_process(*words: str, tls: tuple[Path, Path] | None = None, authority: str = "") -> Iterator[SandboxProcess]:
    """`words` are those of the command line; `authority` is the bundle to verify its certificate with."""
    command = [sys.executable, "-m", "calls.aliyun.sandbox", "--port", "0", "--control", *words]
    if tls:
        command += ["--tls-cert", str(tls[0]), "--tls-key", str(tls[1])]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert "listening on " in line, f"the sandbox did not start: {line!r}"
        url = line.split("listening on ")[1].split()[0]
        yield SandboxProcess(url, int(url.rsplit(":", 1)[1]), process, verify=authority or True)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        process.stdout.close()


def tls_files(folder: Path) -> tuple[tuple[Path, Path], str]:
    """((certificate, key), bundle of its authority): a throw-away authority that vouches for 127.0.0.1."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1", "localhost")
    certificate, key, bundle = folder / "sandbox.crt", folder / "sandbox.key", folder / "authority.pem"
    certificate.unlink(missing_ok=True)
    for blob in issued.cert_chain_pems:
        blob.write_to_path(str(certificate), append=True)
    issued.private_key_pem.write_to_path(str(key))
    authority.cert_pem.write_to_path(str(bundle))
    return (certificate, key), str(bundle)
