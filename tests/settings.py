"""Settings for tests: a data directory and a real Redis of this process's own, a file as the SQLite test database."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

_data_dir = Path(tempfile.mkdtemp(prefix="earshot-tests-"))
os.environ["DATA_DIR"] = str(_data_dir)
for _name in ("REDIS_URL", "ALIBABA_CLOUD_ACCESS_KEY_ID", "AICCS_ENDPOINT", "DYVMSAPI_ENDPOINT", "RECORDING_HOSTS"):
    os.environ.pop(_name, None)
# Playwright's synchronous interface keeps an event loop on this thread.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

from config import broker, embedded

_socket = broker.socket_path(_data_dir)
broker.make_private(_socket.parent)
_redis = subprocess.Popen(
    embedded.redis_command(embedded.find_redis(), _socket, _data_dir / "redis"),
    stdout=subprocess.DEVNULL,
    stderr=subprocess.DEVNULL,
    start_new_session=True,
)


@atexit.register
def _end() -> None:
    _redis.terminate()
    _redis.wait(10)
    shutil.rmtree(_data_dir, ignore_errors=True)
    shutil.rmtree(_socket.parent, ignore_errors=True)


_deadline = time.monotonic() + 60
while not _socket.exists() and time.monotonic() < _deadline:
    time.sleep(0.01)

from config.settings import *

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file: worker processes and the live server's threads must see the same rows.
    DATABASES["default"]["TEST"] = {"NAME": str(_data_dir / "test.sqlite3")}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Collected once by run.py, or by conftest when it is missing.
STATIC_ROOT = Path(os.environ.get("EARSHOT_TEST_STATIC", BASE_DIR / "var" / "test-static"))
