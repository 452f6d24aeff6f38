"""Which calls somebody means: those they ticked, or everything that matches what a list asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from calls.filters import BY_SCORE, CallFilterForm
from calls.models import BulkAction, Call, search
from calls.models.call import CallQuerySet
from calls.models.judged import judged
from calls.models.saved_view import EVERYTHING
from calls.models.scope import tasks_of
from calls.models.search import Sort

MOST_CHOSEN = 10_000
SLICE = 500
BIGGEST_KEY = 2**63 - 1
# primary key, position, seconds, turns, score in hundredths of a point
Row = tuple[int, int, int | None, int, int | None]
ORDERS: dict[Sort, Callable[[Row], Any]] = {
    Sort.NEWEST: lambda row: -row[1],
    Sort.OLDEST: lambda row: row[1],
    # a length that nobody knows comes last either way; without a transcript there are no turns
    Sort.LONGEST: lambda row: (row[2] is None, -(row[2] or 0), -row[1]),
    Sort.SHORTEST: lambda row: (row[2] is None, row[2] or 0, -row[1]),
    Sort.MOST_TURNS: lambda row: (-row[3], -row[1]),
    Sort.FEWEST_TURNS: lambda row: (row[3], -row[1]),
    Sort.LOWEST_SCORE: lambda row: (row[4] is None, row[4] or 0, -row[1]),
    Sort.HIGHEST_SCORE: lambda row: (row[4] is None, -(row[4] or 0), -row[1]),
}


@dataclass(frozen=True, slots=True)
class Slice:
    """Some primary keys, and the place behind them to go on from; "" when these were the last."""

    pks: Sequence[int]
    place: str


@dataclass(frozen=True)
class Selection:
    """`question` is a list's query string. `chosen` are primary keys, None for everything that matches.

    Of both only what the reader may see at the time of looking; nobody sees anything.
    """

    question: str = ""
    chosen: tuple[int, ...] | None = None
    reader: User | None = field(kw_only=True)

    @classmethod
    def posted(cls, fields: QueryDict, reader: User) -> Selection:
        """What the selection bar sends; ValidationError with a sentence when it means no call."""
        whole = cls.listed(fields, reader)
        if "everything" in fields:
            # a list leaves it out and says so; a worker would refuse the whole
            if left_out := whole.form.not_shown:
                raise ValidationError([str(problem) for problem in left_out])
            return whole
        words = [*fields.getlist("call"), *fields.get("chosen", "").split(",")]
        keys = (int(word) for word in words if word.isascii() and word.isdecimal() and len(word) < 20)
        chosen = tuple(dict.fromkeys(key for key in keys if 0 < key <= BIGGEST_KEY))
        if not chosen:
            raise ValidationError(_("No call is selected. Tick some calls first."))
        if len(chosen) > MOST_CHOSEN:
            text = _("At most %(count)s calls can be ticked one by one. Use filters and select all that match.")
            raise ValidationError(text % {"count": f"{MOST_CHOSEN:,}"})
        return cls(whole.question, chosen, reader=reader)

    @classmethod
    def listed(cls, fields: QueryDict, reader: User) -> Selection:
        """The whole list that the selection bar stands under; ValidationError when no address can ask for it."""
        form = CallFilterForm(QueryDict(fields.get("question", "")), reader=reader)
        if form.is_too_long:
            raise ValidationError(_("This question is too long. Use fewer filters."))
        return cls(form.state, reader=reader)

    @classmethod
    def of(cls, action: BulkAction) -> Selection:
        """For whoever asked for it."""
        chosen = None if action.chosen is None else tuple(action.chosen)
        return cls(action.question, chosen, reader=action.asked_by)

    @property
    def kept(self) -> dict[str, Any]:
        """What a BulkAction remembers of it; `of` is the way back."""
        return {"question": self.question, "chosen": None if self.chosen is None else list(self.chosen)}

    @cached_property
    def form(self) -> CallFilterForm:
        return CallFilterForm(QueryDict(self.question), reader=self.reader)

    @property
    def sort(self) -> Sort:
        return self.form.order

    @property
    def is_everything(self) -> bool:
        return self.chosen is None

    @property
    def is_understood(self) -> bool:
        """Ticked calls are what they are, whatever list they stood in."""
        return not self.is_everything or self.form.is_understood

    @property
    def rests_on_scores(self) -> bool:
        """Whether somebody who sees these calls learns something of their scores. Ticked ones were only sorted."""
        return self.form.asks_scores if self.is_everything else self.sort in BY_SCORE

    @property
    def list_url(self) -> str:
        """Never the bare address, which leads on to the reader's default view."""
        if not self.question:
            self.form.view = EVERYTHING
        return self.form.url()

    def count(self) -> int:
        """How many calls there are now."""
        if self.chosen is not None:
            return len(self.chosen) if tasks_of(self.reader) is None else len(self._in_order(self.chosen))
        return search.count(self.form.query, self.form.filters(), cap=None)

    @property
    def calls(self) -> CallQuerySet:
        """Every call that the reader may see."""
        return Call.objects.seen_by(self.reader)

    def slices(self, size: int = SLICE) -> Iterator[Slice]:
        """Primary keys in the order of the list."""
        if self.chosen is None:
            yield from self._matching(self.sort, "", size)
        else:
            yield from _cut(self._in_order(self.chosen), 0, size)

    def parts(self, place: str = "", size: int = SLICE) -> Iterator[Slice]:
        """As slices, from `place` on, and in an order that stays: whoever goes on later misses none and meets none
        twice, whatever was deleted or measured meanwhile. Ticked calls that are gone are among them.
        """
        if self.chosen is None:
            yield from self._matching(Sort.NEWEST, place, size)
        else:
            yield from _cut(self.chosen, int(place or 0), size)

    def _matching(self, sort: Sort, after: str, size: int) -> Iterator[Slice]:
        for page in search.pages(self.form.query, self.form.filters(), sort=sort, after=after, size=size):
            yield Slice(page.ids, page.older)

    def _in_order(self, chosen: Sequence[int]) -> list[int]:
        """Those that are still there, as the list would show them."""
        rows: list[Row] = []
        for start in range(0, len(chosen), SLICE):
            some = self.calls.filter(pk__in=chosen[start : start + SLICE])
            scores = self._scores(some)
            values = some.values_list("pk", "position", "duration", "transcript__turn_count")
            rows += [
                (pk, position or 0, seconds, turns or 0, scores.get(pk)) for pk, position, seconds, turns in values
            ]
        return [row[0] for row in sorted(rows, key=ORDERS[self.sort])]

    def _scores(self, calls: CallQuerySet) -> dict[int, int | None]:
        if self.sort not in BY_SCORE:
            return {}
        keys = {pk: (source, key) for pk, source, key in calls.values_list("pk", "source", "key")}
        return {pk: review.hundredths for pk, review in judged(keys).items()}


def _cut(pks: Sequence[int], first: int, size: int) -> Iterator[Slice]:
    for start in range(first, len(pks), size):
        end = start + size
        yield Slice(pks[start:end], str(end) if end < len(pks) else "")
