"""Conditions in words: what stands on a chip."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calls.dates import day_in_words
from calls.filters.choices import LENGTH_LABELS, RECORDING_LABELS, REVIEWS, TRANSCRIPTS, WHEN, tag_of
from calls.vocabulary import CallResult, HungUpBy, Source

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Label = str | _StrPromise

# what the address holds beside conditions on calls
NO_CONDITIONS = ("q", "sort")
IN_WORDS: Mapping[str, Callable[[Any], Label]] = {
    "when": lambda when: WHEN[when],
    "since": lambda day: _("From %(day)s") % {"day": day_in_words(day)},
    "until": lambda day: _("Until %(day)s") % {"day": day_in_words(day)},
    "result": lambda result: CallResult(result).label,
    "intent": lambda intent: _("Intent %(intent)s") % {"intent": intent},
    "tag": lambda key: " ".join(tag_of(key)).strip(),
    "length": lambda key: LENGTH_LABELS[key],
    "shortest": lambda seconds: _("%(seconds)s s and more") % {"seconds": seconds},
    "longest": lambda seconds: _("Up to %(seconds)s s") % {"seconds": seconds},
    "hung": lambda side: _("Hung up by: %(side)s") % {"side": HungUpBy(side).label},
    "recording": lambda key: _("Recording: %(state)s") % {"state": RECORDING_LABELS[key]},
    "source": lambda source: Source(source).label,
    "transcript": lambda key: TRANSCRIPTS[key],
    "review": lambda key: _("Review: %(state)s") % {"state": REVIEWS[key]},
    "turns_from": lambda turns: (
        ngettext("%(turns)s turn and more", "%(turns)s turns and more", turns) % {"turns": turns}
    ),
    "turns_to": lambda turns: ngettext("Up to %(turns)s turn", "Up to %(turns)s turns", turns) % {"turns": turns},
}
# What a call brought along is in its language, not in the reader's
FROM_CALLS = ("task", "tag")


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition in words; its address is the same list without it."""

    label: str
    url: str
    lang: str = ""


def conditions(chosen: Mapping[str, Any], names: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str, str]]:
    """Field, value and words of every condition but the search; the value is "" for a field that has only one.

    `names` are the words for the values of fields that only the database knows.
    """
    for name, value in chosen.items():
        if name in NO_CONDITIONS:
            continue
        for one in value if isinstance(value, list) else [value]:
            label = names[name].get(one, one) if name in names else str(IN_WORDS[name](one))
            yield name, one if isinstance(value, list) else "", label
