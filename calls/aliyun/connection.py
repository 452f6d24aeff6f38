"""requests' adapter for one endpoint: what it finds out anew for every request is found out once."""

from __future__ import annotations

import logging
from typing import Any, cast

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool

CONNECTIONS = 32


def _without_query(record: logging.LogRecord) -> bool:
    if isinstance(record.args, tuple):
        record.args = tuple(arg.split("?")[0] if isinstance(arg, str) else arg for arg in record.args)
    return True


# urllib3 writes whole URLs, at DEBUG and also in a WARNING about strange headers, and a query holds a customer's
# number or a recording's signature.
for _name in ("urllib3.connection", "urllib3.connectionpool", "urllib3.poolmanager", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_without_query)


class BareResponse(Response):
    """Status, headers and body, without the cookie jar that takes longest to make."""

    def __init__(self) -> None:
        self._content_consumed = False


class EndpointAdapter(HTTPAdapter):
    """Every URL starts with the same `base`; connections are kept alive and shared by threads."""

    def __init__(self, base: str) -> None:
        super().__init__(pool_connections=1, pool_maxsize=CONNECTIONS)
        self._path_at = len(base)
        self._pool: HTTPConnectionPool | None = None

    def get_connection_with_tls_context(
        self, request: PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
    ) -> HTTPConnectionPool:
        if self._pool is None:
            pool = super().get_connection_with_tls_context(request, verify, proxies=proxies, cert=cert)
            super().cert_verify(pool, request.url or "", verify, cert)  # type: ignore[no-untyped-call]
            self._pool = cast(HTTPConnectionPool, pool)
        return self._pool

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Done once, when the pool was made: it looks at the file system."""

    def request_url(self, request: PreparedRequest, proxies: Any) -> str:
        return (request.url or "")[self._path_at :]

    def build_response(self, req: PreparedRequest, resp: Any) -> Response:
        response = BareResponse()
        response.status_code, response.headers, response.raw = resp.status, resp.headers, resp
        return response

    def close(self) -> None:
        self._pool = None
        super().close()
