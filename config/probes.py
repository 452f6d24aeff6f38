"""Whether a process that was started answers yet."""

from __future__ import annotations

import http.client
import socket

from django.conf import settings

from config import broker


def redis_answers() -> bool:
    return broker.answers(broker.client_url(settings.REDIS_URL, settings.DATA_DIR))


def sandbox_answers() -> bool:
    try:
        socket.create_connection(("127.0.0.1", settings.SANDBOX_PORT), timeout=1).close()
    except OSError:
        return False
    return True


def web_answers() -> bool:
    """Under a name that ALLOWED_HOSTS lists."""
    name = next((host.lstrip(".") for host in settings.ALLOWED_HOSTS if host != "*"), "localhost")
    client = http.client.HTTPConnection(_reachable(settings.WEB_HOST), settings.WEB_PORT, timeout=5)
    try:
        client.request("GET", "/healthz", headers={"Host": name})
        return client.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        client.close()


def address() -> str:
    return f"http://{_reachable(settings.WEB_HOST)}:{settings.WEB_PORT}"


def _reachable(host: str) -> str:
    """Where to knock when the server listens everywhere."""
    return "127.0.0.1" if host in {"0.0.0.0", ""} else host  # noqa: S104
