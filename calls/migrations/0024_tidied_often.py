"""PostgreSQL tidies the entries of searches, and GIN each time, after a hundredth has changed, not after a fifth."""

from django.db import migrations

from calls.search.index import NEXT_TABLE, TABLE, index_for


def tidy_often(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    index_for(connection).hold()  # a rebuild may be about to put the second in the place of the first
    for name in (TABLE, NEXT_TABLE):
        if index_for(connection, name).exists():
            with connection.cursor() as cursor:
                cursor.execute(
                    f"ALTER TABLE {name} SET (autovacuum_vacuum_scale_factor = 0.01, vacuum_index_cleanup = on)"
                )


class Migration(migrations.Migration):
    dependencies = [("calls", "0023_texts_apart")]

    operations = [migrations.RunPython(tidy_often, migrations.RunPython.noop)]
