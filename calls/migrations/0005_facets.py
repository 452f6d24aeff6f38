"""What the filter column reads of many calls at once, beside the wide rows it is read from."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("calls", "0004_saved_views")]

    operations = [
        migrations.AddIndex(
            "call",
            models.Index(
                fields=["position", "id", "result", "intent", "task_id", "duration", "hung_up_by", "source"],
                name="call_facets",
            ),
        ),
    ]
