from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.aliyun.official import OfficialClients
from tests.sandboxes import NOON, ROOT, Fault, sandbox_process, tls_files

COMMANDS = {
    "manage.py sandbox": [sys.executable, str(ROOT / "manage.py"), "sandbox"],
    "python -m": [sys.executable, "-m", "calls.aliyun.sandbox"],
}


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@contextmanager
def _listening(name: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and the line in which it says where it listens; ended however the test does."""
    command = [*COMMANDS[name], "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process, process.stdout.readline()
        finally:
            process.kill()


def _run(name: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMANDS[name], *words], cwd=ROOT, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_taken_port_is_a_sentence(name, taken_port):
    ended = _run(name, "--port", str(taken_port))

    assert ended.returncode == 1
    assert f"Port {taken_port} on 127.0.0.1 is taken" in ended.stderr
    assert "--port" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_listens_and_ends_cleanly(name, ending):
    with _listening(name) as (process, line):
        url = line.split("listening on ")[1].split()[0]
        status = requests.get(url, timeout=5).status_code
        process.send_signal(ending)

        assert process.stdout and process.stderr
        rest, complaints = process.stdout.read(), process.stderr.read()
        code = process.wait(10)

    assert (status, code, rest, complaints) == (400, 0, "", "")
    assert "access key sandbox" in line


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--fault", "explode"], "'explode' is no fault"),
        (["--fault", "hang:colour=red"], "'colour=red' is not understood"),
        (["--port", "99999"], "'99999' is no port"),
        (["--clock", "yesterday"], "'yesterday' is no time"),
        (["--link-ttl", "0"], "'0' is no number of seconds above zero"),
        (["--tls-cert", "nowhere.crt"], "certificate or its key cannot be read"),
        (["--tls-cert", "pyproject.toml"], "cannot be used for TLS"),
        (["--host", "no such host"], "'no such host' is no address"),
    ],
)
def test_bad_words_are_sentences(words, sentence):
    ended = _run("python -m", "--port", "0", *words)

    assert ended.returncode in {1, 2}
    assert sentence in ended.stderr.replace("no such host is", "'no such host' is")
    assert "Traceback" not in ended.stderr


def test_a_restart_loses_nothing():
    words = ("--clock", "2026-11-20T12:00:00+08:00", "--freeze", "--shape", "object")
    told = []
    for _ in range(2):
        with sandbox_process(*words) as stand_in:
            clients = OfficialClients(stand_in)
            rows = clients.calls("1380000000000001", 1, page_size=200).data.list
            told.append([(row.detail_id, row.call_id, row.conversation_record) for row in rows])

    assert told[0] == told[1]
    assert len(told[0]) > 50


def test_another_process_switches_faults_clock_and_quota():
    with sandbox_process("--clock", "2026-11-20T12:00:00+08:00", "--freeze") as stand_in:
        clients = OfficialClients(stand_in)
        before = clients.tasks().data.list[0].total_count

        stand_in.change(move_clock=3600)
        after = clients.tasks().data.list[0].total_count
        stand_in.switch_on(Fault("throttle", times=1, retry_after=50))
        with pytest.raises(Exception, match="flow control"):
            clients.tasks()
        stand_in.clear_faults()
        again = clients.tasks()

        assert after > before
        assert again.code == "OK"
        entries = stand_in.entries("QueryAiCallTaskPage")
        assert [entry["code"] for entry in entries] == ["OK", "OK", "Throttling.User", "OK"]
        assert stand_in.entries(after=entries[-1]["number"]) == []


def test_what_cannot_be_switched_is_named():
    with sandbox_process() as stand_in:
        for page, content in [("state", {"colour": 1}), ("faults", [{"kind": "explode"}]), ("faults", 7)]:
            answer = requests.post(f"{stand_in.url}/_sandbox/{page}", json=content, timeout=5)

            assert answer.status_code == 400
            assert answer.json()["error"]
        assert requests.get(f"{stand_in.url}/_sandbox/nothing", timeout=5).status_code == 404


def test_nobody_switches_anything_unless_it_was_asked_for():
    with _listening("python -m") as (_process, line):
        url = line.split("listening on ")[1].split()[0]
        status = requests.get(f"{url}/_sandbox/log", timeout=5).status_code

    assert status == 404


def test_a_process_of_its_own_serves_tls(tmp_path: Path):
    files, authority = tls_files(tmp_path)
    with sandbox_process(tls=files, authority=authority) as stand_in:
        assert OfficialClients(stand_in, ca=authority).tasks().code == "OK"
        assert stand_in.entries()[0]["operation"] == "QueryAiCallTaskPage"


def test_the_world_s_time_can_be_set(tmp_path: Path):
    with sandbox_process("--clock", "2026-11-20T12:00:00+08:00", "--freeze") as stand_in:
        state = requests.get(f"{stand_in.url}/_sandbox/state", timeout=5).json()

    assert state["clock"] == NOON
    assert state["faults"] == []
