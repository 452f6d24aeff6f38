from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("calls", "0011_keys")]

    operations = [
        migrations.AddField(
            model_name="bulkaction",
            name="within",
            field=models.JSONField(blank=True, editable=False, null=True, verbose_name="limited to tasks"),
        ),
    ]
