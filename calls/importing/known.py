"""Which rows the cache knows already, and which a file says twice. Asks the database by the hundred, not by the row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calls.importing.rows import Row, Verdict
from calls.models import Call, Payload
from calls.models.cleaning import clean_text
from calls.models.naming import key_of
from calls.models.scope import TaskKey
from calls.vocabulary import Source

AT_ONCE = 500
DAY = 24 * 3600 * 1000
NOT_YOURS = gettext_lazy("You may not see the calls of this task. Ask an administrator for it.")
# source and key, source and call id, or the robot's three ids -> the call's primary key
Found = dict[tuple[str, ...], int]


def judged(rows: Iterable[Row], permitted: Collection[TaskKey] | None) -> tuple[Row, ...]:
    """The rows with their verdicts, in their order. Those of other tasks than permitted are not looked for."""
    told = list(_without_repeats(rows if permitted is None else _of_tasks(rows, set(permitted))))
    chunks = (told[start : start + AT_ONCE] for start in range(0, len(told), AT_ONCE))
    return tuple(row for chunk in chunks for row in _with_known(chunk))


def _of_tasks(rows: Iterable[Row], permitted: set[TaskKey]) -> Iterator[Row]:
    for row in rows:
        named = row.ref or (row.answer.snapshot if row.answer else None)
        if named is None or (named.source.value, named.task_id) in permitted:
            yield row
        else:
            yield replace(row, verdict=Verdict.WRONG, note=str(NOT_YOURS))


def _without_repeats(rows: Iterable[Row]) -> Iterator[Row]:
    first_line: dict[str, int] = {}
    for row in rows:
        if not row.is_wanted:
            yield row
            continue
        line = first_line.setdefault(_identity(row), row.line)
        if line == row.line:
            yield row
        else:
            yield replace(row, verdict=Verdict.REPEATED, note=_("The same as line %(line)s.") % {"line": line})


def _identity(row: Row) -> str:
    if row.answer is None:
        return str(row.ref)
    return f"{row.answer.snapshot.source}/{key_of(row.answer.snapshot)}"


def _with_known(rows: Sequence[Row]) -> Iterator[Row]:
    found = _calls_by_key(rows) | _calls_by_call_id(rows) | _robot_calls(rows)
    known = [(row, _found(row, found)) for row in rows]
    digests = _digests([pk for row, pk in known if pk is not None and row.answer is not None])
    for row, pk in known:
        yield row if pk is None else replace(row, verdict=Verdict.KNOWN, call_pk=pk, note=_note(row, digests.get(pk)))


def _note(row: Row, digest: str | None) -> str:
    if row.answer is None:
        return _("Will be refreshed.")
    if digest == Payload.digest_of(row.answer.unsigned):
        return _("Says what is known already.")
    return _("Says something else: it becomes the newest revision.")


def _key(row: Row) -> str:
    if row.answer is not None:
        return clean_text(key_of(row.answer.snapshot), 255)
    ref = row.ref
    return f"{ref.task_id}/{ref.batch_id}/{ref.detail_id}" if ref and ref.source == Source.AICCS else ""


def _source(row: Row) -> str:
    told = row.answer.snapshot if row.answer is not None else row.ref
    return told.source.value if told else ""


def _found(row: Row, found: Found) -> int | None:
    if not row.is_wanted:
        return None
    if row.ref is not None and row.ref.source == Source.ROBOT:
        return found.get(("robot ref", str(row.ref)))
    pk = found.get(("key", _source(row), _key(row)))
    if pk is None and row.answer is not None:
        pk = found.get(("call id", _source(row), row.answer.snapshot.call_id))
    return pk


def _calls_by_key(rows: Sequence[Row]) -> Found:
    keys = {_key(row) for row in rows if row.is_wanted} - {""}
    calls = Call.objects.filter(source__in=Source.values, key__in=keys).values_list("source", "key", "pk")
    return {("key", source, key): pk for source, key, pk in calls}


def _calls_by_call_id(rows: Sequence[Row]) -> Found:
    ids = {row.answer.snapshot.call_id for row in rows if row.answer is not None} - {""}
    calls = Call.objects.filter(call_id__in=ids).values_list("source", "call_id", "pk")
    return {("call id", source, call_id): pk for source, call_id, pk in calls}


def _robot_calls(rows: Sequence[Row]) -> Found:
    """The vendor looks for the call within a day from the instant it is asked with."""
    refs = [row.ref for row in rows if row.ref is not None and row.ref.source == Source.ROBOT]
    calls = Call.objects.filter(source=Source.ROBOT, callee__in={ref.callee for ref in refs}, query_date__isnull=False)
    starts: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for task_id, callee, start, pk in calls.values_list("task_id", "callee", "query_date", "pk"):
        starts.setdefault((task_id, callee), []).append((start or 0, pk))
    found: Found = {}
    for ref in refs:
        for start, pk in starts.get((ref.task_id, ref.callee), []):
            if 0 <= start - (ref.query_date or 0) < DAY:
                found["robot ref", str(ref)] = pk
    return found


def _digests(pks: Sequence[int]) -> dict[int, str]:
    """Of the newest revision of each call."""
    payloads = Payload.objects.filter(call__in=pks).order_by("revision").values_list("call_id", "digest")
    return {pk: digest for pk, digest in payloads if pk is not None}
