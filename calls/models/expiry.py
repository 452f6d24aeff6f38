from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit


def expires_at(link: str) -> datetime | None:
    """When the link to a recording dies, as far as it says so itself."""
    try:
        query = {name.lower(): values[0] for name, values in parse_qs(urlsplit(link).query).items()}
        if "expires" in query:
            return datetime.fromtimestamp(int(query["expires"]), UTC)
        if "x-oss-date" in query and "x-oss-expires" in query:
            signed_at = datetime.strptime(query["x-oss-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            return signed_at + timedelta(seconds=int(query["x-oss-expires"]))
        if "x-oss-expires" in query:
            return datetime.fromtimestamp(int(query["x-oss-expires"]), UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None
