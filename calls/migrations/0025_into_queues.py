"""Calls are added to a queue by a worker, which keeps what it is asked like every bulk action."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('calls', '0024_tidied_often'),
    ]

    operations = [
        migrations.AddField(
            model_name='bulkaction',
            name='queue',
            field=models.PositiveBigIntegerField(blank=True, null=True, verbose_name='queue'),
        ),
        migrations.AlterField(
            model_name='bulkaction',
            name='kind',
            field=models.CharField(choices=[('export', 'Export calls'), ('export_reviews', 'Export reviews'), ('bulk_refresh', 'Refresh many calls'), ('queue_calls', 'Add calls to a queue')], max_length=16, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='job',
            name='kind',
            field=models.CharField(choices=[('refresh', 'Refresh a call'), ('discover', "Discover a task's calls"), ('keep_recording', 'Store a recording'), ('bulk_refresh', 'Refresh many calls'), ('queue_calls', 'Add calls to a queue'), ('export', 'Export calls'), ('export_reviews', 'Export reviews'), ('hear', 'Listen to a recording')], max_length=16, verbose_name='kind'),
        ),
    ]
