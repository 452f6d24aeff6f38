"""What the vendor's gateway says when it refuses: code, HTTP status and text."""

from __future__ import annotations


class Refusal(Exception):
    """A gateway error. `detail` is the object that a missing permission comes with."""

    def __init__(self, code: str, message: str = "", status: int = 0, detail: dict[str, str] | None = None) -> None:
        known_status, known_message = _known(code)
        super().__init__(code)
        self.code = code
        self.status = status or known_status
        self.message = message or known_message
        self.detail = detail


def missing(param: str) -> Refusal:
    return Refusal(f"Missing{param}", f"{param} is mandatory for this action.", 400)


def invalid(param: str) -> Refusal:
    return Refusal(f"Invalid{param}", f"Specified parameter {param} is not valid.", 400)


def no_permission(action: str) -> Refusal:
    """`action` such as `aiccs:QueryConversationDetailInfo`."""
    detail = {
        "AuthAction": action,
        "AuthPrincipalType": "SubUser",
        "AuthPrincipalOwnerId": "1000000000000001",
        "AuthPrincipalDisplayName": "sandbox",
        "NoPermissionType": "ImplicitDeny",
        "PolicyType": "AccountLevelIdentityBasedPolicy",
        "EncodedDiagnosticMessage": "AQAAAAA=",
    }
    return Refusal("NoPermission", detail=detail)


CATALOGUE: dict[str, tuple[int, str]] = {
    "Throttling": (400, "Request was denied due to request throttling."),
    "Throttling.User": (400, "Request was denied due to user flow control."),
    "Throttling.Api": (400, "Request was denied due to api flow control."),
    "InternalError": (500, "The request processing has failed due to some unknown error, exception or failure."),
    "ServiceUnavailable": (503, "The request has failed due to a temporary failure of the server."),
    "ServiceTimeout": (504, "The request has timed out at the backend."),
    "SignatureNonceUsed": (400, "Specified signature nonce was used already."),
    "InvalidTimeStamp.Expired": (400, "Specified time stamp or date value is expired."),
    "InvalidTimeStamp.Format": (400, "Specified time stamp or date value is not well formatted."),
    "SignatureDoesNotMatch": (400, "Specified signature is not matched with our calculation."),
    "IncompleteSignature": (400, "The request signature does not conform to Aliyun standards."),
    "InvalidSignatureMethod": (400, "Specified signature method is not valid."),
    "InvalidAccessKeyId.NotFound": (404, "Specified access key is not found."),
    "InvalidAccessKeyId.Inactive": (400, "Specified access key is disabled."),
    "InvalidSecurityToken.Expired": (400, "Specified SecurityToken is expired."),
    "InvalidSecurityToken.Malformed": (400, "Specified SecurityToken is malformed."),
    "MissingSecurityToken": (400, "SecurityToken is mandatory for this action."),
    "MissingAccessKeyId": (400, "AccessKeyId is mandatory for this action."),
    "MissingSignature": (400, "Signature is mandatory for this action."),
    "InvalidApi.NotFound": (404, "Specified api is not found, please check your url and method."),
    "InvalidVersion": (400, "Specified parameter Version is not valid."),
    "InvalidParameter.Format": (400, "Specified parameter Format is not valid: only XML and JSON are."),
    "UnsupportedHTTPMethod": (400, "This http method is not supported."),
    "Forbidden": (403, "You are not authorized to operate on the specified resource."),
    "Forbidden.RAM": (
        403,
        "User not authorized to operate on the specified resource, or this API doesn't support RAM.",
    ),
    "NoPermission": (403, "You are not authorized to do this action. You should be authorized by RAM."),
    "PermissionInsufficient": (
        400,
        "Insufficient permissions. Please contact the Alibaba Cloud account administrator.",
    ),
    "ParameterError": (400, "The parameter is invalid."),
    "NoTenantFound": (500, "The specified tenant does not exist."),
    "SystemError": (500, "A system error occurred. Please contact the administrator."),
    # product errors: HTTP 200 and no gateway words
    "isp.RAM_PERMISSION_DENY": (200, "没有访问权限"),
    "isp.SYSTEM_ERROR": (200, "系统错误"),
    "isv.BUSINESS_LIMIT_CONTROL": (200, "触发分钟级流控Permits:100"),
    "isv.INVALID_PARAMETERS": (200, "参数异常"),
    "isv.OUT_OF_SERVICE": (200, "业务停机"),
    "isv.PRODUCT_UNSUBSCRIBE": (200, "产品未开通"),
    "isv.PRODUCT_UN_SUBSCRIPT": (200, "未开通云通信产品的阿里云客户"),
    "isv.ACCOUNT_NOT_EXISTS": (200, "账户不存在"),
    "isv.ACCOUNT_ABNORMAL": (200, "账户异常"),
    "isv.MOBILE_NUMBER_ILLEGAL": (200, "号码格式非法"),
}


def _known(code: str) -> tuple[int, str]:
    if code in CATALOGUE:
        return CATALOGUE[code]
    return (200, code) if code.startswith(("isv.", "isp.")) else (400, code)
