"""Reviews as a file: exactly those of a list, in its order, with everything that was answered."""

from reviews.exporting.files import MOST_XLSX, response

__all__ = ["MOST_XLSX", "response"]
