from __future__ import annotations

import gzip
import socket
import ssl
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import trustme

from calls.aliyun import (
    Account,
    BadPayload,
    Credentials,
    Refused,
    Throttled,
    Unreachable,
    aiccs,
    transport,
)
from calls.aliyun.signing import authorization, canonical_query
from calls.snapshot import CallRef
from tests.aliyun.samples import CONVERSATION, ROBOT_CALL, conversation, robot_call
from tests.aliyun.scripted import Asked, Says, cut, hang_up, scripted

OK = Says(conversation())
NONCE_USED = Says({"Code": "SignatureNonceUsed", "Message": "used", "RequestId": "N-1"}, 400)


def expired(date: str) -> Says:
    headers = {"Date": date}
    return Says({"Code": "InvalidTimeStamp.Expired", "Message": "late", "RequestId": "E-1"}, 400, headers)


def signed_as_received(asked: Asked, secret: str = "testsecret", key_id: str = "testid") -> str:
    """The signature that a server computes from what arrived."""
    names = asked.headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    headers = {name: asked.headers[name] for name in names}
    return authorization(key_id, secret, asked.query.replace("+", "%20"), headers)


def test_the_signature_covers_what_arrives_at_the_server():
    with scripted(OK) as server:
        server.account().fetch_call(CONVERSATION)

    [asked] = server.asked
    assert asked.headers["authorization"] == signed_as_received(asked)
    assert asked.headers["host"] == server.host
    assert asked.headers["x-acs-action"] == "QueryConversationDetailInfo"
    assert asked.headers["x-acs-version"] == "2019-10-15"
    assert asked.headers["accept"] == "application/json"
    for name in ("host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce"):
        assert name in asked.headers["authorization"].split("SignedHeaders=")[1]


def test_parameters_travel_in_the_query_of_an_empty_post():
    with scripted(OK, Says(robot_call())) as server:
        account = server.account()
        account.fetch_call(CONVERSATION)
        account.fetch_call(ROBOT_CALL)

    first, second = server.asked
    assert (first.method, first.body, first.headers["content-length"]) == ("POST", b"", "0")
    assert first.target == "/?BatchId=1390000000000216&DetailId=9662000000000001&TaskId=1380000000000001"
    assert second.target == "/?Callee=13000000000&QueryDate=1562297550000&TaskId=1045001"
    assert second.headers["x-acs-version"] == "2017-05-25"


def test_temporary_keys_send_their_signed_token():
    with scripted(OK) as server:
        server.account(Credentials("stsid", "stssecret", "ststoken")).fetch_call(CONVERSATION)

    [asked] = server.asked
    assert asked.headers["x-acs-security-token"] == "ststoken"
    assert asked.headers["x-acs-accesskey-id"] == "stsid"
    assert asked.headers["authorization"] == signed_as_received(asked, "stssecret", "stsid")
    assert "x-acs-security-token" in asked.headers["authorization"]


def test_connections_are_kept_alive_one_for_each_endpoint():
    with scripted(OK) as server:
        account = server.account()
        for _ in range(5):
            account.fetch_call(CONVERSATION)

    assert len({asked.client_port for asked in server.asked}) == 1


def test_a_closed_account_can_still_be_used():
    with scripted(OK) as server:
        account = server.account()
        account.fetch_call(CONVERSATION)
        account.close()
        account.fetch_call(CONVERSATION)

    assert len({asked.client_port for asked in server.asked}) == 2


def test_threads_share_one_account():
    with scripted(OK) as server:
        account = server.account()
        answers: list[str] = []

        def fetch() -> None:
            answers.extend(account.fetch_call(CONVERSATION).snapshot.call_id for _ in range(10))

        threads = [threading.Thread(target=fetch) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

    assert answers == ["1231231231213^11231231231"] * 40
    assert len({asked.headers["x-acs-signature-nonce"] for asked in server.asked}) == 40
    assert len({asked.client_port for asked in server.asked}) <= 4


FORKING = """
import os, sys
from calls.aliyun import Account, Credentials
from calls.snapshot import CallRef
account = Account(Credentials("id", "secret"), aiccs_endpoint=sys.argv[1])
ask = lambda: account.fetch_call(CallRef.aiccs("138", "139", "966"))
ask()
child = os.fork()
ask() if child == 0 else os.waitpid(child, 0)
ask()
"""


def test_a_forked_process_opens_connections_of_its_own():
    with scripted(OK) as server:
        subprocess.run([sys.executable, "-c", FORKING, server.url], check=True, cwd=Path(__file__).parents[2])

    first, *child, last = [asked.client_port for asked in server.asked]
    assert first == last
    assert len(child) == 2
    assert set(child) == {child[0]} != {first}


def test_a_used_nonce_is_signed_again_once_and_freshly():
    with scripted(NONCE_USED, OK) as server:
        answer = server.account().fetch_call(CONVERSATION)

    first, second = server.asked
    assert answer.snapshot.intent == "D"
    assert first.headers["x-acs-signature-nonce"] != second.headers["x-acs-signature-nonce"]
    assert second.headers["authorization"] == signed_as_received(second)


def test_a_nonce_used_twice_is_left_to_a_later_attempt():
    with scripted(NONCE_USED) as server, pytest.raises(Unreachable) as caught:
        server.account().fetch_call(CONVERSATION)

    assert len(server.asked) == 2
    assert (caught.value.code, caught.value.request_id) == ("SignatureNonceUsed", "N-1")


def test_a_wrong_clock_is_set_by_the_servers_date_and_remembered():
    ahead = datetime.now(UTC) + timedelta(hours=2)
    with scripted(expired(format_datetime(ahead, usegmt=True)), OK) as server:
        account = server.account()
        account.fetch_call(CONVERSATION)
        account.fetch_call(CONVERSATION)

    stamps = [datetime.fromisoformat(asked.headers["x-acs-date"]) for asked in server.asked]
    assert len(stamps) == 3
    assert abs(stamps[0] - ahead) > timedelta(hours=1)
    assert abs(stamps[1] - ahead) < timedelta(minutes=1)
    assert abs(stamps[2] - ahead) < timedelta(minutes=1)


@pytest.mark.parametrize("date", ["", "yesterday", "Fri, 32 Foo 2026 99:99:99 GMT"])
def test_a_clock_that_stays_wrong_stops_the_account(date):
    with scripted(expired(date)) as server, pytest.raises(Refused) as caught:
        server.account().fetch_call(CONVERSATION)

    assert len(server.asked) == 2
    assert caught.value.is_account_wide
    assert caught.value.code == "InvalidTimeStamp.Expired"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(status):
    with scripted(OK) as elsewhere:
        redirect = Says(conversation(), status, {"Location": elsewhere.url})
        with scripted(redirect) as server, pytest.raises(Unreachable):
            server.account().fetch_call(CONVERSATION)

    assert (len(server.asked), len(elsewhere.asked)) == (1, 0)


def test_proxies_of_the_environment_are_not_used(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with scripted(OK) as server:
        assert server.account().fetch_call(CONVERSATION).snapshot.intent == "D"


def test_a_compressed_answer_is_read():
    with scripted(Says(gzip.compress(OK.body and b'{"Code":"OK","Data":{"CallId":"1"}}'), headers=GZIP)) as server:
        assert server.account().fetch_call(CONVERSATION).snapshot.call_id == "1"


GZIP = {"Content-Encoding": "gzip"}


def test_a_body_past_32_mb_is_given_up_even_when_it_travels_small():
    bomb = gzip.compress(b" " * (transport.LARGEST_BODY + 1))
    with scripted(Says(bomb, headers=GZIP)) as server, pytest.raises(BadPayload, match="larger than 32 MB"):
        server.account().fetch_call(CONVERSATION)


def drip(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    for _ in range(100000):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.05)


def test_a_dripping_answer_ends_at_the_total_deadline(monkeypatch):
    monkeypatch.setattr(transport, "TOTAL_SECONDS", 1)
    with scripted(drip) as server, pytest.raises(Unreachable, match="not complete after 1 s"):
        server.account().fetch_call(CONVERSATION)


def test_the_total_deadline_is_30_s():
    assert (transport.CONNECT_SECONDS, transport.READ_SECONDS, transport.TOTAL_SECONDS) == (5, 10, 30)


def silence(handler: BaseHTTPRequestHandler) -> None:
    handler.rfile.read(1)


def test_a_silent_server_is_left_at_the_read_timeout(monkeypatch):
    monkeypatch.setattr(transport, "TIMEOUT", transport.TIMEOUT.from_float(0.3))
    with scripted(silence) as server, pytest.raises(Unreachable, match="no answer within"):
        server.account().fetch_call(CONVERSATION)


@pytest.mark.parametrize("script", [cut, hang_up])
def test_a_broken_connection_is_unreachable_and_the_next_request_works(script):
    with scripted(script, OK) as server:
        account = server.account()
        with pytest.raises(Unreachable, match="the connection failed"):
            account.fetch_call(CONVERSATION)

        assert account.fetch_call(CONVERSATION).snapshot.intent == "D"


def test_nobody_listening_is_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    account = Account(Credentials("id", "secret"), aiccs_endpoint=f"http://127.0.0.1:{port}")

    with pytest.raises(Unreachable) as caught:
        account.fetch_call(CONVERSATION)

    assert str(caught.value) == "QueryConversationDetailInfo · the connection failed: Connection refused"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def test_a_certificate_nobody_vouches_for_stops_the_account(tls):
    with scripted(OK, context=tls) as server, pytest.raises(Refused) as caught:
        server.account().fetch_call(CONVERSATION)

    assert caught.value.is_account_wide
    assert "certificate" in caught.value.message
    assert server.asked == []


def test_a_certificate_bundle_is_trusted(tls, authority, tmp_path):
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(bundle)
    with scripted(OK, context=tls) as server:
        account = server.account(verify=str(bundle))
        account.fetch_call(CONVERSATION)

        assert account.fetch_call(CONVERSATION).snapshot.intent == "D"

    assert len({asked.client_port for asked in server.asked}) == 1


@pytest.mark.parametrize("endpoint", ["aiccs.aliyuncs.com", "ftp://a.b", "https://", "https://a/b", "https://u:p@a"])
def test_an_endpoint_that_is_no_address_is_refused_at_once(endpoint):
    with pytest.raises(ValueError, match="An endpoint looks like"):
        Account(Credentials("id", "secret"), aiccs_endpoint=endpoint)


def test_a_missing_certificate_bundle_is_refused_at_once(tmp_path):
    with pytest.raises(ValueError, match="does not exist"):
        Account(Credentials("id", "secret"), verify=str(tmp_path / "none.pem"))


@pytest.mark.parametrize(
    ("endpoint", "host"),
    [
        ("https://aiccs.aliyuncs.com", "aiccs.aliyuncs.com"),
        ("https://aiccs.aliyuncs.com:443/", "aiccs.aliyuncs.com"),
        ("https://aiccs.aliyuncs.com:8443", "aiccs.aliyuncs.com:8443"),
        ("http://[::1]:8099", "[::1]:8099"),
        ("http://sandbox:80", "sandbox"),
    ],
)
def test_the_signed_host_carries_only_an_unusual_port(endpoint, host):
    door = transport.Transport(aiccs.PRODUCT, endpoint, Credentials("id", "secret"), transport.Clock())

    request = door.signed("QueryAiCallTaskPage", canonical_query({}))

    assert request.headers["host"] == host


def test_half_a_character_in_an_id_is_refused():
    ref = CallRef.aiccs("138\ud800", "139", "966")
    with scripted(OK) as server, pytest.raises(Refused, match="half a character"):
        server.account().fetch_call(ref)


def test_a_robot_call_without_a_date_is_refused():
    with scripted(OK) as server, pytest.raises(Refused, match="asked for with its date"):
        server.account().fetch_call(CallRef(ROBOT_CALL.source, "1045001", callee="130"))

    assert server.asked == []


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-acs-retry-after": "1500"}, 1.5),
        ({"Retry-After": "7"}, 7.0),
        ({"x-acs-retry-after": "250", "Retry-After": "7"}, 0.25),
        ({"x-acs-retry-after": "soon", "Retry-After": "7"}, 7.0),
        ({"x-acs-retry-after": "0"}, None),
        ({"x-acs-retry-after": "-5"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "9" * 400}, 86400.0),
        ({"Retry-After": "Fri, 01 Jan 2010 00:00:00 GMT"}, 0.0),
        ({}, None),
    ],
)
def test_both_retry_headers_are_understood_in_their_own_units(headers, seconds):
    throttled = Says({"Code": "Throttling.User", "Message": "denied", "RequestId": "T-1"}, 400, headers)
    with scripted(throttled) as server, pytest.raises(Throttled) as caught:
        server.account().fetch_call(CONVERSATION)

    assert caught.value.retry_after == seconds
    assert len(server.asked) == 1
