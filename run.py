#!/usr/bin/env python3
"""The one command. Standard library only.

    python3 run.py         starts everything and prints the address        (-v 2: with all that the processes log)
    python3 run.py test    sets everything up and passes every test         (what follows goes to pytest)

Packages go into .venv beside this file, or into the directory that EARSHOT_VENV names.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

HERE = Path(__file__).resolve().parent
VENV = Path(os.environ.get("EARSHOT_VENV") or HERE / ".venv").absolute()
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "earshot-packages"


def main(words: list[str]) -> None:
    if sys.version_info < (3, 11):  # noqa: UP036
        stop(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}. Try: python3.12 run.py")
    if sys.platform == "win32":
        stop("Celery's workers do not run on Windows. Use WSL, a virtual machine or a Linux server.")
    if words[:1] == ["test"]:
        test(words[1:])
    install("requirements.txt")
    os.execv(PYTHON, [str(PYTHON), str(HERE / "manage.py"), "up", *words])


def test(words: list[str]) -> NoReturn:
    install("requirements-dev.txt", "requirements.txt")
    env = dict(os.environ)
    install_browser(env)
    os.chdir(HERE)
    os.execve(PYTHON, [str(PYTHON), "-m", "tests.both", *words], env)


def install(lock: str, *contained: str) -> None:
    """Everything in `lock`, once: a stamp in the environment tells of which Python it is and which locks it holds."""
    of_python = "python {}.{}".format(*sys.version_info)
    known = STAMP.read_text().splitlines() if STAMP.exists() else []
    if PYTHON.exists() and of_python in known and digest(lock) in known:
        return
    if of_python not in known and not is_somebodys_own():
        make_venv()
        known = []
    say(f"Installing {lock}; this happens once")
    pip = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--require-hashes"]
    if subprocess.call([*pip, "-r", str(HERE / lock)]):
        stop("The packages could not be installed; pip says why above. Check the network, then run this again.")
    STAMP.write_text("\n".join({*known, of_python, digest(lock), *map(digest, contained)}) + "\n")


def is_somebodys_own() -> bool:
    """An environment that we were pointed to and did not make: it gets packages and stays otherwise as it is."""
    return bool(os.environ.get("EARSHOT_VENV")) and PYTHON.exists() and not STAMP.exists()


def make_venv() -> None:
    say(f"Making {VENV}")
    was_there = VENV.exists()
    # Cleared only when the stamp says that it is ours; without it an interrupted start is repaired.
    clear = ["--clear"] if STAMP.exists() else []
    command = [sys.executable, "-m", "venv", *clear, str(VENV)]
    made = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if made.returncode:
        if not was_there:
            shutil.rmtree(VENV, ignore_errors=True)
        stop(
            f"Python's venv module does not work here ({last_line(made.stdout)}). "
            "On Debian or Ubuntu: apt-get install python3-venv. "
            "Anywhere: let EARSHOT_VENV name an environment that you made."
        )


def install_browser(env: dict[str, str]) -> None:
    """Chromium and Chinese letters for the browser tests; what is missing, and why, travels on in `env`."""
    chromium = env.get("CHROMIUM") or find_chromium()
    if not (chromium and has_chinese_letters()):
        apt_install("chromium", "fonts-noto-cjk")
        chromium = chromium or find_chromium()
    if chromium:
        env["CHROMIUM"] = chromium
    else:
        env["NO_CHROMIUM"] = "no Chromium here, and only root can install it: install one, or let CHROMIUM name one"


def find_chromium() -> str:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), "")


def has_chinese_letters() -> bool:
    try:
        return bool(subprocess.run(["fc-list", ":lang=zh"], stdout=subprocess.PIPE).stdout.strip())
    except OSError:
        return False


def apt_install(*packages: str) -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    say(f"Installing {' and '.join(packages)}; this happens once")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=600"]
    subprocess.call([*apt, "update"], env=env, stdout=subprocess.DEVNULL)
    subprocess.call([*apt, "install", "-y", "--no-install-recommends", *packages], env=env, stdout=subprocess.DEVNULL)


def digest(lock: str) -> str:
    return hashlib.sha256((HERE / lock).read_bytes()).hexdigest()


def last_line(output: bytes) -> str:
    lines = output.decode(errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else "it says nothing"


def say(sentence: str) -> None:
    print(f"   earshot | {sentence}", flush=True)


def stop(sentence: str) -> NoReturn:
    sys.exit(f"earshot: {sentence}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
