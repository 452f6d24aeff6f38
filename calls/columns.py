"""What a list tells about a call, column by column: the table, the choice of columns and the export read this."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from calls import carrier
from calls.filters import sees_scores
from calls.models import Call, ListPreference, SavedView
from calls.models.call import CallQuerySet
from calls.models.judged import Judged, judged, label_names, labels_on
from calls.models.search import Sort
from calls.numbers import Numbers

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Cell = str | int | float | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """`value` is what an export writes; `Numbers` decides how much of a phone number that is.

    `parts` are the relations it reads, `fields` the long fields of the call that a list leaves out otherwise.
    """

    name: str
    label: _StrPromise
    value: Callable[[Call, Numbers], Cell]
    is_number: bool = False
    parts: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()

    @property
    def is_always_shown(self) -> bool:
        """The time is the link that opens the call."""
        return self.name == TIME


TIME = "time"
REVIEW, LABELS = "review", "labels"
COLUMNS: Mapping[str, Column] = {
    column.name: column
    for column in (
        Column(TIME, _("Time"), lambda call, numbers: call.placed_at),
        Column("number", _("Number"), lambda call, numbers: numbers.show(call.callee)),
        Column("task", _("Task"), lambda call, numbers: str(call.call_task or call.task_id), parts=("call_task",)),
        Column("result", _("Result"), lambda call, numbers: call.get_result_display()),
        Column("length", _("Length"), lambda call, numbers: call.duration, is_number=True),
        Column("intent", _("Intent"), lambda call, numbers: call.intent),
        Column("tags", _("Tags"), lambda call, numbers: "; ".join(map(str, call.tags.all())), parts=("tags",)),
        Column("recording", _("Recording"), lambda call, numbers: _recording(call), parts=("recording",)),
        Column(REVIEW, _("Review"), lambda call, numbers: review_in_words(call.judged)),
        Column("turns", _("Turns"), lambda call, numbers: _turns(call), is_number=True, parts=("transcript",)),
        Column("hung_up_by", _("Hung up by"), lambda call, numbers: call.get_hung_up_by_display()),
        Column("caller", _("Caller"), lambda call, numbers: numbers.show(call.caller)),
        Column("source", _("Made by"), lambda call, numbers: call.get_source_display()),
        Column("robot", _("Robot"), lambda call, numbers: _robot(call), parts=("call_task",)),
        Column(
            "transfer", pgettext_lazy("column", "Transfer"), lambda call, numbers: call.get_transfer_result_display()
        ),
        Column("transfer_number", _("Transfer number"), lambda call, numbers: numbers.show(call.transfer_number)),
        Column("status", _("Carrier status"), lambda call, numbers: numbers.hide(_status(call))),
        Column("failure_reason", _("Failure reason"), lambda call, numbers: numbers.hide(call.failure_reason)),
        Column("answered_at", _("Answered at"), lambda call, numbers: call.answered_at),
        Column("ended_at", _("Ended at"), lambda call, numbers: call.ended_at),
        Column("task_id", _("Task id"), lambda call, numbers: call.task_id),
        Column("batch_id", _("Batch id"), lambda call, numbers: call.batch_id),
        Column("detail_id", _("Detail id"), lambda call, numbers: call.detail_id),
        Column("call_id", _("Call id"), lambda call, numbers: call.call_id),
        Column("out_id", _("Business id"), lambda call, numbers: call.out_id.strip()),
        Column("variables", _("Variables"), lambda call, numbers: _variables(call, numbers), fields=("variables",)),
        Column(LABELS, _("Labels"), lambda call, numbers: "; ".join(call.labels)),
        Column("checked_at", _("Checked at"), lambda call, numbers: call.checked_at),
    )
}
DEFAULT = (TIME, "number", "task", "result", "length", "intent", "tags", "recording", REVIEW)
# column -> the orders of its heading, the one that a first click wants in front
ORDERS: Mapping[str, tuple[Sort, Sort]] = {
    TIME: (Sort.NEWEST, Sort.OLDEST),
    "length": (Sort.LONGEST, Sort.SHORTEST),
    "turns": (Sort.MOST_TURNS, Sort.FEWEST_TURNS),
    REVIEW: (Sort.HIGHEST_SCORE, Sort.LOWEST_SCORE),
}
# long columns that hardly a row shows
LONG = {"variables", "counters", "complaints", "implausible_times"}
# relation -> its long columns
LONG_IN = {
    "call_task": ("call_task__raw",),
    "recording": ("recording__link",),
    "transcript": ("transcript__turns", "transcript__unread"),
}


def columns_of(user: User, query: QueryDict | None = None) -> tuple[Column, ...]:
    """The columns this reader chose, in order; those of the saved view that the query string names, if it has any."""
    view = SavedView.objects.named(query.get("view", ""), user) if query else None
    return columns_named(view.columns if view and view.columns else ListPreference.of(user).columns)


def columns_named(names: Iterable[str]) -> tuple[Column, ...]:
    """These columns in this order, the time among them; the default ones when no name is known."""
    known = [name for name in dict.fromkeys(names) if name in COLUMNS] or list(DEFAULT)
    return tuple(COLUMNS[name] for name in (known if TIME in known else [TIME, *known]))


def with_sorting(columns: tuple[Column, ...], order: Sort) -> tuple[Column, ...]:
    """Also the one that the list is sorted by, or nobody would see why a call stands where it does."""
    sorting = next((name for name, orders in ORDERS.items() if order in orders), "")
    return columns if sorting in ("", *(column.name for column in columns)) else (*columns, COLUMNS[sorting])


def fetch_for(calls: CallQuerySet, columns: Iterable[Column], *, with_turns: bool = False) -> CallQuerySet:
    """The calls with what these columns read and nothing heavy beside it; `with_turns` to show what was said."""
    columns = tuple(columns)
    parts = {part for column in columns for part in column.parts} | ({"transcript"} if with_turns else set())
    joined = sorted(parts - {"tags"})
    left_out = LONG - {field for column in columns for field in column.fields}
    for part in joined:
        if part != "transcript" or not with_turns:
            left_out |= set(LONG_IN[part])
    if joined:
        calls = calls.select_related(*joined)
    calls = calls.defer(*sorted(left_out))
    return calls.prefetch_related("tags") if "tags" in parts else calls


def judge(calls: Iterable[Call], columns: Iterable[Column], reader: User | None) -> None:
    """Tell these calls what people made of them, in a statement or two for each column that shows it.

    Whoever may not see everybody's reviews learns only that there is one: a second opinion is asked for blindly.
    """
    names, shown = {column.name for column in columns}, {call.pk: call for call in calls}
    keys = {pk: (call.source, call.key) for pk, call in shown.items()}
    if REVIEW in names:
        may_see = sees_scores(reader)
        for pk, review in judged(keys).items():
            shown[pk].judged = review if may_see else Judged()
    if LABELS in names and (labelled := labels_on(keys)):
        known = label_names()
        for pk, labels in labelled.items():
            shown[pk].labels = [name for number, name in known.items() if number in labels]


def review_in_words(review: Judged | None) -> str:
    """`Passed 92`; "" when there is none."""
    if review is None:
        return ""
    if review.passed is None:
        return pgettext("call", "Reviewed")
    word = pgettext("review", "Passed") if review.passed else pgettext("review", "Failed")
    return word if review.score is None else f"{word} {review.score:.3g}"


def _recording(call: Call) -> str:
    recording = getattr(call, "recording", None)
    return recording.get_state_display() if recording else ""


def _turns(call: Call) -> int | None:
    transcript = getattr(call, "transcript", None)
    return transcript.turn_count if transcript else None


def _robot(call: Call) -> str:
    return call.call_task.agent_name if call.call_task else ""


def _status(call: Call) -> str:
    meaning = carrier.meaning_of(call.status_code) if call.status_code else ""
    return " ".join(filter(None, [call.status_code, meaning or call.status_text]))


def _variables(call: Call, numbers: Numbers) -> str:
    pairs = [(one.get("name") or one.get("key", ""), one.get("value", "")) for one in call.variables]
    return numbers.hide("; ".join(f"{name}: {value}" if value else str(name) for name, value in pairs))
