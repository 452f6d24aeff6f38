from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0010_scope"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="KeyPreference",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=models.deletion.CASCADE,
                        primary_key=True,
                        related_name="key_preference",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                ("is_on", models.BooleanField(default=True, verbose_name="single keys do something")),
                ("keys", models.JSONField(blank=True, default=dict, verbose_name="keys")),
            ],
            options={"verbose_name": "key preference", "verbose_name_plural": "key preferences"},
        ),
    ]
