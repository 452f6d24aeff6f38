"""A call's tags are read from one index, where many calls are counted by them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("calls", "0016_recording_state")]

    operations = [
        migrations.AddIndex("tag", models.Index(fields=["call", "name", "value"], name="tag_of_call")),
        migrations.AlterField(
            "tag",
            "call",
            models.ForeignKey(
                "calls.Call", on_delete=django.db.models.deletion.CASCADE, related_name="tags", db_index=False
            ),
        ),
    ]
