"""While tables are changed no statement has a limit: an index over a million calls takes as long as it takes."""

from __future__ import annotations

from typing import Any

from django.db import connections


def lift_limit(using: str, **kwargs: Any) -> None:
    """For this connection; how long a migration may wait for a lock stays."""
    _tell_postgres(using, "SET statement_timeout = 0")


def restore_limit(using: str, **kwargs: Any) -> None:
    """To what the connection began with."""
    _tell_postgres(using, "RESET statement_timeout")


def _tell_postgres(using: str, sql: str) -> None:
    if connections[using].vendor == "postgresql":
        with connections[using].cursor() as cursor:
            cursor.execute(sql)
