"""The fence: the only place that knows the vendor's wire format.

>>> account = Account(Credentials("id", "secret"))
>>> answer = account.fetch_call(CallRef.aiccs("138", "139", "966"))
>>> answer.snapshot.turns
"""

from __future__ import annotations

from calls.aliyun.account import Account
from calls.aliyun.errors import AliyunError, BadPayload, NotReady, Refused, Throttled, Unreachable
from calls.aliyun.saved import read_each, read_saved
from calls.aliyun.transport import Credentials

__all__ = [
    "Account",
    "AliyunError",
    "BadPayload",
    "Credentials",
    "NotReady",
    "Refused",
    "Throttled",
    "Unreachable",
    "read_each",
    "read_saved",
]
