"""What the calls of some days came to: by day, result, intent, tag and task, in as few statements as there can be.

A call's day is told by its position, as the lists tell it: whatever is counted here, a list finds as many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.expressions import Combinable
from django.utils import timezone

from calls.models import search
from calls.models.call import CallQuerySet
from calls.models.tag import Tag
from calls.search.filters import Filters
from calls.search.position import ROOM, first_position
from calls.search.text import normalise
from calls.vocabulary import CallResult

SECONDS_OF_A_DAY = 86_400
# a call in which both sides said something and one of them answered
TURNS_OF_A_TALK = 3
KEEN = ("A", "B")


@dataclass(frozen=True, slots=True)
class Taken:
    """Calls that were dialled and those of them that somebody answered; `seconds` is the talk of the answered."""

    dialled: int = 0
    answered: int = 0
    seconds: int = 0

    def __add__(self, other: Taken) -> Taken:
        return Taken(self.dialled + other.dialled, self.answered + other.answered, self.seconds + other.seconds)

    @property
    def rate(self) -> float | None:
        """The part that was answered, 0 to 1."""
        return self.answered / self.dialled if self.dialled else None

    @property
    def mean_seconds(self) -> float | None:
        return self.seconds / self.answered if self.answered else None


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Calls by result and by intent, each in its commonest spelling."""

    results: Counter[str]
    intents: Counter[str]

    @property
    def keen(self) -> int:
        """Calls with an intent of A or B."""
        return keen_of(self.intents)


def keen_of(intents: Mapping[str, int]) -> int:
    return sum(calls for intent, calls in intents.items() if is_keen(intent))


def is_keen(intent: str) -> bool:
    return normalise(intent) in {normalise(letter) for letter in KEEN}


def placed(calls: CallQuerySet, since: datetime, until: datetime) -> CallQuerySet:
    """Those from `since` up to but without `until`."""
    return search.narrow(calls, filters=Filters(since=since, until=until))


def by_day(calls: CallQuerySet, first: date, last: date, step: int = 1) -> list[Taken]:
    """Of every `step` days of the reader's calendar from `first` on; the last may be fewer days."""
    within = placed(calls, start_of(first), start_of(last + timedelta(days=1)))
    days = [Taken() for _each in range((last - first).days // step + 1)]
    number = (_local_seconds(first, last) - Value(_seconds(first))) / Value(step * SECONDS_OF_A_DAY)
    rows = within.order_by().annotate(day=number).values_list("day", "result").annotate(calls=Count("pk"))
    for day, result, count in rows:
        days[day] += Taken(count, count if result == CallResult.ANSWERED else 0)
    return days


def by_task_and_outcome(calls: CallQuerySet) -> tuple[dict[tuple[str, str], Taken], Outcomes]:
    """By source and task id, and as `outcomes`: one look at all of them costs hardly more than either."""
    tasks: dict[tuple[str, str], Taken] = {}
    results, intents = Counter[str](), Counter[str]()
    rows = calls.order_by().values_list("source", "task_id", "result", "intent").annotate(Count("pk"), Sum("duration"))
    for source, task_id, result, intent, count, seconds in rows:
        is_answered = result == CallResult.ANSWERED
        taken = Taken(count, count if is_answered else 0, (seconds or 0) if is_answered else 0)
        tasks[source, task_id] = tasks.get((source, task_id), Taken()) + taken
        results[result] += count
        intents[intent] += count
    return tasks, _outcomes(results, intents)


def outcomes(calls: CallQuerySet) -> Outcomes:
    """By result and by intent. Calls without one are not among them."""
    results, intents = Counter[str](), Counter[str]()
    for result, intent, count in calls.order_by().values_list("result", "intent").annotate(calls=Count("pk")):
        results[result] += count
        intents[intent] += count
    return _outcomes(results, intents)


def _outcomes(results: Counter[str], intents: Counter[str]) -> Outcomes:
    results.pop("", None)
    intents.pop("", None)
    return Outcomes(_in_order(results), _in_one_spelling(intents)[0])


def talks(calls: CallQuerySet) -> Counter[str]:
    """Answered calls of at least three turns, by intent; "" for those without one."""
    held = calls.filter(result=CallResult.ANSWERED, transcript__turn_count__gte=TURNS_OF_A_TALK)
    return Counter(dict(held.order_by().values_list("intent").annotate(calls=Count("pk"))))


def by_tag(calls: CallQuerySet) -> Counter[tuple[str, str]]:
    """By a tag's name and value; a call with three tags counts three times."""
    tags = Tag.objects.filter(call__in=calls).order_by()
    found = _calls_of_each(tags)
    merged, spellings = _in_one_spelling(found)
    for tag, spelled in spellings.items():
        if len(spelled) > 1:
            # a call may carry two spellings of one tag, and is one call
            any_of_them = reduce(or_, (Q(name=name, value=value) for name, value in spelled))
            merged[tag] = tags.filter(any_of_them).values("call").distinct().count()
    return merged


def _calls_of_each(tags: QuerySet[Tag]) -> Counter[tuple[str, str]]:
    """A call that carries a tag twice counts once."""
    if connection.vendor == "sqlite":
        rows = tags.values_list("name", "value").annotate(calls=Count("call", distinct=True))
        return Counter({(name, value): count for name, value, count in rows})
    # PostgreSQL sorts everything for a count of what is distinct, in twice the time that it takes to hash it.
    try:
        once, params = tags.values("call", "name", "value").distinct().query.sql_with_params()
    except EmptyResultSet:
        # of a reader who may see no task; a queryset would have found nothing without a word
        return Counter()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT name, value, count(*) FROM ({once}) tags GROUP BY name, value", params)  # noqa: S608
        return Counter({(name, value): count for name, value, count in cursor.fetchall()})


def start_of(day: date) -> datetime:
    """The first instant of the reader's day."""
    return timezone.make_aware(datetime(day.year, day.month, day.day))


def _local_seconds(first: date, last: date) -> Combinable:
    """What the reader's clock showed at a call's position, as seconds since 1970 of that clock."""
    seconds = F("position") / Value(ROOM)
    *changes, (_end, offset) = _offsets(start_of(first), start_of(last + timedelta(days=1)))
    if not changes:
        return seconds + Value(offset)
    cases = [When(position__lt=first_position(end), then=Value(each)) for end, each in changes]
    return seconds + Case(*cases, default=Value(offset), output_field=IntegerField())


def _offsets(since: datetime, until: datetime) -> Iterator[tuple[datetime, int]]:
    """Seconds that the reader's clock is ahead of UTC, each with the instant until which it is."""
    at, offset = since.astimezone(UTC), _offset(since)
    while at < until:
        then = min(at + timedelta(days=1), until.astimezone(UTC))
        if _offset(then) != offset:
            change = _change(at, then)
            yield change, offset
            offset = _offset(then)
        at = then
    yield at, offset


def _change(low: datetime, high: datetime) -> datetime:
    """The second between the two from which the clock shows what it shows at `high`."""
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if _offset(middle) == _offset(low) else (low, middle)
    return high


def _offset(at: datetime) -> int:
    return int((timezone.localtime(at).utcoffset() or timedelta()).total_seconds())


def _seconds(day: date) -> int:
    return (day - date(1970, 1, 1)).days * SECONDS_OF_A_DAY


def _in_one_spelling(found: Counter[Any]) -> tuple[Counter[Any], dict[Any, list[Any]]]:
    """Values that the lists take for one, under the commonest of their spellings; and all spellings of each."""
    spellings: dict[Any, list[Any]] = {}
    for value, _count in _in_order(found).most_common():
        key = tuple(map(normalise, value)) if isinstance(value, tuple) else normalise(value)
        spellings.setdefault(key, []).append(value)
    by_commonest = {spelled[0]: spelled for spelled in spellings.values()}
    return Counter({value: sum(found[one] for one in spelled) for value, spelled in by_commonest.items()}), by_commonest


def _in_order(found: Counter[Any]) -> Counter[Any]:
    """Among equally common ones `most_common` keeps their order, which otherwise would be up to the database."""
    return Counter(dict(sorted(found.items())))
