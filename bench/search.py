"""How fast calls are found: every kind of question on the cache's database, in one run. Prints Markdown.

    make bench-search                     # 100,000 calls on SQLite, then on PostgreSQL
    make bench-search CALLS=1000000
    python -m bench.search --keep FILE    # keeps an SQLite database, and finds it filled the next time

What counts are the ratios to F, the page that nobody can beat: the newest fifty calls by primary key, with their texts.
Every figure of a page holds the question (parsed and found) and its fifty calls with their texts. Everything is warm,
one client. A few calls are reviewed, so that lists can be sorted by score. DATABASE_URL names an empty database, or one
that an earlier run has filled.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

FORMATTER = argparse.RawDescriptionHelpFormatter
# of the calls, the part that has a score to sort by
REVIEWED = 0.02


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=FORMATTER)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--database-url", help="without it DATABASE_URL, or a new SQLite file")
    parser.add_argument("--keep", help="an SQLite file to make, or to use again")
    parser.add_argument("--fill-only", action="store_true", help="ask nothing")
    parser.add_argument("--alone", action="store_true", help="without an admin and tantivy beside it")
    parser.add_argument("--only", default="", help="rows with this in their name, such as Latin")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as home:
        set_up(Path(home), options.database_url, options.keep)
        from bench import filling, searching

        filling.fill(options.calls, progress, reviewed=REVIEWED)
        if not options.fill_only:
            searching.print_tables(alone=options.alone, only=options.only)


def set_up(home: Path, database_url: str | None = None, keep: str | None = None) -> None:
    """Django with a migrated database, in `home` unless one is named."""
    os.environ["DATA_DIR"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    if database_url or keep:
        os.environ["DATABASE_URL"] = database_url or f"sqlite:///{Path(str(keep)).resolve()}"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
