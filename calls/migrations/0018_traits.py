"""What the filter column counts of a call, in one narrow row beside its entry instead of three tables."""

from django.db import migrations

from calls.search.index import TABLE, index_for

FACETS = f"{TABLE}_facets"
BATCH = 5000
# As calls/search/traits.py writes them. What people made of a call stands among the words of its entry.
FILL = """
INSERT INTO {facets} (position, traits, tags)
SELECT e.position, {traits}, coalesce((
    SELECT {joined} FROM (
        SELECT DISTINCT {name} || {part} || {value} AS tag FROM (
            SELECT name, value FROM calls_tag WHERE call_id = c.id ORDER BY position, id LIMIT 200
        ) t ORDER BY 1
    ) t
), '')
FROM {table} e JOIN calls_call c ON c.id = e.call_id LEFT JOIN calls_recording r ON r.call_id = c.id
ORDER BY e.position
"""
LENGTH = (
    "CASE WHEN c.duration IS NULL THEN '' WHEN c.duration <= 9 THEN '0-10' WHEN c.duration <= 29 THEN '10-30' "
    "WHEN c.duration <= 59 THEN '30-60' WHEN c.duration <= 179 THEN '60-180' ELSE '180-' END"
)
TRANSCRIPT = "CASE WHEN {at}(e.words, ' xwtranscript ') > 0 THEN 'yes' ELSE 'no' END"
REVIEW = (
    "CASE WHEN {at}(e.words, ' xvpassed ') > 0 THEN 'passed' WHEN {at}(e.words, ' xvfailed ') > 0 THEN 'failed' "
    "WHEN {at}(e.words, ' xvyes ') > 0 THEN 'yes' ELSE 'no' END"
)
LABELLED = (
    "SELECT position, substr(words, {at}(words, ' xl'), 1000) FROM {table} "
    "WHERE position > %s AND {at}(words, ' xl') > 0 ORDER BY position LIMIT %s"
)


def make_facets(apps, schema_editor):
    """A minute for a million calls; words and lists stay as they are."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        if is_made_with_index(connection, cursor):
            return
        index_for(connection).hold(alone=True)
        stop_rebuilding(apps, connection)
        is_sqlite = connection.vendor == "sqlite"
        key = "integer NOT NULL PRIMARY KEY" if is_sqlite else "bigint NOT NULL"
        cursor.execute(f"CREATE TABLE {FACETS} (position {key}, traits text NOT NULL, tags text NOT NULL)")
        if not is_sqlite:
            cursor.execute(f"CREATE UNIQUE INDEX {FACETS}_position ON {FACETS} (position)")
        cursor.execute(fill(connection, FACETS))
        add_labels(connection, FACETS)


def is_made_with_index(connection, cursor):
    """Of an index that is as new as its first migration. PostgreSQL has it in the entries since 0023_texts_apart."""
    columns = {column.name for column in connection.introspection.get_table_description(cursor, TABLE)}
    return "traits" in columns or FACETS in connection.introspection.table_names(cursor)


def drop_facets(apps, schema_editor):
    schema_editor.execute(f"DROP TABLE {FACETS}")


def stop_rebuilding(apps, connection):
    """Whoever fills a second index knows of no facets, and finds itself overtaken. If the first is too old, the next
    start begins again.
    """
    following = index_for(connection, f"{TABLE}_next")
    if following.exists():
        following.drop()
    apps.get_model("calls", "SearchState").objects.using(connection.alias).update(rebuild=0)


def fill(connection, facets):
    is_sqlite = connection.vendor == "sqlite"
    character = "char" if is_sqlite else "chr"
    part, pair = f"{character}(31)", f"{character}(30)"

    def cleaned(column):
        return f"replace(replace(replace({column}, {part}, ' '), {pair}, ' '), {character}(29), ' ')"

    at = "instr" if is_sqlite else "strpos"
    traits = [
        *map(cleaned, ("c.result", "c.intent", "c.task_id")),
        LENGTH,
        *map(cleaned, ("c.hung_up_by", "c.source", "coalesce(r.state, '')")),
        TRANSCRIPT.format(at=at),
        REVIEW.format(at=at),
        "''",
    ]
    return FILL.format(
        table=TABLE,
        facets=facets,
        traits=f" || {part} || ".join(traits),
        part=part,
        name=cleaned("name"),
        value=cleaned("value"),
        joined=f"group_concat(tag, {pair})" if is_sqlite else f"string_agg(tag, {pair} ORDER BY tag COLLATE \"C\")",
    )


def add_labels(connection, facets):
    """Few calls have any."""
    at = "instr" if connection.vendor == "sqlite" else "strpos"
    last = -1
    with connection.cursor() as cursor:
        while True:
            cursor.execute(LABELLED.format(table=TABLE, at=at), [last, BATCH])
            rows = cursor.fetchall()
            if not rows:
                return
            last = rows[-1][0]
            labels = [(" ".join(numbers_in(words)), position) for position, words in rows]
            cursor.executemany(f"UPDATE {facets} SET traits = traits || %s WHERE position = %s", labels)


def numbers_in(words):
    return [word.removeprefix("xl") for word in words.split() if word.startswith("xl")]


class Migration(migrations.Migration):
    dependencies = [("calls", "0017_tag_of_call")]

    operations = [migrations.RunPython(make_facets, drop_facets)]
