from django.db import migrations, models

# of the words that calls had before labels and scores were among them, and of those they have with them
BEFORE, SINCE = 2, 3


def accept_index(apps, schema_editor):
    """Calls that nobody has labelled or reviewed keep their words: an index of nothing else is as good as new."""
    alias = schema_editor.connection.alias
    judged = apps.get_model("reviews", "Review").objects.using(alias).filter(state="finished")
    labelled = apps.get_model("reviews", "Labelled").objects.using(alias)
    if not judged.exists() and not labelled.exists():
        apps.get_model("calls", "SearchState").objects.using(alias).filter(version=BEFORE).update(version=SINCE)


class Migration(migrations.Migration):
    dependencies = [("calls", "0015_scores"), ("reviews", "0005_moved_reviews")]

    operations = [
        migrations.AddIndex("labelled", models.Index(fields=["source", "key"], name="labelled_by_key")),
        migrations.RunPython(accept_index, migrations.RunPython.noop),
    ]
