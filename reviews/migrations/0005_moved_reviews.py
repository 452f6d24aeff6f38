from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reviews", "0004_scorecards"),
    ]

    operations = [
        migrations.AlterField(
            model_name="reviewevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("started", "Started"),
                    ("finished", "Finished"),
                    ("moved", "Moved"),
                    ("undone", "Finish taken back"),
                    ("reopened", "Opened again"),
                    ("disputed", "Disputed"),
                    ("resolved", "Dispute resolved"),
                    ("call_changed", "The call changed"),
                ],
                max_length=16,
                verbose_name="kind",
            ),
        ),
    ]
