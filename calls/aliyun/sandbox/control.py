"""`/_sandbox/`: faults, clock and journal for tests in another process. Off unless asked for; not signed."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from calls.aliyun.sandbox.faults import Fault
from calls.aliyun.sandbox.messages import Request, Response

if TYPE_CHECKING:
    from calls.aliyun.sandbox.sandbox import Sandbox

PREFIX = "/_sandbox/"


def answer(sandbox: Sandbox, request: Request) -> Response:
    """GET state, GET log (operation, after), POST state with any of its words, POST faults (a list), DELETE both."""
    page = request.path.removeprefix(PREFIX)
    try:
        if (request.method, page) == ("GET", "log"):
            entries = sandbox.journal.entries(request.params.get("operation", ""), int(request.params.get("after", 0)))
            return _json([asdict(entry) | {"params": dict(entry.params)} for entry in entries])
        if (request.method, page) == ("DELETE", "log"):
            sandbox.journal.clear()
        elif (request.method, page) == ("POST", "faults"):
            sandbox.faults.switch_on(*[Fault.from_json(one) for one in json.loads(request.body)])
        elif (request.method, page) == ("DELETE", "faults"):
            sandbox.faults.clear()
        elif (request.method, page) == ("POST", "state"):
            _change(sandbox, json.loads(request.body))
        elif (request.method, page) != ("GET", "state"):
            return _json({"error": "GET or POST state, GET or DELETE log, POST or DELETE faults"}, 404)
        return _json(state(sandbox))
    except (ValueError, TypeError, AttributeError) as error:
        return _json({"error": str(error)}, 400)


def state(sandbox: Sandbox) -> dict[str, Any]:
    return {
        "clock": sandbox.clock.now(),
        "skew": sandbox.skew,
        "quota": sandbox.quota.per_second,
        "shape": sandbox.shape,
        "link_ttl": sandbox.link_ttl,
        "faults": sandbox.faults.active(),
    }


def _change(sandbox: Sandbox, wanted: dict[str, Any]) -> None:
    for name, value in wanted.items():
        if name == "clock":
            sandbox.clock.set(float(value))
        elif name == "move_clock":
            sandbox.clock.move(float(value))
        elif name == "skew":
            sandbox.skew = float(value)
        elif name == "quota":
            sandbox.quota.per_second = int(value)
        elif name == "link_ttl":
            sandbox.link_ttl = int(value)
        elif name == "shape":
            sandbox.shape = str(value)
        else:
            raise ValueError(f"{name!r} cannot be set: clock, move_clock, skew, quota, link_ttl, shape can")


def _json(content: Any, status: int = 200) -> Response:
    return Response(status, json.dumps(content, ensure_ascii=False).encode())
