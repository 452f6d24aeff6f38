"""The search index holds the texts now."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("calls", "0002_search")]

    operations = [migrations.RemoveField("transcript", "search_text")]
