from django.db import migrations, models

# Reviews rest on what a published version says: its wording never changes again, whoever asks the database for it.
# SQLite makes a table anew when a column changes and forgets its triggers: such a migration has to run these again.
SQLITE = """
CREATE TRIGGER published_scorecards_stay BEFORE UPDATE ON reviews_scorecardversion
WHEN OLD.state <> 'draft' AND (
    NEW.content IS NOT OLD.content OR NEW.number <> OLD.number OR NEW.scorecard_id <> OLD.scorecard_id
    OR NEW.state = 'draft'
)
BEGIN SELECT RAISE(ABORT, 'a published scorecard version never changes'); END
"""
POSTGRES = """
CREATE FUNCTION published_scorecards_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a published scorecard version never changes' USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER published_scorecards_stay BEFORE UPDATE ON reviews_scorecardversion FOR EACH ROW
WHEN (OLD.state <> 'draft' AND (
    NEW.content IS DISTINCT FROM OLD.content OR NEW.number <> OLD.number OR NEW.scorecard_id <> OLD.scorecard_id
    OR NEW.state = 'draft'
))
EXECUTE FUNCTION published_scorecards_stay();
"""


def guard(apps, schema_editor):
    schema_editor.execute(POSTGRES if schema_editor.connection.vendor == "postgresql" else SQLITE)


def leave(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER published_scorecards_stay ON reviews_scorecardversion")
        schema_editor.execute("DROP FUNCTION published_scorecards_stay()")
    else:
        schema_editor.execute("DROP TRIGGER published_scorecards_stay")


class Migration(migrations.Migration):
    dependencies = [("reviews", "0003_queues")]

    operations = [
        migrations.AddField(model_name="scorecardversion", name="edit", field=models.PositiveIntegerField(default=0)),
        migrations.RunPython(guard, leave),
    ]
