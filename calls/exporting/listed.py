"""Calls as an export holds them: those of the list or the selection, in its order and the columns that were chosen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from calls.columns import COLUMNS, REVIEW, Cell, Column, fetch_for, judge
from calls.exporting.cells import AVAILABLE, TRANSCRIPT, row_of
from calls.exporting.contents import Content
from calls.filters import sees_scores
from calls.models import BulkAction
from calls.models.call import CallQuerySet
from calls.models.scope import task_words_of
from calls.selection import Selection
from calls.slices import Impossible

NOT_UNDERSTOOD = gettext_noop("The filters of this export have changed since. Open the list and export it again.")
NO_COLUMN = gettext_noop("A column of this export no longer exists. Open the list and export it again.")
NOT_ALLOWED = gettext_noop("Whoever asked for this export may not export calls any more.")


def content_of(action: BulkAction) -> Content:
    selection, columns = Selection.of(action), _columns_of(action)
    if not selection.is_understood:
        raise Impossible(NOT_UNDERSTOOD)
    user = action.asked_by
    if user is None or not user.is_active or not may_export(user):
        raise Impossible(NOT_ALLOWED)
    shows_numbers = action.wants_numbers and user.has_perm("calls.view_numbers")
    shows_scores = sees_scores(user) and (REVIEW in action.columns or selection.rests_on_scores)
    # as the rows are chosen: whoever is limited later may not fetch it any more
    holds = {"has_numbers": shows_numbers, "has_others": shows_scores, "within": task_words_of(user)}
    # scores that decide about the rows are looked at like those that stand in them
    judged_by = [*columns, COLUMNS[REVIEW]] if shows_scores else columns
    closable: list[int] = []
    slices = _slices(selection, columns, judged_by, closable, shows_numbers=shows_numbers)
    return Content(_("Calls"), columns, slices, {**holds, "closable": closable})


def may_export(user: User) -> bool:
    return user.has_perm("calls.export_call")


def _slices(
    selection: Selection,
    columns: Sequence[Column],
    judged_by: Sequence[Column],
    closable: list[int],
    *,
    shows_numbers: bool,
) -> Iterator[list[list[Cell]]]:
    """Some hundred rows each; `closable` gathers the numbers of reviews that they tell of."""
    calls = _with_parts(selection, columns)
    for part in selection.slices():
        found = {call.pk: call for call in calls.filter(pk__in=part.pks)}
        judge(found.values(), judged_by, selection.reader)
        # else it was deleted in between
        still = [found[pk] for pk in part.pks if pk in found]
        closable += [call.judged.review for call in still if call.judged and call.judged.review]
        yield [row_of(call, columns, shows_numbers=shows_numbers) for call in still]


def _columns_of(action: BulkAction) -> list[Column]:
    if not set(action.columns) <= AVAILABLE.keys():
        raise Impossible(NO_COLUMN)
    return [AVAILABLE[name] for name in action.columns]


def _with_parts(selection: Selection, columns: Sequence[Column]) -> CallQuerySet:
    """What these columns ask of a call, in two statements a slice; the talk only when it is written."""
    return fetch_for(selection.calls, columns, with_turns=TRANSCRIPT in {column.name for column in columns})
