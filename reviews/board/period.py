"""Which days a board is about, as the reader's calendar has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from calls.models.traffic import start_of

# a trend over one day is a dot: shorter periods show the days that led to them
LEAST_TREND = 14
# more bars than this become weeks
MOST_BARS = 92
WEEK = 7


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the last day, both included."""

    first: date
    last: date

    @classmethod
    def of_days(cls, days: int, last: date | None = None) -> Period:
        """So many days up to today, or up to `last`."""
        last = last or timezone.localdate()
        return cls(last - timedelta(days=days - 1), last)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def since(self) -> datetime:
        return start_of(self.first)

    @property
    def until(self) -> datetime:
        """The first instant after it."""
        return start_of(self.last + timedelta(days=1))

    @property
    def trend(self) -> Period:
        """The days that a trend shows."""
        return self if self.days >= LEAST_TREND else Period.of_days(LEAST_TREND, self.last)

    @property
    def step(self) -> int:
        """Days that one bar stands for."""
        return 1 if self.days <= MOST_BARS else WEEK

    def before(self) -> tuple[datetime, datetime]:
        """As many days in front of it, up to the same hour when it is not over yet: half a day is no fair match."""
        back = timedelta(days=self.days)
        return start_of(self.first - back), min(self.since, timezone.now() - back)

    def bars(self) -> list[Period]:
        """The days of each bar, in order; the last may be fewer."""
        firsts = [self.first + timedelta(days=number) for number in range(0, self.days, self.step)]
        return [Period(first, min(first + timedelta(days=self.step - 1), self.last)) for first in firsts]
