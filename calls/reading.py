"""A question said back in a sentence, as it was understood: `Calls in which the customer says 退款 and …`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from calls.models.search import Sort
from calls.search.fields import ABOVE, BELOW
from calls.search.query import Part, Query
from calls.search.tree import Between, Field, InTask, Is, Labelled, Measure, Number, Said, Tagged
from calls.vocabulary import CallResult, HungUpBy, Source, Speaker

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# Longer ones are cut in the sentence, not in the search.
MOST_CLAUSES, LONGEST_TEXT = 12, 40
SUBJECTS: Mapping[Field, _StrPromise] = {
    Field.SOURCE: pgettext_lazy("in a sentence", "the maker"),
    Field.RESULT: pgettext_lazy("in a sentence", "the result"),
    Field.INTENT: pgettext_lazy("in a sentence", "the intent"),
    Field.HUNG_UP_BY: pgettext_lazy("in a sentence", "the side that hung up"),
    Field.ID: pgettext_lazy("in a sentence", "an id"),
}
CHOICES: Mapping[Field, type[Source] | type[CallResult] | type[HungUpBy]] = {
    Field.SOURCE: Source,
    Field.RESULT: CallResult,
    Field.HUNG_UP_BY: HungUpBy,
}
# asked for, excluded
SAID: Mapping[Speaker | None, tuple[_StrPromise, _StrPromise]] = {
    None: (gettext_lazy("{text} is said"), gettext_lazy("{text} is not said")),
    Speaker.CUSTOMER: (gettext_lazy("the customer says {text}"), gettext_lazy("the customer does not say {text}")),
    Speaker.AGENT: (gettext_lazy("the robot says {text}"), gettext_lazy("the robot does not say {text}")),
}
HAS: Mapping[str, tuple[_StrPromise, _StrPromise]] = {
    "recording": (gettext_lazy("a recording is stored"), gettext_lazy("no recording is stored")),
    "transcript": (gettext_lazy("there is a transcript"), gettext_lazy("there is no transcript")),
    "tag": (gettext_lazy("there is a tag"), gettext_lazy("there is no tag")),
}
LASTING = {
    Measure.DURATION: (gettext_lazy("the call lasts {range} s"), gettext_lazy("the call does not last {range} s")),
    Measure.TURNS: (gettext_lazy("the call has {range} turns"), gettext_lazy("the call does not have {range} turns")),
    Measure.SCORE: (gettext_lazy("the score is {range}"), gettext_lazy("the score is not {range}")),
}


def sentence(query: Query, *, has_filters: bool, order: Sort) -> SafeString:
    """`order` is said where it is not what everybody expects."""
    if order == Sort.NEWEST:
        return _calls(query, has_filters=has_filters, everything=_("All calls, newest first"))
    return format_html("{} · {}", _calls(query, has_filters=has_filters, everything=_("All calls")), order.label)


def _calls(query: Query, *, has_filters: bool, everything: str) -> SafeString:
    groups = _groups(query.parts)
    if not groups:
        return format_html("{}", _("Calls that match all of this") if has_filters else everything)
    said = _mentioning(groups) or format_html(_("Calls in which {clauses}"), clauses=_clauses(groups))
    return format_html(_("{calls}, if they match all of this"), calls=said) if has_filters else said


def _groups(parts: Sequence[Part]) -> list[list[Part]]:
    """Alternatives together, as `Query.tree` reads them."""
    groups: list[list[Part]] = []
    for part in parts:
        if part.is_alternative:
            groups[-1].append(part)
        else:
            groups.append([part])
    return groups


def _mentioning(groups: list[list[Part]]) -> SafeString | None:
    """The short form for nothing but words that anybody may have said; None when there is more to say."""
    if any(not isinstance(part.leaf, Said) or part.leaf.speaker for group in groups for part in group):
        return None
    if any(part.is_excluded for group in groups if len(group) > 1 for part in group) or len(groups) > MOST_CLAUSES:
        return None
    is_alone = len(groups) == 1
    wanted = _all([_one_of(list(map(_text, group)), is_alone) for group in groups if not group[0].is_excluded])
    unwanted = _any([_text(group[0]) for group in groups if group[0].is_excluded])
    if not unwanted:
        return format_html(_("Calls that mention {words}"), words=wanted)
    if not wanted:
        return format_html(_("Calls that do not mention {words}"), words=unwanted)
    return format_html(_("Calls that mention {words} but not {others}"), words=wanted, others=unwanted)


def _clauses(groups: list[list[Part]]) -> SafeString:
    clauses = [_one_of(list(map(_clause, group)), len(groups) == 1) for group in groups]
    left = len(clauses) - MOST_CLAUSES
    joint = pgettext("between clauses", " and ")
    if left <= 0:
        return _joined(clauses, joint)
    more = ngettext("%(count)s more condition holds", "%(count)s more conditions hold", left) % {"count": left}
    return _joined([*clauses[:MOST_CLAUSES], format_html("{}", more)], joint)


def _one_of(alternatives: Sequence[SafeString], is_alone: bool) -> SafeString:
    if len(alternatives) > MOST_CLAUSES:
        alternatives = [*alternatives[:MOST_CLAUSES], SafeString("…")]
    if len(alternatives) == 1 or is_alone:
        return _any(alternatives)
    return format_html(pgettext("alternatives inside a sentence", "({alternatives})"), alternatives=_any(alternatives))


def _all(clauses: Sequence[SafeString]) -> SafeString:
    return _joined(clauses, _(" and "))


def _any(clauses: Sequence[SafeString]) -> SafeString:
    return _joined(clauses, _(" or "))


def _joined(clauses: Sequence[SafeString], joint: str) -> SafeString:
    return SafeString(format_html("{}", joint).join(clauses))


def _clause(part: Part) -> SafeString:
    match part.leaf:
        case Said(speaker=speaker):
            return _either(SAID[speaker], part, text=_text(part))
        case Is(Field.HAS, value):
            return _either(HAS[value], part)
        case Is(Field.REVIEWED):
            return _either((_("the call is reviewed"), _("the call is not reviewed")), part)
        case Is(field, value):
            return _is(part, SUBJECTS[field], _value(field, value))
        case InTask(value):
            return _is(part, pgettext("in a sentence", "the task"), value)
        case Tagged(name, None):
            return _either((_("there is a tag {name}"), _("there is no tag {name}")), part, name=_quoted(name))
        case Tagged(name, str() as value):
            either = _("the tag {name} is {value}"), _("the tag {name} is not {value}")
            return _either(either, part, name=_quoted(name), value=_quoted(value))
        case Labelled(None):
            return _either((_("the call carries a label"), _("the call carries no label")), part)
        case Labelled(str() as name):
            either = _("the call carries the label {name}"), _("the call does not carry the label {name}")
            return _either(either, part, name=_quoted(name))
        case Number(suffix):
            either = _("a number ends in {digits}"), _("no number ends in {digits}")
            return _either(either, part, digits=_quoted(suffix))
        case Between(Measure.SCORE, low, high):
            return _either(LASTING[Measure.SCORE], part, range=_points(low, high))
        case Between(measure, low, high):
            return _either(LASTING[measure], part, range=_range(low, high))
    return _quoted(part.text)


def _either(either: tuple[str | _StrPromise, str | _StrPromise], part: Part, **values: str) -> SafeString:
    words = str(either[part.is_excluded])
    return format_html(words, **values) if values else format_html("{}", words)


def _is(part: Part, subject: str | _StrPromise, value: str) -> SafeString:
    either = _("{subject} is {value}"), _("{subject} is not {value}")
    return _either(either, part, subject=str(subject), value=_quoted(value))


def _value(field: Field, value: str) -> str:
    if field in CHOICES:
        return str(CHOICES[field](value).label)
    return value.upper() if field == Field.INTENT else value


def _points(low: int, high: int | None) -> SafeString:
    """Of hundredths. What a list shows as one score is said as one."""
    if high == low + BELOW + ABOVE and low % 10 == BELOW:
        low = high = low + BELOW
    return _range(low / 100, None if high is None else high / 100)


def _range(low: float, high: float | None) -> SafeString:
    if high is None:
        return format_html(_("at least {low}"), low=_quoted(low))
    if high < 0:  # of `<0`
        return format_html(_("less than {high}"), high=_quoted(0))
    if not low:
        return format_html(_("at most {high}"), high=_quoted(high))
    if low == high:
        return format_html(_("exactly {low}"), low=_quoted(low))
    return format_html(_("{low} to {high}"), low=_quoted(low), high=_quoted(high))


def _text(part: Part) -> SafeString:
    assert isinstance(part.leaf, Said)
    return _quoted(part.leaf.text)


def _quoted(text: str | float) -> SafeString:
    short = text if isinstance(text, str) else f"{text:.9g}"
    return format_html('<b lang="zh-Hans">{}</b>', short if len(short) <= LONGEST_TEXT else f"{short[:LONGEST_TEXT]}…")
