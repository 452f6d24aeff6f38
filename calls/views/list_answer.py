"""What the question of a list brings in the time that a page has; whatever takes longer, the page says so."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.formats import number_format

from calls.facets import Depth, Facets
from calls.filters import CallFilterForm
from calls.http import PAGE_SIZE
from calls.models import search
from calls.models.deadline import TooSlow, deadline

# Beside that a page takes a tenth of a second to be written; and what somebody waits for who asked to.
SECONDS, SECONDS_WAITED = 0.7, 10.0
# what an address says to wait for, and how
WAITS = {"wait": "yes", "total": "all", "counts": "all"}


@dataclass(slots=True)
class Answer:
    """In the order in which it is looked for: when the time is over, the rest stays open."""

    facets: Facets
    page: search.Page | None = None
    count: int | None = None
    looser: Sequence[tuple[str, int]] = ()

    @property
    def is_late(self) -> bool:
        """Whether not even the page was found."""
        return self.page is None


def is_patient(query: QueryDict) -> bool:
    return any(query.get(name) == value for name, value in WAITS.items())


def answer_to(form: CallFilterForm, query: QueryDict, *, may_see_numbers: bool) -> Answer:
    """`query` is the address: a place in the list, and what is to be waited for."""
    answer = Answer(Facets(form, None, may_see_numbers=may_see_numbers))
    depth = Depth.WHOLE if query.get("counts") == "all" else Depth.AT_ONCE
    with suppress(TooSlow), deadline(SECONDS_WAITED if is_patient(query) else SECONDS):
        answer.page = _page(form, query.get("after", ""), query.get("before", ""))
        answer.facets = Facets(form, depth, may_see_numbers=may_see_numbers)
        answer.count = _count(form, is_exact=query.get("total") == "all")
        if not answer.page.hits:
            answer.looser = form.looser(answer.facets.task_names)
    return answer


def exact_total(form: CallFilterForm) -> dict[str, Any]:
    """For somebody who wants to know, and waits."""
    count = None
    with suppress(TooSlow), deadline(SECONDS_WAITED):
        count = _count(form, is_exact=True)
    return total_of(form, count, is_exact=True)


def total_of(form: CallFilterForm, count: int | None, *, is_exact: bool, shown: int = 0) -> dict[str, Any]:
    """How many calls match, in words: past `search.COUNTED` only that there are more, as when nobody could count them.

    `shown` are the rows of the page, which there are at least.
    """
    is_known = count is not None and (is_exact or count <= search.COUNTED)
    number = shown if count is None else count
    least = number_format(shown if count is None else min(count, search.COUNTED))
    return {
        "total": number,
        "total_text": number_format(number) if is_known else f"{least}+" if number else "",
        "count_all_url": "" if is_exact or not number or is_known else form.url(total="all"),
        "is_uncountable": is_exact and not is_known,
    }


def _count(form: CallFilterForm, *, is_exact: bool) -> int:
    return search.count(form.query, form.filters(), cap=None if is_exact else search.COUNTED)


def _page(form: CallFilterForm, after: str, before: str) -> search.Page:
    page = search.find(form.query, form.filters(), sort=form.order, after=after, before=before, limit=PAGE_SIZE)
    if before and not page.newer and len(page.hits) < PAGE_SIZE:
        # Calls went away in front of the cursor: the first page is always a full one.
        return search.find(form.query, form.filters(), sort=form.order, limit=PAGE_SIZE)
    return page
