"""What lists are sorted by, beside the search index."""

from django.db import migrations, models

from calls.search.index import TABLE, index_for


def widen_index(apps, schema_editor):
    """An index made by an earlier version has no such columns; it is made of the calls, so it is made anew."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        columns = {column.name for column in connection.introspection.get_table_description(cursor, TABLE)}
    if "duration" in columns:
        return
    index = index_for(connection)
    index.drop()
    index.create()
    if apps.get_model("calls", "Call").objects.using(connection.alias).exists():
        # `manage.py reindex_calls --if-stale` fills it.
        states = apps.get_model("calls", "SearchState").objects.using(connection.alias)
        states.all().delete()
        states.create(version=0)


class Migration(migrations.Migration):
    dependencies = [("calls", "0007_custody")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddField("searchentry", "duration", models.IntegerField(null=True)),
                migrations.AddField("searchentry", "turns", models.IntegerField(null=True)),
            ],
            database_operations=[migrations.RunPython(widen_index, migrations.RunPython.noop)],
        ),
    ]
