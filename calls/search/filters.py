"""The filters beside the search box, as plain values: within a filter one of them, between filters all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from calls.search.position import Span, first_position
from calls.search.tree import Between, Field, Is, Measure, Node, Tagged, all_of, negation_of, some_of


@dataclass(frozen=True, slots=True)
class Filters:
    """Nothing set asks for everything. Bounds are included, but `until` is not; durations are in seconds.

    `tasks` are `source/task_id`; a tag is its name with a value, or with None for any: values of one name are
    alternatives, different names are all wanted. `durations` are ranges of seconds of which one has to hold, both ends
    included; recordings are values of `RecordingState`. `reviews` are of yes, no, passed and failed. `within` are the
    only tasks that the reader may see, as `source/task_id`: None for all, and of none nothing is found.
    """

    sources: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    hung_up_by: tuple[str, ...] = ()
    recordings: tuple[str, ...] = ()
    tags: tuple[tuple[str, str | None], ...] = ()
    # numbers
    labels: tuple[str, ...] = ()
    reviews: tuple[str, ...] = ()
    has_transcript: bool | None = None
    durations: tuple[tuple[int | None, int | None], ...] = ()
    turns: tuple[int | None, int | None] = (None, None)
    since: datetime | None = None
    until: datetime | None = None
    within: tuple[str, ...] | None = None

    @property
    def tree(self) -> Node:
        """What they ask for; the dates are in `span`."""
        choices = {
            Field.SOURCE: self.sources,
            Field.TASK: self.tasks,
            Field.RESULT: self.results,
            Field.INTENT: self.intents,
            Field.HUNG_UP_BY: self.hung_up_by,
            Field.RECORDING: self.recordings,
            Field.LABEL: self.labels,
        }
        nodes = [some_of(*(Is(field, value) for value in values)) for field, values in choices.items() if values]
        nodes += [some_of(*group) for group in self._tags_by_name()]
        nodes += [some_of(*map(_reviewed, self.reviews))] if self.reviews else []
        nodes += [_flag(Is(Field.HAS, "transcript"), self.has_transcript)] if self.has_transcript is not None else []
        if self.durations:
            nodes.append(some_of(*(Between(Measure.DURATION, low or 0, high) for low, high in self.durations)))
        low, high = self.turns
        if low is not None or high is not None:
            nodes.append(Between(Measure.TURNS, low or 0, high))
        if self.within is not None:
            nodes.append(some_of(*(Is(Field.TASK, task) for task in self.within)))
        return all_of(*nodes)

    @property
    def span(self) -> Span:
        return Span(
            first_position(self.since) if self.since else None,
            first_position(self.until) if self.until else None,
        )

    def _tags_by_name(self) -> list[list[Tagged]]:
        groups: dict[str, list[Tagged]] = {}
        for name, value in self.tags:
            groups.setdefault(name, []).append(Tagged(name, value))
        return list(groups.values())


def _reviewed(state: str) -> Node:
    return negation_of(Is(Field.REVIEWED, "yes")) if state == "no" else Is(Field.REVIEWED, state)


def _flag(node: Node, is_wanted: bool) -> Node:
    return node if is_wanted else negation_of(node)
