"""Files that nobody comes for any more."""

from __future__ import annotations

import time
from pathlib import Path


def is_untouched_for(path: Path, seconds: float) -> bool:
    """Also False for what has gone since it was listed: it took its place, or somebody else sweeps as well."""
    try:
        return path.stat().st_mtime < time.time() - seconds
    except FileNotFoundError:
        return False
