"""Reviews as a file: exactly those of a list, in its order, with everything that was answered."""

from reviews.exporting.contents import MAY, ask_export, exported

__all__ = ["MAY", "ask_export", "exported"]
