from __future__ import annotations

import ast
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
KEY = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret"}
# They stand in no settings file: the launcher and the search for a Redis read them.
READ_ELSEWHERE = {"ADMIN_PASSWORD", "REDIS_SERVER_BIN"}
SHOW = """
import json, django, config.settings as s
django.setup()
print(json.dumps({name: getattr(s, name) for name in dir(s) if name.isupper()}, default=str, sort_keys=True))
"""


def run_settings(data_dir: Path, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "config.settings", "DATA_DIR": str(data_dir), **env}
    return subprocess.run(
        [sys.executable, "-c", SHOW], env=clean, cwd=ROOT, capture_output=True, text=True, check=False
    )


def settings_with(data_dir: Path, **env: str) -> dict[str, object]:
    shown: dict[str, object] = json.loads(run_settings(data_dir, **env).stdout)
    return shown


def documented() -> dict[str, str]:
    return dict(line.split("=", 1) for line in documented_lines())


def documented_lines() -> list[str]:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("key", [{}, KEY], ids=["demo", "real account"])
def test_the_example_file_tells_the_true_defaults(tmp_path, key):
    spelled_out = documented() | key | {"DATA_DIR": str(tmp_path)}

    assert settings_with(tmp_path, **spelled_out) == settings_with(tmp_path, **key)


def test_the_example_file_names_every_setting_and_no_other():
    tree = ast.parse((ROOT / "config" / "settings.py").read_text(encoding="utf-8"))
    read = {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
        and isinstance(node.args[0], ast.Constant)
    }

    assert set(documented()) == read | READ_ELSEWHERE
    assert len(documented_lines()) == len(documented()), "a setting stands there twice"


@pytest.mark.parametrize(
    "name, value",
    [
        ("DEBUG", "maybe"),
        ("WEB_PORT", "0"),
        ("WEB_PORT", "eighty"),
        ("WEB_PORT", "１２３"),
        ("SANDBOX_PORT", "65536"),
        ("AICCS_RATE", "0"),
        ("TIME_ZONE", "Mars/Olympus"),
        ("TIME_ZONE", "../../etc/passwd"),
        ("LANGUAGE_CODE", "fr"),
        ("LOG_LEVEL", "loud"),
        ("REDIS_URL", "localhost"),
        ("DATABASE_URL", "oracle://host/name"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "postgresql://user:hidden@host:port/name"),
        ("AICCS_ENDPOINT", "aiccs.aliyuncs.com"),
        ("DYVMSAPI_ENDPOINT", "https://dyvmsapi.aliyuncs.com/path"),
        ("DYVMSAPI_ENDPOINT", "https://[dyvmsapi"),
        ("DYVMSAPI_ENDPOINT", "https://dyvmsapi.aliyuncs.com:port"),
        ("CSRF_TRUSTED_ORIGINS", "https://one.example.com,two.example.com"),
        ("DATA_DIR", "/dev/null/below"),
        ("SECRET_KEY_FILE", "/nowhere/secret"),
        ("SECRET_KEY_FILE", sys.executable),
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", "id without a secret"),
    ],
)
def test_a_bad_value_is_one_sentence_that_names_it(tmp_path, name, value):
    clean = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), name: value}

    run = subprocess.run([sys.executable, "manage.py", "up"], env=clean, cwd=ROOT, capture_output=True, text=True)

    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr.startswith("earshot: ")
    assert len(run.stderr.splitlines()) == 1
    assert name in run.stderr
    assert "hidden" not in run.stderr


def test_a_secret_can_come_from_a_file(tmp_path):
    secret = tmp_path / "key"
    secret.write_text("from a file\n")

    settings = settings_with(tmp_path, SECRET_KEY_FILE=str(secret))

    assert settings["SECRET_KEY"] == "from a file"


def test_a_secret_key_is_made_once_and_kept_from_others(tmp_path):
    first = settings_with(tmp_path)["SECRET_KEY"]
    second = settings_with(tmp_path)["SECRET_KEY"]

    assert first == second == (tmp_path / "secret_key").read_text()
    assert len(str(first)) >= 50
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [tmp_path / "secret_key"]


def test_a_secret_key_that_cannot_be_read_is_a_sentence(tmp_path):
    (tmp_path / "secret_key").mkdir()

    run = run_settings(tmp_path)

    assert "ImproperlyConfigured: SECRET_KEY is kept in" in run.stderr.splitlines()[-1]


def test_processes_that_start_at_once_share_one_secret_key(tmp_path):
    clean = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-c", "import config.settings as s; print(s.SECRET_KEY)"]
    racing = [
        subprocess.Popen(command, env=clean, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)
    ]

    keys = {process.communicate()[0].strip() for process in racing}

    assert keys == {(tmp_path / "secret_key").read_bytes()}


def test_a_new_data_directory_is_for_its_owner_alone(tmp_path):
    settings_with(tmp_path / "new")

    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_an_sqlite_file_is_found_in_a_directory_of_any_name(tmp_path):
    odd = tmp_path / "data 数据 #1?%20"

    settings = settings_with(odd)

    assert settings["DATABASES"]["default"]["NAME"] == str(odd / "earshot.sqlite3")  # type: ignore[index]


def test_behind_https_the_deployment_check_has_nothing_to_say(tmp_path):
    clean = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "HTTPS": "1"}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]

    run = subprocess.run(command, env=clean, cwd=ROOT, capture_output=True, text=True)

    assert run.returncode == 0, run.stderr
