from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
import requests

from calls.aliyun.sandbox import signatures
from calls.aliyun.sandbox.sandbox import EXPIRED_STS_KEY
from calls.aliyun.sandbox.signatures import AccessKey
from tests.aliyun.official import AICCS, DYVMS, ask, headers_for, v1_params
from tests.sandboxes import NOON, RunningSandbox, sandbox

AGENT_TASK, ROBOT_TASK = "1380000000000001", "1045001"


@pytest.fixture(scope="module")
def stand_in() -> Iterator[RunningSandbox]:
    with sandbox(clock=NOON, is_frozen=True) as running:
        yield running


def test_a_well_signed_request_made_by_hand_is_let_in(stand_in):
    answer = ask(stand_in, "QueryAiCallTaskPage", AICCS, {"PageSize": "3", "TaskName": "回访"})

    assert (answer.status_code, answer.json()["Code"]) == (200, "OK")
    assert answer.headers["x-acs-request-id"] == answer.json()["RequestId"]


def test_refusals_speak_like_the_gateway(stand_in):
    answer = ask(stand_in, "QueryNothing", AICCS)

    body = answer.json()
    assert answer.status_code == 404
    assert body.keys() == {"RequestId", "HostId", "Code", "Message", "Recommend"}
    assert body["HostId"] == "aiccs.aliyuncs.com"
    assert answer.headers["x-acs-request-id"] == body["RequestId"]


def _at(**shift: int) -> str:
    return (datetime.now(UTC) + timedelta(**shift)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_request_from_another_time_is_refused(stand_in, minutes):
    answer = ask(stand_in, "QueryAiCallTaskPage", AICCS, x_acs_date=_at(minutes=minutes))

    assert (answer.status_code, answer.json()["Code"]) == (400, "InvalidTimeStamp.Expired")


@pytest.mark.parametrize(
    ("other", "status", "code"),
    [
        ({"x_acs_date": "2026-13-99T99:99"}, 400, "InvalidTimeStamp.Format"),
        ({"x_acs_content_sha256": "0" * 64}, 400, "SignatureDoesNotMatch"),
        ({"x_acs_version": "1999-01-01"}, 400, "InvalidVersion"),
        ({"x_acs_action": "QueryNothing"}, 404, "InvalidApi.NotFound"),
        *[({"leave_out": name}, 400, "IncompleteSignature") for name in sorted(signatures.MUST_BE_SIGNED - {"host"})],
    ],
)
def test_a_bad_header_is_refused_even_when_it_is_signed(stand_in, other, status, code):
    answer = ask(stand_in, "QueryAiCallTaskPage", AICCS, **other)

    assert (answer.status_code, answer.json()["Code"]) == (status, code)


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("host", "aiccs.aliyuncs.com"),
        ("x-acs-action", "QueryAiCallDetailPage"),
        ("x-acs-version", DYVMS),
        ("x-acs-date", lambda _: _at(seconds=-30)),
        ("x-acs-signature-nonce", "0123456789abcdef"),
        ("Authorization", lambda signed: signed[:-1] + ("1" if signed[-1] == "0" else "0")),
    ],
    ids=["host", "action", "version", "date", "nonce", "signature"],
)
def test_a_header_changed_after_signing_is_refused(stand_in, name, changed):
    headers = headers_for(stand_in, "QueryAiCallTaskPage", AICCS, {})
    headers[name] = changed(headers[name]) if callable(changed) else changed

    answer = requests.post(stand_in.url, headers=headers, data=b"", timeout=5)

    assert (answer.status_code, answer.json()["Code"]) == (400, "SignatureDoesNotMatch")


def test_a_header_that_is_not_signed_is_refused_where_it_must_be(stand_in):
    headers = headers_for(stand_in, "QueryAiCallTaskPage", AICCS, {}, leave_out="x-acs-date")
    headers["x-acs-date"] = _at()

    answer = requests.post(stand_in.url, headers=headers, data=b"", timeout=5)

    assert (answer.status_code, answer.json()["Code"]) == (400, "IncompleteSignature")


def test_a_changed_query_is_refused(stand_in):
    headers = headers_for(stand_in, "QueryAiCallTaskPage", AICCS, {"PageSize": "3"})

    answer = requests.post(f"{stand_in.url}/?PageSize=4", headers=headers, data=b"", timeout=5)

    assert (answer.status_code, answer.json()["Code"]) == (400, "SignatureDoesNotMatch")


def test_a_changed_method_is_refused(stand_in):
    headers = headers_for(stand_in, "QueryAiCallTaskPage", AICCS, {}, method="GET")

    assert requests.get(stand_in.url, headers=headers, timeout=5).json()["Code"] == "OK"
    answer = requests.post(
        stand_in.url, headers=headers_for(stand_in, "QueryAiCallTaskPage", AICCS, {}, method="GET"), timeout=5
    )
    assert answer.json()["Code"] == "SignatureDoesNotMatch"


def test_a_body_that_was_not_hashed_is_refused(stand_in):
    headers = headers_for(stand_in, "QueryAiCallTaskPage", AICCS, {})
    headers["content-type"] = "application/x-www-form-urlencoded"

    answer = requests.post(stand_in.url, headers=headers, data=b"PageSize=1", timeout=5)

    assert (answer.status_code, answer.json()["Code"]) == (400, "SignatureDoesNotMatch")


def test_a_form_body_is_read_like_the_query(stand_in):
    body = b"TaskId=" + AGENT_TASK.encode() + b"&Status=1&PageSize=2"
    digest = hashlib.sha256(body).hexdigest()
    form = "application/x-www-form-urlencoded"
    headers = headers_for(stand_in, "QueryAiCallDetailPage", AICCS, {}, content_type=form, x_acs_content_sha256=digest)

    answer = requests.post(stand_in.url, headers=headers, data=body, timeout=5)

    assert len(answer.json()["Data"]["List"]) == 2


def test_a_request_sent_twice_is_refused_the_second_time(stand_in):
    headers = headers_for(stand_in, "QueryAiCallTaskPage", AICCS, {})

    first, second = (requests.post(stand_in.url, headers=headers, data=b"", timeout=5) for _ in range(2))

    assert first.json()["Code"] == "OK"
    assert (second.status_code, second.json()["Code"]) == (400, "SignatureNonceUsed")


def test_a_refused_request_does_not_spend_its_nonce(stand_in):
    headers = headers_for(stand_in, "QueryAiCallTaskPage", AICCS, {})
    requests.post(f"{stand_in.url}/?Tampered=1", headers=headers, data=b"", timeout=5)

    assert requests.post(stand_in.url, headers=headers, data=b"", timeout=5).json()["Code"] == "OK"


@pytest.mark.parametrize(
    ("key", "status", "code"),
    [
        (AccessKey("nobody", "secret"), 404, "InvalidAccessKeyId.NotFound"),
        (AccessKey("sandbox", "another secret"), 400, "SignatureDoesNotMatch"),
        (AccessKey("sandbox", "sandbox-secret", "a token of someone else"), 400, "InvalidSecurityToken.Malformed"),
        (AccessKey("STS.sandbox", "sandbox-sts-secret"), 400, "MissingSecurityToken"),
        (AccessKey("STS.sandbox", "sandbox-sts-secret", "wrong"), 400, "InvalidSecurityToken.Malformed"),
        (EXPIRED_STS_KEY, 400, "InvalidSecurityToken.Expired"),
    ],
    ids=lambda value: f"{value.key_id} {value.token}" if isinstance(value, AccessKey) else None,
)
def test_a_wrong_key_is_refused(stand_in, key, status, code):
    headers = headers_for(stand_in, "QueryAiCallTaskPage", AICCS, {}, key=key)

    answer = requests.post(stand_in.url, headers=headers, data=b"", timeout=5)

    assert (answer.status_code, answer.json()["Code"]) == (status, code)


def test_nobody_in_particular_is_refused(stand_in):
    answer = requests.post(stand_in.url, headers={"x-acs-action": "QueryAiCallTaskPage"}, timeout=5)

    assert (answer.status_code, answer.json()["Code"]) == (400, "MissingAccessKeyId")


@pytest.mark.parametrize(
    "words",
    [
        "ACS3-HMAC-SHA256",
        "Bearer abc",
        "ACS3-HMAC-SHA256 Credential=sandbox,SignedHeaders=host,Signature=zz",
        "ACS3-RSA-SHA256 Credential=sandbox,SignedHeaders=host,Signature=00",
    ],
)
def test_an_authorization_of_another_kind_is_refused(stand_in, words):
    headers = headers_for(stand_in, "QueryAiCallTaskPage", AICCS, {}) | {"Authorization": words}

    answer = requests.post(stand_in.url, headers=headers, data=b"", timeout=5)

    assert answer.status_code == 400
    assert answer.json()["Code"] in {"IncompleteSignature", "InvalidSignatureMethod"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Signature": "AAAA"}, "SignatureDoesNotMatch"),
        ({"PageSize": "7"}, "SignatureDoesNotMatch"),
        ({"Timestamp": "2019-07-05T03:32:30Z"}, "InvalidTimeStamp.Expired"),
        ({"SignatureMethod": "HMAC-MD5"}, "InvalidSignatureMethod"),
        ({"AccessKeyId": "nobody"}, "InvalidAccessKeyId.NotFound"),
        ({"Format": "yaml"}, "InvalidParameter.Format"),
    ],
)
def test_a_v1_request_changed_after_signing_is_refused(stand_in, change, code):
    params = v1_params(stand_in, "QueryAiCallTaskPage", AICCS, {"PageSize": "3"}) | change

    answer = requests.get(stand_in.url, params=params, timeout=5)

    assert answer.status_code in {400, 404}
    assert code in answer.text


def test_a_v1_nonce_is_good_once(stand_in):
    params = v1_params(stand_in, "QueryRobotTaskList", DYVMS, {})

    codes = [requests.get(stand_in.url, params=params, timeout=5).json()["Code"] for _ in range(2)]

    assert codes == ["OK", "SignatureNonceUsed"]


def test_v1_answers_in_xml_unless_json_is_asked_for(stand_in):
    params = v1_params(stand_in, "QueryRobotTaskCallList", DYVMS, {"TaskId": ROBOT_TASK}, Format="XML")

    answer = requests.get(stand_in.url, params=params, timeout=5)

    assert answer.headers["Content-Type"] == "text/xml;charset=utf-8"
    assert "<QueryRobotTaskCallListResponse>" in answer.text
    assert "<Code>OK</Code>" in answer.text


def test_a_v1_refusal_comes_in_the_format_asked_for(stand_in):
    params = v1_params(stand_in, "QueryRobotTaskCallList", DYVMS, {}, Format="XML")

    answer = requests.get(stand_in.url, params=params, timeout=5)

    assert answer.status_code == 400
    assert "<Error>" in answer.text
    assert "<Code>MissingTaskId</Code>" in answer.text


@pytest.mark.parametrize("version", [AICCS, DYVMS])
def test_an_operation_of_the_other_product_is_not_found(stand_in, version):
    operation = "QueryRobotTaskList" if version == AICCS else "QueryAiCallTaskPage"

    assert ask(stand_in, operation, version).json()["Code"] == "InvalidApi.NotFound"


def test_a_server_clock_that_is_off_refuses_honest_dates(stand_in):
    stand_in.sandbox.skew = 20 * 60
    try:
        answer = ask(stand_in, "QueryAiCallTaskPage", AICCS)
    finally:
        stand_in.sandbox.skew = 0

    assert answer.json()["Code"] == "InvalidTimeStamp.Expired"
    assert abs(_seconds_off(answer) - 20 * 60) < 60


def _seconds_off(answer: requests.Response) -> float:
    return (parsedate_to_datetime(answer.headers["Date"]) - datetime.now(UTC)).total_seconds()
