from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("calls", "0013_board")]

    operations = [
        migrations.AddField(
            model_name="keypreference",
            name="speed",
            field=models.CharField(default="1", max_length=4, verbose_name="speed"),
        ),
        migrations.AddField(
            model_name="keypreference",
            name="volume",
            field=models.FloatField(default=1, verbose_name="volume"),
        ),
        migrations.AddField(
            model_name="keypreference",
            name="skips_silence",
            field=models.BooleanField(default=False, verbose_name="skips silence"),
        ),
    ]
