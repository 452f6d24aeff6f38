"""Which queue it was stays readable when the queue is gone."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('calls', '0026_index_version'),
    ]

    operations = [
        migrations.AddField(
            model_name='bulkaction',
            name='queue_name',
            field=models.CharField(blank=True, max_length=80, verbose_name="queue's name"),
        ),
    ]
