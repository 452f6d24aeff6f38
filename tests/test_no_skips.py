from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SKIPPED = "import pytest\n@pytest.mark.skip(reason='why')\ndef test_it(): pass\n"
EXPECTED_TO_FAIL = "import pytest\n@pytest.mark.xfail\ndef test_it(): assert False\n"
WHOLE_FILE = "import pytest\npytest.importorskip('no_such_module')\ndef test_it(): pass\n"
FINE = "def test_fine(): pass\n"


def run_pytest(tmp_path: Path, content: str, **extra: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "test_small.py").write_text(content)
    env = {name: value for name, value in os.environ.items() if name != "CI"} | {"PYTHONPATH": str(ROOT)} | extra
    plugins = ["-p", "tests.no_skips", "-p", "no:django", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *plugins, "-q", "-c", os.devnull, str(tmp_path)]
    return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)


@pytest.mark.parametrize("content", [SKIPPED, EXPECTED_TO_FAIL, WHOLE_FILE])
def test_in_ci_a_skip_fails_the_run_and_is_named(tmp_path, content):
    run = run_pytest(tmp_path, content, CI="true")

    assert run.returncode == 1
    assert "nothing may be skipped" in run.stdout
    assert "test_small.py" in run.stdout


@pytest.mark.parametrize("content", [SKIPPED, EXPECTED_TO_FAIL, WHOLE_FILE])
def test_elsewhere_a_skip_is_only_a_skip(tmp_path, content):
    assert run_pytest(tmp_path, content).returncode in {0, 5}


def test_in_ci_a_run_without_skips_passes(tmp_path):
    assert run_pytest(tmp_path, FINE, CI="true").returncode == 0
