"""The two commands that a newcomer types, as real processes."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psycopg
import pytest
import redis

from config.broker import client_url
from config.celery import KEY_PREFIX

ROOT = Path(__file__).parent.parent
PASSWORD = re.compile(r"Sign in as admin with the password (\S+) ")
READY = "Earshot is ready at "
# seconds in which the launcher has stopped everything, one after the other and each as long as it may take
PATIENCE = 150

pytestmark = [
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are counted in /proc"),
    pytest.mark.timeout(900),
]


def clean_env(data_dir: Path, **extra: str) -> dict[str, str]:
    """What a newcomer has, with ports of our own."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "REDIS_SERVER_BIN") if name in os.environ}
    ports = {"WEB_PORT": str(quiet_port()), "SANDBOX_PORT": str(quiet_port())}
    return {**kept, **ports, "DATA_DIR": str(data_dir), **extra}


def quiet_port() -> int:
    """Free, and below those that connections get: one of these may be somebody's before the house has it."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class House:
    """A running `manage.py up` and what it printed."""

    def __init__(self, env: dict[str, str], log: Path, words: Sequence[str]) -> None:
        self.address = f"http://127.0.0.1:{env['WEB_PORT']}"
        self.data_dir = env["DATA_DIR"]
        self._log = log
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up", *words],
                cwd=ROOT,
                env=env,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def await_ready(self) -> None:
        until(lambda: READY in self.output or self.process.poll() is not None)
        assert READY in self.output, self.output

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)

    def processes(self) -> dict[int, str]:
        """Everything that runs on this data directory, whoever its parent is by now."""
        return dict(everything_that_runs(self.data_dir))

    def pid_of(self, *words: str) -> int:
        """The oldest process whose command line has all these words."""
        return min(pid for pid, command in self.processes().items() if all(word in command for word in words))


def everything_that_runs(data_dir: str) -> Iterator[tuple[int, str]]:
    mark = f"DATA_DIR={data_dir}".encode()
    for directory in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if directory.name.isdigit() and mark in (directory / "environ").read_bytes().split(b"\0"):
                yield int(directory.name), (directory / "cmdline").read_bytes().replace(b"\0", b" ").decode()


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 240
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.1)


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=90) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., House]]:
    houses: list[House] = []

    def started(words: Sequence[str] = (), **extra: str) -> House:
        env = clean_env(tmp_path / "var", **extra)
        houses.append(House(env, tmp_path / f"log-{len(houses)}", words))
        return houses[-1]

    yield started
    for house in houses:
        for pid in [house.process.pid, *house.processes()]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        house.process.wait()


@pytest.fixture
def database_url() -> Iterator[str]:
    """An empty database on the server of this test run; "" for an SQLite file."""
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        yield ""
        return
    name = f"house_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield server.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.django_db
def test_one_command_starts_everything_and_ctrl_c_stops_it(start, database_url):
    house = start(DATABASE_URL=database_url)
    house.await_ready()
    until(lambda: PASSWORD.search(house.output))
    password = PASSWORD.search(house.output)

    assert f"{READY}{house.address}" in house.output
    assert password, house.output
    assert get(f"{house.address}/login/")[0] == 200
    assert json.loads(get(f"{house.address}/readyz")[1]) == {"database": True, "broker": True}
    assert "Traceback" not in house.output
    assert len(house.processes()) >= 9  # launcher, Redis, sandbox, two workers and two children, beat, web

    assert house.stop() == 0
    assert house.processes() == {}

    again = start(DATABASE_URL=database_url)
    again.await_ready()
    assert not PASSWORD.search(again.output)
    assert get(f"{again.address}/login/")[0] == 200
    assert again.stop() == 0


@pytest.mark.parametrize("moment", ["Starting on", "Sandbox listening"])
def test_ctrl_c_stops_a_house_that_is_still_starting_and_the_next_shows_a_login(start, moment):
    house = start()
    until(lambda: moment in house.output)

    assert house.stop() in {0, 130}
    assert house.processes() == {}
    assert "Traceback" not in house.output

    again = start()
    again.await_ready()
    until(lambda: PASSWORD.search(again.output))
    assert PASSWORD.search(again.output), again.output
    assert again.stop() == 0


def test_a_house_that_tells_everything_tells_no_search(start):
    house = start(words=["-v", "2"])
    house.await_ready()

    get(f"{house.address}/healthz?q=13800000000")
    until(lambda: "GET /healthz 200" in house.output)

    assert "GET /healthz 200" in house.output
    assert "13800000000" not in house.output


def test_believable_calls_arrive_by_themselves(start):
    house = start()
    house.await_ready()
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c"]
    count = "from calls.models import Call; print(Call.objects.count())"

    def calls() -> int:
        env = clean_env(Path(house.data_dir))
        run = subprocess.run([*command, count], cwd=ROOT, env=env, capture_output=True, text=True)
        return int(run.stdout or 0)

    until(lambda: calls() >= 5)

    assert calls() >= 5, house.output


def test_an_index_of_an_older_version_is_made_anew_while_the_site_is_up(start, tmp_path):
    env = clean_env(tmp_path / "var")
    age = "from calls.models import SearchState; SearchState.objects.update(version=0)"
    subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=env, check=True)
    subprocess.run([sys.executable, "manage.py", "shell", "-v", "0", "-c", age], cwd=ROOT, env=env, check=True)

    house = start()
    house.await_ready()
    until(lambda: "Indexed" in house.output)

    assert re.search(r"reindex \| Indexed [0-9,]+ calls", house.output)
    assert get(f"{house.address}/healthz")[0] == 200
    assert "reindex ended" not in house.output


def test_given_a_password_none_is_shown(start):
    house = start(ADMIN_PASSWORD="a password of our own")
    house.await_ready()

    assert not PASSWORD.search(house.output)
    assert "a password of our own" not in house.output
    environments = [Path(f"/proc/{pid}/environ").read_bytes() for pid in house.processes() if pid != house.process.pid]
    assert environments
    assert not any(b"ADMIN_PASSWORD" in environment for environment in environments)


def test_what_crashes_starts_again_and_what_keeps_crashing_stops_everything(start):
    house = start()
    house.await_ready()

    for time_ in (1, 2, 3):
        beat = house.pid_of(" beat ")
        os.kill(beat, signal.SIGKILL)
        until(lambda beat=beat: beat not in house.processes())  # type: ignore[misc]
        if time_ < 3:
            until(lambda: any(" beat " in command for command in house.processes().values()))
            assert get(f"{house.address}/healthz")[0] == 200

    assert house.process.wait(PATIENCE) == 1
    assert "beat was killed by SIGKILL; it starts again" in house.output
    assert "3 times within a minute" in house.output
    assert house.processes() == {}


def test_messages_that_kill_every_worker_are_set_aside(start):
    house = start()
    house.await_ready()
    queue = f"{KEY_PREFIX}interactive"
    with redis.Redis.from_url(client_url("", Path(house.data_dir))) as client:
        # Each ends the worker that reads it.
        client.lpush(queue, *["no JSON"] * 8)

        until(lambda: "set aside" in house.output or house.process.poll() is not None)
        until(lambda: client.exists(f"set-aside:{queue}"))

        assert b"no JSON" in client.lrange(f"set-aside:{queue}", 0, -1)
    assert "people ended with code" in house.output
    assert "set aside" in house.output
    assert house.stop() == 0


def test_a_killed_launcher_leaves_no_orphan_and_the_next_one_starts(start):
    house = start()
    house.await_ready()

    house.process.kill()
    house.process.wait()
    until(lambda: not house.processes())
    assert house.processes() == {}

    again = start()
    again.await_ready()
    assert again.stop() == 0


def test_two_on_the_same_data_are_one_too_many(start):
    first = start()
    first.await_ready()

    second = start()

    assert second.process.wait(60) == 1
    assert second.output.startswith("earshot: Earshot already runs on ")
    assert str(first.process.pid) in second.output
    assert len(second.output.splitlines()) == 1
    assert get(f"{first.address}/healthz")[0] == 200


def test_a_taken_port_is_a_sentence_with_a_way_out(start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        house = start(WEB_PORT=str(port))

        assert house.process.wait(60) == 1
    assert house.output.startswith(f"earshot: 127.0.0.1:{port} is taken")
    assert "WEB_PORT=" in house.output
    assert len(house.output.splitlines()) == 1


def test_a_host_that_is_not_ours_is_a_sentence_that_names_the_setting(start):
    house = start(WEB_HOST="192.0.2.1")

    assert house.process.wait(60) == 1
    assert house.output.startswith("earshot: WEB_HOST is 192.0.2.1, which is no address of this machine")


def test_one_port_for_both_is_no_reason_to_stop(start):
    port = str(quiet_port())

    house = start(WEB_PORT=port, SANDBOX_PORT=port)
    house.await_ready()

    assert house.stop() == 0


def test_a_taken_sandbox_port_is_no_reason_to_stop(start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        house = start(SANDBOX_PORT=str(taken.getsockname()[1]))
        house.await_ready()

        assert house.stop() == 0


@pytest.mark.parametrize(
    "variable, value",
    [
        ("REDIS_SERVER_BIN", "/nowhere/redis-server"),
        ("REDIS_URL", "redis://127.0.0.1:9/0"),
        ("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nothing"),
    ],
)
def test_a_missing_service_is_a_sentence_that_names_the_setting(start, variable, value):
    house = start(**{variable: value})

    assert house.process.wait(60) == 1
    assert variable in house.output
    assert "Traceback" not in house.output
    assert house.processes() == {}


# ---- run.py, before anything of ours is installed


def run_py(env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "run.py"], cwd=ROOT, env=env, capture_output=True, text=True)


def test_without_the_venv_module_run_py_says_what_to_install(tmp_path):
    (tmp_path / "venv.py").write_text("raise SystemExit('ensurepip is not available')")
    env = clean_env(tmp_path / "var", PYTHONPATH=str(tmp_path), EARSHOT_VENV=str(tmp_path / "env"))

    run = run_py(env)

    assert run.returncode == 1
    assert "apt-get install python3-venv" in run.stderr
    assert "ensurepip is not available" in run.stderr
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "env").exists()


def test_when_packages_cannot_be_installed_run_py_says_so(tmp_path):
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(nothing), "PIP_CONFIG_FILE": os.devnull}
    env = clean_env(tmp_path / "var", EARSHOT_VENV=str(tmp_path / "env"), **offline)

    run = run_py(env)

    assert run.returncode == 1
    assert "earshot: The packages could not be installed" in run.stderr
    assert "Traceback" not in run.stderr


def test_an_old_python_is_told_so(tmp_path):
    """Its own version is all that run.py may look at before it says so: nothing newer than 3.7 at the top."""
    code = "import sys; sys.version_info = (3, 10, 0); sys.version = '3.10.0'; import run; run.main([])"

    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)

    assert run.returncode == 1
    assert run.stderr.startswith("earshot: Python 3.11 or newer is needed, this is 3.10.0.")
