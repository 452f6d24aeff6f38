from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

THEMES = ("light", "dark")


def surroundings(request: HttpRequest) -> dict[str, Any]:
    """What every page shows around its content: the demo notice and the reader's theme ("" follows the system)."""
    theme = request.COOKIES.get("theme", "")
    return {"demo": settings.DEMO, "theme": theme if theme in THEMES else ""}
