"""The vendor's words, and where a text outside calls/aliyun/ uses one.

From the reference of both APIs: fields, paging words, headers and values. Left out are names of operations, which
operators know, and words that are ours as well (caller, called, label, duration, role, content, CallResult as a name).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

# Unmistakable: as a name, in a string, in a template, in a script.
NAMES = set(
    """
    HostId AccessDeniedDetail OwnerId ResourceOwnerAccount ResourceOwnerId TaskId DetailId BatchId CallId
    OutId CallerPhone CalledPhone CalledNumber StatusMsg FailedReason HangupDirection MajorIntent StartCallTime
    PickUpTime ReleaseTime RecordingFileDownloadUrl ConversationRecord EncryptionType OutputTags OutputTagName
    OutputTagDescription OutputTagValue PageNo PageSize PageIndex TotalCount MinConversationDuration
    MaxConversationDuration StartImportedTime EndImportedTime StartCallingTime EndCallingTime DetailIds CallingTime
    ImportedTime CallExpireTime ConversationDuration ConversationTurnCount RecordingFilePath BranchId BranchName
    BranchVersionId VersionName VersionNo TaskName AgentName AgentId ApplicationCode ApplicationName StartFailedReason
    CreateTime RealStartTime SucceedCount FailedCount CallingCount TotalCallCount DayCallCount DayImportCount
    CompleteRate DayConnectRate HistoryConnectRate ConcurrentCount CallExpireDate CallExpireMinutes CallExpireType
    QueryDate DialogCountFrom DialogCountTo DurationFrom DurationTo SignatureNonce SignatureMethod
    SignatureVersion AccessKeyId SecurityToken OSSAccessKeyId
    taskId callId callResult hangupDirection transferResult transferNumber transferFailReason transferFailReson
    recallCurTimes callStartTime callEndTime sureCount denyCount rejectCount customCount defaultCount konwledgeCount
    knowledgeCount knowledgeBusinessCount knowledgeCommonCount dialogCount recordStatus recordFile dialogDetail
    speakTime taskName robotId robotName scheduleType completeTime fireTime finishCount totalCount
    """.split()
)
# Ordinary words: the vendor's only as the key of an answer.
KEYS = set(
    """
    Code Message Data Success List Total Status Source Required Value Options Variables Duration StatusCode Called
    CallResult RequestId Callee Id Key Name StartTime EndTime
    """.split()
)
VALUES = set(
    """
    USER_BUSY CALL_REJECTED CALL_FORWARDING INCOMING_CALL_BARRED NO_USER_RESPONSE NO_USER_RESPONDING OPERATOR_BLOCK
    INTELLIGENT_ANSWER EXCUTING MANUAL_STOP SYSTEM_STOP ARREARS_STOP SYSTEM_CANCEL
    """.split()
)
# Not the addresses of the two services: they are settings.
PARTS = re.compile(r"x-acs-|ACS3-HMAC|客户打断")
WORD = re.compile(r"\w+")


def in_text(text: str) -> set[str]:
    """In a template or a script; `dataset.callId` is how a script reads our own data-call-id."""
    text = re.sub(r"\bdataset\.\w+", "", text)
    return {*NAMES, *VALUES}.intersection(WORD.findall(text)) | set(PARTS.findall(text))


def in_python(text: str) -> set[str]:
    """In code; comments and docstrings may explain what the vendor does."""
    tree = ast.parse(text)
    explanations = {id(docstring) for node in ast.walk(tree) if (docstring := _docstring(node))}
    found: set[str] = set()
    for node in ast.walk(tree):
        found |= NAMES.intersection(_names(node)) | KEYS.intersection(_keys(node))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in explanations:
            found |= in_text(node.value)
    return found


def _docstring(node: ast.AST) -> ast.expr | None:
    if not isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) or not node.body:
        return None
    return node.body[0].value if isinstance(node.body[0], ast.Expr) else None


def _names(node: ast.AST) -> Iterator[str]:
    for field in ("id", "attr", "arg", "name"):
        if isinstance(value := getattr(node, field, None), str):
            yield value


def _keys(node: ast.AST) -> Iterator[str]:
    """`x["Code"]`, `x.get("Code")`, `"Code" in x`."""
    candidates: list[ast.AST] = []
    if isinstance(node, ast.Subscript):
        candidates = [node.slice]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"get", "pop"}:
        candidates = list(node.args[:1])
    elif isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
        candidates = [node.left]
    yield from (word.value for word in candidates if isinstance(word, ast.Constant) and isinstance(word.value, str))
