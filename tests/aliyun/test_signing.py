from __future__ import annotations

import hashlib
from types import SimpleNamespace
from typing import Any

import pytest
from alibabacloud_tea_openapi.utils import Utils
from hypothesis import given, settings
from hypothesis import strategies as st

from calls.aliyun.signing import ALGORITHM, EMPTY_BODY, authorization, canonical_query

AICCS = {"host": "aiccs.aliyuncs.com", "version": "2019-10-15"}
DYVMS = {"host": "dyvmsapi.aliyuncs.com", "version": "2017-05-25"}
TASK_PAGE = {"PageNo": "1", "PageSize": "20", "Status": "RUNNING", "TaskName": "回访 任务*~(1)+/"}
DETAIL_IDS = "[9662000000000001,9662000000000002]"
DETAIL_PAGE = {
    "TaskId": "1380000000000001",
    "Status": "1",
    "PageNo": "1",
    "PageSize": "50",
    "DetailIds": DETAIL_IDS,
}
FORM = b"PhoneNumberList=%5B%7B%22calleeNumber%22%3A%2213000000000%22%2C%22outId%22%3A%22a+b%2A%22%7D%5D"


def headers_for(action: str, product: dict[str, str], **more: str) -> dict[str, str]:
    return {
        "host": product["host"],
        "x-acs-action": action,
        "x-acs-content-sha256": EMPTY_BODY,
        "x-acs-date": "2026-01-02T03:04:05Z",
        "x-acs-signature-nonce": "0123456789abcdef0123456789abcdef",
        "x-acs-version": product["version"],
        **{name.replace("_", "-"): value for name, value in more.items()},
    }


@pytest.mark.parametrize(
    ("headers", "params", "signature"),
    [
        pytest.param(
            headers_for("QueryConversationDetailInfo", AICCS),
            {"TaskId": "1380000000000001", "DetailId": "9662000000000001", "BatchId": "1390000000000216"},
            "af669d5bf637496f677438ed15ebb29b78aba2129e1e29b4d5fa0b0908d7de3c",
            id="A minimal",
        ),
        pytest.param(
            headers_for("QueryAiCallTaskPage", AICCS),
            TASK_PAGE,
            "6a7e0d4715f891d01468fdf94eba193f09f28348a77f8b2b3ebb6119896d5c57",
            id="B encoding",
        ),
        pytest.param(
            headers_for("QueryRobotTaskCallDetail", DYVMS, x_acs_accesskey_id="testid", x_acs_security_token="teststs"),
            {"TaskId": "1045001", "Callee": "13000000000", "QueryDate": "1562297550000"},
            "6e1101d9892acc0ba45fdde08ff9e054bb471a7a17814a9ea2a43ac182e74ca8",
            id="C temporary key",
        ),
        pytest.param(
            headers_for("QueryAiCallDetailPage", AICCS),
            DETAIL_PAGE,
            "8a2c60f32ce7b0c1f1fb9c755312b134ef16e4cd429adee2d96589e0c618aeb6",
            id="E array",
        ),
    ],
)
def test_signatures_equal_the_known_vectors(headers, params, signature):
    signed = authorization("testid", "testsecret", canonical_query(params), headers)

    names = ";".join(sorted(headers))
    assert signed == f"ACS3-HMAC-SHA256 Credential=testid,SignedHeaders={names},Signature={signature}"


def test_a_form_body_is_signed_by_its_hash():
    body_hash = hashlib.sha256(FORM).hexdigest()
    headers = headers_for("ImportTaskNumberDatas", AICCS, content_type="application/x-www-form-urlencoded")
    headers["x-acs-content-sha256"] = body_hash
    query = canonical_query({"TaskId": "1380000000000001", "DataType": "JSON"})

    signed = authorization("testid", "testsecret", query, headers, body_hash=body_hash)

    assert body_hash == "d6086fd275a9cfd483edccccf85692eaa04ddf6fe2a4337026fe51459803c5d2"
    assert signed.endswith("Signature=1f16434c8cc2d63c317d1ff02c85cacffd5110d6627efdbc4338018fc7989baf")


def test_the_vendors_own_published_example_is_reproduced():
    headers = headers_for("RunInstances", {"host": "ecs.cn-shanghai.aliyuncs.com", "version": "2014-05-26"})
    headers |= {"x-acs-date": "2023-10-26T10:22:32Z", "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d"}
    params = {"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai"}

    signed = authorization("YourAccessKeyId", "YourAccessKeySecret", canonical_query(params), headers)

    assert signed.endswith("Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0")


def test_the_canonical_query_is_sorted_and_percent_encoded():
    assert canonical_query(TASK_PAGE) == (
        "PageNo=1&PageSize=20&Status=RUNNING&TaskName=%E5%9B%9E%E8%AE%BF%20%E4%BB%BB%E5%8A%A1%2A~%281%29%2B%2F"
    )
    assert canonical_query({}) == ""
    assert canonical_query({"OutId": ""}) == "OutId="


words = st.text(st.characters(codec="utf-8"), max_size=40)
names = st.from_regex(r"[A-Z][A-Za-z]{0,20}", fullmatch=True)
header_values = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)


@settings(max_examples=200)
@given(
    params=st.dictionaries(names, words, max_size=8),
    headers=st.dictionaries(st.from_regex(r"x-acs-[a-z]{1,12}", fullmatch=True), header_values, max_size=6),
    key_id=st.from_regex(r"[A-Za-z0-9.]{1,30}", fullmatch=True),
    secret=st.from_regex(r"[A-Za-z0-9]{1,40}", fullmatch=True),
)
def test_signatures_equal_the_official_sdks_own(params: dict[str, str], headers: Any, key_id: str, secret: str):
    headers = {"host": "aiccs.aliyuncs.com", **headers}
    request = SimpleNamespace(method="POST", pathname="/", query=params, headers=headers)

    ours = authorization(key_id, secret, canonical_query(params), headers)

    assert ours == Utils.get_authorization(request, ALGORITHM, EMPTY_BODY, key_id, secret)
