"""Files remember which reviews may be closed again, and those that stand whether they tell of scores."""

from django.db import migrations, models


def say_which_tell_of_scores(apps, schema_editor):
    actions = apps.get_model("calls", "BulkAction").objects.filter(kind="export").exclude(file="")
    rows = actions.values_list("pk", "columns", "question")
    telling = [pk for pk, columns, asked in rows if "review" in columns or "review" in asked or "score" in asked]
    # a few that tell of none may be among them: they are there for a week, and can be exported again
    actions.filter(pk__in=telling).update(has_others=True)


class Migration(migrations.Migration):
    dependencies = [("calls", "0020_plain_vectors")]

    operations = [
        migrations.AddField(
            model_name="bulkaction",
            name="closable",
            field=models.JSONField(blank=True, default=list, editable=False),
        ),
        migrations.AlterField(
            model_name="bulkaction",
            name="affected",
            field=models.PositiveIntegerField(default=0, verbose_name="how many done"),
        ),
        migrations.AlterField(
            model_name="bulkaction",
            name="expected",
            field=models.PositiveIntegerField(verbose_name="how many expected"),
        ),
        migrations.RunPython(say_which_tell_of_scores, migrations.RunPython.noop),
    ]
