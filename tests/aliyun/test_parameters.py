from __future__ import annotations

import pytest
from alibabacloud_aiccs20191015 import models as aiccs_models
from alibabacloud_aiccs20191015.client import Client as AiccsClient
from alibabacloud_dyvmsapi20170525 import models as dyvms_models
from alibabacloud_dyvmsapi20170525.client import Client as DyvmsClient
from alibabacloud_tea_openapi.models import Config

from calls.aliyun import Credentials, aiccs, robot, transport
from calls.aliyun.operation import Operation
from tests.aliyun.scripted import Says, scripted

_Aiccs = (
    aiccs_models.QueryConversationDetailInfoRequest
    | aiccs_models.QueryAiCallTaskPageRequest
    | aiccs_models.QueryAiCallDetailPageRequest
)

EVERY_PARAMETER: list[tuple[Operation, object]] = [
    (
        aiccs.QueryConversationDetailInfo(task_id="138", detail_id="966", batch_id="139"),
        aiccs_models.QueryConversationDetailInfoRequest(task_id="138", detail_id="966", batch_id="139"),
    ),
    (
        aiccs.QueryAiCallTaskPage(
            page_no=1,
            page_size=20,
            status="RUNNING",
            task_name="回访 任务*~(1)+/",
            agent_name="小 云",
            task_id="138",
            application_code="A&B=C",
            source=1,
        ),
        aiccs_models.QueryAiCallTaskPageRequest(
            page_no=1,
            page_size=20,
            status="RUNNING",
            task_name="回访 任务*~(1)+/",
            agent_name="小 云",
            task_id="138",
            application_code="A&B=C",
            source=1,
        ),
    ),
    (
        aiccs.QueryAiCallDetailPage(
            task_id="138",
            status=1,
            page_no=2,
            page_size=50,
            batch_id="139",
            called_number="138*",
            call_result="ANSWERED",
            major_intent="A",
            min_conversation_duration=1,
            max_conversation_duration=5,
            start_imported_time=1754617273000,
            end_imported_time=1754617274000,
            start_calling_time=1754617275000,
            end_calling_time=1754617276000,
            out_id="业务 1",
            detail_ids=(1, 2),
            encryption_type=2,
        ),
        aiccs_models.QueryAiCallDetailPageRequest(
            task_id="138",
            status=1,
            page_no=2,
            page_size=50,
            batch_id="139",
            called_number="138*",
            call_result="ANSWERED",
            major_intent="A",
            min_conversation_duration=1,
            max_conversation_duration=5,
            start_imported_time=1754617273000,
            end_imported_time=1754617274000,
            start_calling_time=1754617275000,
            end_calling_time=1754617276000,
            out_id="业务 1",
            detail_ids=[1, 2],
            encryption_type=2,
        ),
    ),
    (
        robot.QueryRobotTaskCallDetail(task_id="1045001", callee="13000000000", query_date=1562297550000),
        dyvms_models.QueryRobotTaskCallDetailRequest(task_id=1045001, callee="13000000000", query_date=1562297550000),
    ),
    (
        robot.QueryRobotTaskList(task_name="回访", status="EXCUTING", time="2019-06-14", page_no=1, page_size=20),
        dyvms_models.QueryRobotTaskListRequest(
            task_name="回访", status="EXCUTING", time="2019-06-14", page_no=1, page_size=20
        ),
    ),
    (
        robot.QueryRobotTaskCallList(
            task_id="1045001",
            page_no=1,
            page_size=20,
            called="130",
            call_result="200002",
            hangup_direction="1",
            dialog_count_from="1",
            dialog_count_to="9",
            duration_from="0",
            duration_to="60",
        ),
        dyvms_models.QueryRobotTaskCallListRequest(
            task_id="1045001",
            page_no=1,
            page_size=20,
            called="130",
            call_result="200002",
            hangup_direction="1",
            dialog_count_from="1",
            dialog_count_to="9",
            duration_from="0",
            duration_to="60",
        ),
    ),
]


@pytest.mark.parametrize(("ours", "theirs"), EVERY_PARAMETER, ids=lambda value: type(value).__name__)
def test_every_parameter_travels_as_the_official_sdk_sends_it(ours, theirs):
    with scripted(Says({"Code": "OK", "Data": {}})) as server:
        config = Config(access_key_id="testid", access_key_secret="testsecret", endpoint=server.host, protocol="http")
        method = "".join(f"_{c.lower()}" if c.isupper() else c for c in ours.name).strip("_")
        client = AiccsClient(config) if isinstance(theirs, _Aiccs) else DyvmsClient(config)
        getattr(client, method)(theirs)
        product = aiccs.PRODUCT if isinstance(theirs, _Aiccs) else robot.PRODUCT
        door = transport.Transport(product, server.url, Credentials("testid", "testsecret"), transport.Clock())
        door.ask(ours.name, ours.params())

    theirs_asked, ours_asked = server.asked
    assert sorted(ours_asked.query.split("&")) == sorted(theirs_asked.query.split("&"))
    assert (ours_asked.method, ours_asked.body) == (theirs_asked.method, theirs_asked.body)
    same = ("x-acs-action", "x-acs-version", "x-acs-content-sha256", "accept", "host", "content-length")
    assert [ours_asked.headers[name] for name in same] == [theirs_asked.headers[name] for name in same]
