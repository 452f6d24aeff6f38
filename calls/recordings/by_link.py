"""Reading from a storage that is no disk: through its own short-lived links, and no more than was asked for."""

from __future__ import annotations

from typing import IO, Any, cast

import urllib3
from urllib3.exceptions import HTTPError

TIMEOUT = urllib3.Timeout(connect=5.0, read=10.0)
_pool = urllib3.PoolManager(maxsize=8, retries=False, timeout=TIMEOUT)


class ByLink:
    """Mixed into a storage whose `url` is a signed address. Its files open whole, which a player's ranges need not."""

    def open_range(self, name: str, start: int, end: int) -> IO[bytes]:
        """The bytes from `start` to `end`, as they come. FileNotFoundError, or OSError when the storage refuses."""
        url = cast(Any, self).url(name)
        headers = {"Range": f"bytes={start}-{end}", "Accept-Encoding": "identity"}
        try:
            answer = _pool.request("GET", url, headers=headers, preload_content=False, redirect=False)
        except HTTPError as error:
            # Only the class: the message would name the signed link.
            raise OSError(f"The storage does not answer: {type(error).__name__}") from None
        if answer.status == 206:
            return cast(IO[bytes], answer)
        answer.close()
        if answer.status == 404:
            raise FileNotFoundError(name)
        raise OSError(f"The storage answered a range with HTTP {answer.status}")
