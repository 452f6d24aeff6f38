"""ACS3-HMAC-SHA256: what the vendor's gateway expects in the `Authorization` header."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote

ALGORITHM = "ACS3-HMAC-SHA256"
EMPTY_BODY = hashlib.sha256(b"").hexdigest()


def canonical_query(params: Mapping[str, str]) -> str:
    """Sorted by name, RFC 3986: a blank is `%20`, only `A-Za-z0-9-_.~` stay as they are."""
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(params.items()))


def authorization(
    key_id: str,
    secret: str,
    query: str,
    headers: Mapping[str, str],
    *,
    method: str = "POST",
    body_hash: str = EMPTY_BODY,
) -> str:
    """The header's value for a canonical query; signs all `headers`, whose names are in lower case."""
    names = sorted(headers)
    signed = ";".join(names)
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    request = f"{method}\n/\n{query}\n{lines}\n{signed}\n{body_hash}"
    text = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.digest(secret.encode(), text.encode(), "sha256").hex()
    return f"{ALGORITHM} Credential={key_id},SignedHeaders={signed},Signature={signature}"
