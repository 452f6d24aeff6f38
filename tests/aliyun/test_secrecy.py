"""Queries hold customers' numbers and headers hold keys: neither may leave by a log or an error."""

from __future__ import annotations

import logging
import socket
import traceback
from http.server import BaseHTTPRequestHandler

import pytest

from calls.aliyun import Account, AliyunError, Credentials, Refused, Unreachable
from calls.snapshot import CallRef
from tests.aliyun.samples import robot_call
from tests.aliyun.scripted import Says, cut, hang_up, scripted

CANARY = CallRef.robot("canary-task", "canary-callee", 1)
CANARY_KEY = Credentials("canary-id", "canary-secret", "canary-token")


def broken_headers(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nnot a header at all\r\n\r\n{}")
    handler.close_connection = True


def echo(handler: BaseHTTPRequestHandler) -> None:
    """The gateway's way to say that a signature is wrong, in the words of both of its generations."""
    request = f"POST / {handler.path} {handler.headers['x-acs-security-token']}"
    message = f"not matched with our calculation. server StringToSign is [ACS3] server CanonicalRequest is [{request}]"
    if handler.headers["x-acs-version"] == "2019-10-15":
        message = f"not matched with our calculation. server string to sign is:{request}"
    Says({"Code": "SignatureDoesNotMatch", "Message": message}, 400)(handler)


@pytest.mark.parametrize("ref", [CANARY, CallRef.aiccs("canary-task", "canary-batch", "canary-detail")])
def test_a_gateway_that_echoes_the_request_is_not_repeated(ref):
    with scripted(echo) as server, pytest.raises(Refused) as caught:
        server.account(CANARY_KEY).fetch_call(ref)

    assert caught.value.message == "not matched with our calculation."
    assert "canary" not in str(_chain(caught.value))


@pytest.mark.parametrize(
    "script",
    [
        Says(robot_call()),
        Says({"Code": "Throttling.User", "Message": "slow down"}, 400),
        Says("<html>", 502),
        cut,
        hang_up,
        broken_headers,
    ],
)
def test_neither_query_nor_headers_reach_a_log_or_an_error(script, caplog):
    caplog.set_level(logging.DEBUG)
    for name in ("urllib3", "urllib3.connectionpool", "urllib3.util.retry", "requests"):
        caplog.set_level(logging.DEBUG, logger=name)
    told = ""
    with scripted(script) as server:
        try:
            server.account(CANARY_KEY).fetch_call(CANARY)
        except AliyunError as error:
            told = "".join(traceback.format_exception(error)) + repr(error) + str(_chain(error))

    assert "canary" in server.asked[0].target
    assert "urllib3.connectionpool" in {record.name for record in caplog.records}
    assert "canary" not in caplog.text
    assert "canary" not in told


def _chain(error: BaseException | None) -> list[str]:
    told = []
    while error is not None:
        told.append(f"{error!r} {error}")
        error = error.__context__
    return told


def test_nobody_listening_tells_no_secret_either(caplog):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="urllib3")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"

    with pytest.raises(Unreachable) as caught:
        Account(CANARY_KEY, dyvmsapi_endpoint=url).fetch_call(CANARY)

    assert "canary" not in caplog.text
    assert "canary" not in str(_chain(caught.value))


def test_a_key_shows_no_secret():
    assert "canary-secret" not in repr(CANARY_KEY)
    assert "canary-token" not in repr(CANARY_KEY)
