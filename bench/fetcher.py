"""One process of the fetching benchmark: reads references, says `ready`, waits for a line, fetches, says `done`.

Behind `done` stand the seconds of processor time that its fetching took.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from calls.aliyun import Account, Credentials
from calls.snapshot import CallRef

ROOT = Path(__file__).resolve().parent.parent
Fetch = Callable[[CallRef], None]


@dataclass(frozen=True)
class Worker:
    process: subprocess.Popen[str]
    orders: IO[str]
    answers: IO[str]

    def await_ready(self) -> None:
        self._expect("ready")

    def go(self) -> None:
        print("go", file=self.orders, flush=True)

    def await_end(self) -> float:
        """Seconds of processor time."""
        seconds = self._expect("done")
        self.process.wait(10)
        self.orders.close()
        self.answers.close()
        return float(seconds)

    def _expect(self, word: str) -> str:
        said, _, more = self.answers.readline().strip().partition(" ")
        if said != word:
            raise SystemExit(f"A benchmark process said {said!r} instead of {word!r}.")
        return more


def start(what: str, refs: Sequence[CallRef], environment: dict[str, str]) -> Worker:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.fetcher", what],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    print(" ".join(str(ref) for ref in refs), file=process.stdin, flush=True)
    return Worker(process, process.stdin, process.stdout)


def main(what: str) -> None:
    refs = [CallRef.from_key(key) for key in sys.stdin.readline().split()]
    fetch = {"sdk": _with_sdk, "client": _with_client, "stored": _into_database}[what]()
    # The first one opens connections and imports what is imported late, in each column alike.
    fetch(refs[0])
    print("ready", flush=True)
    sys.stdin.readline()
    before = time.process_time()
    for ref in refs:
        fetch(ref)
    print("done", time.process_time() - before, flush=True)


def _account() -> Account:
    return Account(
        Credentials(os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"], os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"]),
        aiccs_endpoint=os.environ["AICCS_ENDPOINT"],
        dyvmsapi_endpoint=os.environ["DYVMSAPI_ENDPOINT"],
        verify=os.environ["BENCH_AUTHORITY"] or True,
    )


def _with_client() -> Fetch:
    account = _account()

    def fetch(ref: CallRef) -> None:
        assert account.fetch_call(ref).snapshot.detail_id == ref.detail_id

    return fetch


def _with_sdk() -> Fetch:
    from alibabacloud_aiccs20191015 import models
    from alibabacloud_aiccs20191015.client import Client
    from alibabacloud_tea_openapi.models import Config

    endpoint = urlsplit(os.environ["AICCS_ENDPOINT"])
    client = Client(
        Config(
            access_key_id=os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
            access_key_secret=os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
            endpoint=endpoint.netloc,
            protocol=endpoint.scheme,
            ca=os.environ["BENCH_AUTHORITY"] or None,
        )
    )

    def fetch(ref: CallRef) -> None:
        request = models.QueryConversationDetailInfoRequest(
            task_id=ref.task_id, batch_id=ref.batch_id, detail_id=ref.detail_id
        )
        assert client.query_conversation_detail_info(request).body.code == "OK"

    return fetch


def _into_database() -> Fetch:
    import django

    django.setup()
    from calls.models import Call

    account = _account()

    def fetch(ref: CallRef) -> None:
        Call.objects.absorb(account.fetch_call(ref))

    return fetch


if __name__ == "__main__":
    main(sys.argv[1])
