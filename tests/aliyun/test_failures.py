from __future__ import annotations

from typing import Any

import pytest

from calls.aliyun import AliyunError, BadPayload, NotReady, Refused, Throttled, Unreachable
from calls.vocabulary import Source
from tests.aliyun.samples import CONVERSATION, ROBOT_CALL, conversation, robot_call
from tests.aliyun.scripted import Says, scripted

REQUEST = "F2051E18-FF3F-5C08-8D24-6F150D2AF757"
ACCOUNT_WIDE = {"is_account_wide": True, "missing_permission": ""}
THIS_CALL = {"is_account_wide": False, "missing_permission": ""}
DENIED = {"is_account_wide": True, "missing_permission": "aiccs:QueryConversationDetailInfo"}


def gateway(code: str, message: str = "no") -> dict[str, Any]:
    return {
        "RequestId": REQUEST,
        "HostId": "aiccs.aliyuncs.com",
        "Code": code,
        "Message": message,
        "Recommend": "https://error-center.aliyun.com",
    }


def failure(says: Says, ref: Any = CONVERSATION) -> AliyunError:
    with scripted(says) as server, pytest.raises(AliyunError) as caught:
        server.account().fetch_call(ref)
    return caught.value


@pytest.mark.parametrize(
    ("status", "code", "kind", "traits"),
    [
        (400, "Throttling.User", Throttled, {}),
        (400, "Throttling.Api", Throttled, {}),
        (400, "Throttling", Throttled, {}),
        (429, "Anything", Throttled, {}),
        (200, "isv.BUSINESS_LIMIT_CONTROL", Throttled, {}),
        (503, "ServiceUnavailable", Unreachable, {}),
        (500, "InternalError", Unreachable, {}),
        (504, "ServiceTimeout", Unreachable, {}),
        (500, "SystemError", Unreachable, {}),
        (200, "isp.SYSTEM_ERROR", Unreachable, {}),
        (502, "SomethingNew", Unreachable, {}),
        (400, "SignatureNonceUsed", Unreachable, {}),
        (400, "InvalidTimeStamp.Expired", Refused, ACCOUNT_WIDE),
        (400, "InvalidTimeStamp.Format", Refused, ACCOUNT_WIDE),
        (400, "IllegalTimestamp", Refused, ACCOUNT_WIDE),
        (400, "SignatureDoesNotMatch", Refused, ACCOUNT_WIDE),
        (403, "SignatureDoesNotMatch", Refused, ACCOUNT_WIDE),
        (400, "IncompleteSignature", Refused, ACCOUNT_WIDE),
        (400, "InvalidSignatureMethod", Refused, ACCOUNT_WIDE),
        (404, "InvalidAccessKeyId.NotFound", Refused, ACCOUNT_WIDE),
        (400, "InvalidAccessKeyId.Inactive", Refused, ACCOUNT_WIDE),
        (400, "InvalidSecurityToken.Expired", Refused, ACCOUNT_WIDE),
        (400, "InvalidSecurityToken.Malformed", Refused, ACCOUNT_WIDE),
        (400, "MissingSecurityToken", Refused, ACCOUNT_WIDE),
        (400, "MissingAccessKeyId", Refused, ACCOUNT_WIDE),
        (400, "MissingSignature", Refused, ACCOUNT_WIDE),
        (403, "Forbidden.RiskControl", Refused, ACCOUNT_WIDE),
        (403, "Forbidden.UserVerification", Refused, ACCOUNT_WIDE),
        (404, "InvalidProduct.NotFound", Refused, ACCOUNT_WIDE),
        (404, "InvalidProtocol.NeedSsl", Refused, ACCOUNT_WIDE),
        (500, "NoTenantFound", Refused, ACCOUNT_WIDE),
        (200, "isv.OUT_OF_SERVICE", Refused, ACCOUNT_WIDE),
        (200, "isv.PRODUCT_UN_SUBSCRIPT", Refused, ACCOUNT_WIDE),
        (200, "isv.PRODUCT_UNSUBSCRIBE", Refused, ACCOUNT_WIDE),
        (200, "isv.ACCOUNT_NOT_EXISTS", Refused, ACCOUNT_WIDE),
        (200, "isv.ACCOUNT_ABNORMAL", Refused, ACCOUNT_WIDE),
        (403, "NoPermission", Refused, DENIED),
        (403, "Forbidden", Refused, DENIED),
        (403, "Forbidden.RAM", Refused, DENIED),
        (400, "PermissionInsufficient", Refused, DENIED),
        (200, "isp.RAM_PERMISSION_DENY", Refused, DENIED),
        (400, "MissingTaskId", Refused, THIS_CALL),
        (400, "MissingParameter", Refused, THIS_CALL),
        (400, "InvalidTaskId", Refused, THIS_CALL),
        (400, "InvalidParameter", Refused, THIS_CALL),
        (400, "InvalidParameter.Format", Refused, THIS_CALL),
        (404, "InvalidApi.NotFound", Refused, THIS_CALL),
        (400, "InvalidVersion", Refused, THIS_CALL),
        (400, "NoSuchVersion", Refused, THIS_CALL),
        (403, "UnsupportedHTTPMethod", Refused, THIS_CALL),
        (400, "ParameterError", Refused, THIS_CALL),
        (200, "isv.INVALID_PARAMETERS", Refused, THIS_CALL),
        (200, "isv.MOBILE_NUMBER_ILLEGAL", Refused, THIS_CALL),
        (200, "TaskNotFound", Refused, THIS_CALL),
    ],
)
def test_every_documented_code_has_its_outcome(status, code, kind, traits):
    error = failure(Says(gateway(code, "Request was denied."), status))

    assert type(error) is kind
    assert (error.code, error.message, error.request_id) == (code, "Request was denied.", REQUEST)
    assert error.operation == "QueryConversationDetailInfo"
    assert {name: getattr(error, name) for name in traits} == traits


def test_an_error_reads_as_one_line():
    error = failure(Says(gateway("NoPermission", "not authorized"), 403))

    assert str(error) == f"QueryConversationDetailInfo · NoPermission · not authorized · request {REQUEST}"


def test_both_capitalisations_are_read():
    error = failure(Says({"code": "Throttling", "message": "slow", "requestId": "R-1"}, 400))

    assert type(error) is Throttled
    assert (error.code, error.message, error.request_id) == ("Throttling", "slow", "R-1")


def test_the_request_id_may_come_in_a_header():
    error = failure(Says("<html>bad gateway</html>", 502, {"x-acs-request-id": "H-1"}))

    assert (type(error), error.request_id) == (Unreachable, "H-1")


def test_the_missing_permission_is_the_one_that_the_vendor_names():
    body = gateway("NoPermission") | {"AccessDeniedDetail": {"AuthAction": "aiccs:SomethingElse"}}

    error = failure(Says(body, 403))

    assert isinstance(error, Refused)
    assert error.missing_permission == "aiccs:SomethingElse"


def test_robot_permissions_have_a_prefix_of_their_own():
    error = failure(Says({"Code": "isp.RAM_PERMISSION_DENY", "Message": "没有访问权限", "RequestId": "R"}), ROBOT_CALL)

    assert isinstance(error, Refused)
    assert error.missing_permission == "dyvms:QueryRobotTaskCallDetail"


@pytest.mark.parametrize(
    ("message", "shortest", "longest"),
    [
        ("触发分钟级流控Permits:10", 60, 60),
        ("触发小时级流控Permits:10", 3600, 3600),
        ("触发天级流控Permits:10", 1, 86400),
    ],
)
def test_a_business_limit_says_when_it_opens_again(message, shortest, longest):
    error = failure(Says({"Code": "isv.BUSINESS_LIMIT_CONTROL", "Message": message, "RequestId": "R"}))

    assert isinstance(error, Throttled)
    assert error.retry_after is not None
    assert shortest <= error.retry_after <= longest


def test_code_decides_over_success():
    with scripted(Says(conversation() | {"Success": False})) as server:
        assert server.account().fetch_call(CONVERSATION).snapshot.intent == "D"

    assert type(failure(Says(conversation() | {"Success": True, "Code": "isv.ODD"}))) is Refused


@pytest.mark.parametrize("data", [None, "", {}, [], "null", "{}", "[]", {"CallId": None, "Variables": []}, [{}]])
@pytest.mark.parametrize("ref", [CONVERSATION, ROBOT_CALL], ids=["aiccs", "robot"])
def test_an_answer_without_content_is_not_ready(data, ref):
    error = failure(Says({"Code": "OK", "RequestId": REQUEST, "Data": data}), ref)

    assert type(error) is NotReady
    assert error.request_id == REQUEST


def test_an_answer_without_data_is_not_ready():
    assert type(failure(Says({"Code": "OK", "Message": "OK", "RequestId": REQUEST}))) is NotReady


@pytest.mark.parametrize(
    ("says", "kind"),
    [
        (Says("<html><body>Bad gateway</body></html>", 502), Unreachable),
        (Says("<!DOCTYPE html><html></html>", 200), Unreachable),
        (Says("<html><body>log in</body></html>", 200), Unreachable),
        (Says("<html></html>", 404), Unreachable),
        (Says("", 200), Unreachable),
        (Says("", 503), Unreachable),
        (Says("slow down", 429), Throttled),
        (Says('{"Code":"OK","Data":{"CallId":"1"', 200), BadPayload),
        (Says("[1, 2]", 200), BadPayload),
        (Says('"OK"', 200), BadPayload),
        (Says("not json", 200), BadPayload),
        (Says(b"\xff\xfe{}", 200), BadPayload),
        (Says({"Data": {"CallId": "1"}}, 200), BadPayload),
        (Says({"Code": "OK", "Data": 7}, 200), BadPayload),
        (Says({"Code": "OK", "Data": "not json"}, 200), BadPayload),
        (Says({"Code": "OK", "Data": {"CallId": "1"}}, 500), Unreachable),
    ],
)
def test_a_body_that_is_no_answer_has_its_error(says, kind):
    assert type(failure(says)) is kind


def test_an_unreadable_answer_is_carried_along():
    error = failure(Says('{"Code":"OK","Data":{"CallId":'))

    assert isinstance(error, BadPayload)
    assert error.raw == '{"Code":"OK","Data":{"CallId":'


def test_a_gateway_error_in_xml_is_understood():
    body = f"<Error><Code>Throttling.User</Code><Message>denied</Message><RequestId>{REQUEST}</RequestId></Error>"

    error = failure(Says(body, 400))

    assert (type(error), error.code, error.request_id) == (Throttled, "Throttling.User", REQUEST)


def test_a_document_type_is_not_expanded():
    bomb = '<!DOCTYPE a [<!ENTITY b "bbbb">]><QueryXResponse><Code>OK</Code><Data>&b;</Data></QueryXResponse>'

    assert type(failure(Says(bomb))) is Unreachable


def test_a_vendors_message_is_printable_and_short():
    error = failure(Says(gateway("Odd", "a\nb\x00c" + "x" * 1000), 400))

    assert error.message.startswith("a b c")
    assert error.message.isprintable()
    assert len(error.message) == 500


def test_lists_fail_with_the_same_family():
    with scripted(Says(gateway("NoPermission"), 403)) as server, pytest.raises(Refused) as caught:
        next(iter(server.account().list_tasks(Source.ROBOT)))

    assert caught.value.missing_permission == "dyvms:QueryRobotTaskList"


def test_a_sound_robot_answer_is_no_failure():
    with scripted(Says(robot_call())) as server:
        answer = server.account().fetch_call(ROBOT_CALL)

    assert answer.request_id == "D9CB3933-9FE3-4870-BA8E-2BEE91B69D23"
    assert answer.operation == "QueryRobotTaskCallDetail"
