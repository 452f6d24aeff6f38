"""What each of the two databases needs beside its address."""

from __future__ import annotations

from typing import Any

SQLITE: dict[str, Any] = {
    # Deferred transactions that read and then write fail with "database is locked" half of the time under four
    # writers; IMMEDIATE with WAL and a wait never did.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA cache_size=-32000;",
}
POSTGRES = (
    "-c statement_timeout=15000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=60000 "
    # PostgreSQL takes disks to have heads that move, and then rather reads small tables whole.
    "-c random_page_cost=1.1 "
    # Compiling a statement takes longer than any of ours.
    "-c jit=off"
)


def tuned(config: dict[str, Any]) -> dict[str, Any]:
    """The entry of DATABASES, whole; what a URL of PostgreSQL asks for besides stays and prevails, also in `options`.
    While migrating there is no statement_timeout (`calls/models/migrating.py`).
    """
    if config["ENGINE"].endswith("sqlite3"):
        return config | {"OPTIONS": SQLITE}
    asked = config.get("OPTIONS", {})
    options = " ".join(filter(None, [POSTGRES, str(asked.get("options", ""))]))
    return config | {"CONN_HEALTH_CHECKS": True, "OPTIONS": asked | {"options": options}}
