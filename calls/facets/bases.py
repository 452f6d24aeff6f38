"""Which calls each facet is counted among: those that everything but its own ticks leaves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from calls.filters import LENGTHS, RECORDINGS, REVIEWS, TRANSCRIPTS
from calls.models.tallying import EVERY_FIELD, LABEL, TAG
from calls.search.filters import Filters
from calls.search.text import normalise
from calls.vocabulary import CallResult, HungUpBy, Source

# What two spellings of one value share, since the index knows neither case nor width. Of a tag: (name, value or None).
Key = str | tuple[str, str | None]
# A facet, or one name of the tags, whose values are alternatives to each other
Place = str | tuple[str, str]
RECORDING_OF: Mapping[str, str] = {state: key for key, states in RECORDINGS.items() for state in states}
FILTERED: Mapping[str, Callable[[tuple[str, ...]], dict[str, Any]]] = {
    "result": lambda values: {"results": values},
    "intent": lambda values: {"intents": values},
    "task": lambda values: {"tasks": tuple(f"{source}/{task}" for task in values for source in Source.values)},
    "length": lambda values: {"durations": tuple(LENGTHS[value] for value in values)},
    "hung": lambda values: {"hung_up_by": values},
    "recording": lambda values: {"recordings": tuple(state for value in values for state in RECORDINGS[value])},
    "source": lambda values: {"sources": values},
    "transcript": lambda values: {"has_transcript": values[0] == "yes" if values else None},
    "review": lambda values: {"reviews": values},
    LABEL: lambda values: {"labels": values},
}
FIXED: Mapping[str, Collection[str]] = {
    "result": CallResult.values,
    "length": tuple(LENGTHS),
    "hung": (HungUpBy.CUSTOMER.value, HungUpBy.AGENT.value),
    "recording": tuple(RECORDINGS),
    "source": Source.values,
    "transcript": tuple(TRANSCRIPTS),
    "review": tuple(REVIEWS),
}


@dataclass(frozen=True, slots=True)
class Base:
    """Calls to count, and the facets that are counted among them."""

    filters: Filters
    fields: Collection[str]
    # the facet that is free here and counts nowhere else; "" for everything that has no tick
    place: Place = ""


def bases_of(filters: Filters) -> Iterator[Base]:
    ticked = [name for name in FILTERED if _is_set(filters, name)]
    yield Base(filters, [name for name in EVERY_FIELD if name not in ticked])
    for name in ticked:
        yield Base(replace(filters, **FILTERED[name](())), [name], name)
    for tag in dict.fromkeys(normalise(name) for name, _value in filters.tags):
        yield Base(_without_tag(filters, tag), [TAG], (TAG, tag))


def _is_set(filters: Filters, name: str) -> bool:
    return any(getattr(filters, each) != free for each, free in FILTERED[name](()).items())


def without_ticks(filters: Filters) -> Filters:
    free = {each: values for name in FILTERED for each, values in FILTERED[name](()).items()}
    return replace(filters, **free, tags=())


def _without_tag(filters: Filters, tag: str) -> Filters:
    return replace(filters, tags=tuple(each for each in filters.tags if normalise(each[0]) != tag))


def only(filters: Filters, name: str, value: Any) -> Filters:
    """With this one value of the facet; the other names of tags stay as they are."""
    if name == TAG:
        return replace(filters, tags=(*filters.tags, (value[0], value[1])))
    return replace(filters, **FILTERED[name]((value,)))


def chosen(filters: Filters) -> dict[str, list[Any]]:
    """What is ticked of the facets whose values only calls tell; of a tag also its name alone."""
    names = [(name, None) for name, _value in filters.tags]
    tasks = [key.partition("/")[2] for key in filters.tasks]
    return {"task": tasks, "intent": list(filters.intents), LABEL: list(filters.labels), TAG: [*names, *filters.tags]}


def key_of(name: str, value: Any) -> Key:
    if name == TAG:
        return normalise(value[0]), None if value[1] is None else normalise(value[1])
    if name == "recording":
        return RECORDING_OF.get(value, "")
    return normalise(value) if name in ("intent", "task") else value
