"""What the filter column reads of many recordings at once, beside the wide rows it is read from."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("calls", "0015_scores")]

    operations = [
        migrations.AddIndex("recording", models.Index(fields=["call", "state"], name="recording_state")),
    ]
