"""How fast calls get in: the official SDK, our client and the whole path into the database, in one run.

`make bench`. Prints a Markdown table. What counts are the ratios: machine, load and sandbox are the same for all rows
of a transport.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import fetcher
from calls.aliyun import Account, Credentials
from calls.snapshot import CallRef
from calls.vocabulary import Source
from tests.sandboxes import SandboxProcess, sandbox_process, tls_files

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 5
# A world that stands still and lists every call of two days: about 5,700.
WORLD = ("--clock", "2026-11-20T12:00:00+08:00", "--freeze", "--opened", "2026-11-18T12:00:00+08:00")
COLUMNS = {
    "sdk": "official SDK, not stored",
    "client": "our client, not stored",
    "stored by 1": "fetched, read and stored in SQLite, 1 process",
    "stored by 2": "the same, 2 processes",
}
FIGURES = ("rate", "milliseconds")


@dataclass(frozen=True)
class Setting:
    name: str
    is_tls: bool


SETTINGS = (Setting("TLS, as in life", True), Setting("plain loopback", False))


@dataclass(frozen=True)
class Pace:
    """What fetching `calls` took, in wall clock and in processor time of all fetching processes; seconds."""

    calls: int
    wall: float
    processor: float

    @property
    def rate(self) -> float:
        return self.calls / self.wall

    @property
    def milliseconds(self) -> float:
        """Processor time of one call."""
        return self.processor / self.calls * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=400, help="calls per round, all different")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    print(
        f"{options.calls} different AI agent calls a round, median of {options.rounds} rounds; {os.cpu_count()} cores "
        f"shared with the sandbox, Python {sys.version.split()[0]}.\n"
    )
    print("| transport | | calls per second | to the SDK | processor time per call | to the SDK |")
    print("|---|---|---|---|---|---|")
    for setting in SETTINGS:
        _print_rows(setting, options.calls, options.rounds)


def _print_rows(setting: Setting, number: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as folder:
        files, authority = tls_files(Path(folder)) if setting.is_tls else (None, "")
        with sandbox_process(*WORLD, tls=files, authority=authority) as server:
            paces = _measured(server, _references(server, number), rounds)
    sdk_rate, sdk_time = (statistics.median(getattr(pace, name) for pace in paces["sdk"]) for name in FIGURES)
    for column, title in COLUMNS.items():
        rate, time_ = (statistics.median(getattr(pace, name) for pace in paces[column]) for name in FIGURES)
        cells = [f"{rate:.0f}", f"{rate / sdk_rate:.2f} x", f"{time_:.2f} ms", f"{time_ / sdk_time:.2f} x"]
        print(f"| {setting.name} | {title} | {' | '.join(cells)} |", flush=True)


def _measured(server: SandboxProcess, refs: Sequence[CallRef], rounds: int) -> dict[str, list[Pace]]:
    paces: dict[str, list[Pace]] = {name: [] for name in COLUMNS}
    # Round by round over all columns, so that a slow minute of the machine hits each of them.
    for _ in range(rounds):
        paces["sdk"].append(_fetch("sdk", server, [refs]))
        paces["client"].append(_fetch("client", server, [refs]))
        paces["stored by 1"].append(_fetch("stored", server, [refs]))
        paces["stored by 2"].append(_fetch("stored", server, [refs[0::2], refs[1::2]]))
    return paces


def _references(server: SandboxProcess, number: int) -> list[CallRef]:
    account = Account(
        Credentials(server.key.key_id, server.key.secret),
        aiccs_endpoint=server.url,
        dyvmsapi_endpoint=server.url,
        verify=server.verify,
    )
    refs: dict[str, CallRef] = {}
    for tasks in account.list_tasks(Source.AICCS):
        for task in tasks:
            for page in account.list_calls(Source.AICCS, task.task_id, page_size=100):
                refs |= {str(call.ref): call.ref for call in page.calls if call.is_final}
    if len(refs) < number:
        raise SystemExit(f"The sandbox lists {len(refs)} finished calls, fewer than the {number} asked for.")
    return list(refs.values())[:number]


def _fetch(what: str, server: SandboxProcess, shares: Sequence[Sequence[CallRef]]) -> Pace:
    """One process a share, from a common start to the end of the last; their own start-up does not count."""
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as folder:
        environment = _environment(server, Path(folder))
        if what == "stored":
            migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
            subprocess.run(migrate, cwd=ROOT, env=environment, check=True)
        workers = [fetcher.start(what, share, environment) for share in shares]
        for worker in workers:
            worker.await_ready()
        started = time.perf_counter()
        for worker in workers:
            worker.go()
        processor = sum(worker.await_end() for worker in workers)
        return Pace(sum(map(len, shares)), time.perf_counter() - started, processor)


def _environment(server: SandboxProcess, folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATA_DIR": str(folder),
        "ALIBABA_CLOUD_ACCESS_KEY_ID": server.key.key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": server.key.secret,
        "AICCS_ENDPOINT": server.url,
        "DYVMSAPI_ENDPOINT": server.url,
        "BENCH_AUTHORITY": server.verify if isinstance(server.verify, str) else "",
        "PYTHONPATH": str(ROOT),
    }


if __name__ == "__main__":
    main()
