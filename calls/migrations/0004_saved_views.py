"""What people chose for the list of calls: saved views, columns, order and the first view."""

import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('calls', '0003_drop_search_text'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('query', models.TextField(blank=True, verbose_name='query string')),
                ('columns', models.JSONField(blank=True, default=list, verbose_name='columns')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created at')),
                ('changed_at', models.DateTimeField(auto_now=True, verbose_name='changed at')),
                ('group', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='auth.group', verbose_name='shared with')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_views', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
            ],
            options={
                'verbose_name': 'saved view',
                'verbose_name_plural': 'saved views',
                'ordering': ['pk'],
                'permissions': [('share_savedview', 'Can share saved views')],
            },
        ),
        migrations.CreateModel(
            name='ListPreference',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='list_preference', serialize=False, to=settings.AUTH_USER_MODEL, verbose_name='user')),
                ('columns', models.JSONField(blank=True, default=list, verbose_name='columns')),
                ('view_order', models.JSONField(blank=True, default=list, verbose_name='order of views')),
                ('default_view', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='calls.savedview', verbose_name='default view')),
            ],
            options={
                'verbose_name': 'list preference',
                'verbose_name_plural': 'list preferences',
            },
        ),
        migrations.AddConstraint(
            model_name='savedview',
            constraint=models.UniqueConstraint(models.F('owner'), django.db.models.functions.text.Lower('name'), name='one_view_of_a_name_per_owner'),
        ),
    ]
