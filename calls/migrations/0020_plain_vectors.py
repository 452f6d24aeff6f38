"""What is written from now on is not compressed in vain; what stands stays as it is."""

from django.db import migrations

from calls.search.index import TABLE, index_for


def keep_vectors_plain(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    for name in (TABLE, f"{TABLE}_next"):
        if index_for(connection, name).exists():
            with connection.cursor() as cursor:
                cursor.execute(f"ALTER TABLE {name} ALTER COLUMN vector SET STORAGE EXTERNAL")


class Migration(migrations.Migration):
    dependencies = [("calls", "0019_review_exports")]

    operations = [migrations.RunPython(keep_vectors_plain, migrations.RunPython.noop)]
