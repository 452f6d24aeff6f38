"""Everything that goes wrong with a vendor, by switch: `throttle:times=3,retry_after=50`, `hang:chance=0.1`."""

from __future__ import annotations

import json
import random
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from calls.aliyun.sandbox.messages import Response

# kind -> what it does, in the words of `--help`
KINDS: dict[str, str] = {
    "throttle": "refuse with Throttling.User; retry_after in ms and retry_after_s in s send the headers",
    "refuse": "refuse with the gateway or product error that code names",
    "server_error": "answer with status (503); the same headers",
    "slow": "wait for seconds before the answer",
    "hang": "say nothing for seconds (3600), then close",
    "reset": "close the connection without an answer",
    "drip_body": "send the body a byte at a time, seconds (1) apart",
    "drip_headers": "send the head a byte at a time, seconds (1) apart",
    "cut": "close the connection in the middle of the body",
    "truncated": "send half of the body as if it were the whole",
    "html": "answer with an HTML error page and status (502)",
    "empty": "answer 200 with an empty body",
    "wrong_types": "swap numbers and text, make lists text",
    "not_found": "OK, but nothing is known about the call",
    "expired_link": "treat a recording link as expired",
}
RECORDING = "recording"


@dataclass(frozen=True, slots=True)
class Fault:
    """One switch. `operation` and `about` (a text in the request's target) narrow it, `times` and `chance` limit it."""

    kind: str
    operation: str = ""
    about: str = ""
    times: int | None = None
    chance: float = 1.0
    seconds: float | None = None
    status: int | None = None
    code: str = ""
    retry_after: int | None = None
    retry_after_s: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is no fault: choose one of {', '.join(KINDS)}")

    @classmethod
    def parse(cls, text: str) -> Fault:
        """`kind` or `kind:name=value,name=value`; ValueError says what is wrong."""
        kind, _, rest = text.partition(":")
        values: dict[str, Any] = {}
        for part in filter(None, rest.split(",")):
            name, equals, value = part.partition("=")
            if not equals or name not in _READERS:
                raise ValueError(f"{part!r} is not understood: write name=value with one of {', '.join(_READERS)}")
            values[name] = _READERS[name](value)
        return cls(kind, **values)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Fault:
        known = {field.name for field in fields(cls)}
        if unknown := values.keys() - known:
            raise ValueError(f"{', '.join(sorted(unknown))} is not understood")
        return cls(**values)


_READERS: dict[str, Any] = {
    "operation": str,
    "about": str,
    "times": int,
    "chance": float,
    "seconds": float,
    "status": int,
    "code": str,
    "retry_after": int,
    "retry_after_s": int,
}


class Switchboard:
    """The faults that are on. The first that fits a request is the one that strikes."""

    def __init__(self, faults: tuple[Fault, ...] = (), seed: int = 1) -> None:
        self._faults = list(faults)
        self._dice = random.Random(f"faults {seed}")
        self._lock = threading.Lock()

    def switch_on(self, *faults: Fault) -> None:
        with self._lock:
            self._faults.extend(faults)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def active(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def strike(self, operation: str, target: str) -> Fault | None:
        if not self._faults:
            return None
        with self._lock:
            for index, fault in enumerate(self._faults):
                if not self._fits(fault, operation, target):
                    continue
                if fault.times is not None:
                    self._faults[index] = replace(fault, times=fault.times - 1)
                return fault
        return None

    def _fits(self, fault: Fault, operation: str, target: str) -> bool:
        # A fault without an operation means the APIs; recordings are broken only by name.
        meant = fault.operation or (RECORDING if fault.kind == "expired_link" else "")
        if operation != meant and (meant or operation == RECORDING):
            return False
        if fault.times == 0 or fault.about not in target:
            return False
        return fault.chance >= 1.0 or self._dice.random() < fault.chance


def spoil(fault: Fault, response: Response) -> Response:
    """The response as the fault leaves it; faults that refuse are not its business."""
    if fault.kind in {"slow", "hang", "reset", "drip_body", "drip_headers", "cut"}:
        seconds = {"hang": 3600.0, "slow": 1.0}.get(fault.kind, 1.0) if fault.seconds is None else fault.seconds
        return replace(response, delivery=fault.kind, seconds=seconds)
    if fault.kind == "truncated":
        return replace(response, body=response.body[: len(response.body) // 2])
    if fault.kind == "empty":
        return replace(response, body=b"")
    if fault.kind == "html":
        return _html(fault.status or 502)
    if fault.kind == "wrong_types" and response.content_type.startswith("application/json"):
        return replace(response, body=json.dumps(_swapped(json.loads(response.body)), ensure_ascii=False).encode())
    return response


def _html(status: int) -> Response:
    page = (
        f"<html>\r\n<head><title>{status}</title></head>\r\n<body><center><h1>{status}</h1></center></body>\r\n</html>"
    )
    return Response(status, page.encode(), content_type="text/html", code="html")


def _swapped(body: dict[str, Any]) -> dict[str, Any]:
    """The payload with numbers as text, numeric text as numbers and lists as text; the envelope keeps its words."""
    payload = body.get("Data")
    if isinstance(payload, str):
        # Malformed on purpose: nothing in it to swap.
        with suppress(ValueError):
            payload = json.loads(payload)
    if isinstance(payload, list):
        return body | {"Data": [_with_swapped_types(row) for row in payload]}
    return body | {"Data": _with_swapped_types(payload)}


def _with_swapped_types(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_swapped_types(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return "不是列表"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    return int(value) if isinstance(value, str) and value.isdecimal() else value
