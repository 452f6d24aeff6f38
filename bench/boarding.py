"""How fast the board is counted and drawn: 7, 30, 90 days and all of 100,000 calls. Prints Markdown.

    python -m bench.boarding
    python -m bench.boarding --keep FILE     # keeps an SQLite database, and finds it filled the next time
    python -m tests.postgres python -m bench.boarding

Each answer is a whole page to somebody who is signed in, counted afresh, without the network.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bench import search

FORMATTER = argparse.RawDescriptionHelpFormatter


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=FORMATTER)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--keep", help="an SQLite file to make, or to use again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as home:
        search.set_up(Path(home), keep=options.keep)
        from bench import boards, filling

        filling.fill(options.calls, search.progress)
        boards.fill(search.progress)
        boards.print_table()


if __name__ == "__main__":
    main()
