from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests

from calls.aliyun.sandbox import signatures
from calls.aliyun.sandbox.messages import make_request
from tests.aliyun.official import AICCS, DYVMS, EMPTY, OfficialClients
from tests.sandboxes import NOON, RunningSandbox, sandbox, tls_files

PUBLISHED = {
    "x-acs-date": "2026-01-02T03:04:05Z",
    "x-acs-signature-nonce": "0123456789abcdef0123456789abcdef",
    "x-acs-content-sha256": EMPTY,
}
AGENT_TASK, ROBOT_TASK = "1380000000000001", "1045001"


@pytest.fixture(scope="module")
def stand_in() -> Iterator[RunningSandbox]:
    with sandbox(clock=NOON, is_frozen=True) as running:
        yield running


# The vendor's signatures, as its own functions make them


@pytest.mark.parametrize(
    ("operation", "version", "host", "params", "more", "signature"),
    [
        (
            "QueryConversationDetailInfo",
            AICCS,
            "aiccs",
            {"TaskId": "1380000000000001", "BatchId": "1390000000000216", "DetailId": "9662000000000001"},
            {},
            "af669d5bf637496f677438ed15ebb29b78aba2129e1e29b4d5fa0b0908d7de3c",
        ),
        (
            "QueryAiCallTaskPage",
            AICCS,
            "aiccs",
            {"PageNo": "1", "PageSize": "20", "Status": "RUNNING", "TaskName": "回访 任务*~(1)+/"},
            {},
            "6a7e0d4715f891d01468fdf94eba193f09f28348a77f8b2b3ebb6119896d5c57",
        ),
        (
            "QueryRobotTaskCallDetail",
            DYVMS,
            "dyvmsapi",
            {"TaskId": "1045001", "Callee": "13000000000", "QueryDate": "1562297550000"},
            {"x-acs-accesskey-id": "testid", "x-acs-security-token": "teststs"},
            "6e1101d9892acc0ba45fdde08ff9e054bb471a7a17814a9ea2a43ac182e74ca8",
        ),
        (
            "QueryAiCallDetailPage",
            AICCS,
            "aiccs",
            {
                "TaskId": "1380000000000001",
                "Status": "1",
                "PageNo": "1",
                "PageSize": "50",
                "DetailIds": "[9662000000000001,9662000000000002]",
            },
            {},
            "8a2c60f32ce7b0c1f1fb9c755312b134ef16e4cd429adee2d96589e0c618aeb6",
        ),
    ],
    ids=["minimal", "encoding", "temporary key", "array"],
)
def test_published_signatures_are_computed(operation, version, host, params, more, signature):
    headers = {
        "host": f"{host}.aliyuncs.com",
        "x-acs-action": operation,
        "x-acs-version": version,
        **PUBLISHED,
        **more,
    }
    request = make_request("POST", f"/?{urlencode(params)}", headers)

    assert signatures.acs3_signature("testsecret", request, headers) == signature


def test_the_published_signature_of_a_form_body_is_computed():
    body = b"PhoneNumberList=%5B%7B%22calleeNumber%22%3A%2213000000000%22%2C%22outId%22%3A%22a+b%2A%22%7D%5D"
    headers = {
        "host": "aiccs.aliyuncs.com",
        "content-type": "application/x-www-form-urlencoded",
        "x-acs-action": "ImportTaskNumberDatas",
        "x-acs-version": AICCS,
        **PUBLISHED,
        "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
    }
    request = make_request("POST", "/?TaskId=1380000000000001&DataType=JSON", headers, body)

    signature = signatures.acs3_signature("testsecret", request, headers)

    assert signature == "1f16434c8cc2d63c317d1ff02c85cacffd5110d6627efdbc4338018fc7989baf"


@pytest.mark.parametrize(
    ("method", "more", "signature"),
    [
        ("POST", [], "52EyG67vU0W4ccuzCp6et/F/VLM="),
        ("GET", [], "KaqilQDHPUEQbv8qahF8FohkD/s="),
        ("POST", [("SecurityToken", "teststs")], "5WSMmpI0j+/XxAtokWSaoxjZK5s="),
    ],
)
def test_published_v1_signatures_are_computed(method, more, signature):
    pairs = [
        ("Action", "QueryRobotTaskCallDetail"),
        ("Format", "json"),
        ("Version", DYVMS),
        ("TaskId", "1045001"),
        ("Callee", "13000000000"),
        ("QueryDate", "1562297550000"),
        ("AccessKeyId", "testid"),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureVersion", "1.0"),
        ("SignatureNonce", "0123456789abcdef0123456789abcdef"),
        ("Timestamp", "2026-01-02T03:04:05Z"),
        ("Signature", "is not part of itself"),
        *more,
    ]

    text = signatures.v1_string_to_sign(method, pairs)

    assert signatures.v1_signature("testsecret", text) == signature


# The official clients


@pytest.mark.parametrize("algorithm", [None, "v2"], ids=["ACS3", "V1"])
@pytest.mark.parametrize("is_temporary", [False, True], ids=["lasting key", "temporary key"])
def test_the_official_clients_are_let_in_to_all_six_operations(stand_in, algorithm, is_temporary):
    clients = OfficialClients(stand_in, stand_in.sts_key if is_temporary else stand_in.key, algorithm)

    row = next(row for row in clients.calls(AGENT_TASK, 1, page_size=50).data.list if row.conversation_record)
    robot_row = clients.robot_calls(ROBOT_TASK, page_no=1, page_size=5).data[-1]
    answers = [
        clients.tasks(task_name="回访", page_size=50),
        clients.call(row.task_id, row.batch_id, row.detail_id),
        clients.robot_tasks(page_no=1, page_size=20),
        clients.robot_call(ROBOT_TASK, robot_row["called"], int(NOON * 1000) - 86_400_000 // 2),
    ]

    assert [answer.code for answer in answers] == ["OK"] * 4
    assert answers[1].data.call_id == row.call_id


def test_the_official_clients_are_let_in_over_tls(tmp_path: Path):
    files, authority = tls_files(tmp_path)
    with sandbox(tls=files, clock=NOON, is_frozen=True) as stand_in:
        clients = OfficialClients(stand_in, ca=authority)

        assert stand_in.url.startswith("https://")
        assert clients.tasks().data.total == 6
        assert clients.robot_tasks(page_no=1, page_size=20).total_count == "4"


def test_a_stranger_to_the_certificate_is_refused(tmp_path: Path):
    files, _ = tls_files(tmp_path)
    with sandbox(tls=files) as stand_in, pytest.raises(requests.exceptions.SSLError):
        requests.get(stand_in.url, timeout=5)
