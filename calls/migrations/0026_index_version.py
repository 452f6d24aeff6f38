"""A new database says which version its index has, as a later one could not tell otherwise that it is older."""

from django.db import migrations

from calls.search.tokens import VERSION

# of every index that said nothing until now
SO_FAR = 3


def say_version(apps, schema_editor):
    alias = schema_editor.connection.alias
    states = apps.get_model("calls", "SearchState").objects.using(alias)
    if not states.exists():
        has_calls = apps.get_model("calls", "Call").objects.using(alias).exists()
        states.create(version=SO_FAR if has_calls else VERSION)


def say_nothing(apps, schema_editor):
    """Before, an index without a row was as new as the program."""
    states = apps.get_model("calls", "SearchState").objects.using(schema_editor.connection.alias)
    states.filter(version=VERSION, rebuild=0).delete()


class Migration(migrations.Migration):
    dependencies = [("calls", "0025_into_queues")]

    operations = [migrations.RunPython(say_version, say_nothing)]
