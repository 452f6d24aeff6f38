"""Links to recordings: signed for GET and for a while, the object storage's way (V1)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from calls.aliyun.sandbox.plans import Moment

BUCKET = "alicom-fc-record-biz"
KEY_ID, SECRET = "bypFNbGJVk7sandbox", "record-secret"


@dataclass(frozen=True, slots=True)
class Links:
    """Makes links to `base`, the address that the client itself used; `ttl` in seconds."""

    base: str
    ttl: int
    now: Callable[[], float]

    def sign(self, moment: Moment) -> str:
        name = recording_name(moment.plan.slot)
        expires = int(self.now()) + self.ttl
        signature = quote(signature_of(name, str(expires)), safe="")
        return f"{self.base}/recordings/{name}?Expires={expires}&OSSAccessKeyId={KEY_ID}&Signature={signature}"


def recording_name(slot: int) -> str:
    """The object's name; the slot can be read back from it."""
    return f"Freeswitch_RU_117{slot:09d}_{uuid.uuid5(uuid.NAMESPACE_OID, str(slot))}_record.wav"


def slot_of(name: str) -> int | None:
    digits = name.removeprefix("Freeswitch_RU_117")[:9]
    return int(digits) if digits.isdecimal() and recording_name(int(digits)) == name else None


def signature_of(name: str, expires: str) -> str:
    text = f"GET\n\n\n{expires}\n/{BUCKET}/recordings/{name}"
    return base64.b64encode(hmac.new(SECRET.encode(), text.encode(), hashlib.sha1).digest()).decode()


def is_signed(name: str, params: Mapping[str, str]) -> bool:
    expected = signature_of(name, params.get("Expires", ""))
    return params.get("OSSAccessKeyId") == KEY_ID and hmac.compare_digest(expected, params.get("Signature", ""))
