"""The place of every call in the order of time, and the search index built on it."""

import django.db.models.deletion
from django.db import migrations, models

from calls.search.index import index_for
from calls.search.position import ROOM, free_position

BATCH = 1000


def place_calls(apps, schema_editor):
    Call = apps.get_model("calls", "Call")
    calls = Call.objects.using(schema_editor.connection.alias)
    taken = {}
    pending = []
    for call in calls.order_by("placed_at", "pk").only("placed_at", "key").iterator(BATCH):
        call.position = free_position(call.placed_at, call.key, lambda first: taken.get(first, ()))
        taken.setdefault(call.position // ROOM * ROOM, set()).add(call.position)
        pending.append(call)
        if len(pending) == BATCH:
            calls.bulk_update(pending, ["position"])
            pending.clear()
    calls.bulk_update(pending, ["position"])


def create_index(apps, schema_editor):
    index_for(schema_editor.connection).create()


def drop_index(apps, schema_editor):
    index_for(schema_editor.connection).drop()


def ask_for_a_rebuild(apps, schema_editor):
    """Calls that were there before are not in the index: `manage.py reindex_calls --if-stale` puts them there."""
    alias = schema_editor.connection.alias
    if apps.get_model("calls", "Call").objects.using(alias).exists():
        apps.get_model("calls", "SearchState").objects.using(alias).create(version=0)


class Migration(migrations.Migration):
    dependencies = [("calls", "0001_initial")]

    operations = [
        migrations.AddField("call", "position", models.BigIntegerField(editable=False, null=True)),
        migrations.RunPython(place_calls, migrations.RunPython.noop),
        migrations.AlterField("call", "position", models.BigIntegerField(editable=False, unique=True)),
        migrations.CreateModel(
            name="SearchState",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(verbose_name="version")),
                ("rebuild", models.PositiveIntegerField(default=0, verbose_name="running rebuild")),
            ],
            options={"verbose_name": "search index", "verbose_name_plural": "search index"},
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="SearchEntry",
                    fields=[
                        ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                        ("customer", models.TextField()),
                        ("agent", models.TextField()),
                        ("other", models.TextField()),
                        ("words", models.TextField()),
                        (
                            "call",
                            models.OneToOneField(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="calls.call",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "search entry",
                        "verbose_name_plural": "search entries",
                        "db_table": "calls_searchentry",
                    },
                )
            ],
            database_operations=[migrations.RunPython(create_index, drop_index)],
        ),
        migrations.RunPython(ask_for_a_rebuild, migrations.RunPython.noop),
    ]
