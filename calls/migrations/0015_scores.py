"""What lists are sorted by grows by the score."""

from django.db import migrations, models

from calls.search.index import TABLE, index_for

# of the words that calls had until now
BEFORE = 2


def widen_index(apps, schema_editor):
    """Without making a million entries anew: that is done beside the running site, and only where it is needed."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        if "score" in {column.name for column in connection.introspection.get_table_description(cursor, TABLE)}:
            return
    ask_for_a_rebuild(apps, connection)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} ADD COLUMN score integer")
        cursor.execute(f"CREATE INDEX {TABLE}_score ON {TABLE} (score) WHERE score IS NOT NULL")


def ask_for_a_rebuild(apps, connection):
    """Calls that were labelled or reviewed have new words: `manage.py reindex_calls --if-stale` writes them."""
    following = index_for(connection, f"{TABLE}_next")
    if following.exists():  # of a rebuild that died: it has no such column
        following.drop()
    states = apps.get_model("calls", "SearchState").objects.using(connection.alias)
    states.update(rebuild=0)
    if not states.exists() and apps.get_model("calls", "Call").objects.using(connection.alias).exists():
        states.create(version=BEFORE)


class Migration(migrations.Migration):
    dependencies = [("calls", "0014_listening")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.AddField("searchentry", "score", models.IntegerField(null=True))],
            database_operations=[migrations.RunPython(widen_index, migrations.RunPython.noop)],
        ),
    ]
