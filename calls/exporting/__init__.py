"""Calls as a file: exactly the calls of a list or a selection, in its order and its columns.

A worker writes it next to the others of DATA_DIR/exports; whoever asked for it has a week to fetch it.
"""

from calls.exporting.asking import ask_export
from calls.exporting.cells import AVAILABLE, TRANSCRIPT
from calls.exporting.sheets import MOST_ROWS
from calls.exporting.shelf import open_file, prune
from calls.exporting.writing import write

__all__ = ["AVAILABLE", "MOST_ROWS", "TRANSCRIPT", "ask_export", "open_file", "prune", "write"]
