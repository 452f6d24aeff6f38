"""What a connection is told beside its address, and for how long."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection, migrations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from config.databases import POSTGRES, tuned


def test_what_the_url_asks_for_stands_behind_ours_and_so_prevails():
    asked = {"ENGINE": "django.db.backends.postgresql", "OPTIONS": {"options": "-c jit=on", "sslmode": "require"}}

    options = tuned(asked)["OPTIONS"]

    assert options == {"options": f"{POSTGRES} -c jit=on", "sslmode": "require"}


def test_without_a_wish_in_the_url_there_are_ours():
    assert tuned({"ENGINE": "django.db.backends.postgresql"})["OPTIONS"] == {"options": POSTGRES}


def limit() -> str:
    """How long PostgreSQL gives a statement; SQLite has no such thing."""
    if connection.vendor != "postgresql":
        return ""
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return str(cursor.fetchone()[0])


@pytest.fixture
def impatient(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As with ?options=-c%20statement_timeout%3D77777 in the URL: shorter ones pass on a busy machine."""
    with monkeypatch.context() as patch:
        if connection.vendor == "postgresql":
            asked = {"OPTIONS": connection.settings_dict["OPTIONS"] | {"options": "-c statement_timeout=77777"}}
            patch.setitem(connection.settings_dict, "OPTIONS", tuned(connection.settings_dict | asked)["OPTIONS"])
        connection.close()
        yield
    connection.close()


def test_a_migration_may_take_longer_than_any_statement_of_a_page(impatient, monkeypatch):
    [(_app, last)] = MigrationLoader(connection).graph.leaf_nodes("calls")
    migration = importlib.import_module(f"calls.migrations.{last}").Migration
    limits: list[str] = []
    monkeypatch.setattr(migration, "operations", [migrations.RunPython(lambda *_apps: limits.append(limit()))])
    MigrationRecorder(connection).record_unapplied("calls", last)

    call_command("migrate", verbosity=0)

    assert ("calls", last) in MigrationRecorder(connection).applied_migrations()
    if connection.vendor == "postgresql":
        assert limits == ["0"]
        assert limit() == "77777ms"
