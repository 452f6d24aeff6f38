"""Everything the source told about a call besides the talk, in the order of the panel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from calls import carrier
from calls.models import Call, Recording, Tag
from calls.numbers import Numbers
from calls.vocabulary import HungUpBy, NumberHash

COUNTERS = {
    "turns": gettext_lazy("Turns"),
    "affirmed": gettext_lazy("Affirmed"),
    "denied": gettext_lazy("Denied"),
    "refused": pgettext_lazy("counter", "Refused"),
    "custom": gettext_lazy("Custom"),
    "default": gettext_lazy("Default"),
    "knowledge": gettext_lazy("Knowledge"),
    "knowledge_business": pgettext_lazy("counter", "Business"),
    "knowledge_common": gettext_lazy("General"),
    "redials": gettext_lazy("Redials"),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and our word for it; `original` is the source's word, `note` what it means."""

    label: str
    value: str
    original: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """A step of the call. `implausible` is the source's own value for a time nobody can believe."""

    label: str
    at: datetime | None
    implausible: str = ""
    note: str = ""
    is_other_day: bool = False


def outcome_of(call: Call, numbers: Numbers) -> list[Fact]:
    facts = [
        Fact(_("Result"), call.get_result_display(), call.result_original),
        Fact(_("Hung up by"), call.get_hung_up_by_display(), call.hung_up_by_original),
        Fact(_("Intent"), numbers.hide(call.intent)),
        Fact(_("Carrier"), numbers.hide(call.status_text), numbers.hide(call.status_code), _carrier_note(call)),
        Fact(_("Failure reason"), numbers.hide(call.failure_reason)),
    ]
    return [fact for fact in facts if fact.value or fact.original]


def transfer_of(call: Call, numbers: Numbers) -> list[Fact]:
    facts = [
        Fact(_("Outcome"), call.get_transfer_result_display(), call.transfer_result_original),
        Fact(_("Number"), numbers.show(call.transfer_number)),
        Fact(_("Why it failed"), numbers.hide(call.transfer_failure)),
    ]
    return [fact for fact in facts if fact.value or fact.original]


def numbers_of(call: Call, numbers: Numbers) -> list[Fact]:
    disguise = "" if call.number_hash == NumberHash.PLAIN else call.get_number_hash_display()
    note = _("Disguised by the source: %(way)s") % {"way": disguise} if disguise else ""
    facts = [
        Fact(_("Called"), numbers.show(call.callee), note=note),
        Fact(_("Calling"), numbers.show(call.caller)),
    ]
    return [fact for fact in facts if fact.value]


def identifiers_of(call: Call, numbers: Numbers) -> list[Fact]:
    """Opaque handles, pasted between this page and the vendor's console."""
    facts = [
        Fact(_("Call"), call.call_id),
        Fact(_("Task"), call.task_id),
        Fact(_("Batch"), call.batch_id),
        Fact(_("Detail"), call.detail_id),
        # ours to choose: some write the customer's number into it
        Fact(_("Business"), numbers.hide(call.out_id.strip())),
    ]
    return [fact for fact in facts if fact.value]


def variables_of(call: Call, numbers: Numbers) -> list[dict[str, Any]]:
    return [{**variable, "value": numbers.hide(variable["value"])} for variable in call.variables]


def tags_of(call: Call, numbers: Numbers) -> list[Tag]:
    """For showing only: whoever may not see numbers meets none in them."""
    tags = list(call.tags.all())
    for tag in tags:
        tag.name, tag.value, tag.description = map(numbers.hide, (tag.name, tag.value, tag.description))
    return tags


def counters_of(call: Call) -> list[tuple[str, int]]:
    """In our order; a counter we do not know yet comes last under its own name."""
    counters: Mapping[str, int] = call.counters
    known = [(str(label), counters[name]) for name, label in COUNTERS.items() if name in counters]
    return known + [(name, count) for name, count in counters.items() if name not in COUNTERS]


def timeline_of(call: Call, recording: Recording | None, numbers: Numbers) -> list[Moment]:
    rang = call.answered_at - call.started_at if call.answered_at and call.started_at else None
    seconds = int(rang.total_seconds()) if rang else 0
    ring = ngettext("rang %(count)d s", "rang %(count)d s", seconds) % {"count": seconds} if seconds > 0 else ""
    moments = [
        _moment(call, "started_at", _("Dialled"), ring),
        _moment(call, "answered_at", _("Answered")),
        _moment(call, "ended_at", hang_up_of(call) or _("Ended"), numbers.hide(call.status_code)),
    ]
    moments.extend(_sound(recording))
    known = [moment for moment in moments if moment.at or moment.implausible]
    first = next((moment.at for moment in known if moment.at), None)
    return [_with_day(moment, first) for moment in known]


def hang_up_of(call: Call) -> str:
    if call.hung_up_by == HungUpBy.CUSTOMER:
        return _("Customer hung up")
    return _("Robot hung up") if call.hung_up_by == HungUpBy.AGENT else ""


def _moment(call: Call, name: str, label: str, note: str = "") -> Moment:
    return Moment(label, getattr(call, name), str(call.implausible_times.get(name, "")), note)


def _with_day(moment: Moment, first: datetime | None) -> Moment:
    """Times stand without their day, unless it is another than the first one's."""
    if moment.at is None or first is None or localdate(moment.at) == localdate(first):
        return moment
    return replace(moment, is_other_day=True)


def _sound(recording: Recording | None) -> Iterator[Moment]:
    if recording and recording.stored_at:
        size = filesizeformat(recording.size) if recording.size else ""
        yield Moment(_("Recording stored"), recording.stored_at, note=size)


def _carrier_note(call: Call) -> str:
    if not call.status_code:
        return ""
    return carrier.meaning_of(call.status_code) or _("A code that nobody documented")
