from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from calls.aliyun.sandbox.faults import KINDS
from calls.aliyun.sandbox.links import recording_name
from tests.aliyun.official import AICCS, DYVMS, ask, v1_params
from tests.sandboxes import NOON, Fault, RunningSandbox, sandbox

NOW = int(NOON * 1000)
AGENT_TASK, ROBOT_TASK = "1380000000000001", "1045001"
LIST = "QueryAiCallDetailPage"
LIST_PARAMS = {"TaskId": AGENT_TASK, "Status": "1", "PageSize": "3"}


@pytest.fixture
def stand_in() -> Iterator[RunningSandbox]:
    with sandbox(clock=NOON, is_frozen=True, shape="object") as running:
        yield running


def _list(stand_in: RunningSandbox) -> requests.Response:
    return ask(stand_in, LIST, AICCS, LIST_PARAMS)


def test_throttling_comes_with_and_without_its_headers(stand_in):
    stand_in.faults.switch_on(
        Fault("throttle", times=1),
        Fault("throttle", times=1, retry_after=50),
        Fault("throttle", times=1, retry_after_s=2, status=429, code="Throttling"),
    )

    bare, soon, later, fine = (_list(stand_in) for _ in range(4))

    assert (bare.status_code, bare.json()["Code"]) == (400, "Throttling.User")
    assert not {"x-acs-retry-after", "retry-after"} & {name.lower() for name in bare.headers}
    assert soon.headers["x-acs-retry-after"] == "50"
    assert (later.status_code, later.headers["Retry-After"], later.json()["Code"]) == (429, "2", "Throttling")
    assert fine.json()["Code"] == "OK"


@pytest.mark.parametrize(
    ("status", "code"), [(500, "InternalError"), (503, "ServiceUnavailable"), (504, "ServiceTimeout")]
)
def test_server_errors(stand_in, status, code):
    stand_in.faults.switch_on(Fault("server_error", status=status))

    answer = _list(stand_in)

    assert (answer.status_code, answer.json()["Code"]) == (status, code)


@pytest.mark.parametrize("code", ["isv.INVALID_PARAMETERS", "isp.RAM_PERMISSION_DENY", "isv.OUT_OF_SERVICE"])
def test_product_errors_come_with_status_200_and_without_the_gateway(stand_in, code):
    stand_in.faults.switch_on(Fault("refuse", code=code))

    answer = ask(stand_in, "QueryRobotTaskCallList", DYVMS, {"TaskId": ROBOT_TASK})

    assert answer.status_code == 200
    assert answer.json().keys() == {"Code", "Message", "RequestId"}
    assert answer.json()["Code"] == code


@pytest.mark.parametrize(
    ("operation", "version", "action"),
    [(LIST, AICCS, f"aiccs:{LIST}"), ("QueryRobotTaskCallDetail", DYVMS, "dyvms:QueryRobotTaskCallDetail")],
)
def test_a_missing_right_names_its_action(stand_in, operation, version, action):
    stand_in.faults.switch_on(Fault("refuse", code="NoPermission"))

    answer = ask(stand_in, operation, version, {"TaskId": "1"})

    assert answer.status_code == 403
    assert answer.json()["AccessDeniedDetail"]["AuthAction"] == action


def test_a_slow_answer_is_still_right(stand_in):
    stand_in.faults.switch_on(Fault("slow", seconds=0.3))
    started = time.monotonic()

    answer = _list(stand_in)

    assert answer.json()["Code"] == "OK"
    assert time.monotonic() - started >= 0.3


def test_a_hanging_socket_says_nothing(stand_in):
    stand_in.faults.switch_on(Fault("hang", times=1))
    target = f"{stand_in.url}/?Action=x&AccessKeyId=y"

    with pytest.raises(requests.ReadTimeout):
        requests.get(target, timeout=0.3)

    assert requests.get(target, timeout=5).status_code == 400


def test_a_hanging_socket_does_not_keep_the_sandbox_from_ending():
    with sandbox(faults=(Fault("hang"),)) as stand_in, pytest.raises(requests.ReadTimeout):
        requests.get(stand_in.url, timeout=0.2)
    with pytest.raises(requests.ConnectionError):
        requests.get(stand_in.url, timeout=5)


@pytest.mark.parametrize("kind", ["reset", "cut"])
def test_a_broken_connection(stand_in, kind):
    stand_in.faults.switch_on(Fault(kind, times=1))

    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        _list(stand_in)

    assert _list(stand_in).json()["Code"] == "OK"


@pytest.mark.parametrize("kind", ["drip_body", "drip_headers"])
def test_dripping_bytes_arrive_whole_but_slowly(stand_in, kind):
    whole = ask(stand_in, "QueryAiCallTaskPage", AICCS, {"TaskName": "没有"})
    stand_in.faults.switch_on(Fault(kind, seconds=0.001))
    started = time.monotonic()

    answer = ask(stand_in, "QueryAiCallTaskPage", AICCS, {"TaskName": "没有"})

    assert answer.json().keys() == whole.json().keys()
    assert time.monotonic() - started >= 0.001 * len(whole.content)


def test_a_truncated_answer_is_no_json(stand_in):
    stand_in.faults.switch_on(Fault("truncated"))

    answer = _list(stand_in)

    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    # Cut inside a character or between two: neither is JSON.
    with pytest.raises(ValueError):
        json.loads(answer.content)


@pytest.mark.parametrize("status", [200, 502])
def test_an_html_page_instead_of_an_answer(stand_in, status):
    stand_in.faults.switch_on(Fault("html", status=status))

    answer = _list(stand_in)

    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html")
    assert answer.text.startswith("<html>")


def test_an_empty_answer(stand_in):
    stand_in.faults.switch_on(Fault("empty"))

    answer = _list(stand_in)

    assert (answer.status_code, answer.content) == (200, b"")


def test_wrong_types(stand_in):
    plan = next(plan for plan in stand_in.sandbox.world.listed(AGENT_TASK, NOW) if plan.at(NOW).has_tags)
    ids = {"TaskId": AGENT_TASK, "BatchId": plan.batch_id, "DetailId": plan.detail_id}
    stand_in.faults.switch_on(Fault("wrong_types"))

    told = ask(stand_in, "QueryConversationDetailInfo", AICCS, ids).json()

    assert told["Code"] == "OK"
    assert told["Data"]["Duration"] == str(plan.attempts[-1].duration)
    assert told["Data"]["StatusCode"] == 200100
    assert told["Data"]["OutputTags"] == told["Data"]["Variables"] == "不是列表"


def test_a_call_that_the_vendor_does_not_know(stand_in):
    plan = next(plan for plan in stand_in.sandbox.world.listed(AGENT_TASK, NOW) if plan.at(NOW).has_tags)
    ids = {"TaskId": AGENT_TASK, "BatchId": plan.batch_id, "DetailId": plan.detail_id}
    stand_in.faults.switch_on(Fault("not_found"))

    told = ask(stand_in, "QueryConversationDetailInfo", AICCS, ids).json()

    assert told["Code"] == "OK"
    assert "Data" not in told


@pytest.mark.parametrize("kind", ["html", "truncated", "empty", "server_error"])
def test_broken_recordings_are_asked_for_by_name(stand_in, kind):
    stand_in.faults.switch_on(Fault(kind, operation="recording"))
    slot = next(plan.slot for plan in stand_in.sandbox.world.listed(AGENT_TASK, NOW) if plan.at(NOW).has_recording)
    detail = next(plan for plan in stand_in.sandbox.world.listed(AGENT_TASK, NOW) if plan.slot == slot)
    ids = {"TaskId": AGENT_TASK, "BatchId": detail.batch_id, "DetailId": detail.detail_id}
    link = ask(stand_in, "QueryConversationDetailInfo", AICCS, ids).json()["Data"]["RecordingFileDownloadUrl"]

    answer = requests.get(link, timeout=5)

    assert recording_name(slot) in link
    expected = {"html": (502, "text/html"), "server_error": (503, "application/json;charset=utf-8")}
    if kind in expected:
        assert (answer.status_code, answer.headers["Content-Type"]) == expected[kind]
    else:
        assert len(answer.content) < 44 + detail.attempts[-1].duration * 8000 * 2


def test_a_fault_is_narrowed_to_an_operation_a_call_and_a_number_of_times(stand_in):
    plans = stand_in.sandbox.world.listed(AGENT_TASK, NOW)[:2]
    stand_in.faults.switch_on(
        Fault("server_error", operation="QueryConversationDetailInfo", about=plans[0].detail_id, times=2)
    )

    def status(plan_number: int) -> int:
        plan = plans[plan_number]
        ids = {"TaskId": AGENT_TASK, "BatchId": plan.batch_id, "DetailId": plan.detail_id}
        return ask(stand_in, "QueryConversationDetailInfo", AICCS, ids).status_code

    assert [_list(stand_in).status_code, status(1)] == [200, 200]
    assert [status(0) for _ in range(3)] == [503, 503, 200]


def test_a_fault_by_chance_strikes_now_and_then(stand_in):
    stand_in.faults.switch_on(Fault("server_error", chance=0.5))

    statuses = [_list(stand_in).status_code for _ in range(40)]

    assert {200, 503} == set(statuses)


def test_a_fault_speaks_xml_to_those_who_asked_for_it(stand_in):
    stand_in.faults.switch_on(Fault("refuse", code="isv.OUT_OF_SERVICE"))
    params = v1_params(stand_in, "QueryRobotTaskList", DYVMS, {}, Format="XML")

    answer = requests.get(stand_in.url, params=params, timeout=5)

    assert answer.text.endswith("</QueryRobotTaskListResponse>")
    assert "<Code>isv.OUT_OF_SERVICE</Code>" in answer.text


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("hang", Fault("hang")),
        ("throttle:times=3,retry_after=50", Fault("throttle", times=3, retry_after=50)),
        ("slow:seconds=0.5,chance=0.1,operation=X,about=966", Fault("slow", "X", "966", chance=0.1, seconds=0.5)),
    ],
)
def test_faults_are_written_in_one_line(text, fault):
    assert Fault.parse(text) == fault


@pytest.mark.parametrize("text", ["", "explode", "hang:sometimes", "hang:colour=red", "slow:seconds=long"])
def test_a_fault_that_is_not_understood_is_named(text):
    with pytest.raises(ValueError):
        Fault.parse(text)


def test_every_kind_of_fault_has_words():
    assert all(Fault(kind).kind and meaning for kind, meaning in KINDS.items())


# Quota and journal


def test_no_second_holds_more_than_the_quota(stand_in):
    stand_in.sandbox.quota.per_second = 2
    started = time.monotonic()

    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(lambda _: _list(stand_in).json()["Code"], range(30)))

    most = 2 * (int(time.monotonic() - started) + 1)
    assert 2 <= codes.count("OK") <= most
    assert set(codes) == {"OK", "Throttling.User"}
    assert len([entry for entry in stand_in.journal.entries(LIST) if entry.code == "OK"]) == codes.count("OK")


def test_the_quota_is_counted_for_each_operation_apart(stand_in):
    stand_in.sandbox.quota.per_second = 1

    codes = [_list(stand_in).json()["Code"], ask(stand_in, "QueryAiCallTaskPage", AICCS).json()["Code"]]

    assert codes == ["OK", "OK"]


def test_the_journal_tells_who_asked_what_when(stand_in):
    _list(stand_in)
    ask(stand_in, "QueryAiCallTaskPage", AICCS, {"PageSize": "x"})
    requests.get(f"{stand_in.url}/recordings/nothing.wav", timeout=5)

    first, second, third = stand_in.journal.entries()

    assert (first.operation, first.key_id, first.status, first.code) == (LIST, "sandbox", 200, "OK")
    assert (first.subject, dict(first.params)) == (AGENT_TASK, LIST_PARAMS)
    assert (second.status, second.code) == (400, "InvalidPageSize")
    assert (third.operation, third.status, third.subject) == ("recording", 403, "nothing.wav")
    assert first.at < second.at < third.at
    assert [entry.number for entry in stand_in.journal.entries(after=first.number)] == [2, 3]


def test_the_journal_keeps_no_secret(stand_in):
    params = v1_params(stand_in, "QueryRobotTaskList", DYVMS, {})
    requests.get(stand_in.url, params=params, timeout=5)

    told = repr(stand_in.journal.entries()) + repr([dict(entry.params) for entry in stand_in.journal.entries()])

    assert params["Signature"] not in told
    assert params["SignatureNonce"] not in told


def test_the_busiest_second_is_a_sliding_one(stand_in):
    for _ in range(5):
        _list(stand_in)

    assert 1 <= stand_in.journal.busiest_second(LIST) <= 5
    assert stand_in.journal.busiest_second("QueryNothing") == 0
