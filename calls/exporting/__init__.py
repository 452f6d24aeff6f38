"""Calls as a file: exactly the calls of a list or a selection, in its order and its columns; and what else is exported
the same way (contents.py).

A worker writes it next to the others of DATA_DIR/exports; whoever asked for it has a week to fetch it.
"""

from calls.exporting.asking import ask_export, ask_file
from calls.exporting.cells import AVAILABLE, TRANSCRIPT
from calls.exporting.contents import Content, Exported, exported, provide
from calls.exporting.listed import content_of, may_export
from calls.exporting.sheets import MOST_ROWS
from calls.exporting.shelf import open_file, prune
from calls.exporting.writing import write
from calls.slices import Impossible
from calls.vocabulary import JobKind

__all__ = [
    "AVAILABLE",
    "MOST_ROWS",
    "TRANSCRIPT",
    "Content",
    "Exported",
    "Impossible",
    "ask_export",
    "ask_file",
    "exported",
    "open_file",
    "provide",
    "prune",
    "write",
]

provide(JobKind.EXPORT, Exported(content_of, may_export))
