"""The filter column reads no recordings any more, so they are written without an index for it.

Alone in its transaction: together with what takes a minute it would wait for who writes a recording and waits for that.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("calls", "0021_closable")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveIndex("recording", "recording_state")],
            database_operations=[
                # IF: it was a part of 0018_traits for some days
                migrations.RunSQL(
                    "DROP INDEX IF EXISTS recording_state",
                    "CREATE INDEX IF NOT EXISTS recording_state ON calls_recording (call_id, state)",
                )
            ],
        ),
    ]
