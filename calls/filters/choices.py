"""What a filter offers, and how it is written in a query string."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote

from django.utils.translation import gettext_lazy, pgettext_lazy

from calls.vocabulary import RecordingState

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Label = str | _StrPromise

WHEN: Mapping[str, Label] = {
    "today": gettext_lazy("Today"),
    "yesterday": gettext_lazy("Yesterday"),
    "7d": gettext_lazy("Last 7 days"),
    "month": gettext_lazy("This month"),
}
LENGTH_LABELS: Mapping[str, Label] = {
    "0-10": gettext_lazy("Under 10 s"),
    "10-30": gettext_lazy("10 to 30 s"),
    "30-60": gettext_lazy("30 to 60 s"),
    "60-180": gettext_lazy("1 to 3 min"),
    "180-": gettext_lazy("3 min and more"),
}
RECORDINGS: Mapping[str, tuple[RecordingState, ...]] = {
    "stored": (RecordingState.STORED,),
    "coming": (RecordingState.EXPECTED, RecordingState.WAITING, RecordingState.FETCHING),
    "missing": (RecordingState.MISSING, RecordingState.PURGED),
}
RECORDING_LABELS: Mapping[str, Label] = {
    "stored": gettext_lazy("Stored"),
    "coming": gettext_lazy("On its way"),
    "missing": gettext_lazy("Missing"),
}
TRANSCRIPTS: Mapping[str, Label] = {"yes": gettext_lazy("With transcript"), "no": gettext_lazy("Without transcript")}

REVIEWS: Mapping[str, Label] = {
    "yes": pgettext_lazy("call", "Reviewed"),
    "no": pgettext_lazy("call", "Not reviewed"),
    "passed": pgettext_lazy("review", "Passed"),
    "failed": pgettext_lazy("review", "Failed"),
}
# what may be asked by whoever may not see everybody's reviews
OPEN_REVIEWS = ("yes", "no")


def tag_key(name: str, value: str = "") -> str:
    """A tag in a query string: `加微信=是`, `加微信` for any value."""
    name = name.replace("%", "%25").replace("=", "%3D")
    return f"{name}={value}" if value else name


def tag_of(key: str) -> tuple[str, str]:
    name, _equals, value = key.partition("=")
    return unquote(name), value
