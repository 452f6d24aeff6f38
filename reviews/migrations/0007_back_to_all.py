"""Calls of somebody whose account goes wait for others. Nothing changes in the database."""

from django.conf import settings
from django.db import migrations, models

import reviews.models.queue


class Migration(migrations.Migration):
    dependencies = [
        ("reviews", "0006_labels_found"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="queueitem",
            name="assigned_to",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=reviews.models.queue.back_to_all,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
