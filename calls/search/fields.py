"""The fields of the query language: their names in both languages, and what may stand after the colon."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise

from calls.search.document import only_letters_and_digits
from calls.search.query import Mistake, Problem
from calls.search.text import normalise
from calls.search.tree import Between, Field, InTask, Is, Labelled, Leaf, Measure, Number, Said, Tagged
from calls.vocabulary import CallResult, HungUpBy, Source, Speaker

WHOLE, DECIMAL = r"[0-9]{1,9}", r"[0-9]{1,3}(?:\.[0-9]{1,2})?"
COMPARISON = r"(>=|<=|>|<|=|≥|≤)?({number})(?:(-|\.\.|~)({number}))?"
# From 10 on a list shows scores to a tenth: 66.67 is what a reader takes for 66.7.
SHOWN_IN_TENTHS, BELOW, ABOVE = 1_000, 5, 4
YES = {"yes", "1", "true", "是", "已"}
NO = {"no", "0", "false", "否", "未"}
HAS = {"recording": "recording", "录音": "recording", "transcript": "transcript", "对话": "transcript"}
HAS |= {"tag": "tag", "标签": "tag"}
# the team's own word for a call, where a tag is the vendor's
LABEL = ("label", "标记")


class NotUnderstood(Exception):
    """The value after the colon means nothing for this field."""

    def __init__(self, mistake: Mistake, *hint: str | Promise) -> None:
        super().__init__(mistake)
        self.mistake = mistake
        self.hint = hint

    def about(self, text: str) -> Problem:
        return Problem(self.mistake, text, self.hint)


def _said_by(speaker: Speaker) -> Callable[[str], Leaf]:
    return lambda value: Said(normalise(value), speaker)


def _one_of(field: Field, choices: type[CallResult] | type[Source] | type[HungUpBy]) -> Callable[[str], Leaf]:
    """By value (`no_answer`, `no answer`) or by its label in any language: a question is kept and shared, and workers
    ask it as well.
    """

    def read(value: str) -> Leaf:
        if (found := _spellings(choices).get(normalise(value))) is None:
            raise NotUnderstood(Mistake.UNKNOWN_VALUE, *choices.values)
        return Is(field, found)

    return read


@cache
def _spellings(choices: type[CallResult] | type[Source] | type[HungUpBy]) -> dict[str, str]:
    """What is typed -> value; a value stands before another one's label."""
    found: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found |= {normalise(str(choice.label)): choice.value for choice in choices}
    return found | {word: value for value in choices.values for word in (value.replace("_", " "), value)}


def _measure(measure: Measure, example: str) -> Callable[[str], Leaf]:
    return lambda value: Between(measure, *_range(value, WHOLE, example))


def _range(value: str, number: str, example: str, unit: int = 1) -> tuple[int, int | None]:
    """The least and the most, both included, in parts of which `unit` are one."""
    found = re.fullmatch(COMPARISON.format(number=number), value)
    if found is None or (found[1] and found[3]):
        raise NotUnderstood(Mistake.NOT_A_NUMBER, example)
    asked = round(float(found[2]) * unit)
    if found[3]:
        return asked, round(float(found[4]) * unit)
    match found[1]:
        case ">":
            return asked + 1, None
        case ">=" | "≥":
            return asked, None
        case "<":
            return 0, asked - 1
        case "<=" | "≤":
            return 0, asked
    return asked, asked


def _score(value: str) -> Leaf:
    low, high = _range(value, DECIMAL, "score:<60", unit=100)
    if low == high and low % 10 == 0 and low >= SHOWN_IN_TENTHS:
        return Between(Measure.SCORE, low - BELOW, low + ABOVE)
    return Between(Measure.SCORE, low, high)


def _label(value: str) -> Leaf:
    return Labelled(normalise(value))


def _tag(value: str) -> Leaf:
    name, equals, wanted = value.partition("=")
    if not normalise(name):
        raise NotUnderstood(Mistake.EMPTY_FIELD)
    return Tagged(normalise(name), normalise(wanted) if equals else None)


def _number(value: str) -> Leaf:
    if not only_letters_and_digits(value):
        raise NotUnderstood(Mistake.NOT_A_NUMBER, "no:1234")
    return Number(only_letters_and_digits(value))


def _has(value: str) -> Leaf:
    if normalise(value) in LABEL:
        return Labelled()
    if (wanted := HAS.get(normalise(value))) is None:
        raise NotUnderstood(Mistake.UNKNOWN_VALUE, "recording", "transcript", "tag", "label")
    return Is(Field.HAS, wanted)


def _text(field: Field) -> Callable[[str], Leaf]:
    return lambda value: Is(field, normalise(value))


Reader = Callable[[str], Leaf]
_READERS: dict[tuple[str, ...], Reader] = {
    ("customer", "user", "客户"): _said_by(Speaker.CUSTOMER),
    ("agent", "bot", "robot", "机器人"): _said_by(Speaker.AGENT),
    ("tag", "标签"): _tag,
    LABEL: _label,
    ("intent", "意向"): _text(Field.INTENT),
    ("result", "结果"): _one_of(Field.RESULT, CallResult),
    ("source", "来源"): _one_of(Field.SOURCE, Source),
    ("hangup", "挂断"): _one_of(Field.HUNG_UP_BY, HungUpBy),
    ("task", "任务"): lambda value: InTask(normalise(value)),
    ("dur", "时长"): _measure(Measure.DURATION, "dur:>60"),
    ("turns", "轮次"): _measure(Measure.TURNS, "turns:<3"),
    ("score", "分数", "得分"): _score,
    ("no", "号码"): _number,
    ("id",): _text(Field.ID),
    ("has", "有"): _has,
}
READERS: dict[str, Reader] = {name: read for names, read in _READERS.items() for name in names}
# The one field whose value may turn the question round.
REVIEWED = {"reviewed", "质检"}
NAMES = READERS.keys() | REVIEWED


def read(name: str, value: str) -> tuple[Leaf, bool]:
    """What `name:value` asks for, and whether it is asked for (True) or excluded; NotUnderstood when it is nothing."""
    if not normalise(value):
        raise NotUnderstood(Mistake.EMPTY_FIELD)
    if name not in REVIEWED:
        return READERS[name](value), True
    wanted = normalise(value)
    if wanted not in YES | NO:
        raise NotUnderstood(Mistake.UNKNOWN_VALUE, "yes", "no")
    return Is(Field.REVIEWED, "yes"), wanted in YES
