"""Both APIs and the recording host as one function from a request to an answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from calls.aliyun.sandbox import answers_aiccs, answers_robot, control, envelope, recordings
from calls.aliyun.sandbox.clock import Clock
from calls.aliyun.sandbox.faults import RECORDING, Fault, Switchboard, spoil
from calls.aliyun.sandbox.journal import Journal, Quota
from calls.aliyun.sandbox.links import Links
from calls.aliyun.sandbox.messages import Request, Response
from calls.aliyun.sandbox.refusals import Refusal, no_permission
from calls.aliyun.sandbox.signatures import AccessKey, Caller, Gate
from calls.aliyun.sandbox.world import World

KEY = AccessKey("sandbox", "sandbox-secret")
STS_KEY = AccessKey("STS.sandbox", "sandbox-sts-secret", "sandbox-token")
EXPIRED_STS_KEY = AccessKey("STS.expired", "sandbox-sts-secret", "expired-token", is_expired=True)
KEYS = (KEY, STS_KEY, EXPIRED_STS_KEY)
HOUR = 3600
LINK_TTL = 7 * 24 * HOUR

Operation = Callable[[World, Links, Mapping[str, str], int, str], dict[str, Any]]


def _agent(answer: Callable[[World, Links, Mapping[str, str], int], dict[str, Any]]) -> Operation:
    return lambda world, links, params, now, shape: answer(world, links, params, now)


OPERATIONS: dict[str, dict[str, Operation]] = {
    answers_aiccs.VERSION: {
        "QueryConversationDetailInfo": _agent(answers_aiccs.conversation_detail),
        "QueryAiCallDetailPage": _agent(answers_aiccs.call_page),
        "QueryAiCallTaskPage": _agent(answers_aiccs.task_page),
    },
    answers_robot.VERSION: {
        "QueryRobotTaskCallDetail": answers_robot.call_detail,
        "QueryRobotTaskList": answers_robot.task_list,
        "QueryRobotTaskCallList": answers_robot.call_list,
    },
}
_HOSTS = {answers_aiccs.VERSION: "aiccs.aliyuncs.com", answers_robot.VERSION: "dyvmsapi.aliyuncs.com"}


@dataclass(slots=True)
class Options:
    """How a sandbox is started. `opened_at` (epoch seconds): calls since then are all listed; default: this hour.

    `clock` (epoch seconds) sets the world's time, which then runs on unless `is_frozen`.
    """

    seed: int = 1
    clock: float | None = None
    is_frozen: bool = False
    opened_at: float | None = None
    every: int = 30
    link_ttl: int = LINK_TTL
    quota: int = 0
    shape: str = "alternate"
    faults: tuple[Fault, ...] = ()
    keys: tuple[AccessKey, ...] = KEYS
    has_control: bool = False


class Sandbox:
    """Thread-safe. `skew` is how many seconds the server's own clock is off."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options = options or Options()
        self.clock = Clock(options.clock, is_frozen=options.is_frozen)
        self._server_clock = Clock()
        opened_at = options.opened_at
        self.world = World(
            options.seed, math.floor(self.clock.now() / HOUR) * HOUR if opened_at is None else opened_at, options.every
        )
        self.faults = Switchboard(options.faults, options.seed)
        self.journal = Journal()
        self.quota = Quota(options.quota)
        self.shape = options.shape
        self.link_ttl = options.link_ttl
        self.scheme = "http"
        self._gate = Gate(options.keys, self.server_now)

    @property
    def skew(self) -> float:
        return self._server_clock.offset

    @skew.setter
    def skew(self, seconds: float) -> None:
        self._server_clock.offset = seconds

    def server_now(self) -> float:
        return self._server_clock.now()

    def now(self) -> int:
        """The world's time in epoch milliseconds."""
        return int(self.clock.now() * 1000)

    def answer(self, request: Request) -> Response:
        if request.path.startswith(recordings.PREFIX):
            return self._answer_recording(request)
        if request.path.startswith(control.PREFIX) and self.options.has_control:
            return control.answer(self, request)
        if request.path != "/":
            return envelope.refuse(Refusal("InvalidApi.NotFound"), "", _host(request), wants_xml=False)
        return self._answer_api(request)

    def _answer_recording(self, request: Request) -> Response:
        fault = self.faults.strike(RECORDING, request.target)
        is_expired = fault is not None and fault.kind == "expired_link"
        response = recordings.answer(self.world, request, self.now(), self.server_now(), has_expired=is_expired)
        if fault:
            response = spoil(fault, _broken(fault) or response)
        said = dict(request.params) | {"name": request.path.removeprefix(recordings.PREFIX)}
        self.journal.note(RECORDING, "", response.status, response.code, said)
        return response

    def _answer_api(self, request: Request) -> Response:
        caller, operation, wants_xml = None, _claimed(request), False
        fault = self.faults.strike(operation, request.target)
        try:
            caller = self._gate.admit(request)
            operation, wants_xml = caller.operation, caller.wants_xml
            response = self._perform(caller, request, fault)
        except Refusal as refusal:
            version = caller.version if caller else request.headers.get("x-acs-version", "")
            wants_xml = wants_xml or _wants_xml(request)
            response = envelope.refuse(refusal, operation, _HOSTS.get(version, _host(request)), wants_xml)
        if fault:
            response = spoil(fault, response)
        self.journal.note(operation, caller.key_id if caller else "", response.status, response.code, request.params)
        return response

    def _perform(self, caller: Caller, request: Request, fault: Fault | None) -> Response:
        if request.method not in {"GET", "POST"}:
            raise Refusal("UnsupportedHTTPMethod")
        if caller.version not in OPERATIONS:
            raise Refusal("InvalidVersion")
        perform = OPERATIONS[caller.version].get(caller.operation)
        if perform is None:
            raise Refusal("InvalidApi.NotFound")
        if not self.quota.allows(caller.key_id, caller.operation):
            raise Refusal("Throttling.User")
        if fault and (broken := _broken(fault, caller)):
            return broken
        links = Links(f"{self.scheme}://{_host(request)}", self.link_ttl, self.server_now)
        body = perform(self.world, links, caller.params, self.now(), self.shape)
        if fault and fault.kind == "not_found":
            body.pop("Data", None)
        return envelope.render(caller.operation, body, caller.wants_xml)


def _broken(fault: Fault, caller: Caller | None = None) -> Response | None:
    """Refusals by switch: raised, so that they look like the gateway's own; None when the fault is of another kind."""
    if fault.kind == "throttle":
        return _refuse_for_now(fault, fault.code or "Throttling.User", fault.status or 0)
    if fault.kind == "server_error":
        status = fault.status or 503
        code = fault.code or {500: "InternalError", 504: "ServiceTimeout"}.get(status, "ServiceUnavailable")
        return _refuse_for_now(fault, code, status)
    if fault.kind == "refuse":
        raise _named(fault, caller)
    return None


def _refuse_for_now(fault: Fault, code: str, status: int) -> Response:
    response = envelope.refuse(Refusal(code, status=status), "", "", False)
    return replace(response, headers=(*response.headers, *_retry_headers(fault)))


def _named(fault: Fault, caller: Caller | None) -> Refusal:
    if fault.code in {"NoPermission", "Forbidden.RAM", "isp.RAM_PERMISSION_DENY"} and caller:
        product = "aiccs" if caller.version == answers_aiccs.VERSION else "dyvms"
        permission = no_permission(f"{product}:{caller.operation}")
        detail = None if fault.code.startswith("isp.") else permission.detail
        return Refusal(fault.code, status=fault.status or 0, detail=detail)
    return Refusal(fault.code or "InternalError", status=fault.status or 0)


def _retry_headers(fault: Fault) -> tuple[tuple[str, str], ...]:
    headers: tuple[tuple[str, str], ...] = ()
    if fault.retry_after is not None:
        headers = (*headers, ("x-acs-retry-after", str(fault.retry_after)))
    if fault.retry_after_s is not None:
        headers = (*headers, ("Retry-After", str(fault.retry_after_s)))
    return headers


def _claimed(request: Request) -> str:
    return request.headers.get("x-acs-action") or request.params.get("Action", "")


def _wants_xml(request: Request) -> bool:
    is_v1 = "authorization" not in request.headers and "AccessKeyId" in request.params
    return is_v1 and request.params.get("Format", "XML").upper() == "XML"


def _host(request: Request) -> str:
    return request.headers.get("host", "localhost")
