"""The vendor's own SDK: its clients against a sandbox, and its signing function for requests made by hand."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import requests
from alibabacloud_aiccs20191015 import models as aiccs
from alibabacloud_aiccs20191015.client import Client as AiccsClient
from alibabacloud_dyvmsapi20170525 import models as dyvms
from alibabacloud_dyvmsapi20170525.client import Client as DyvmsClient
from alibabacloud_tea_openapi.models import Config
from alibabacloud_tea_openapi.utils import Utils
from darabonba.request import DaraRequest

from calls.aliyun.sandbox.signatures import AccessKey
from tests.sandboxes import RunningSandbox, SandboxProcess

AICCS, DYVMS = "2019-10-15", "2017-05-25"
EMPTY = hashlib.sha256(b"").hexdigest()


class OfficialClients:
    """Both SDK clients of one access key. `algorithm` v2 is the old query signature."""

    def __init__(
        self,
        sandbox: RunningSandbox | SandboxProcess,
        key: AccessKey | None = None,
        algorithm: str | None = None,
        ca: str | None = None,
    ) -> None:
        key = key or sandbox.key
        config = Config(
            access_key_id=key.key_id,
            access_key_secret=key.secret,
            security_token=key.token or None,
            endpoint=sandbox.address,
            protocol=sandbox.url.split(":")[0],
            signature_algorithm=algorithm,
            ca=ca,
        )
        self.aiccs = AiccsClient(config)
        self.dyvms = DyvmsClient(config)

    def tasks(self, **params: Any) -> Any:
        return self.aiccs.query_ai_call_task_page(aiccs.QueryAiCallTaskPageRequest(**params)).body

    def calls(self, task_id: str, status: int, **params: Any) -> Any:
        request = aiccs.QueryAiCallDetailPageRequest(task_id=task_id, status=status, **params)
        return self.aiccs.query_ai_call_detail_page(request).body

    def call(self, task_id: str, batch_id: str, detail_id: str) -> Any:
        request = aiccs.QueryConversationDetailInfoRequest(task_id=task_id, batch_id=batch_id, detail_id=detail_id)
        return self.aiccs.query_conversation_detail_info(request).body

    def robot_tasks(self, **params: Any) -> Any:
        return self.dyvms.query_robot_task_list(dyvms.QueryRobotTaskListRequest(**params)).body

    def robot_calls(self, task_id: str, **params: Any) -> Any:
        request = dyvms.QueryRobotTaskCallListRequest(task_id=task_id, **params)
        return self.dyvms.query_robot_task_call_list(request).body

    def robot_call(self, task_id: str, callee: str, query_date: int) -> Any:
        request = dyvms.QueryRobotTaskCallDetailRequest(task_id=int(task_id), callee=callee, query_date=query_date)
        return self.dyvms.query_robot_task_call_detail(request).body


def headers_for(
    sandbox: RunningSandbox,
    operation: str,
    version: str,
    params: dict[str, str],
    *,
    method: str = "POST",
    key: AccessKey | None = None,
    leave_out: str = "",
    **other: str,
) -> dict[str, str]:
    """ACS3 headers by the SDK's own signing function; `other` replaces headers before they are signed."""
    key = key or sandbox.key
    headers = {
        "host": sandbox.address,
        "x-acs-action": operation,
        "x-acs-version": version,
        "x-acs-date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": uuid.uuid4().hex,
        "x-acs-content-sha256": EMPTY,
    } | {name.replace("_", "-"): value for name, value in other.items()}
    if key.token:
        headers |= {"x-acs-accesskey-id": key.key_id, "x-acs-security-token": key.token}
    headers.pop(leave_out, None)
    request = DaraRequest()
    request.method, request.pathname, request.query, request.headers = method, "/", params, headers
    payload = headers.get("x-acs-content-sha256", EMPTY)
    headers["Authorization"] = Utils.get_authorization(request, "ACS3-HMAC-SHA256", payload, key.key_id, key.secret)
    return headers


def v1_params(
    sandbox: RunningSandbox, operation: str, version: str, params: dict[str, str], **other: str
) -> dict[str, str]:
    """The old signature by the SDK's own function; `other` replaces parameters before they are signed."""
    signed = {
        "Action": operation,
        "Version": version,
        "Format": "json",
        "AccessKeyId": sandbox.key.key_id,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": uuid.uuid4().hex,
        "Timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        **params,
        **other,
    }
    return signed | {"Signature": Utils.get_rpcsignature(signed, "GET", sandbox.key.secret)}


def ask(
    sandbox: RunningSandbox, operation: str, version: str, params: dict[str, str] | None = None, **other: Any
) -> requests.Response:
    """One signed request."""
    params = params or {}
    headers = headers_for(sandbox, operation, version, params, **other)
    return requests.post(f"{sandbox.url}/?{urlencode(params)}", headers=headers, data=b"", timeout=20)
