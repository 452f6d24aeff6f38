"""PostgreSQL counts in the rows that it finds, and has what was said in a row of its own beside each.

A few minutes for a million calls, with room on the disk for a second index until then.
"""

from importlib import import_module

from django.db import migrations

from calls.search.index import NEXT_TABLE, TABLE, index_for

FACETS, TEXTS = f"{TABLE}_facets", f"{TABLE}_texts"
KEPT = "position, call_id, duration, turns, score"
TALK = ("customer", "agent", "other", "words")
SAID = f"position, {', '.join(TALK)}"
COUNTED = "position bigint NOT NULL, traits text NOT NULL, tags text NOT NULL"
UNCOUNTED = f"SELECT count(*) FROM {TABLE} e WHERE NOT EXISTS (SELECT FROM {FACETS} f WHERE f.position = e.position)"


def part_texts(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor != "postgresql" or FACETS not in tables_of(connection):  # made with the index itself
        return
    living, following = index_for(connection), index_for(connection, NEXT_TABLE)
    living.hold(alone=True)
    drop_what_a_rebuild_left(apps, connection)
    following.create()
    with connection.cursor() as cursor:
        # In the order in which pages read them: whoever is in between goes on, and nobody waits in a circle later.
        cursor.execute(f"LOCK TABLE {TABLE} IN ACCESS EXCLUSIVE MODE")
        cursor.execute(f"LOCK TABLE {FACETS} IN ACCESS EXCLUSIVE MODE")
        # A full table is indexed much sooner than an index is filled row by row.
        cursor.execute(f"DROP INDEX {NEXT_TABLE}_vector")
        cursor.execute(
            f"INSERT INTO {NEXT_TABLE} ({KEPT}, traits, tags, vector) SELECT {KEPT}, traits, tags, vector "
            f"FROM {TABLE} JOIN {FACETS} USING (position) ORDER BY position"
        )
        cursor.execute(
            f"INSERT INTO {NEXT_TABLE}_texts ({SAID}) SELECT {SAID} FROM {TABLE} "
            f"JOIN {FACETS} USING (position) ORDER BY position"
        )
        following.index_vectors()
        cursor.execute(UNCOUNTED)
        [uncounted] = cursor.fetchone()
        cursor.execute(f"DROP TABLE {FACETS}")
    living.drop()
    following.rename(TABLE)
    if uncounted:
        # written by somebody who knew of no rows beside entries: `manage.py reindex_calls --if-stale` has them again
        apps.get_model("calls", "SearchState").objects.using(connection.alias).all().delete()
        apps.get_model("calls", "SearchState").objects.using(connection.alias).create(version=0)


def join_texts(apps, schema_editor):
    """As 0018_traits left them."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    index_for(connection).hold(alone=True)
    drop_what_a_rebuild_left(apps, connection)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {FACETS} ({COUNTED})")
        cursor.execute(f"INSERT INTO {FACETS} SELECT position, traits, tags FROM {TABLE}")
        cursor.execute(f"CREATE UNIQUE INDEX {FACETS}_position ON {FACETS} (position)")
        added = ", ".join(f"ADD COLUMN {name} text NOT NULL DEFAULT ''" for name in TALK)
        cursor.execute(f"ALTER TABLE {TABLE} {added}, DROP COLUMN traits, DROP COLUMN tags")
        given = ", ".join(f"{name} = t.{name}" for name in TALK)
        cursor.execute(f"UPDATE {TABLE} e SET {given} FROM {TEXTS} t WHERE t.position = e.position")
        cursor.execute(f"ALTER TABLE {TABLE} {', '.join(f'ALTER COLUMN {name} DROP DEFAULT' for name in TALK)}")
        cursor.execute(f"DROP TABLE {TEXTS}")


def drop_what_a_rebuild_left(apps, connection):
    """Whoever fills a second index finds itself overtaken. If the first is too old, the next start begins again."""
    import_module("calls.migrations.0018_traits").stop_rebuilding(apps, connection)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {NEXT_TABLE}_facets")


def tables_of(connection):
    with connection.cursor() as cursor:
        return connection.introspection.table_names(cursor)


class Migration(migrations.Migration):
    dependencies = [("calls", "0022_without_recording_state")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField("searchentry", name) for name in TALK],
            database_operations=[migrations.RunPython(part_texts, join_texts)],
        ),
    ]
