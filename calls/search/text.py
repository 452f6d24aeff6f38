"""One way to fold text, for what is stored and for what is asked."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Full-width as half-width, no case: `ＡＢＣ，退款` and `abc,退款` become equal."""
    return unicodedata.normalize("NFKC", text).casefold()
