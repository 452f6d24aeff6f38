"""What people made of calls, as far as calls may know: whoever keeps reviews and labels says it here, since they import
calls.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from django.contrib.auth.models import User

# source and key: what stays when a call goes and comes back
CallKey = tuple[str, str]
CallKeys = Mapping[int, CallKey]


@dataclass(frozen=True, slots=True)
class Judged:
    """The newest review that counts. `score` is 0 to 100; both are None when nothing in it counted."""

    score: float | None = None
    passed: bool | None = None
    # its number, unless nothing is told of it: it may be closed to its readers again
    review: int | None = None

    @property
    def hundredths(self) -> int | None:
        """Of a point: as lists find and sort it."""
        return None if self.score is None else round(self.score * 100)


@dataclass(frozen=True, slots=True)
class People:
    """Each answers in a statement or two, of calls given as primary key -> source and key."""

    judged: Callable[[CallKeys], Mapping[int, Judged]]
    # the numbers of each call's labels
    labels_on: Callable[[CallKeys], Mapping[int, Collection[int]]]
    # number -> name of every label there is, in the order to offer them
    label_names: Callable[[], Mapping[int, str]]
    # whether a reader may read all of these reviews, as far as they are still there
    are_open: Callable[[Collection[int], User], bool]


_people: list[People] = []


def provide(people: People) -> None:
    """`people` answers from now on."""
    _people[:] = [people]


def judged(calls: CallKeys) -> Mapping[int, Judged]:
    """Those of the calls that were reviewed, by primary key."""
    return _people[0].judged(calls) if calls and _people else {}


def labels_on(calls: CallKeys) -> Mapping[int, Collection[int]]:
    """The labels of those calls that carry some, by primary key."""
    return _people[0].labels_on(calls) if calls and _people else {}


def label_names() -> Mapping[int, str]:
    return _people[0].label_names() if _people else {}


def are_open(reviews: Collection[int], user: User) -> bool:
    """Whether this reader may read all of these reviews now, as far as they are still there."""
    return not reviews or any(people.are_open(reviews, user) for people in _people)
