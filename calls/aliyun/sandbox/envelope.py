"""What both APIs wrap their answers in, as JSON or XML, and how their parameters are read."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any, TypeVar
from xml.sax.saxutils import escape

from calls.aliyun.sandbox.messages import Response
from calls.aliyun.sandbox.refusals import Refusal, invalid, missing

Row = TypeVar("Row")


def request_id() -> str:
    return str(uuid.uuid4()).upper()


def text(params: Mapping[str, str], name: str) -> str:
    """A parameter that must be there."""
    value = params.get(name, "")
    if not value:
        raise missing(name)
    return value


def number(params: Mapping[str, str], name: str, default: int | None = None) -> int | None:
    """A whole number in decimal digits, `default` when it is absent or empty."""
    value = params.get(name, "")
    if not value:
        return default
    if not value.removeprefix("-").isdecimal() or len(value) > 19:
        raise invalid(name)
    return int(value)


def page(params: Mapping[str, str], default_size: int = 10) -> tuple[int, int]:
    """(PageNo, PageSize), both above zero."""
    pair = (number(params, "PageNo", 1) or 0, number(params, "PageSize", default_size) or 0)
    for name, value in zip(("PageNo", "PageSize"), pair, strict=True):
        if value < 1:
            raise invalid(name)
    return pair


def cut(rows: list[Row], page_number: int, size: int) -> list[Row]:
    return rows[(page_number - 1) * size : page_number * size]


def render(operation: str, body: dict[str, Any], wants_xml: bool, status: int = 200) -> Response:
    code = str(body.get("Code", ""))
    headers = (("x-acs-request-id", body["RequestId"]),)
    if wants_xml:
        root = "Error" if "HostId" in body else f"{operation}Response"
        document = f'<?xml version="1.0" encoding="UTF-8"?>{_xml(root, body)}'
        return Response(status, document.encode(), headers, "text/xml;charset=utf-8", code)
    return Response(status, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), headers, code=code)


def refuse(refusal: Refusal, operation: str, host: str, wants_xml: bool) -> Response:
    """Gateway errors say where they come from; the product's own (isv., isp.) do not."""
    body: dict[str, Any] = {"RequestId": request_id(), "Message": refusal.message, "Code": refusal.code}
    if not refusal.code.startswith(("isv.", "isp.")):
        body["HostId"] = host
        body["Recommend"] = f"https://error-center.aliyun.com/status/search?Keyword={refusal.code}&source=PopGw"
    if refusal.detail:
        body["AccessDeniedDetail"] = refusal.detail
    return render(operation, body, wants_xml, refusal.status)


def _xml(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return f"<{name}>{''.join(_xml(key, inner) for key, inner in value.items())}</{name}>"
    if isinstance(value, list):
        return "".join(_xml(name, inner) for inner in value)
    if isinstance(value, bool):
        value = str(value).lower()
    return f"<{name}>{'' if value is None else escape(str(value))}</{name}>"
